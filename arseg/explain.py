"""Why a score is what it is, in words with values and units.

The booster's own contributions to the log-hazard of payment are put into words; nothing is estimated
here. A contribution describes what the model used, not what would happen if a customer changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.models import CustomerMeanDelay, DeclaredPrior, KaplanMeierByTerms, habit
from arseg.models.calibrated import reads_columns

if TYPE_CHECKING:
    from arseg.models import TimeToPayment

REASONS: Final = 3
# A contribution below this moves the daily chance of payment by less than 2 %.
SMALLEST: Final = 0.02
# Positions on the clock: what they say is how old the item is, which the row shows anyway.
CLOCK: Final = ("key_day", "due_weekday", "due_month_day", "time")
# Invoices that the book's habit is worth in the hazards, and in the score's share paid on time.
HABIT_PRIOR: Final = 5.0
# From this share of the book's on, a customer's reasons say so: ten paid invoices or fewer.
SAID_FROM: Final = 1 / 3


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
    explain = getattr(model, "contributions", None)
    frame: pd.DataFrame | None = None if explain is None or matrix.empty else explain(matrix)
    if frame is None:
        return None
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
    return _in_words(parts, matrix[list(parts)].astype("float64"), dictionary)


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

    return _in_words(mean(parts), mean(matrix[list(parts)].astype("float64")), dictionary)


def own_history(matrix: pd.DataFrame, customer_id: pd.Series, model: TimeToPayment) -> pd.DataFrame:
    """Return how much of each customer's payment habit, as the model reads it, is its own and how much the book's.

    A habit is ``(n own + k book) / (n + k)`` for n invoices paid in twelve months (``arseg.models.habit``), so
    ``n / (n + k)`` of it is the customer's own. It is one of the model's inputs, not the whole of a score.

    Parameters
    ----------
    matrix
        Features of the items.
    customer_id
        Of the same items, index as ``matrix``.
    model
        Fitted.

    Returns
    -------
    Index ``customer_id``, sorted: ``invoices`` (n), ``own_share`` (0 to 1; NaN where the model has no such habit) and
    ``words``, empty where less than a third of it is the book's.

    Examples
    --------
    >>> from arseg.models import CustomerMeanDelay
    >>> matrix = pd.DataFrame({"cleared_days_late_mean_12m": [4.0], "cleared_count_12m": [3.0]}, index=["i"])
    >>> own_history(matrix, pd.Series(["c"], index=["i"]), CustomerMeanDelay())["words"].tolist()
    ["62 % of its assumed payment habit is the book's: 3 invoices paid in 12 months"]
    """
    reader = reads_columns(model)
    count = (
        pd.Series(habit.shown(matrix)[1], index=customer_id.to_numpy()).groupby(level=0, sort=True).first()
    )
    worth = _book_worth(reader)
    own = count / (count + worth) if worth is not None else count * np.nan
    fixed = _LEARNT_NOTHING_OF_CUSTOMERS.get(type(reader))
    if fixed is not None:
        return pd.DataFrame({"invoices": count, "own_share": 0.0, "words": fixed})
    words = [
        _shrunk(share, int(n)) if 1 - share >= SAID_FROM else "" for share, n in zip(own, count, strict=True)
    ]
    return pd.DataFrame({"invoices": count, "own_share": own, "words": words})


_LEARNT_NOTHING_OF_CUSTOMERS: Final[dict[type, str]] = {
    DeclaredPrior: "nothing of this score is the customer's own: it was declared, not learnt",
    KaplanMeierByTerms: "nothing of this score is the customer's own: it is the book's, by terms and age",
}


def _book_worth(model: TimeToPayment) -> float | None:
    """Return the invoices that the book's habit is worth in a model; None where it reads no habit."""
    if isinstance(model, CustomerMeanDelay):
        return model.prior_count
    # The hazards keep the book's mean delay, and the columns that they read.
    reads = set(getattr(model, "features_", ()))
    return HABIT_PRIOR if hasattr(model, "pool_") and set(habit.COLUMNS) <= reads else None


def _shrunk(own: float, count: int) -> str:
    invoices = f"{count} invoice{'' if count == 1 else 's'}" if count else "no invoice"
    return f"{1 - own:.0%} of its assumed payment habit is the book's: {invoices} paid in 12 months".replace(
        "%", " %"
    )


def with_history(reasons: pd.Series, history: pd.DataFrame) -> pd.Series:
    """Return each customer's reasons, and after them how much of its habit is the book's.

    Parameters
    ----------
    reasons
        Of customers, index ``customer_id``.
    history
        From ``own_history``.

    Examples
    --------
    >>> history = pd.DataFrame({"words": ["all of it is the book's", ""]}, index=["a", "b"])
    >>> with_history(pd.Series(["slower: x", "faster: y"], index=["a", "b"]), history).tolist()
    ["slower: x; all of it is the book's", 'faster: y']
    """
    words = history["words"].reindex(reasons.index).fillna("")
    return (reasons + "; " + words).where((reasons != "") & (words != ""), reasons + words)


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
