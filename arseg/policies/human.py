"""Which customers a person shall look at, and why (S63)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from arseg.policies.handoffs import RULES, Handoffs, case_of, counts, events
from arseg.schema import DataError, require_columns
from arseg.schema.joined_texts import joined_texts


@dataclass(frozen=True)
class HumanCheck:
    """Who needs a person, each hand-over, and how many there were.

    Parameters
    ----------
    customers
        customer_id, needs_human, rules (ids, as ``H2, H4``), reason (in words; empty
        where none): every customer of the segmentation, sorted.
    events
        customer_id, rule, reason, segment: one row per hand-over.
    counts
        rule, words, customers, checked: one row per rule.
    """

    customers: pd.DataFrame
    events: pd.DataFrame
    counts: pd.DataFrame


def needs_human(
    scores: pd.DataFrame,
    segmentation: pd.DataFrame,
    handoffs: Handoffs | None = None,
    *,
    second: pd.DataFrame | None = None,
    badges: pd.DataFrame | None = None,
) -> HumanCheck:
    """Return who needs a person by the declared hand-off points.

    Parameters
    ----------
    scores
        Customer scores.
    segmentation
        Of the same customers.
    handoffs
        The rules; their defaults where None.
    second
        Customer scores of another model, for model disagreement.
    badges
        What ``segment_chances`` returned, for borderline segments.

    Raises
    ------
    DataError
        If scores and segmentation are not of the same customers, each once.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A", "B"], "disputed_balance": [100.0, 0.0]})
    >>> segments = pd.DataFrame({"customer_id": ["A", "B"], "segment": ["Low", "High"]})
    >>> needs_human(scores, segments).customers.to_numpy().tolist()
    [['A', True, 'H4', 'dispute: 100.00 in dispute'], ['B', False, '', '']]
    """
    require_columns(segmentation.columns, ("customer_id", "segment"), frame="segmentation")
    rules = handoffs or Handoffs()
    case = case_of(scores, second=second, badges=badges)
    customers = case.table["customer_id"]
    segments = segmentation.set_index("customer_id")["segment"]
    if sorted(segments.index) != customers.tolist():
        raise DataError(
            "scores and segmentation are not of the same customers",
            given=sorted(set(segments.index) ^ set(customers))[:3] or "a customer twice",
            allowed="every customer once in both",
            do="assign these scores",
        )
    handed = events(rules, case)
    handed["segment"] = handed["customer_id"].map(segments).astype("str")
    words = handed["rule"].map({rule: words for rule, (_, words, _) in RULES.items()})
    told = words.str.cat(handed["reason"], sep=": ")
    by = handed["customer_id"]
    frame = pd.DataFrame(
        {
            "customer_id": customers,
            "needs_human": customers.isin(handed["customer_id"]),
            "rules": customers.map(joined_texts(by, handed["rule"], ", ")).fillna("").astype("str"),
            "reason": customers.map(joined_texts(by, told, "; ")).fillna("").astype("str"),
        }
    )
    return HumanCheck(frame, handed, counts(rules, case, handed))
