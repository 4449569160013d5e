from __future__ import annotations

import numpy as np
import pytest

from arseg.forecast.outlook import AS_IT_IS, LossScenario, Outlook
from arseg.schema import UsageError


def test_without_scenarios_the_rates_stay() -> None:
    for outlook in (AS_IT_IS, Outlook("asu2025_05")):
        assert outlook.weigh([0.01, 0.5]).tolist() == [0.01, 0.5]


def test_the_expected_loss_is_the_weighted_sum_of_the_scenarios_losses() -> None:
    scenarios = (LossScenario("up", 0.2, 0.8), LossScenario("base", 0.5, 1.0), LossScenario("down", 0.3, 1.6))
    outlook = Outlook("scenario", scenarios)
    rates = np.array([0.01, 0.2, 0.9])
    by_hand = 0.2 * 0.8 * rates + 0.5 * rates + 0.3 * np.minimum(1, 1.6 * rates)
    assert outlook.weigh(rates) == pytest.approx(by_hand, abs=1e-15)


def test_a_scalar_beyond_the_cap_counts_as_the_cap_and_both_are_told() -> None:
    outlook = Outlook("scenario", (LossScenario("crash", 1.0, 5.0),))
    assert outlook.weigh([0.1]).tolist() == [0.2]
    assert "crash 100% x 2 (given 5)" in outlook.in_words()


@pytest.mark.parametrize(
    ("way", "scenarios"), [("scenario", ()), ("asu2025_05", (LossScenario("base", 1.0, 1.0),))]
)
def test_scenarios_and_the_expedient_exclude_each_other(
    way: str, scenarios: tuple[LossScenario, ...]
) -> None:
    with pytest.raises(UsageError, match="do not fit"):
        Outlook(way, scenarios)  # type: ignore[arg-type]


@pytest.mark.parametrize(("weight", "scalar"), [(0.9, 1.0), (1.0, 0.0), (1.0, float("nan"))])
def test_weights_must_sum_to_one_and_scalars_be_positive(weight: float, scalar: float) -> None:
    with pytest.raises(UsageError, match="weights or scalars do not fit"):
        Outlook("scenario", (LossScenario("base", weight, scalar),))


def test_a_cap_must_let_the_past_through() -> None:
    with pytest.raises(UsageError, match="the cap leaves the past out"):
        Outlook(cap=(1.1, 2.0))
