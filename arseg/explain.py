"""Why a score is what it is, in words with values and units.

The booster's own contributions to the log-hazard of payment are put into words; nothing is estimated
here. A contribution describes what the model used, not what would happen if a customer changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from arseg.models import TimeToPayment

REASONS: Final = 3
# A contribution below this moves the daily chance of payment by less than 2 %.
SMALLEST: Final = 0.02
# Positions on the clock: what they say is how old the item is, which the row shows anyway.
CLOCK: Final = ("key_day", "due_weekday", "due_month_day", "time")


def contributions(matrix: pd.DataFrame, model: TimeToPayment) -> pd.DataFrame | None:
    """Return what each feature adds to the log-hazard of payment; None where the model gives none.

    Parameters
    ----------
    matrix
        Features of the items, index ``invoice_id``.
    model
        A fitted model; only those with ``contributions`` can say why.

    Returns
    -------
    frame
        Index as ``matrix``, one column per feature; positive means that the item is paid sooner.
    """
    # A calibrated model pays sooner or later for the reasons of the model within.
    explain = getattr(getattr(model, "inner_", model), "contributions", None)
    if explain is None or matrix.empty:
        return None
    frame: pd.DataFrame = explain(matrix)
    return frame.drop(columns=[name for name in CLOCK if name in frame])


def item_reasons(parts: pd.DataFrame, matrix: pd.DataFrame, dictionary: pd.DataFrame) -> pd.Series:
    """Return up to three reasons per item, strongest first, index ``invoice_id``.

    Parameters
    ----------
    parts
        Contributions of the features, as ``contributions`` gives them.
    matrix
        Features of the items.
    dictionary
        ``name``, ``unit`` and ``meaning`` of every feature.
    """
    return _in_words(parts, matrix.astype("float64"), dictionary)


def customer_reasons(
    parts: pd.DataFrame, matrix: pd.DataFrame, items: pd.DataFrame, dictionary: pd.DataFrame
) -> pd.Series:
    """Return up to three reasons per customer: contributions averaged over its items by balance.

    Parameters
    ----------
    parts, matrix, dictionary
        As in ``item_reasons``.
    items
        ``invoice_id``, ``customer_id`` and ``balance`` of the same items.
    """
    keys = items.set_index("invoice_id").loc[matrix.index]

    def mean(frame: pd.DataFrame) -> pd.DataFrame:
        weighted = frame.mul(keys["balance"], axis=0)
        known = frame.notna().mul(keys["balance"], axis=0)
        sums = [part.groupby(keys["customer_id"], sort=True).sum() for part in (weighted, known)]
        return sums[0] / sums[1].where(sums[1] > 0)

    return _in_words(mean(parts), mean(matrix.astype("float64")), dictionary)


def _in_words(parts: pd.DataFrame, values: pd.DataFrame, dictionary: pd.DataFrame) -> pd.Series:
    """Put the largest contributions of each row into words: slower or faster, and the value."""
    # A meaning says the thing before its first semicolon, and the small print after it.
    meaning = dictionary.set_index("name")["meaning"].str.partition(";")[0].to_dict()
    unit = dictionary.set_index("name")["unit"].to_dict()
    names = parts.columns.to_numpy()
    strength = parts.to_numpy(dtype=np.float64)
    shown = values[list(names)].to_numpy(dtype=np.float64)
    order = np.argsort(-np.abs(strength), axis=1, kind="stable")[:, :REASONS]
    texts = []
    for row, columns in enumerate(order):
        said = [
            f"{'faster' if strength[row, at] > 0 else 'slower'}: {meaning[names[at]]} ({_value(shown[row, at], unit[names[at]])})"
            for at in columns
            if abs(strength[row, at]) >= SMALLEST
        ]
        texts.append("; ".join(said))
    return pd.Series(texts, index=parts.index)


def _value(value: float, unit: str) -> str:
    """Write one value with its unit.

    Examples
    --------
    >>> _value(12.34, "days"), _value(0.875, "share"), _value(float("nan"), "days"), _value(3.0, "count")
    ('12 days', '88 %', 'unknown', '3')
    """
    if np.isnan(value):
        return "unknown"
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit not in ("days", "points"):
        return f"{value:,.0f}"
    return f"{value:,.0f} {unit}"
