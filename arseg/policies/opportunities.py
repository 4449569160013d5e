"""Opportunities beside risks: whom to offer a discount for paying early, whom to leave in peace (S44).

Both are worth money on the scale of the worklist: what acting so brings in over the horizon less what it
costs, in the reporting currency. Both rest on declared assumptions, not on measured effects.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.admission import admit
from arseg.policies.checks import checked_number
from arseg.schema import UsageError
from arseg.schema.shown import AsWritten

EARLY_PAY: Final = "early-pay discount"
LIGHTER: Final = "lighter monitoring"

_NEEDS: Final = (
    "customer_id",
    "open_balance",
    "overdue_balance",
    "disputed_balance",
    "p_unpaid_30",
    "p_write_off",
    "expected_days",
)
_OPTIONAL: Final = ("contacts_30d", "margin", "promise_broken_days", "legal")

# A promise broken within so many days speaks against an offer.
_BROKEN_LATELY: Final = 90


@dataclass(frozen=True)
class Offers(AsWritten):
    """What an offer is assumed to take and give.

    Parameters
    ----------
    discount
        Share of the invoice let off for paying early.
    within_days
        Days in which it must be paid for that.
    take_up
        Share of the balance offered that is assumed to be paid so.
    capital_rate
        What a year of waiting costs, as a share of the balance.
    safe_below
        Probability of a write-off from which a customer gets no offer.
    contact_cost
        Cost of one contact, reporting currency.
    lift
        Share of the balance likely unpaid that the contacts are assumed to bring in.
    """

    discount: float = 0.02
    within_days: float = 10.0
    take_up: float = 0.3
    capital_rate: float = 0.08
    safe_below: float = 0.03
    contact_cost: float = 2.0
    lift: float = 0.05

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = checked_number(getattr(self, name), name=f"Offers: {name}")
            highest = 365 if name == "within_days" else np.inf if name == "contact_cost" else 1
            if not 0 <= value <= highest:
                raise UsageError(
                    f"Offers: {name} is out of range",
                    given=value,
                    allowed=f"0 to {highest}",
                    do="write 0.02 for 2 %",
                )
            object.__setattr__(self, name, value)


def opportunities(scores: pd.DataFrame, offers: Offers | None = None) -> pd.DataFrame:
    """Return what each customer is an opportunity for, one row per customer.

    Only a customer in good standing is one: nothing overdue or disputed, a write-off less probable than
    ``safe_below``, no promise broken within 90 days and nothing at law. Of the two, the one worth more::

        early-pay discount = take_up x open balance x ((1 - discount) x (1 - capital_rate x within_days / 365)
                                         - (1 - p_write_off) x (1 - capital_rate x expected_days / 365))
        lighter monitoring = contacts in 30 days x contact_cost - lift x open balance x p_unpaid_30

    The second is the worklist's expected value of those contacts with the sign turned. No discount is
    offered that reaches the margin, nor to a customer who pays within those days anyway.

    Parameters
    ----------
    scores
        Customer scores. Of the optional columns: ``contacts_30d`` counts as one contact where absent or
        unknown; ``margin`` is then not asked; ``promise_broken_days`` and ``legal`` then speak for the customer.
    offers
        The assumptions; ``Offers()`` where None.

    Returns
    -------
    frame
        customer_id (sorted), opportunity ('' where there is none), worth (reporting currency, cents; 0
        where there is none) and why.

    Raises
    ------
    DataError
        If a needed column is missing or has gaps, or a customer stands twice.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A"], "open_balance": [100.0], "overdue_balance": [0.0],
    ...                        "disputed_balance": [0.0], "p_unpaid_30": [0.02], "p_write_off": [0.001],
    ...                        "expected_days": [20.0], "contacts_30d": [2]})
    >>> opportunities(scores)[["opportunity", "worth"]].to_numpy().tolist()
    [['lighter monitoring', 3.9]]
    """
    offers = offers or Offers()
    table = admit(scores, (*_NEEDS, *(n for n in _OPTIONAL if n in scores)), complete=_NEEDS[1:])
    for name in _OPTIONAL:
        table[name] = table.get(name, np.nan)
    table["contacts_30d"] = table["contacts_30d"].fillna(1.0)
    against = _against(table, offers)
    good = against == ""
    early = _early_pay(table, offers).where(good & _may_discount(table, offers), 0.0)
    lighter = _lighter(table, offers).where(good, 0.0)
    chosen = np.select([(early > 0) & (early >= lighter), lighter > 0], [EARLY_PAY, LIGHTER], default="")
    worth = pd.Series(np.maximum(early, lighter)).clip(lower=0.0)
    why = against.where(~good, "in good standing, but neither offer pays")
    for offer, words in ((EARLY_PAY, _why_early), (LIGHTER, _why_lighter)):
        why[chosen == offer] = words(table[chosen == offer], offers)
    found = {"opportunity": chosen, "worth": worth, "why": why}
    frame = pd.DataFrame({"customer_id": table["customer_id"], **found})
    return frame.astype({"customer_id": "str", "opportunity": "str", "why": "str"})


def _early_pay(table: pd.DataFrame, offers: Offers) -> pd.Series:
    taken = (1 - offers.discount) * (1 - offers.capital_rate * offers.within_days / 365)
    waited = (1 - table["p_write_off"]) * (1 - offers.capital_rate * table["expected_days"] / 365)
    # Adding zero turns -0.00 into 0.00.
    return (offers.take_up * table["open_balance"] * (taken - waited)).round(2) + 0.0


def _lighter(table: pd.DataFrame, offers: Offers) -> pd.Series:
    return (table["contacts_30d"] * offers.contact_cost - _brought_in(table, offers)).round(2) + 0.0


def _brought_in(table: pd.DataFrame, offers: Offers) -> pd.Series:
    return offers.lift * table["open_balance"] * table["p_unpaid_30"]


def _may_discount(table: pd.DataFrame, offers: Offers) -> pd.Series:
    dear = table["margin"] <= offers.discount
    return ~dear & (table["expected_days"] > offers.within_days) & (table["open_balance"] > 0)


def _against(table: pd.DataFrame, offers: Offers) -> pd.Series:
    """Return what speaks against an offer to a customer, the first of it; '' in good standing."""
    limit = offers.safe_below
    checks: list[tuple[str, pd.Series, str]] = [
        ("p_write_off", table["p_write_off"] >= limit, "{percent:.1f} % likely written off"),
        ("disputed_balance", table["disputed_balance"] > 0, "disputed {value:,.2f}"),
        ("overdue_balance", table["overdue_balance"] > 0, "overdue {value:,.2f}"),
        (
            "promise_broken_days",
            table["promise_broken_days"] <= _BROKEN_LATELY,
            "a promise broken {value:.0f} days ago",
        ),
        ("legal", table["legal"] == 1, "at law"),
    ]
    words = np.full(len(table), "", dtype="object")
    # The last one written stays.
    for name, speaks, text in checks:
        words[speaks] = [text.format(value=value, percent=100 * value) for value in table.loc[speaks, name]]
    return pd.Series(words, dtype="str")


def _why_early(table: pd.DataFrame, offers: Offers) -> list[str]:
    offer = (
        f"{100 * offers.discount:.4g} % off within {offers.within_days:g} days, assumed to be taken up for "
        f"{100 * offers.take_up:.4g} % of"
    )
    rows = zip(table["expected_days"].tolist(), table["open_balance"].tolist(), strict=True)
    return [f"else expected in {days:.0f} days: {offer} {balance:,.2f}" for days, balance in rows]


def _why_lighter(table: pd.DataFrame, offers: Offers) -> list[str]:
    spent = (table["contacts_30d"] * offers.contact_cost).tolist()
    rows = zip(table["contacts_30d"].tolist(), spent, _brought_in(table, offers).tolist(), strict=True)
    return [
        f"{count:g} contact{'' if count == 1 else 's'} in 30 days cost{'s' if count == 1 else ''} {cost:,.2f} "
        f"and bring{'s' if count == 1 else ''} in {gain:,.2f}"
        for count, cost, gain in rows
    ]
