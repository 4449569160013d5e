"""The hidden weather: the macro factor, industries, each customer's ability to pay, and distress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.world.calendars import Calendar
from arseg.world.customers import INDUSTRIES, Customers
from arseg.world.draws import Flags, Floats, Ints, Purpose, stream
from arseg.world.settings import TYPICAL, Setting

# Indicators reach back before the book, so its first month has a past.
LEAD_MONTHS: Final = 12
NEVER: Final = 2**31 - 1

_ABILITY_MEMORY: Final = 0.9
_MACRO_MEMORY: Final = 0.85
_DISTRESS_ENTRY: Final = 0.0014
_DISTRESS_EXIT: Final = 0.13
_INSOLVENCY: Final = 0.02


@dataclass(frozen=True)
class Economy:
    """What moves payment behaviour from month to month.

    Parameters
    ----------
    macro
        Macro factor per month, ``LEAD_MONTHS`` before the book first; unit variance, higher is better.
    industry
        Industry factors, industries x the same months.
    ability
        Latent ability to pay, customers x months of the book; about unit variance, higher is better.
    distressed
        Whether the customer cannot pay, customers x months.
    insolvent_on
        Day of insolvency, ``NEVER`` for nearly all.
    """

    macro: Floats
    industry: Floats
    ability: Floats
    distressed: Flags
    insolvent_on: Ints


def draw_economy(
    customers: Customers, calendar: Calendar, *, seed: int, setting: Setting = TYPICAL
) -> Economy:
    """Draw the weather of a world: AR(1) factors by month, and rare jumps to distress.

    Small customers fall into distress more often, so write-offs weigh less in money than in number.
    """
    rng = stream(seed, Purpose.ECONOMY)
    length = LEAD_MONTHS + calendar.months
    factors = _autoregression((1 + len(INDUSTRIES), length), _MACRO_MEMORY, rng)
    macro, industry = factors[0], factors[1:]
    own = _autoregression((len(customers), calendar.months), _ABILITY_MEMORY, rng)
    shared = 0.25 * macro[LEAD_MONTHS:] + 0.2 * industry[customers.industry, LEAD_MONTHS:]
    ability = 0.9 * own + setting.shared * shared
    distressed, insolvent = _distress(customers, ability, setting.distress * _DISTRESS_ENTRY, rng)
    month = np.argmax(insolvent, axis=1)
    day = calendar.month_starts[month] + rng.integers(0, 28, len(customers))
    return Economy(macro, industry, ability, distressed, np.where(insolvent.any(axis=1), day, NEVER))


def _autoregression(shape: tuple[int, int], memory: float, rng: np.random.Generator) -> Floats:
    """Return rows of a stationary AR(1) with unit variance."""
    shocks = rng.standard_normal(shape)
    path = np.empty(shape)
    path[:, 0] = shocks[:, 0]
    for step in range(1, shape[1]):
        path[:, step] = memory * path[:, step - 1] + np.sqrt(1 - memory**2) * shocks[:, step]
    return path


def _distress(
    customers: Customers, ability: Floats, entry_rate: float, rng: np.random.Generator
) -> tuple[Flags, Flags]:
    """Return who is in distress and who becomes insolvent, customers x months."""
    frailty = np.clip(customers.monthly_sales / np.median(customers.monthly_sales), 0.4, 1000.0) ** -1.0
    shape = ability.shape
    distressed, insolvent = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    now = rng.random(shape[0]) < frailty * entry_rate / _DISTRESS_EXIT
    ended = np.zeros(shape[0], dtype=bool)
    for month in range(shape[1]):
        entry, leave, fail = rng.random((3, shape[0]))
        hazard = np.minimum(0.5, frailty * entry_rate * np.exp(-0.6 * ability[:, month]))
        now = np.where(now, ended | (leave >= _DISTRESS_EXIT), entry < hazard)
        failing = now & ~ended & (fail < _INSOLVENCY)
        ended |= failing
        distressed[:, month], insolvent[:, month] = now, failing
    return distressed, insolvent
