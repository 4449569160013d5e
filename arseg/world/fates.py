"""What each invoice will meet if it lives long enough to meet it, drawn before anything happens.

Everything here is independent of the contact policy, so the same invoice has the same fate under another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from arseg.world.calendars import Calendar
from arseg.world.customers import DIRECT_DEBIT, Customers
from arseg.world.draws import Flags, Floats, Ints, Purpose, stream
from arseg.world.economy import NEVER
from arseg.world.invoices import Invoices

REASONS: Final = ("pricing", "scope", "administration", "quality", "other")
_REASON_SHARE: Final = (0.38, 0.27, 0.17, 0.12, 0.06)

_DISPUTED: Final = 0.042
_CREDITED: Final = 0.006
_PARTIAL: Final = 0.07
_SHORT: Final = 0.005
_BOUNCED: Final = 0.004
_BOUNCED_DEBIT: Final = 0.02
_RECOVERED: Final = 0.2
_BACK_DATED: Final = 0.02
_DUPLICATE: Final = 0.004
_UNAPPLIED: Final = 0.035
_DISCOUNTED: Final = 0.75
DISCOUNT_DAYS: Final = 10
DISCOUNT: Final = 0.02


@dataclass(frozen=True)
class Fates:
    """One array per fate, one entry per invoice; days of the book, shares of the amount.

    ``intent`` is the day relative to due around which the customer would approve payment in an average
    month; ``discounted`` says that the customer means to be early enough for the discount. ``unapplied_days``
    is how long the first payment lies on account before it is applied; 0 where it names its invoice.
    """

    intent: Floats
    first_share: Floats
    gap_days: Ints
    short: Flags
    discounted: Flags
    bounced: Flags
    duplicate: Flags
    unapplied_days: Ints
    back_dated: Flags
    dispute_on: Ints
    dispute_days: Ints
    dispute_reason: Ints
    dispute_credit: Floats
    credit_on: Ints
    credit_share: Floats
    write_off_on: Ints
    recovery_share: Floats
    recovery_days: Ints


def draw_fates(
    invoices: Invoices, customers: Customers, calendar: Calendar, *, seed: int, friction: float = 1.0
) -> Fates:
    """Draw the fate of every invoice of a world.

    Friction multiplies the probability of whatever disturbs a plain payment; with 0 nothing does.
    """
    rng = stream(seed, Purpose.FATES)
    count = len(invoices)
    disputed = rng.random(count) < friction * _DISPUTED
    opened = invoices.document + 2 + _up_to(invoices.due - invoices.document - 4, rng)
    credited = (rng.random(count) < friction * _CREDITED) & ~disputed
    credit_day = invoices.document + 2 + _up_to(np.full(count, 20), rng)
    intent = _intent(invoices, customers, rng)
    discounted = customers.discount[invoices.customer] & (rng.random(count) < _DISCOUNTED)
    early = np.minimum(intent, invoices.document + 3.0 - invoices.due)
    return Fates(
        intent=np.where(discounted, early, intent),
        discounted=discounted,
        gap_days=rng.integers(5, 25, count),
        dispute_on=np.where(disputed, calendar.next_business[opened], NEVER),
        dispute_days=np.clip(np.rint(np.exp(rng.normal(np.log(8.5), 0.5, count))), 3, 120).astype(np.int64),
        dispute_reason=rng.choice(len(REASONS), size=count, p=_REASON_SHARE),
        dispute_credit=_share_of_some(count, 0.15, rng),
        credit_on=np.where(credited, calendar.next_business[credit_day], NEVER),
        credit_share=np.where(rng.random(count) < 0.6, 1.0, rng.uniform(0.1, 0.5, count)),
        write_off_on=invoices.due + 180 + rng.geometric(1 / 20, count),
        recovery_share=_share_of_some(count, _RECOVERED, rng) * 0.4,
        recovery_days=rng.integers(40, 160, count),
        **_mishaps(invoices, customers, friction, stream(seed, Purpose.MISHAPS)),
    )


def _mishaps(
    invoices: Invoices, customers: Customers, friction: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Return what goes wrong with the first payment: at most one of part, short, bounced, duplicate, unapplied."""
    count = len(invoices)
    debit = customers.method[invoices.customer] == DIRECT_DEBIT
    bounced = np.where(debit, _BOUNCED_DEBIT, _BOUNCED)
    usual = np.stack([np.full(count, _PARTIAL), np.full(count, _SHORT), bounced, np.full(count, _DUPLICATE)])
    usual[:2, debit] = 0.0
    unnamed = np.where(debit, 0.0, _UNAPPLIED)
    bounds = np.minimum(1.0, friction * np.cumsum(np.vstack([usual, unnamed]), axis=0))
    which = (rng.random(count) >= bounds).sum(axis=0)
    part = np.where(which == 0, rng.uniform(0.3, 0.8, count), rng.uniform(0.95, 0.99, count))
    lying = rng.integers(1, 21, count)
    return {
        "first_share": np.where(which <= 1, part, 1.0),
        "short": which == 1,
        "bounced": which == 2,
        "duplicate": which == 3,
        "unapplied_days": np.where(which == 4, lying, 0),
        "back_dated": rng.random(count) < friction * _BACK_DATED,
    }


def _up_to(bound: Ints, rng: np.random.Generator) -> Ints:
    """Return whole days from 0 to each bound, evenly."""
    return np.floor(rng.random(len(bound)) * (np.maximum(bound, 0) + 1)).astype(np.int64)


def _share_of_some(count: int, probability: float, rng: np.random.Generator) -> Floats:
    """Return a share in [0.1, 1] for some and 0 for the others; half of the shares are 1."""
    some, whole = rng.random((2, count))
    share = np.where(whole < 0.5, 1.0, rng.uniform(0.1, 0.6, count))
    return np.where(some < probability, share, 0.0)


def _intent(invoices: Invoices, customers: Customers, rng: np.random.Generator) -> Floats:
    """Return the intended day relative to due: the customer's habit, the paper's way, size, and noise."""
    customer = invoices.customer
    debit = customers.method[customer] == DIRECT_DEBIT
    typical = np.log(customers.monthly_sales / customers.monthly_invoices)[customer]
    relative = np.log(invoices.cents / 100 * customers.rate[customer]) - typical
    late_paper = 0.9 * (invoices.delivered - invoices.document)
    moved = customers.delay[customer] + late_paper + 0.8 * relative
    noise = customers.spread[customer] * 2.0 * rng.standard_normal(len(customer))
    return np.where(debit, customers.delay[customer], moved + noise)
