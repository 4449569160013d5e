from __future__ import annotations

from arseg.runs.targets.database import LASTING, PASSING, refused


def test_a_refusal_tells_the_first_line_and_whether_it_may_pass() -> None:
    problem = refused("duckdb mart.duckdb", "no room\nat line 3", passing=False)
    assert str(problem).startswith("the target duckdb mart.duckdb refused. Given: no room. Allowed:")
    assert (problem.code, problem.exit_code) == (LASTING, 1)
    assert refused("x", "y", passing=True).code == PASSING


def test_a_driver_that_says_nothing_is_told_by_its_type() -> None:
    assert refused("x", TimeoutError(), passing=True).given == "TimeoutError"
    assert len(refused("x", "y" * 1000, passing=True).given) == 300
