"""How much faster a customer pays than the book's items of like terms."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from oracle.known import Known, Row

# 0.1 to 100 in 24 equal steps of its logarithm, to four digits.
GRID = [float(f"{10 ** (step / 8 - 1):.4g}") for step in range(25)]


class Exposure(NamedTuple):
    """One invoice from issue to its end."""

    customer: str
    band: int
    age: int
    weight: Decimal
    paid: bool


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    if "frailty" not in known.memory:
        known.memory["frailty"] = everyone(known)
    found: dict[str, Row] = known.memory["frailty"]
    return found[key]


def everyone(known: Known) -> dict[str, Row]:
    """Return the figures of every customer with an exposure."""
    exposures = [exposure(row, 0, (known.day - row["document_date"]).days) for row in known.open]
    exposures += [exposure(row, row["ago"], row["to_pay"]) for row in known.cleared if row["ago"] <= 720]
    hazard = baseline(exposures)
    observed: dict[str, Decimal] = defaultdict(Decimal)
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for one in exposures:
        observed[one.customer] += one.weight * one.paid
        expected[one.customer] += one.weight * hazard[one.band, one.age]
    alpha = max(GRID, key=lambda a: (sum(fit(a, observed[who], expected[who]) for who in expected), -a))
    return {
        who: {
            "frailty_payment": (alpha + float(observed[who])) / (alpha + float(expected[who])),
            "frailty_expected_count": expected[who],
            "frailty_observed": observed[who],
        }
        for who in expected
    }


def exposure(row: Row, ago: int, age: int) -> Exposure:
    """Return an invoice's exposure; its weight halves in 180 days."""
    terms = (row["due_date"] - row["document_date"]).days
    band = sum(terms > last for last in (14, 30, 45, 60))
    paid = row.get("event") == 1
    return Exposure(row["customer_id"], band, min(max(age, 0), 365), digits(0.5 ** (ago / 180), 8), paid)


def baseline(exposures: list[Exposure]) -> dict[tuple[int, int], Decimal]:
    """Return the cumulative hazard of payment by band of terms and age."""
    hazard: dict[tuple[int, int], Decimal] = {}
    by_band = itertools.groupby(sorted(exposures, key=lambda one: one.band), key=lambda one: one.band)
    for band, group in by_band:
        members, so_far = list(group), Decimal(0)
        for age in sorted({one.age for one in members}):
            exposed = sum(one.weight for one in members if one.age >= age)
            paid = sum(one.weight for one in members if one.age == age and one.paid)
            so_far += digits(float(paid) / float(exposed), 12)
            hazard[band, age] = digits(so_far, 7)
    return hazard


def fit(alpha: float, observed: Decimal, expected: Decimal) -> float:
    """Return one customer's log-likelihood, that of a gamma-distributed multiple of the hazard."""
    seen, due = float(digits(observed, 1)), float(digits(expected, 1))
    return (
        math.lgamma(alpha + seen)
        - math.lgamma(alpha)
        + alpha * math.log(alpha)
        - (alpha + float(observed)) * math.log(alpha + due)
    )


def digits(value: float | Decimal, places: int) -> Decimal:
    """Return a number to some decimals, halves away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
