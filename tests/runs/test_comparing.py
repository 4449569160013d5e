from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest

from arseg.models import load_model
from arseg.runs.comparing import AsTaught, Champ, compare_with, in_words, paired_loss, verdict
from arseg.runs.journal import Run
from arseg.runs.learning import chosen_model
from arseg.runs.sections import Part

KEPT = {"judged", "policy"}


def rows(said: float, other: float, customers: int = 20) -> pd.DataFrame:
    """Return items of which every fourth was not paid, as two models foretold it."""
    came = np.arange(customers) % 4 == 0
    return pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(customers)],
            "balance": 1.0,
            "came": came.astype(float),
            "said": np.where(came, said, 1 - said),
            "said_other": np.where(came, other, 1 - other),
        }
    )


def test_the_difference_is_the_amount_weighted_log_loss_of_one_less_the_other() -> None:
    two = pd.DataFrame(
        {"customer_id": ["a", "b"], "balance": [3.0, 1.0], "came": [1.0, 0.0], "said": 0.8, "said_other": 0.5}
    )
    by_hand = (3 * (-math.log(0.8) + math.log(0.5)) + 1 * (-math.log(0.2) + math.log(0.5))) / 4
    found = paired_loss(two, draws=20, seed=1)
    assert found["value"] == pytest.approx(by_hand, abs=1e-6)
    assert (found["low"], found["items"], found["customers"]) == (None, 2, 2)


def test_what_is_better_in_every_customer_is_called_better_and_the_other_way_round() -> None:
    better = paired_loss(varied(rows(0.9, 0.6)), draws=200, seed=1)
    worse = paired_loss(varied(rows(0.6, 0.9)), draws=200, seed=1)
    assert (verdict(better), verdict(worse)) == ("better", "worse")
    assert in_words(better).endswith("on 20 items of 20 customers: better")


def varied(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with balances that differ: an interval of equal draws is hidden."""
    return frame.assign(balance=np.arange(1.0, len(frame) + 1), said=frame["said"] - np.arange(20) / 1000)


def test_the_same_forecasts_are_not_told_apart() -> None:
    same = paired_loss(rows(0.7, 0.7), draws=50, seed=1)
    assert (same["value"], verdict(same)) == (0.0, "not told apart")


def test_a_stored_model_stays_as_it_is_where_others_are_taught(told_run: Run) -> None:
    stored = load_model(told_run.work / "model")
    held = AsTaught(stored)
    assert held.fit(pd.DataFrame(), pd.DataFrame()) is held
    assert held.causes_ == stored.causes_
    assert held.to_dict() == stored.to_dict()
    with pytest.raises(NotImplementedError):
        AsTaught.from_dict({"model": "x"})


def test_without_a_champion_a_candidate_stands_beside_its_first_baseline(told_run: Run) -> None:
    told = compare_with(told_run, None)
    assert told["candidate"] == "DiscreteHazard(trees=8)"
    assert told["against"].startswith("KaplanMeierByTerms(), as there is no champion yet")
    assert told["observed_on"] == told_run.key_date
    assert set(told["sides"]["candidate"]) == set(told["sides"]["other"]) == KEPT
    judged = {row["measure"]: row for row in told["sides"]["candidate"]["judged"]}
    assert judged["log_loss"]["low"] <= judged["log_loss"]["value"] <= judged["log_loss"]["high"]
    losses = [
        {row["measure"]: row["value"] for row in told["sides"][side]["judged"]}["log_loss"]
        for side in ("candidate", "other")
    ]
    assert told["difference"]["value"] == pytest.approx(losses[0] - losses[1], abs=1e-5)
    measures = {row["measure"] for row in told["sides"]["other"]["policy"]}
    assert {"dso", "bad_debt_ratio", "collection_rate"} <= measures


def test_a_champion_taught_before_the_days_stands_as_it_was_approved(told_run: Run) -> None:
    old = Champ(chosen_model(told_run), told_run.work / "model", dt.date(2025, 1, 1))
    told = compare_with(told_run, old)
    assert "the champion of 2025-01-01 as it was approved" in told["against"]
    assert told["verdict"] in {"better", "worse", "not told apart"}


def test_a_champion_that_had_learnt_from_the_days_is_taught_anew_and_equals_its_like(told_run: Run) -> None:
    late = Champ(chosen_model(told_run), told_run.work / "model", told_run.key_date)
    told = compare_with(told_run, late)
    assert "which had learnt from these days" in told["against"]
    assert told["difference"]["value"] == 0.0


def test_where_no_day_can_be_judged_the_comparison_says_so(
    told_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arseg.runs.comparing.mature_key_dates", lambda *_, **__: (dt.date(2024, 1, 31),))
    told = compare_with(told_run, Champ(Part(name="KaplanMeierByTerms"), told_run.work, told_run.key_date))
    assert told["note"].startswith("nothing could be compared: no key date can be judged")
    assert "difference" not in told
