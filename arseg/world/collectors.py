"""The collectors: whose customers they mind, their hours, absences and leniency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.world.calendars import Calendar
from arseg.world.customers import PORTFOLIOS, Customers
from arseg.world.draws import Flags, Floats, Ints, Purpose, stream

MINUTES_A_DAY: Final = 300.0
_CUSTOMERS_EACH: Final = 400
_DAYS_BETWEEN_ABSENCES: Final = 90


@dataclass(frozen=True)
class Collectors:
    """One array per trait, one entry per collector unless said otherwise.

    ``of_customer`` is the collector of each customer, dealt by rota within the portfolio; ``leniency`` is the
    log odds by which a collector calls less than the rule says; ``minutes`` a day can be worked; ``absent``
    is collectors x days.
    """

    of_customer: Ints
    leniency: Floats
    minutes: Floats
    absent: Flags

    def __len__(self) -> int:
        """Return the number of collectors."""
        return len(self.leniency)


def draw_collectors(customers: Customers, calendar: Calendar, *, seed: int) -> Collectors:
    """Draw the collectors of a world: at least one per portfolio, one for some 400 customers."""
    rng = stream(seed, Purpose.COLLECTORS)
    each = max(1, len(customers) // (_CUSTOMERS_EACH * len(PORTFOLIOS)))
    count = each * len(PORTFOLIOS)
    return Collectors(
        of_customer=customers.portfolio * each + rng.integers(0, each, len(customers)),
        leniency=rng.normal(0.0, 0.4, count),
        minutes=MINUTES_A_DAY * rng.choice((0.5, 1.0), size=count, p=(0.2, 0.8)),
        absent=_absences(count, calendar, rng),
    )


def _absences(count: int, calendar: Calendar, rng: np.random.Generator) -> Flags:
    """Return spells of 2 to 14 days, one in three months on average."""
    absent = np.zeros((count, calendar.days), dtype=bool)
    spells = rng.poisson(calendar.days / _DAYS_BETWEEN_ABSENCES, count)
    collector = np.repeat(np.arange(count), spells)
    start = rng.integers(0, calendar.days, len(collector))
    length = rng.integers(2, 15, len(collector))
    for one, first, days in zip(collector, start, length, strict=True):
        absent[one, first : first + days] = True
    return absent
