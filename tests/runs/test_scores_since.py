from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from arseg.backtest.walk_forward import Fold, Walk, walk_forward
from arseg.runs import scores_since
from arseg.runs.journal import Run
from arseg.runs.learning import declared_models, patient
from arseg.runs.scores_since import SINCE, keep_scores_since
from arseg.runs.stages import open_walk
from arseg.runs.walked import kept_days, load_walk
from arseg.runs.watched_customers import watched
from arseg.scores import score


def test_month_ends_after_the_backtest_are_scored_up_to_the_key_date_without_a_gap(told_run: Run) -> None:
    past, since = told_run.load("past_scores"), told_run.load(SINCE)
    last = past["key_date"].max()
    expected = [day for day in kept_days(told_run) if pd.Timestamp(day) > last]
    assert [day.date() for day in sorted(since["key_date"].unique())] == expected
    assert expected[-1] == told_run.key_date
    assert list(since.columns) == list(past.columns)
    assert since["p_unpaid_30"].between(0, 1).all()


@pytest.fixture(scope="module", name="last_fold")
def _last_fold(told_run: Run) -> tuple[Walk, Fold]:
    """Return a walk and its fold of the month-end before the last."""
    walk = patient(told_run, load_walk(told_run, open_walk(told_run)))
    name, model = next(iter(declared_models(told_run).items()))
    (fold,) = walk_forward(walk, {name: model}, [kept_days(told_run)[-2]])
    assert isinstance(fold, Fold)
    return walk, fold


@pytest.fixture(name="kept")
def _kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """Take what is saved, so that the run that other tests read stays as it is."""
    kept: dict[str, pd.DataFrame] = {}
    monkeypatch.setattr(Run, "save", lambda _run, name, value: kept.__setitem__(name, value))
    return kept


def test_they_are_what_the_last_model_of_the_walk_says(
    told_run: Run, last_fold: tuple[Walk, Fold], kept: dict[str, pd.DataFrame]
) -> None:
    walk, fold = last_fold
    name, days = next(iter(fold.models)), kept_days(told_run)
    keep_scores_since(told_run, walk, replace(fold, key_date=days[-3]))
    found = kept[SINCE]
    assert [day.date() for day in found["key_date"].unique()] == days[-2:]
    now = found[found["key_date"] == pd.Timestamp(days[-2])]
    assert now["p_unpaid_30"].tolist() == fold.scores.customers["p_unpaid_30"].tolist()
    today = score(walk.landmark(days[-1]).features, fold.models[name], reasons=False).customers
    assert found["expected_loss"].tail(len(today)).tolist() == today["expected_loss"].tolist()


@pytest.mark.usefixtures("kept")
def test_of_a_large_book_those_who_are_watched_are_scored_as_they_are_among_all(
    told_run: Run, last_fold: tuple[Walk, Fold], monkeypatch: pytest.MonkeyPatch
) -> None:
    walk, fold = last_fold
    name, days = next(iter(fold.models)), kept_days(told_run)
    monkeypatch.setattr(scores_since, "watched", lambda names: watched(names, 9))
    found = keep_scores_since(told_run, walk, fold).set_index("customer_id")
    every = score(walk.landmark(days[-1]).features, fold.models[name], reasons=False).customers
    assert len(found) == 9
    among = every.set_index("customer_id").loc[found.index]
    assert found["p_unpaid_30"].tolist() == among["p_unpaid_30"].tolist()
    assert watched(pd.Index(every["customer_id"]), 9).tolist() == found.index.tolist()
