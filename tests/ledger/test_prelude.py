"""The named functions against scipy, the calendar and each other."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from scipy import special, stats

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.prelude import DUCKDB, NAMES


def value(expression: str) -> float:
    with DuckDBEngine() as engine:
        return engine.execute(f"SELECT {expression} AS value")["value"].to_pylist()[0]


@pytest.mark.parametrize("x", [1e-3, 0.5, 1.0, 3.7, 50.0, 1e5])
def test_the_logarithm_of_gamma_is_right_to_eleven_digits(x: float) -> None:
    assert value(f"log_gamma({x}::DOUBLE)") == pytest.approx(special.gammaln(x), rel=1e-10, abs=1e-11)


@pytest.mark.parametrize("z", [-8.0, -1.0, 0.0, 0.3, 2.0, 6.0, 12.0])
def test_the_normal_tail_keeps_its_digits_far_out(z: float) -> None:
    assert value(f"normal_tail({z}::DOUBLE)") == pytest.approx(stats.norm.sf(z), rel=2e-7)


@pytest.mark.parametrize("df", [3.0, 5.0, 10.0, 200.0])
@pytest.mark.parametrize("t", [-3.0, 0.0, 1.0, 4.0, 8.0])
def test_the_tail_of_students_t_is_right_to_half_a_percent(t: float, df: float) -> None:
    assert value(f"student_tail({t}::DOUBLE, {df}::DOUBLE)") == pytest.approx(stats.t.sf(t, df), rel=5e-3)


def test_monday_is_zero_before_1970_too() -> None:
    for day in (dt.date(1969, 12, 29), dt.date(2024, 2, 29), dt.date(2026, 11, 1)):
        assert value(f"weekday_number(DATE '{day}')") == day.weekday()


def test_a_pair_of_percentiles_is_the_two_of_them() -> None:
    rows = "FROM (VALUES (1), (2), (9), (NULL)) AS t(x)"
    with DuckDBEngine() as engine:
        pair = "element(percentile(x, pair(0.5, 0.9)), {})"
        query = f"SELECT {pair.format(1)} AS a, {pair.format(2)} AS b, percentile(x, 0.9) AS c {rows}"
        assert engine.execute(query).to_pylist() == [
            {"a": 2.0, "b": pytest.approx(7.6), "c": pytest.approx(7.6)}
        ]


def test_every_name_has_a_macro() -> None:
    assert set(re.findall(r"CREATE MACRO (\w+)\(", "\n".join(DUCKDB))) == NAMES
