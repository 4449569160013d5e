from __future__ import annotations

import pandas as pd
import pytest

from arseg.models.classifier import all_classifiers
from arseg.models.gate import (
    CLASSIFIER_LADDER,
    NEEDS,
    TIME_LADDER,
    Evidence,
    choose_model,
    gather_evidence,
    judge,
    require_enough,
)
from arseg.models.protocol import all_models
from arseg.schema import DataError

PLENTY = Evidence(events=10_000, customers=900, key_dates=24, followed_days=365)


def rows_of(customers, followed=90) -> pd.DataFrame:
    dates = [f"2025-{1 + row % 3:02}-28" for row in range(len(customers))]
    return pd.DataFrame({"customer_id": customers, "key_date": dates, "followed_days": followed})


def test_events_are_counted_with_their_customers() -> None:
    rows = rows_of(["a", "a", "b", "c", "d"], [10, 20, 30, 40, 50])
    y = pd.DataFrame({"event": [1, 3, 2, 0, 0], "duration": 5})
    assert gather_evidence(y, rows) == Evidence(events=3, customers=2, key_dates=3, followed_days=30)


@pytest.mark.parametrize(
    ("labels", "events"), [([1, 0, 0, 0, 0], 1), ([1, 1, 1, 1, 0], 1), ([1, 1, 0, 0, 0], 2)]
)
def test_of_labels_the_rarer_one_counts(labels, events) -> None:
    found = gather_evidence(pd.Series(labels), rows_of(list("abcde")))
    assert (found.events, found.customers) == (events, events)


def test_half_of_the_rows_are_followed_at_least_so_long() -> None:
    rows = rows_of(list("abcd"), [10, 20, 30, 40])
    days = gather_evidence(pd.Series([1, 0, 0, 0]), rows).followed_days
    assert days == 20
    assert (rows["followed_days"] >= days).mean() >= 0.5


def test_no_row_is_no_evidence() -> None:
    assert gather_evidence(pd.Series([], dtype=int), rows_of([])) == Evidence()


def test_everything_that_is_short_is_said_in_words() -> None:
    verdict = judge("Scorecard", Evidence(events=49, customers=30, key_dates=1, followed_days=29))
    assert not verdict.enough
    assert verdict.reasons == (
        "49 events, 50 needed",
        "1 key dates, 2 needed",
        "29 days followed by half of the rows, 30 needed",
    )


def test_what_is_just_enough_is_enough() -> None:
    for name, needs in NEEDS.items():
        assert judge(name, needs).enough


def test_a_model_without_needs_of_its_own_needs_what_the_default_does() -> None:
    assert judge("Newcomer", Evidence()).reasons == judge("DiscreteHazard", Evidence()).reasons


def test_too_little_is_refused_with_what_is_short_and_what_is_needed() -> None:
    y, rows = pd.Series([1, 0, 0]), rows_of(list("abc"))
    with pytest.raises(
        DataError, match=r"too little to train Scorecard. Given: 1 events, 50 needed; 1 cust"
    ) as refusal:
        require_enough(y, rows, model="Scorecard")
    assert refusal.value.code == "too_little_data"
    assert "Allowed: 50 events, 30 customers with an event, 2 key dates" in str(refusal.value)
    lenient = Evidence(events=1, customers=1)
    assert require_enough(y, rows, model="Scorecard", needs=lenient).enough


@pytest.mark.parametrize(
    ("evidence", "time_model", "classifier"),
    [
        (PLENTY, "DiscreteHazard", "BoostedClassifier"),
        (Evidence(199, 900, 24, 365), "CustomerMeanDelay", "BoostedClassifier"),
        (Evidence(10_000, 29, 24, 365), "CustomerMeanDelay", "ExpertScore"),
        (Evidence(60, 40, 2, 30), "KaplanMeierByTerms", "Scorecard"),
        (Evidence(10_000, 900, 24, 29), "DeclaredPrior", "ExpertScore"),
        (Evidence(), "DeclaredPrior", "ExpertScore"),
    ],
)
def test_the_ladder_is_climbed_down_as_far_as_needed(evidence, time_model, classifier) -> None:
    for ladder, wanted in ((TIME_LADDER, time_model), (CLASSIFIER_LADDER, classifier)):
        choice = choose_model(evidence, ladder)
        assert choice.model == wanted
        assert [verdict.model for verdict in choice.passed_over] == list(ladder[: ladder.index(wanted)])
        assert all(verdict.reasons for verdict in choice.passed_over)


def test_a_ladder_without_a_last_resort_may_end_in_nothing() -> None:
    with pytest.raises(
        DataError, match=r"no model of the ladder may be trained.*end the ladder with DeclaredPrior"
    ):
        choose_model(Evidence(), ("DiscreteHazard",))


def test_every_model_of_the_ladders_exists() -> None:
    assert set(TIME_LADDER) <= {kind.__name__ for kind in all_models()}
    assert set(CLASSIFIER_LADDER) == {kind.__name__ for kind in all_classifiers()}
    assert set(NEEDS) == {*TIME_LADDER, *CLASSIFIER_LADDER}


def test_rows_that_do_not_match_are_refused() -> None:
    rows = rows_of(list("ab"))
    with pytest.raises(DataError, match="y and rows are not the same rows"):
        gather_evidence(pd.Series([1, 0], index=[1, 0]), rows)
    with pytest.raises(DataError, match=r"rows lacks columns \['key_date'\]"):
        gather_evidence(pd.Series([1, 0]), rows.drop(columns="key_date"))
    for y in (pd.Series([1, None]), pd.DataFrame({"event": [1, None], "duration": 3})):
        with pytest.raises(DataError, match=r"y has missing values. Given: 1 rows"):
            gather_evidence(y, rows)


def test_declared_thresholds_take_the_place_of_a_models_own_and_of_no_others() -> None:
    strict = {"DiscreteHazard": Evidence(events=20_000)}
    choice = choose_model(PLENTY, needs=strict)
    assert choice.model == "CustomerMeanDelay"
    assert choice.passed_over[0].reasons == ("10000 events, 20000 needed",)
    assert choose_model(Evidence(events=5), needs={"DiscreteHazard": Evidence()}).model == "DiscreteHazard"
