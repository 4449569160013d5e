"""Hand-off points: declared rules, each with an id, at which the machine gives a customer to a person (S64)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.admission import admit
from arseg.policies.checks import checked_number
from arseg.schema import UsageError

EVENTS: Final = ("customer_id", "rule", "reason")


@dataclass(frozen=True)
class Handoffs:
    """When a person shall look; None switches a rule off.

    ====  =====================================================================================
    rule  a customer is handed over if
    ====  =====================================================================================
    H1    fewer than ``support_from`` invoices cleared in 12 months; a gap counts as none
    H2    it is among the largest that together hold ``top_share`` of the open balance, or owes
          ``value_from`` or more
    H3    two models differ in ``p_unpaid_30`` by ``disagreement_from`` or more
    H4    more than ``disputed_above`` of its balance is in dispute
    H5    its segment is borderline
    H6    the matter is at law
    H7    a promise was broken within ``broken_within_days``
    ====  =====================================================================================

    A rule whose column the scores lack, or whose second model or borderline badges are not given, is not
    checked, and ``counts`` says so.

    Parameters
    ----------
    support_from
        Cleared invoices.
    top_share
        Share of the open balance, between 0 and 1.
    value_from
        Amount in the reporting currency.
    disagreement_from
        Difference of two probabilities.
    disputed_above
        Amount in the reporting currency.
    borderline, legal
        Whether H5 and H6 are on.
    broken_within_days
        Days.

    Raises
    ------
    UsageError
        If a limit is no number or negative, or top_share is above 1.

    Examples
    --------
    >>> Handoffs(value_from=50_000).support_from
    5.0
    """

    support_from: float | None = 5.0
    top_share: float | None = 0.2
    value_from: float | None = None
    disagreement_from: float | None = 0.2
    disputed_above: float | None = 0.0
    borderline: bool = True
    legal: bool = True
    broken_within_days: float | None = 30.0

    def __post_init__(self) -> None:
        for name, most in (
            ("support_from", np.inf),
            ("top_share", 1.0),
            ("value_from", np.inf),
            ("disagreement_from", 1.0),
            ("disputed_above", np.inf),
            ("broken_within_days", np.inf),
        ):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _within(getattr(self, name), most, name=f"Handoffs: {name}"))


@dataclass(frozen=True)
class Case:
    """What the rules look at: a table sorted by customer_id, and the columns that were given."""

    table: pd.DataFrame
    given: frozenset[str]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.table[name].to_numpy()


Found = tuple[np.ndarray, Callable[[np.intp], str]]

_COLUMNS: Final = (
    "open_balance",
    "disputed_balance",
    "p_unpaid_30",
    "cleared_count",
    "legal",
    "promise_broken_days",
)


def case_of(
    scores: pd.DataFrame, *, second: pd.DataFrame | None = None, badges: pd.DataFrame | None = None
) -> Case:
    """Return what the rules look at.

    Parameters
    ----------
    scores
        Customer scores.
    second
        Customer scores of another model.
    badges
        What ``segment_chances`` returned.

    Raises
    ------
    DataError
        If a customer stands twice or a column is not of numbers.
    """
    held = [name for name in _COLUMNS if name in scores.columns]
    table = admit(scores, ("customer_id", *held))
    given = set(held)
    if second is not None:
        other = admit(second, ("customer_id", "p_unpaid_30")).set_index("customer_id")["p_unpaid_30"]
        table["second"] = table["customer_id"].map(other).astype("float64")
        given.add("second")
    if badges is not None:
        known = badges.set_index("customer_id")
        table["borderline"] = table["customer_id"].map(known["borderline"]).fillna(value=False).astype(bool)
        table["chance"] = table["customer_id"].map(known["chance"]).astype("float64")
        given.add("borderline")
    return Case(table, frozenset(given))


def events(handoffs: Handoffs, case: Case) -> pd.DataFrame:
    """Return every hand-over: customer_id, rule, reason in words; by customer, then by rule."""
    rows: list[tuple[str, str, str]] = []
    customers = case.table["customer_id"].to_numpy()
    for rule, (needs, _, find) in RULES.items():
        found = find(handoffs, case) if needs <= case.given else None
        if found is not None:
            places = np.flatnonzero(found[0])
            rows += [(customers[place], rule, found[1](place)) for place in places]
    return pd.DataFrame(sorted(rows), columns=list(EVENTS)).astype("str")


def counts(handoffs: Handoffs, case: Case, handed: pd.DataFrame) -> pd.DataFrame:
    """Return, per rule: rule, words, customers (handed over), checked (whether it could be and was on)."""
    rows = []
    for rule, (needs, words, find) in RULES.items():
        checked = needs <= case.given and find(handoffs, case) is not None
        rows.append((rule, words, int((handed["rule"] == rule).sum()), checked))
    return pd.DataFrame(rows, columns=["rule", "words", "customers", "checked"])


def _support(handoffs: Handoffs, case: Case) -> Found | None:
    if handoffs.support_from is None:
        return None
    cleared = np.nan_to_num(case["cleared_count"])
    return (
        cleared < handoffs.support_from,
        lambda row: f"{cleared[row]:.0f} invoices cleared in 12 months, fewer than {handoffs.support_from:g}",
    )


def _value(handoffs: Handoffs, case: Case) -> Found | None:
    if handoffs.top_share is None and handoffs.value_from is None:
        return None
    balance = np.nan_to_num(case["open_balance"])
    top, above = np.zeros(len(balance), dtype=bool), np.zeros(len(balance), dtype=bool)
    if handoffs.top_share is not None:
        owed = np.maximum(balance, 0)
        order = np.argsort(-owed, kind="stable")
        before = np.cumsum(owed[order]) - owed[order]
        top[order] = (before < handoffs.top_share * owed.sum() * (1 - 1e-12)) & (owed[order] > 0)
    if handoffs.value_from is not None:
        above = balance >= handoffs.value_from
    share = 100 * (handoffs.top_share or 0)
    return (
        top | above,
        lambda row: (
            f"owes {balance[row]:,.2f}, "
            + (
                f"{handoffs.value_from:,.2f} or more"
                if above[row]
                else f"among the largest with {share:g} % of the book"
            )
        ),
    )


def _disagreement(handoffs: Handoffs, case: Case) -> Found | None:
    if handoffs.disagreement_from is None:
        return None
    one, other = case["p_unpaid_30"], case["second"]
    # 0.5 and 0.3 differ by 0.2, in binary by a little less.
    apart = np.abs(one - other) >= handoffs.disagreement_from - 1e-12
    return apart, lambda row: f"two models say {100 * one[row]:.1f} % and {100 * other[row]:.1f} %"


def _dispute(handoffs: Handoffs, case: Case) -> Found | None:
    if handoffs.disputed_above is None:
        return None
    disputed = case["disputed_balance"]
    return disputed > handoffs.disputed_above, lambda row: f"{disputed[row]:,.2f} in dispute"


def _borderline(handoffs: Handoffs, case: Case) -> Found | None:
    if not handoffs.borderline:
        return None
    chance = case["chance"]
    return case["borderline"], lambda row: f"its segment is only {100 * chance[row]:.0f} % sure"


def _legal(handoffs: Handoffs, case: Case) -> Found | None:
    return (case["legal"] >= 1, lambda _: "the matter is at law") if handoffs.legal else None


def _broken(handoffs: Handoffs, case: Case) -> Found | None:
    if handoffs.broken_within_days is None:
        return None
    days = case["promise_broken_days"]
    return days <= handoffs.broken_within_days, lambda row: f"a promise was broken {days[row]:.0f} days ago"


Rule = tuple[frozenset[str], str, Callable[[Handoffs, Case], Found | None]]

RULES: Final[dict[str, Rule]] = {
    "H1": (frozenset({"cleared_count"}), "low support", _support),
    "H2": (frozenset({"open_balance"}), "high value", _value),
    "H3": (frozenset({"p_unpaid_30", "second"}), "model disagreement", _disagreement),
    "H4": (frozenset({"disputed_balance"}), "dispute", _dispute),
    "H5": (frozenset({"borderline"}), "borderline", _borderline),
    "H6": (frozenset({"legal"}), "at law", _legal),
    "H7": (frozenset({"promise_broken_days"}), "broken promise", _broken),
}


def _within(value: object, most: float, *, name: str) -> float:
    number = checked_number(value, name=name)
    if not 0 <= number <= most:
        raise UsageError(
            f"{name} is out of range",
            given=number,
            allowed=f"0 to {most:g}" if np.isfinite(most) else "0 or more",
            do="move it into the range, or write null for none",
        )
    return number
