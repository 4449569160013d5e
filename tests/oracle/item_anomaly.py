"""How unusual it is for this customer that an open item is as late as it is."""

from __future__ import annotations

import math

from oracle.item import open_items
from oracle.known import Known, Row

# Numerical Recipes' erfc and Hill's normal equivalent of Student's t are what the prelude promises; how near
# they come to the truth is tested against scipy.
ERFC = (
    *(-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806),
    *(0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277),
)


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of an open item."""
    row = open_items(known)[key]
    return {"item_late_p_value": p_value(known, row["customer_id"], row["past_due"])}


def p_value(known: Known, customer: str, past_due: int) -> float | None:
    """Return the chance that a customer pays as late or later; None where it has paid too little."""
    days = payments(known, customer)
    if len(days) < 5:
        return None
    if past_due <= 0:
        return 1.0
    book_mean, book_variance = book(known)
    n = len(days)
    own = sum(days) / n
    centre = (5 * book_mean + sum(days)) / (5 + n)
    squares = sum((day - own) ** 2 for day in days) + 5 * n / (5 + n) * (own - book_mean) ** 2
    variance = max(1.0, (4 * book_variance + squares) / (4 + n))
    return student_tail((past_due - centre) / math.sqrt(variance * (1 + 1 / (n + 5))), 4 + n)


def payments(known: Known, customer: str) -> list[int]:
    """Return the days late of what a customer paid within a year."""
    return [row["late"] for row in known.of("paid", customer) if row["ago"] < 365]


def book(known: Known) -> tuple[float, float]:
    """Return the mean of all days late, and their variance about each customer's own mean."""
    if "late" not in known.memory:
        groups = [payments(known, customer) for customer in {row["customer_id"] for row in known.paid}]
        groups = [days for days in groups if days]
        every = [day for days in groups for day in days]
        squares = sum((day - sum(days) / len(days)) ** 2 for days in groups for day in days)
        known.memory["late"] = sum(every) / len(every), squares / (len(every) - len(groups))
    found: tuple[float, float] = known.memory["late"]
    return found


def student_tail(t: float, freedom: float) -> float:
    """Return the probability that Student's t exceeds a value."""
    a = freedom - 0.5
    b = 48 * a**2
    w = math.sqrt(a * math.log1p(t**2 / freedom))
    far = (4 * w**7 + 33 * w**5 + 240 * w**3 + 855 * w) / (10 * b * (b + 0.8 * w**4 + 100))
    return normal_tail(math.copysign(w + (w**3 + 3 * w) / b - far, t))


def normal_tail(z: float) -> float:
    """Return the probability that a standard normal exceeds a value."""
    x = abs(z) / math.sqrt(2)
    t = 1 / (1 + x / 2)
    upper = t / 2 * math.exp(-x * x + sum(weight * t**power for power, weight in enumerate(ERFC)))
    return upper if z >= 0 else 1 - upper
