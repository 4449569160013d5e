from __future__ import annotations

import numpy as np
import pytest

from arseg.backtest.trials.lots import lots

NAMES = [f"C{n}" for n in range(20_000)]


def test_lots_are_spread_evenly() -> None:
    drawn = lots(NAMES, seed=1, purpose="p")
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert np.histogram(drawn, 10, (0, 1))[0] == pytest.approx(np.full(10, 2000), abs=200)


def test_a_lot_hangs_on_nobody_else_and_on_no_order() -> None:
    all_of_them = dict(zip(NAMES, lots(NAMES, seed=1, purpose="p"), strict=True))
    some = ["C77", "C3"]
    assert lots(some, seed=1, purpose="p").tolist() == [all_of_them[name] for name in some]


@pytest.mark.parametrize("other", [{"seed": 2, "purpose": "p"}, {"seed": 1, "purpose": "q"}])
def test_another_seed_or_purpose_draws_other_lots(other: dict[str, object]) -> None:
    one, two = lots(NAMES, seed=1, purpose="p"), lots(NAMES, **other)  # type: ignore[arg-type]
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03


def test_the_draw_is_the_same_on_every_machine() -> None:
    assert lots(["C00001"], seed=7, purpose="holdout 2026-10-31")[0] == 0.21877574839505276
