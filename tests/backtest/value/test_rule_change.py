"""Difference in differences, against known changes and a slow reading."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.rule_change import change_of_rule
from arseg.schema import DataError


def panel(
    seed: int, *, units: int = 40, effect: float = 1.0, drift: float = 0.0, staggered: bool = False
) -> pd.DataFrame:
    """Return units with levels and shocks of their own; half change in period 6, or in 4 and 8."""
    chance = np.random.default_rng(seed)
    rows = []
    for unit in range(units):
        level = chance.normal(0, 2)
        changed = np.nan if unit % 2 else (4.0 + 4 * (unit % 4 == 0) if staggered else 6.0)
        for period in range(12):
            gone = -1.0 if np.isnan(changed) else period - changed
            gain = (effect * (1 + 0.5 * gone) if staggered else effect) * (gone >= 0) + drift * period * (
                changed > 0
            )
            outcome = level + 0.3 * period + gain + chance.normal(0, 0.5)
            rows.append((f"U{unit}", period, outcome, chance.uniform(1, 3), changed))
    return pd.DataFrame(rows, columns=["unit", "period", "outcome", "weight", "changed_in"])


def test_the_change_is_found_and_its_interval_covers() -> None:
    held, parallel = [], []
    for seed in range(100):
        found = change_of_rule(panel(seed, units=24))
        held.append(found.low <= 1.0 <= found.high)
        parallel.append(found.parallel_p < 0.05)
    assert np.mean(held) > 0.9
    assert np.mean(parallel) < 0.15


def test_two_units_and_two_periods_are_four_means() -> None:
    cells = pd.DataFrame(
        {
            "unit": ["A", "A", "B", "B"],
            "period": [1, 2, 1, 2],
            "outcome": [10.0, 7.0, 9.0, 8.5],
            "weight": [1.0, 2.0, 3.0, 4.0],
            "changed_in": [2.0, 2.0, np.nan, np.nan],
        }
    )
    assert change_of_rule(cells).estimate == pytest.approx((7 - 10) - (8.5 - 9))


def test_the_fast_way_is_the_slow_way() -> None:
    cells = panel(3, units=10, staggered=True)
    found = change_of_rule(cells)

    def slow(rows: pd.DataFrame) -> float:
        table = rows.pivot_table(index="unit", columns="period", values="outcome")
        weight = rows.pivot_table(index="unit", columns="period", values="weight")
        first = rows.groupby("unit")["changed_in"].first().to_numpy()
        above = below = 0.0
        for start in np.unique(first[first > 0]):
            for period in [p for p in table.columns if p >= start]:
                treated, others = first == start, np.isnan(first) | (first > period)
                gain = (table[period] - table[start - 1]).to_numpy()
                one, two = (
                    np.average(gain[s], weights=weight[period].to_numpy()[s]) for s in (treated, others)
                )
                size = weight[period].to_numpy()[treated].sum()
                above, below = above + (one - two) * size, below + size
        return above / below

    assert found.estimate == pytest.approx(slow(cells))
    left = [slow(cells[cells["unit"] != unit]) for unit in sorted(set(cells["unit"]))]
    error = np.sqrt(9 / 10 * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert (found.high - found.low) / 2 == pytest.approx(2.2621571628 * error, rel=1e-6)


def test_a_staggered_change_that_grows_is_not_read_backwards() -> None:
    found = change_of_rule(panel(5, units=80, staggered=True))
    by = found.by_period.set_index("period")["estimate"]
    assert by.loc[0] == pytest.approx(1.0, abs=0.3)
    assert by.loc[3] == pytest.approx(2.5, abs=0.3)
    assert by.loc[-1] == pytest.approx(0.0, abs=1e-12)


def test_those_who_moved_apart_before_are_found_out() -> None:
    assert change_of_rule(panel(6, drift=0.4)).parallel_p < 0.01


def test_nobody_to_compare_with_is_refused() -> None:
    cells = panel(1)
    with pytest.raises(DataError, match="nobody to compare with"):
        change_of_rule(cells.assign(changed_in=np.nan))
    with pytest.raises(DataError, match="nobody to compare with"):
        change_of_rule(cells.assign(changed_in=6.0))
    with pytest.raises(DataError, match="changed_in"):
        change_of_rule(cells.drop(columns="changed_in"))
    with pytest.raises(DataError, match="a unit has a period twice"):
        change_of_rule(pd.concat([cells, cells.head(1)]))
