from __future__ import annotations

import pandas as pd
import pytest

from arseg.ledger.feeds import FEEDS
from arseg.metrics.drift import ALPHA
from arseg.policies import RiskTiers
from arseg.runs.journal import Run
from arseg.runs.monitoring import MONITOR, READ, alarms_of, judged, looked_at, scored_days, watch
from arseg.runs.stages import open_walk
from arseg.runs.walked import kept_days, load_walk
from arseg.runs.watched_series import Looked


def test_a_run_watches_all_it_has_and_a_small_quiet_book_raises_no_alarm(told_run: Run) -> None:
    table = told_run.load("monitor")
    assert list(table.columns) == list(MONITOR)
    assert {"features", "profile", "feeds", "scores", "segments", "outcomes"} <= set(table["monitor"])
    assert set(table.loc[table["monitor"] == "feeds", "series"]) <= set(FEEDS)
    assert told_run.load("alarms")["alarms"] == alarms_of(table)
    assert (told_run.to_publish / "monitor.parquet").is_file()
    assert RiskTiers.__name__ in repr(told_run.experiment.publish)


def test_half_of_the_chance_of_a_false_alarm_is_for_what_the_models_read(told_run: Run) -> None:
    table = told_run.load("monitor")
    judged = table[table["p"].notna()]
    read = judged["monitor"].isin(READ)
    assert judged.loc[read, "level"].sum() == pytest.approx(ALPHA / 2)
    assert judged.loc[~read, "level"].sum() == pytest.approx(ALPHA / 2)
    assert judged.loc[~read, "level"].min() > 10 * judged.loc[read, "level"].max()


def test_where_one_side_has_too_little_past_the_other_has_all_of_the_chance(told_run: Run) -> None:
    looked = looked_at(told_run, load_walk(told_run, open_walk(told_run)))
    last = told_run.key_date
    nothing = pd.DataFrame()
    short = Looked(
        looked.customers, looked.profile, {last: looked.scored[last]}, {}, nothing, nothing, looked.policy
    )
    table = judged(short)
    assert set(table["monitor"]) == set(READ)
    assert table.loc[table["p"].notna(), "level"].sum() == pytest.approx(ALPHA)


def test_a_first_month_end_is_compared_with_nothing(told_run: Run) -> None:
    looked = looked_at(told_run, load_walk(told_run, open_walk(told_run)))
    customers, profile, scored = (
        {told_run.key_date: every[told_run.key_date]}
        for every in (looked.customers, looked.profile, looked.scored)
    )
    table = judged(Looked(customers, profile, scored, {}, pd.DataFrame(), pd.DataFrame(), looked.policy))
    assert table.empty
    assert list(table.columns) == list(MONITOR)
    assert alarms_of(table) == []


def test_scores_are_watched_on_every_month_end_from_the_first_key_date_of_the_backtest_on(
    told_run: Run,
) -> None:
    first = pd.Timestamp(told_run.load("backtest")["key_dates"][0]).date()
    assert list(scored_days(told_run)) == [day for day in kept_days(told_run) if day >= first]


def test_a_month_in_another_unit_is_an_alarm_that_names_its_series(
    told_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, object] = {}
    monkeypatch.setattr(Run, "save", lambda _run, name, value: kept.__setitem__(name, value))
    stem = f"customers_{told_run.key_date:%Y%m%d}"
    load = Run.load

    def other(run: Run, name: str) -> object:
        found = load(run, name)
        if name != stem:
            return found
        money = [column for column in found if "balance" in column or "amount" in column]
        return found.assign(**{column: found[column] * 100 for column in money})

    monkeypatch.setattr(Run, "load", other)
    table = watch(told_run, load_walk(told_run, open_walk(told_run)))
    named = table.loc[table["alarm"], "series"]
    assert len(named)
    assert named.str.contains("balance|amount").mean() > 0.8
    assert kept["alarms"]["alarms"]  # type: ignore[index]
