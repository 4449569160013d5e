"""Which model is chosen, and which may not be published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.selection import select_model, slope_error, tenth_gaps
from arseg.schema import DataError

HORIZONS = (7, 14, 30, 60, 90)


def judged(seed: int = 0, rows: int = 4000, *, clustered: float = 0.0, **said: object) -> pd.DataFrame:
    """Draw items whose chance of payment is known, and models that say something of it.

    Parameters
    ----------
    seed, rows
        Of the draw.
    clustered
        How much all items of a customer share that no model knows (log-odds).
    said
        Name of a model, and what it makes of the true log-odds.
    """
    random = np.random.default_rng(seed)
    customer = random.integers(0, rows // 40, rows)
    odds = random.normal(0.8, 1.0, rows)
    shared = clustered * random.normal(size=rows // 40)[customer]
    paid = random.random(rows) < 1 / (1 + np.exp(-(odds + shared)))
    base = pd.DataFrame(
        {
            "invoice_id": [f"I{row}" for row in range(rows)],
            "customer_id": [f"C{one}" for one in customer],
            "balance": random.lognormal(5, 1, rows),
            "event": np.where(paid, 1, 0),
            "duration": np.where(paid, random.integers(1, 7, rows), 120),
            "followed_days": 120,
        }
    )
    parts = []
    for name, bend in said.items():
        chance = 1 / (1 + np.exp(-bend(odds)))  # type: ignore[operator]
        parts.append(base.assign(model=name, **{f"paid_{day}": chance for day in HORIZONS}))
    return pd.concat(parts, ignore_index=True)


def true(odds: np.ndarray) -> np.ndarray:
    return odds


def bold(odds: np.ndarray) -> np.ndarray:
    return 0.8 + 1.6 * (odds - 0.8)


def high(odds: np.ndarray) -> np.ndarray:
    return odds + 0.4


def blind(odds: np.ndarray) -> np.ndarray:
    return np.full(len(odds), 0.66) + 0.001 * odds


def test_the_truth_is_chosen_before_what_knows_nothing() -> None:
    selection = select_model(judged(true=true, blind=blind))
    assert selection.chosen == "true"
    assert selection.table["model"].tolist() == ["true", "blind"]
    assert not selection.table["vetoed"].iloc[0]
    assert selection.why.startswith("true has the lowest log-loss that may be published, 0.")


def test_a_better_loss_does_not_help_a_model_that_is_too_sure() -> None:
    selection = select_model(judged(bold=bold, blind=lambda odds: 0.8 + 0.0 * odds + 0.3 * (odds - 0.8)))
    assert selection.table["vetoed"].all()
    assert selection.chosen == ""
    assert selection.why.startswith("none of 2 models may be published: calibration slope 0.6")


def test_a_level_that_is_off_is_vetoed_though_the_slope_is_right() -> None:
    selection = select_model(judged(high=high))
    row = selection.table.iloc[0]
    assert 0.9 < row["slope"] < 1.1
    assert row["vetoed"]
    assert "of the tenth said to be paid with" in row["why"]


def test_the_next_best_is_chosen_and_the_vetoed_named() -> None:
    selection = select_model(judged(bold=bold, true=lambda odds: odds + 0.0, rows=8000, seed=2))
    assert selection.chosen == "true"
    worse = select_model(
        judged(high=lambda odds: odds + 0.15, plain=lambda odds: 0.8 + 1.0 * (odds - 0.8) * 0.95)
    )
    assert worse.table["log_loss"].is_monotonic_increasing


def test_what_customers_share_widens_the_error() -> None:
    alone, shared = (
        tenth_gaps(judged(clustered=level, true=true, seed=4), draws=400, seed=1)["error"].mean()
        for level in (0.0, 1.0)
    )
    assert shared > 1.3 * alone


def test_the_gaps_of_the_tenths_are_those_of_a_count_by_hand() -> None:
    frame = judged(true=true, rows=1000)
    found = tenth_gaps(frame, draws=50, seed=0)
    assert found["items"].sum() == 1000
    said = frame["paid_30"]
    lowest = frame[said <= said.quantile(0.1)]
    came = (lowest["event"] == 1).mean()
    assert found["gap"].iloc[0] == pytest.approx(came - lowest["paid_30"].mean(), abs=1e-9)


def test_items_that_were_not_followed_say_nothing() -> None:
    with pytest.raises(DataError, match=r"no item was followed for 30 days\. Given: 100 items"):
        select_model(judged(true=true, rows=100).assign(followed_days=20))


def test_a_model_that_is_right_is_seldom_vetoed_on_a_small_book() -> None:
    """By ten tenths at two errors each, and a slope without one, two of three small books refused the truth."""
    vetoed = [
        select_model(judged(seed, 1200, true=true), draws=100).table["vetoed"].iloc[0] for seed in range(40)
    ]
    assert sum(vetoed) <= 8


def test_the_error_of_the_slope_is_that_of_drawn_customers() -> None:
    frame = judged(clustered=1.0, seed=3, rows=4000, true=true)
    _, error = slope_error(frame)
    rng = np.random.default_rng(0)
    apart = [own for _, own in frame.groupby("customer_id")]
    slopes = [
        slope_error(pd.concat([apart[at] for at in rng.integers(0, len(apart), len(apart))]))[0]
        for _ in range(150)
    ]
    assert error == pytest.approx(np.std(slopes, ddof=1), rel=0.2)


def test_a_slope_that_cannot_be_known_vetoes_nothing() -> None:
    frame = judged(true=true).assign(paid_30=0.66)
    assert np.isnan(slope_error(frame)).all()
    assert "slope" not in select_model(frame).table["why"].iloc[0]
