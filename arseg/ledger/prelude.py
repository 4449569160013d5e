"""The named functions that every engine has, so that one SQL text runs on all of them.

==========================  ===========================================================================
``days_between(a, b)``      days from a to b: ``b - a``
``day_number(d)``           days since 1970-01-01
``weekday_number(d)``       0 is Monday, 6 is Sunday
``month_index(d)``          months since January of year 0: ``12 * year + month - 1``
``percentile(x, p)``        aggregate: interpolated percentile of x, p a constant from 0 to 1 or a pair
``whole_percentile(x, p)``  the same of whole numbers, a third cheaper
``pair(p, q)``              two constants: ``percentile(x, pair(0.5, 0.9))`` sorts once and gives both
``element(list, n)``        the n-th number of what a pair gave, 1 first
``log_gamma(x)``            logarithm of the gamma function, x > 0
``normal_tail(z)``          probability that a standard normal exceeds z
``student_tail(t, df)``     probability that Student's t with df degrees of freedom exceeds t
==========================  ===========================================================================

``FILTER`` cannot follow ``percentile`` on DuckDB, because a macro is no aggregate to it: give it what counts,
``percentile(CASE WHEN event = 1 THEN days_late END, 0.9)``; it skips NULL.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Formula(NamedTuple):
    """A function whose text is the same on every engine; numbers in, a number out."""

    name: str
    arguments: tuple[str, ...]
    text: str


# Stirling's series at x + 8, where it is exact to 1e-11, brought down by the recurrence (Abramowitz and
# Stegun 6.1.15 and 6.1.41).
_STIRLING: Final = (
    "((x + 7.5e0) * ln(x + 8e0) - (x + 8e0) + 0.9189385332046727e0 + 1e0 / (12e0 * (x + 8e0))"
    " - 1e0 / (360e0 * power(x + 8e0, 3)) + 1e0 / (1260e0 * power(x + 8e0, 5))"
    " - 1e0 / (1680e0 * power(x + 8e0, 7))"
    " - ln(x * (x + 1e0) * (x + 2e0) * (x + 3e0)) - ln((x + 4e0) * (x + 5e0) * (x + 6e0) * (x + 7e0)))"
)

# Chebyshev fit of erfc, relative error below 1.2e-7 however far out (Press et al., Numerical Recipes, 6.2).
_CHEBYSHEV: Final = (
    *(-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806),
    *(0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277),
)


def _normal_tail() -> str:
    t = "(1e0 / (1e0 + 0.5e0 * abs(z) * 0.7071067811865476e0))"
    series = f"{_CHEBYSHEV[-1]}e0"
    for weight in reversed(_CHEBYSHEV[:-1]):
        series = f"({weight}e0 + {t} * {series})"
    upper = f"(0.5e0 * {t} * exp(-0.5e0 * z * z + {series}))"
    return f"CASE WHEN z >= 0 THEN {upper} ELSE 1e0 - {upper} END"


# Hill (1970), Algorithm 395: Student's t brought to a standard normal.
_HILL: Final = "sqrt((df - 0.5e0) * ln(1e0 + t * t / df))"
_HILL_B: Final = "(48e0 * (df - 0.5e0) * (df - 0.5e0))"
_HILL_Z: Final = (
    f"({_HILL} + (power({_HILL}, 3) + 3e0 * {_HILL}) / {_HILL_B}"
    f" - (4e0 * power({_HILL}, 7) + 33e0 * power({_HILL}, 5) + 240e0 * power({_HILL}, 3) + 855e0 * {_HILL})"
    f" / (10e0 * {_HILL_B} * ({_HILL_B} + 0.8e0 * power({_HILL}, 4) + 100e0)))"
)

FORMULAS: Final = (
    Formula("log_gamma", ("x",), _STIRLING),
    Formula("normal_tail", ("z",), _normal_tail()),
    Formula("student_tail", ("t", "df"), f"normal_tail(sign(t) * {_HILL_Z})"),
)

NAMES: Final = frozenset(
    {
        "days_between",
        "day_number",
        "weekday_number",
        "month_index",
        "percentile",
        "whole_percentile",
        "pair",
        "element",
    }
    | {formula.name for formula in FORMULAS}
)

DUCKDB: Final = (
    "CREATE MACRO days_between(a, b) AS CAST(b AS DATE) - CAST(a AS DATE)",
    "CREATE MACRO day_number(d) AS CAST(d AS DATE) - DATE '1970-01-01'",
    "CREATE MACRO weekday_number(d) AS CAST(isodow(CAST(d AS DATE)) - 1 AS INTEGER)",
    "CREATE MACRO month_index(d) AS 12 * year(CAST(d AS DATE)) + month(CAST(d AS DATE)) - 1",
    "CREATE MACRO percentile(x, p) AS quantile_cont(CAST(x AS DOUBLE), p)",
    "CREATE MACRO whole_percentile(x, p) AS quantile_cont(CAST(x AS INTEGER), p)",
    "CREATE MACRO pair(p, q) AS [p, q]",
    "CREATE MACRO element(list, n) AS list_extract(list, n)",
    *(f"CREATE MACRO {name}({', '.join(arguments)}) AS {text}" for name, arguments, text in FORMULAS),
)
