"""A dispute is a state: landmark rows that know it at the key date suffice for what comes after.

Items move between undisputed and disputed from day to day and are paid slowly while disputed: an illness-death
process whose incidence from either state is known exactly. A model that reads the state at the key date, and nothing
of its future, must foretell both.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from arseg.models import DiscreteHazard, what_if

OPENS, CLOSES, PAID, PAID_DISPUTED = 0.01, 0.08, 0.05, 0.005
TIMES = [7, 14, 30, 60]

# From undisputed, disputed, paid; to the same.
STEP = np.array(
    [
        [1 - OPENS - PAID, OPENS, PAID],
        [CLOSES, 1 - CLOSES - PAID_DISPUTED, PAID_DISPUTED],
        [0.0, 0.0, 1.0],
    ]
)


def rows(count: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw landmark rows, every fourth in dispute, followed for 90 days."""
    rng = np.random.default_rng(seed)
    disputed = np.arange(count) % 4 == 0
    state, event, duration = disputed.astype(int), np.zeros(count, dtype=int), np.full(count, 90)
    for day in range(1, 91):
        state = (rng.random(count)[:, None] > STEP.cumsum(axis=1)[state]).sum(axis=1)
        gone = (state == 2) & (event == 0)
        event[gone], duration[gone] = 1, day
    X = pd.DataFrame(
        {
            "days_past_due": rng.integers(-20, 40, count),
            "terms_days": 30,
            "key_day": 19000 + 30 * rng.integers(0, 12, count),
            "item_disputed": disputed.astype(float),
        }
    )
    return X, pd.DataFrame({"event": event, "duration": duration})


def truth(day: int) -> npt.NDArray[np.float64]:
    """Return the incidence of payment by a day from undisputed and from disputed."""
    return np.linalg.matrix_power(STEP, day)[:2, 2]


@pytest.fixture(scope="module", name="model")
def _model() -> DiscreteHazard:
    return DiscreteHazard(trees=60).fit(*rows(8000, seed=1))


def test_the_incidence_from_either_state_is_that_of_the_process(model: DiscreteHazard) -> None:
    X, _ = rows(2000, seed=2)
    found = model.predict_cumulative_incidence(X, TIMES)[:, 0]
    for state in (0, 1):
        said = found[X["item_disputed"] == state].mean(axis=0)
        assert said == pytest.approx([truth(day)[state] for day in TIMES], abs=0.03)


def test_an_item_in_dispute_waits_and_then_catches_up(model: DiscreteHazard) -> None:
    """The hazards are not proportional: the gap opens while disputes last and closes as they end."""
    X, _ = rows(2000, seed=3)
    found = model.predict_cumulative_incidence(X, [14, 60])[:, 0]
    gaps = [
        found[X["item_disputed"] == 0, at].mean() - found[X["item_disputed"] == 1, at].mean() for at in (0, 1)
    ]
    assert gaps[0] > 0.2
    assert gaps[1] < gaps[0] - 0.1


def test_what_if_the_dispute_were_closed_is_the_other_states_answer(model: DiscreteHazard) -> None:
    X, _ = rows(400, seed=4)
    told = what_if(model, X[X["item_disputed"] == 1], {"item_disputed": 0.0}, horizon=14)
    assert told["difference"].mean() == pytest.approx(truth(14)[1] - truth(14)[0], abs=0.05)
