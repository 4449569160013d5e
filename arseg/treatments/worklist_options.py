"""What could be done for each customer today: every prescribed treatment with its value, and what holds it back."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import DataError, require_columns
from arseg.treatments.safety import check_prescribed

PRESCRIBED_NEEDS: Final = (
    "customer_id",
    "segment",
    "stage",
    "treatment",
    "channel",
    "tone",
    "handling",
    "deadline_hours",
    "minutes",
    "cost",
    "assumed_lift",
)
NUMBERS: Final = ("open_count", "open_balance", "overdue_balance", "p_unpaid_30")
SCORES: Final = ("customer_id", *NUMBERS, "reasons")

# Known of a treatment only if somebody estimated its effect, and of a customer only if the scores say so.
EFFECT: Final = ("incremental_value", "incremental_low", "incremental_high")
WHOSE: Final = ("portfolio", "language")


def options_of(prescribed: pd.DataFrame, scores: pd.DataFrame, *, key_date: pd.Timestamp) -> pd.DataFrame:
    """Return every prescribed treatment with its customer's scores, its value and its deadline.

    The expected value of a treatment is what it brings in that no treatment would not, less its cost. Where
    ``incremental_value`` is given that is an estimate; else it is the playbook's assumption::

        assumed_lift x (overdue balance, or open balance where nothing is overdue) x p_unpaid_30 - cost

    Parameters
    ----------
    prescribed
        From ``Playbook.prescribe`` or ``make_safe``; perhaps several treatments per customer.
    scores
        Customer scores of at least these customers.
    key_date
        The day we stand on.

    Returns
    -------
    frame
        Sorted by customer_id and treatment; beside what was given: expected_value, value_low, value_high
        (missing where assumed), value_basis (estimated or assumed), deadline, held (text, empty if free).

    Raises
    ------
    DataError
        If a column is missing, a treatment stands twice, a customer has no scores, or a safety rule is
        broken.
    """
    require_columns(prescribed.columns, PRESCRIBED_NEEDS, frame="prescribed treatments")
    require_columns(scores.columns, SCORES, frame="customer scores")
    check_prescribed(prescribed)
    work = _with_scores(prescribed, scores)
    _put_value(work)
    hours = work["deadline_hours"].to_numpy(dtype="float64")
    work["deadline"] = key_date + pd.to_timedelta(np.ceil(hours / 24), unit="D").to_series(index=work.index)
    work["held"] = _held(work, key_date)
    return work


def _with_scores(prescribed: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    ids = prescribed["customer_id"]
    twice = prescribed.duplicated(["customer_id", "treatment"])
    odd = sorted({*ids[twice], *(set(ids) - set(scores["customer_id"]))})
    if odd or scores["customer_id"].duplicated().any():
        raise DataError(
            "prescribed treatments and customer scores do not match",
            given=odd[:3] or "a customer twice in the scores",
            allowed="every treatment once, and one row of scores per treated customer",
            do="prescribe from the scores of the same key date",
        )
    gaps = scores.loc[scores[list(NUMBERS)].isna().any(axis=1), "customer_id"]
    if len(gaps):
        raise DataError(
            f"customer scores lack a number for {len(gaps)} customers",
            given=gaps.sort_values().head(3).tolist(),
            allowed=f"{', '.join(NUMBERS)} for every customer",
            do="score these customers or leave them out",
        )
    known = [*SCORES, *(name for name in WHOSE if name in scores.columns and name not in prescribed.columns)]
    work = prescribed.merge(scores[known], on="customer_id", validate="m:1")
    for column in ("open_balance", "overdue_balance"):
        work[column] = work[column].astype("float64").round(2)
    for column in WHOSE:
        work[column] = work[column].fillna("").astype("str") if column in work.columns else ""
    return work.sort_values(["customer_id", "treatment"], kind="stable", ignore_index=True)


def _put_value(work: pd.DataFrame) -> None:
    at_stake = work["overdue_balance"].where(work["overdue_balance"] > 0, work["open_balance"])
    assumed = work["assumed_lift"] * at_stake * work["p_unpaid_30"]
    effect, low, high = (_numbers(work, name) for name in EFFECT)
    estimated = effect.notna()
    # Adding zero turns -0.00 into 0.00.
    work["expected_value"] = (effect.where(estimated, assumed) - work["cost"]).round(2) + 0.0
    work["value_low"] = (low.where(estimated) - work["cost"]).round(2) + 0.0
    work["value_high"] = (high.where(estimated) - work["cost"]).round(2) + 0.0
    work["value_basis"] = pd.Series(
        np.where(estimated, "estimated", "assumed"), index=work.index, dtype="str"
    )


def _numbers(work: pd.DataFrame, name: str) -> pd.Series:
    if name not in work.columns:
        return pd.Series(np.nan, index=work.index, dtype="float64")
    return work[name].astype("float64")


def _held(work: pd.DataFrame, key_date: pd.Timestamp) -> pd.Series:
    """Return why a treatment waits for a later day, in words; ``make_safe`` gives ``held`` and ``contact_day``."""
    held = (
        work["held"].fillna("").astype("str")
        if "held" in work.columns
        else pd.Series("", index=work.index, dtype="str")
    )
    if "contact_day" not in work.columns:
        return held
    day = pd.to_datetime(work["contact_day"])
    later = day > key_date
    said = held.where(held != "", "no contact today") + ", contact from " + day.dt.strftime("%Y-%m-%d")
    return said.where(later, "").fillna("").astype("str")
