from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.model_loss import LossGivenDefault, expected_losses, model_rates
from arseg.schema import AGING_NAMES, DataError, UsageError

CURVES = np.array([[0.01, 0.03], [0.2, 0.5]])


def test_the_loss_is_exposure_times_the_last_incidence_times_what_default_costs() -> None:
    loss = expected_losses([1000.0, 10.0], CURVES, [180, 365], given_default=LossGivenDefault(0.9))
    assert loss.tolist() == pytest.approx([27.0, 4.5])


def test_a_discount_is_taken_at_the_middle_of_each_step() -> None:
    given = LossGivenDefault(effective_rate=0.1)
    by_hand = 1000 * (0.01 * 1.1 ** (-90 / 365) + 0.02 * 1.1 ** (-272.5 / 365))
    assert expected_losses([1000.0], CURVES[:1], [180, 365], given_default=given)[0] == pytest.approx(by_hand)


def test_the_rates_it_implies_give_the_same_loss_back() -> None:
    rng = np.random.default_rng(4)
    items = pd.DataFrame(
        {
            "bucket": rng.choice(AGING_NAMES, 300),
            "segment": rng.choice(["High", "Low"], 300),
            "exposed": rng.lognormal(7, 1, 300),
            "customer_id": rng.integers(0, 40, 300),
        }
    )
    items["expected_loss"] = items["exposed"] * rng.uniform(0, 0.2, 300)
    rates = model_rates(items, names=AGING_NAMES)
    assert (rates["rate"] * rates["reached"]).sum() == pytest.approx(items["expected_loss"].sum())


def test_curves_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="the incidence does not fit the items"):
        expected_losses([1.0], CURVES, [180, 365])
    with pytest.raises(DataError, match="falls or leaves"):
        expected_losses([1.0, 1.0], CURVES[:, ::-1], [180, 365])
    with pytest.raises(UsageError, match="the loss given default does not fit"):
        LossGivenDefault(1.1)
