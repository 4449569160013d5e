"""What is billed: counts with seasons, log-normal amounts, terms by customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.world.calendars import Calendar
from arseg.world.customers import DELIVERIES, Customers
from arseg.world.draws import Floats, Ints, Purpose, stream

# January to December; August and the end of December are quiet, the quarter ends are not.
_SEASON: Final = np.array([0.92, 0.95, 1.08, 1.0, 1.0, 1.07, 0.97, 0.84, 1.08, 1.04, 1.06, 0.99])
_SMALLEST_CENTS: Final = 2_500
PAPER: Final = DELIVERIES.index("paper")


@dataclass(frozen=True)
class Invoices:
    """One array per trait, one entry per invoice, in order of the document date.

    ``cents`` is the gross amount in hundredths of the invoice currency; the other fields are days of the
    book, and ``customer`` is the debtor's number. ``delivered`` is hidden for paper: nobody sees a letter
    arrive.
    """

    customer: Ints
    document: Ints
    posted: Ints
    due: Ints
    delivered: Ints
    cents: Ints

    def __len__(self) -> int:
        """Return the number of invoices."""
        return len(self.customer)


def draw_invoices(customers: Customers, calendar: Calendar, *, seed: int, growth: float = 0.0) -> Invoices:
    """Draw every invoice of a world; none before its customer was onboarded.

    Their number grows by a share a month; amounts do not.
    """
    rng = stream(seed, Purpose.INVOICES)
    customer, month = _counts(customers, calendar, growth, rng)
    document = _document_days(customers.consolidated[customer], month, calendar, rng)
    cents = _amounts(customers, customer, rng)
    posting_lag = rng.choice(3, size=len(customer), p=(0.8, 0.15, 0.05))
    paper_days = rng.integers(2, 6, len(customer))
    kept = document >= customers.onboarded[customer]
    order = np.lexsort((customer, document))
    order = order[kept[order]]
    customer, document = customer[order], document[order]
    posted = calendar.next_business[document + posting_lag[order]]
    delivered = np.where(customers.delivery[customer] == PAPER, document + paper_days[order], document)
    return Invoices(
        customer=customer,
        document=document,
        posted=posted,
        due=_due_days(customers, customer, document, calendar),
        delivered=delivered,
        cents=cents[order],
    )


def _due_days(customers: Customers, customer: Ints, document: Ints, calendar: Calendar) -> Ints:
    """Return due days: net terms from the document, or so many days after the end of its month."""
    month_end = calendar.month_starts[calendar.month[document] + 1] - 1
    start = np.where(customers.end_of_month[customer], month_end, document)
    return start + customers.terms[customer]


def _counts(
    customers: Customers, calendar: Calendar, growth: float, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return customer and month of every invoice."""
    of_year = (calendar.start.month - 1 + np.arange(calendar.months)) % 12
    level = _SEASON[of_year] * (1 + growth) ** np.arange(calendar.months)
    expected = np.multiply.outer(customers.monthly_invoices, level)
    counts = rng.poisson(expected).ravel()
    cells = np.repeat(np.arange(len(counts)), counts)
    return cells // calendar.months, cells % calendar.months


def _document_days(
    consolidated: np.ndarray, month: Ints, calendar: Calendar, rng: np.random.Generator
) -> Ints:
    """Return issue days: any business day of the month, the last one for consolidated billing."""
    business = np.flatnonzero(calendar.business[: calendar.days])
    bounds = np.searchsorted(business, calendar.month_starts[: calendar.months + 1])
    first, count = bounds[month], np.diff(bounds)[month]
    place = np.where(consolidated, count - 1, np.floor(rng.random(len(month)) * count).astype(np.int64))
    return business[first + place]


def _amounts(customers: Customers, customer: Ints, rng: np.random.Generator) -> Ints:
    spread = customers.amount_spread
    centre = np.log(customers.monthly_sales / customers.monthly_invoices / customers.rate) - spread**2 / 2
    amount: Floats = np.exp(centre[customer] + spread[customer] * rng.standard_normal(len(customer)))
    return np.maximum(_SMALLEST_CENTS, np.rint(amount * 100)).astype(np.int64)
