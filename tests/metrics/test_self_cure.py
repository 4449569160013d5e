from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics.observed import observed_incidence
from arseg.metrics.self_cure import self_cured
from arseg.schema import DataError

NEVER = np.nan


def items(rows: list[tuple[float, float]], followed: int = 90) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["paid_day", "contact_day"])
    return frame.assign(left_day=frame["paid_day"], followed_days=followed)


def share(parts: pd.DataFrame) -> float:
    return float(parts["numerator"].sum() / parts["denominator"].sum())


def drawn(size: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, float]:
    """Draw a book whose desk calls the slow payers sooner; return it, the kind of payer and the true share."""
    rng = np.random.default_rng(seed)
    slow = rng.random(size) < 0.5
    cure = rng.geometric(np.where(slow, 0.02, 0.10)) - 1.0
    contact = rng.geometric(np.where(slow, 0.10, 0.02)) - 1.0
    # Contact truly stops the clock of self-cure: what is seen after it is another story.
    seen = np.where(contact <= cure, contact + 3, cure)
    frame = pd.DataFrame({"paid_day": seen, "left_day": seen, "contact_day": contact, "followed_days": 365})
    return frame, slow, float(1 - (0.5 * 0.98**31 + 0.5 * 0.90**31))


def test_without_a_contact_it_is_the_share_that_paid() -> None:
    found = self_cured(items([(3, NEVER), (40, NEVER), (NEVER, NEVER), (30, NEVER)]), 30)
    assert share(found) == 0.5


def test_in_one_stratum_it_is_aalen_johansen_with_contact_as_censoring() -> None:
    rng = np.random.default_rng(5)
    paid, contact, left = (rng.integers(0, 60, 300).astype(float) for _ in range(3))
    frame = pd.DataFrame({"contact_day": contact, "followed_days": 90})
    # Every third item is credited instead.
    credited = np.arange(300) % 3 == 0
    frame["left_day"] = np.where(credited, left, paid)
    frame["paid_day"] = np.where(credited, NEVER, paid)
    # On one day the contact comes first: half a day earlier, in half days.
    ends = np.minimum(2 * frame["left_day"] + 2, 2 * contact + 1)
    event = np.where(contact <= frame["left_day"], 0, np.where(credited, 2, 1))
    y = pd.DataFrame({"event": event, "duration": ends.astype(int)})
    expected = observed_incidence(y, [2 * 30 + 2])[0, 0, 0]
    assert share(self_cured(frame, 30)) == pytest.approx(expected)


def test_the_truth_comes_back_where_the_naive_share_is_far_off() -> None:
    frame, slow, truth = drawn(40_000, 1)
    found = share(self_cured(frame, 30, strata=slow))
    naive = float(((frame["paid_day"] <= 30) & (frame["contact_day"] > frame["paid_day"])).mean())
    assert found == pytest.approx(truth, abs=0.02)
    assert naive < truth - 0.15
    assert share(self_cured(frame, 30)) > truth + 0.02, "with the desk's reason left out it is biased"


def test_a_contact_on_the_day_of_payment_came_first() -> None:
    assert share(self_cured(items([(5, 5), (5, NEVER), (NEVER, NEVER)]), 30)) == pytest.approx(0.5)


def test_a_stratum_in_which_all_were_contacted_cannot_speak() -> None:
    frame = items([(NEVER, 2), (NEVER, 3), (5, NEVER)])
    found = self_cured(frame, 30, strata=["called", "called", "left"])
    assert found["numerator"].isna().tolist() == [True, True, False]


def test_items_not_followed_to_the_horizon_are_left_out() -> None:
    frame = pd.concat([items([(3, NEVER)]), items([(3, NEVER)], followed=10)], ignore_index=True)
    assert self_cured(frame, 30)["denominator"].tolist() == [1, 0]


def test_weights_stand_for_so_many_items() -> None:
    twice = items([(3, NEVER), (3, NEVER), (NEVER, 5), (20, NEVER)])
    once = items([(3, NEVER), (NEVER, 5), (20, NEVER)])
    assert share(self_cured(once, 30, weight=[2.0, 1.0, 1.0])) == pytest.approx(share(self_cured(twice, 30)))


def test_days_before_the_start_are_refused() -> None:
    with pytest.raises(DataError, match="do not fit the items"):
        self_cured(items([(-1, NEVER)]), 30)
    with pytest.raises(DataError, match="strata of shape"):
        self_cured(items([(1, NEVER)]), 30, strata=["a", "b"])
