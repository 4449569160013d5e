"""The coverage benchmark adds up what its worlds said: figures by hand."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def modules() -> Iterator[tuple[ModuleType, ModuleType]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("coverage_table"), importlib.import_module("coverage_page")


def world(seed: int, said: float, reach: float, gained: float, tried: int) -> dict[str, Any]:
    """Return the row of a world in which one estimator says one thing of every policy."""
    policies, measures = ("call the old", "leave alone", "call the large"), ("value", "dso")
    entry = [said, reach, reach / 2, 10.0 + said, reach, reach / 4, 7.0]
    return {
        "seed": seed,
        "cpu": 2.0,
        "peak_gib": 0.25,
        "decisions": 100,
        "means": {"one": 1.0, "sales": 50.0, "balance": 80.0},
        "truth": {"tried": tried, **{name: [gained, 0.0, 0.0, 0.0, 0.0] for name in policies}},
        "said": {f"{policy}|SNIPS|{measure}": entry for policy in policies for measure in measures},
        "in_force": {"value": 10.0, "dso": 10.0},
    }


def test_bias_and_coverage_are_those_of_the_worlds(modules: tuple[ModuleType, ModuleType]) -> None:
    # Gains of 40 and 60 over 10 and 40 decisions: the truth is 2 a decision, not the mean of 4 and 1.5.
    found = [world(1, 3.0, 0.5, 40.0, 10), world(2, 1.5, 0.5, 60.0, 40), world(3, 2.5, 0.5, 0.0, 0)]
    found[2]["truth"] = found[1]["truth"] | {"tried": 40}
    found[2]["truth"] |= {
        name: [80.0, 0.0, 0.0, 0.0, 0.0] for name in ("call the old", "leave alone", "call the large")
    }
    rows = modules[0].of_estimators(found)
    told = next(row for row in rows if row["figure"] == "difference" and row["measure"] == "value")
    assert told["truth"] == pytest.approx(180 / 90)
    assert told["mean"] == pytest.approx(7 / 3, rel=1e-3)
    assert told["standard_error"] == pytest.approx(np.std([3.0, 1.5, 2.5], ddof=1), rel=1e-3)
    assert told["bias_in_errors"] == pytest.approx((7 / 3 - 2) / np.std([3.0, 1.5, 2.5], ddof=1), abs=1e-3)
    assert told["share"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["claims"]
    assert not told["met"]
    # By rows the reach is half, and the level's a quarter: 12 a decision, told as 13, 11.5 and 12.5.
    assert told["share_by_row"] == 0.0
    assert told["level_by_customer"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["level_by_row"] == 0.0


def test_value_is_cash_less_interest_minutes_and_losses(modules: tuple[ModuleType, ModuleType]) -> None:
    worth = modules[0].worth
    sums = np.array([100.0, 3650.0, 20.0, 5.0, 0.25])
    assert worth(sums, "value") == pytest.approx(100 - 0.8 - 4 - 20)
    assert worth(sums, "dso") == 3650.0
    assert worth(sums, "share_collected") == 0.25


def test_a_case_without_worlds_has_no_figures(modules: tuple[ModuleType, ModuleType]) -> None:
    assert modules[0].judged("stochastic", []) == []


def test_the_section_stands_between_its_marks(modules: tuple[ModuleType, ModuleType], tmp_path: Path) -> None:
    table, page = modules
    target = tmp_path / "page.md"
    target.write_text(f"before\n{page.MARKS[0]}\nold\n{page.MARKS[1]}\nafter\n", encoding="utf-8")
    found = [world(1, 3.0, 1.5, 40.0, 10), world(2, 1.5, 0.5, 60.0, 40)]
    rows = [row | {"case": "stochastic", "worlds": 200} for row in table.of_estimators(found)]
    page.write_section(rows, target)
    text = target.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old\n" not in text.split("before")[1].split("call")[0]
    assert "| SNIPS | yes |" in text
    assert "**lost**" in text
