from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arseg.backtest.value.logged import Logged, as_codes, check_probabilities
from arseg.schema import DataError

GOOD: dict[str, Any] = {
    "customer": np.array([0, 0, 1]),
    "action": np.array([0, 1, 1]),
    "propensity": np.array([[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]]),
    "reward": np.array([[1.0], [2.0], [3.0]]),
    "actions": ("none", "call"),
    "components": ("cash",),
}


def test_what_was_done_had_its_own_probability() -> None:
    log = Logged(**GOOD)
    assert log.taken.tolist() == [0.5, 0.75, 0.1]
    assert (len(log), log.customers) == (3, 2)
    assert log.component("cash").tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customer": np.array([0])}, "customer does not fit the decisions"),
        ({"propensity": np.ones((3, 3)) / 3}, "propensity does not fit the decisions"),
        ({"reward": np.ones((3, 2))}, "reward does not fit the decisions"),
        ({"action": np.array([0, 1, 2])}, "an action has no name"),
        ({"reward": np.array([[1.0], [np.nan], [3.0]])}, "a reward is not a number"),
        ({"propensity": np.array([[0.5, 0.5], [0.0, 1.1], [0.9, 0.1]])}, "propensity does not sum to 1"),
        ({"propensity": np.array([[-0.5, 1.5], [0.5, 0.5], [0.9, 0.1]])}, "propensity is not a probability"),
        ({"propensity": np.array([[0.5, 0.5], [1.0, 0.0], [0.9, 0.1]])}, "what was done had no chance"),
    ],
)
def test_a_log_that_cannot_be_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Logged(**GOOD | change)


def test_a_component_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="there is no component 'loss'"):
        Logged(**GOOD).component("loss")


def test_probabilities_may_be_off_by_rounding_only() -> None:
    check_probabilities(np.array([[0.1, 0.9 + 1e-9]]), name="it")
    with pytest.raises(DataError, match="it does not sum to 1"):
        check_probabilities(np.array([[0.1, 0.9001]]), name="it")


def test_codes_are_equal_where_names_are() -> None:
    assert as_codes(["b", "a", "b", "c"]).tolist() == [1, 0, 1, 2]
