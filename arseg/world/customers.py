"""The debtors: what the book knows of them, and how they behave, which it does not.

Sizes follow a Pareto law in which a fifth of the customers buy about four fifths (science 6.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import ndtri

from arseg.world.calendars import DAILY, HOLIDAYS, MONTH_END, SEMI_MONTHLY, WEEKLY, Calendar
from arseg.world.draws import Flags, Floats, Ints, Purpose, stream
from arseg.world.settings import TYPICAL, Setting

INDUSTRIES: Final = (
    "manufacturing",
    "wholesale",
    "retail",
    "construction",
    "healthcare",
    "hospitality",
    "logistics",
)
# Days by which an industry pays later than manufacturing.
_INDUSTRY_DELAY: Final = np.array([0.0, 0.5, 1.0, 5.0, -2.0, 3.0, 0.5])
COUNTRIES: Final = tuple(HOLIDAYS)
LANGUAGES: Final = ("de", "en", "es", "de", "en")
CURRENCIES: Final = ("EUR", "USD")
RATES: Final = {"EUR": 1.0, "USD": 0.92}
_COUNTRY_SHARE: Final = (0.42, 0.22, 0.18, 0.09, 0.09)
REGIONS: Final = ("north", "south", "east", "west")
METHODS: Final = ("transfer", "check", "card", "direct_debit")
TRANSFER, CHECK, CARD, DIRECT_DEBIT = range(4)
DELIVERIES: Final = ("paper", "email", "portal")
BUSINESS_TYPES: Final = ("company", "sole_trader", "public")
# Days net; 0 is due at once.
TERMS: Final = (0, 7, 14, 30, 45, 60, 90)
_TERMS_SHARE: Final = (0.03, 0.04, 0.15, 0.60, 0.11, 0.05, 0.02)
_LARGE_TERMS_SHARE: Final = (0.0, 0.0, 0.0, 0.28, 0.37, 0.35, 0.0)
PORTFOLIOS: Final = ("P1", "P2", "P3", "P4")

ANYWAY, PERSUADABLE = 0, 1
RESPONSES: Final = ("pays_anyway", "persuadable")

# Some are due so many days after the end of the month; some may deduct two per cent within ten days.
END_OF_MONTH_DAYS: Final = 30
_END_OF_MONTH: Final = 0.05
_DISCOUNT: Final = 0.12

_DAWDLING: Final = 0.035
# Relative size from which a customer is run like a large firm.
_LARGE: Final = 3.0
_STEP_OF_TERMS: Final = float(np.sqrt(5) - 1) / 2
_STEP_OF_DELAYS: Final = float(np.sqrt(2)) - 1
_STEP_OF_SLOWNESS: Final = float(np.sqrt(3)) - 1
_STEP_OF_PACES: Final = float(np.sqrt(7)) - 2
_STEP_OF_RUNS: Final = float(np.sqrt(11)) - 3
_STEP_OF_PUNCTUALITY: Final = float(np.sqrt(13)) - 3
_STEP_OF_METHODS: Final = float(np.sqrt(17)) - 4
_STEP_OF_INDUSTRIES: Final = float(np.sqrt(19)) - 4
_PUNCTUAL: Final = 0.35
_METHOD_SHARE: Final = (0.62, 0.2, 0.08, 0.1)
_INDUSTRY_SHARE: Final = (0.24, 0.2, 0.16, 0.12, 0.1, 0.08, 0.1)
_RUN_SHARE: Final = (0.5, 0.35, 0.1, 0.05)
_SLOW: Final = 0.16
_USUAL_DELAY: Final = -24.0
_USUAL_DELAY_OF_LARGE: Final = -13.9
_ALPHA: Final = 0.9
_MEAN_MONTHLY_SALES: Final = 14_000.0
_MEAN_MONTHLY_INVOICES: Final = 1.45


@dataclass(frozen=True)
class Customers:
    """One array per trait, one entry per customer.

    The first block is what the ledger's ``customers`` table shows, as codes into the tuples of this
    module; the second is hidden and goes to the truth only.
    """

    industry: Ints
    country: Ints
    region: Ints
    business_type: Ints
    parent: Ints
    onboarded: Ints
    terms: Ints
    end_of_month: Flags
    discount: Flags
    delivery: Ints
    method: Ints
    portfolio: Ints
    name: Ints

    monthly_sales: Floats
    monthly_invoices: Floats
    amount_spread: Floats
    consolidated: Flags
    run: Ints
    delay: Floats
    spread: Floats
    pace: Floats
    response: Ints
    susceptibility: Floats
    good_payer: Flags
    review_weekday: Ints

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.industry)

    @property
    def currency(self) -> Ints:
        """Code of the invoice currency: dollars in the United States, euros elsewhere."""
        return (self.country == COUNTRIES.index("US")).astype(np.int64)

    @property
    def rate(self) -> Floats:
        """Euros per unit of the invoice currency."""
        return np.array([RATES[name] for name in CURRENCIES])[self.currency]


def draw_customers(count: int, calendar: Calendar, *, seed: int, setting: Setting = TYPICAL) -> Customers:
    """Draw the debtors of a world.

    Parameters
    ----------
    count
        Customers.
    calendar
        Days of the book; a sixth of the customers is onboarded within it.
    seed
        The world's seed.
    setting
        How the world differs from a typical one.

    Examples
    --------
    >>> import datetime as dt
    >>> len(draw_customers(5, Calendar(dt.date(2024, 1, 1), 3), seed=7))
    5
    """
    shown = _shown(count, calendar, setting.even, stream(seed, Purpose.CUSTOMERS))
    shown.traits.update(_terms(shown, stream(seed, Purpose.TERMS)))
    return _with_behaviour(shown, setting.lateness, stream(seed, Purpose.BEHAVIOUR))


@dataclass(frozen=True)
class _Shown:
    size: Floats
    traits: dict[str, Any]
    even: bool

    def deal(self, step: float, rng: np.random.Generator) -> Floats:
        """Return uniform numbers, spread evenly over neighbours in size where the world is even.

        A few customers are most of the money; drawn freely, a trait of theirs would be the book's. Steps whose
        ratio is irrational keep traits independent of one another.
        """
        if not self.even:
            return rng.random(len(self.size))
        place = np.empty(len(self.size))
        place[np.argsort(self.size)] = np.arange(len(self.size))
        return (rng.random() + place * step) % 1.0


def _shown(count: int, calendar: Calendar, even: bool, rng: np.random.Generator) -> _Shown:  # noqa: FBT001
    size = _sizes(count, even, rng)
    small = size < np.median(size)
    delivery = rng.choice(3, size=count, p=(0.25, 0.5, 0.25))
    new = rng.random(count) < 1 / 6
    before, within = -rng.integers(30, 3600, count), rng.integers(1, max(2, calendar.days * 3 // 4), count)
    head = rng.integers(0, count, count)
    grouped = rng.random(count) < 0.06
    grouped &= ~grouped[head]
    shown = _Shown(size, {}, even)
    traits = {
        "industry": _kinds(shown.deal(_STEP_OF_INDUSTRIES, rng), _INDUSTRY_SHARE),
        "country": rng.choice(len(COUNTRIES), size=count, p=_COUNTRY_SHARE),
        "region": rng.integers(0, len(REGIONS), count),
        "business_type": np.where(
            small & (rng.random(count) < 0.3), 1, np.where(rng.random(count) < 0.05, 2, 0)
        ),
        "parent": np.where(grouped, head, -1),
        "onboarded": np.where(new, within, before),
        "delivery": delivery,
        "method": _kinds(shown.deal(_STEP_OF_METHODS, rng), _METHOD_SHARE),
        "portfolio": rng.integers(0, len(PORTFOLIOS), count),
        "name": rng.integers(0, 2**31, count),
    }
    shown.traits.update(traits)
    return shown


def _kinds(place: Floats, share: tuple[float, ...]) -> Ints:
    """Return the kind that each uniform number falls on, when kinds have these shares."""
    return np.searchsorted(np.cumsum(share)[:-1], place, side="right")


def _terms(shown: _Shown, rng: np.random.Generator) -> dict[str, Any]:
    """Return agreed terms; the largest customers have longer ones, but never the longest."""
    size, place = shown.size, shown.deal(_STEP_OF_TERMS, rng)
    count = len(size)
    kind = np.where(size > _LARGE, _kinds(place, _LARGE_TERMS_SHARE), _kinds(place, _TERMS_SHARE))
    terms = np.array(TERMS)[kind]
    monthly = (rng.random(count) < _END_OF_MONTH) & (terms >= END_OF_MONTH_DAYS)
    terms = np.where(monthly, END_OF_MONTH_DAYS, terms)
    discount = (rng.random(count) < _DISCOUNT) & (terms >= 30) & ~monthly
    return {"terms": terms, "end_of_month": monthly, "discount": discount}


def _sizes(count: int, even: bool, rng: np.random.Generator) -> Floats:  # noqa: FBT001
    """Return relative sizes with mean 1.

    In an even world one customer per quantile rather than free draws: with this tail a free draw lets one
    customer be the book. The law is cut at its 99.4th percentile for the same reason.
    """
    tail = rng.random(count)
    if even:
        tail = (np.arange(count) + tail) / count
    size = (0.006 + 0.994 * tail) ** (-1 / _ALPHA)
    return rng.permutation(size / size.mean())


def _with_behaviour(shown: _Shown, lateness: float, rng: np.random.Generator) -> Customers:
    size, traits = shown.size, shown.traits
    count = len(size)
    invoices = _MEAN_MONTHLY_INVOICES * size**0.3 / np.mean(size**0.3)
    debit = traits["method"] == DIRECT_DEBIT
    punctual = shown.deal(_STEP_OF_PUNCTUALITY, rng) < _PUNCTUAL
    delay = _delays(shown, punctual, rng) + np.where(debit, 0.0, lateness)
    pace = _paces(shown, rng)
    good = (delay <= -10.0) & (pace >= _DAWDLING)
    anyway = rng.random(count) < np.where(good, 0.55, 0.12)
    return Customers(
        **traits,
        monthly_sales=_MEAN_MONTHLY_SALES * size,
        monthly_invoices=invoices,
        amount_spread=rng.uniform(0.6, 1.1, count),
        consolidated=rng.random(count) < 0.12,
        run=np.where(debit, DAILY, _runs(shown, rng)),
        delay=delay,
        spread=np.where(debit, 0.15, np.where(punctual, 0.8, rng.uniform(1.2, 3.0, count))),
        pace=np.where(debit, 0.98, np.where(punctual, 0.6, pace)),
        response=np.where(anyway, ANYWAY, PERSUADABLE),
        susceptibility=np.exp(rng.normal(-0.08, 0.4, count)),
        good_payer=good,
        review_weekday=rng.integers(0, 5, count),
    )


def _delays(shown: _Shown, punctual: Flags, rng: np.random.Generator) -> Floats:
    """Return the day relative to due around which each customer approves payment."""
    count = len(shown.size)
    habit = ndtri(np.clip(shown.deal(_STEP_OF_DELAYS, rng), 1e-6, 1 - 1e-6))
    large = shown.size > _LARGE
    usual = np.where(large, _USUAL_DELAY_OF_LARGE + 3.5 * habit, _USUAL_DELAY + 6.0 * habit)
    slow = shown.deal(_STEP_OF_SLOWNESS, rng) < _SLOW
    slow = slow * np.where(large, 14.0, rng.gamma(2.0, 8.0, count))
    delay = usual + slow + _INDUSTRY_DELAY[shown.traits["industry"]]
    delay = np.where(punctual, rng.uniform(-11.0, -6.5, count), delay)
    return np.where(shown.traits["method"] == DIRECT_DEBIT, -1.4, delay)


def _paces(shown: _Shown, rng: np.random.Generator) -> Floats:
    """Return the daily probability of approval once the day has come; some, mostly small, dawdle."""
    size = shown.size
    dawdles = shown.deal(_STEP_OF_PACES, rng) < np.clip(0.25 * size**-0.5, 0.015, 0.6)
    slowest = np.where(size > _LARGE, 0.02, 0.01)
    return np.where(dawdles, rng.uniform(slowest, _DAWDLING), rng.uniform(0.12, 0.4, len(size)))


def _runs(shown: _Shown, rng: np.random.Generator) -> Ints:
    """Return payment runs: half daily, a third weekly, the rest by the half month or month."""
    size, place = shown.size, shown.deal(_STEP_OF_RUNS, rng)
    weekly = rng.integers(WEEKLY[0], WEEKLY[-1] + 1, len(size))
    kind = _kinds(place, _RUN_SHARE)
    return np.choose(kind, [np.full(len(size), DAILY), weekly, SEMI_MONTHLY, MONTH_END])
