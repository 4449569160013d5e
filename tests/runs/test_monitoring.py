from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from arseg.policies import RiskTiers
from arseg.runs.journal import Run
from arseg.runs.monitoring import (
    MONITOR,
    alarms_of,
    calibration_series,
    cash_series,
    migration,
    scored_days,
    watch,
)
from arseg.runs.stages import open_walk
from arseg.runs.walked import load_walk

DAYS = [dt.date(2026, 1, 31), dt.date(2026, 2, 28)]


@dataclass(frozen=True)
class Halves:
    """High from a half on."""

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        high = scores["p_unpaid_30"] >= 0.5
        return pd.DataFrame(
            {"customer_id": scores["customer_id"], "segment": high.map({True: "High", False: "Low"})}
        )


def scores(**chances: float) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": list(chances), "p_unpaid_30": list(chances.values())})
    return frame.set_index("customer_id")


def test_who_moves_is_a_share_of_the_customers_of_both_months() -> None:
    scored = {DAYS[0]: scores(a=0.1, b=0.1, c=0.9, d=0.9), DAYS[1]: scores(b=0.9, c=0.9, d=0.9, e=0.1)}
    found = migration(scored, Halves())  # type: ignore[arg-type]
    assert found["in High"].tolist() == [0.5, 0.75]
    assert found["moved"].isna().tolist() == [True, False]
    assert found["moved"].iloc[1] == pytest.approx(1 / 3)


def test_calibration_is_what_came_less_what_was_said_of_the_same_customers() -> None:
    unpaid = {DAYS[0]: pd.Series({"a": 1.0, "b": 0.0, "x": 1.0}), DAYS[1]: pd.Series({"a": 1.0})}
    found = calibration_series(unpaid, {DAYS[0]: scores(a=0.6, b=0.2, c=0.9)})
    assert found.index.tolist() == DAYS[:1]
    assert found.iloc[0, 0] == pytest.approx((0.4 - 0.2) / 2)


@dataclass(frozen=True)
class Foretold:
    """A run that knows of nothing but earlier forecasts."""

    work: Path
    said: pd.DataFrame

    def load(self, _name: str) -> pd.DataFrame:
        return self.said


def test_forecasts_are_held_against_cash_over_the_same_weeks_ahead(tmp_path: Path) -> None:
    # The last week of the older origin, which the newer one has not seen yet, went wrong.
    weeks = [(DAYS[0], 1, 10.0, 9.0), (DAYS[0], 2, 10.0, 0.0), (DAYS[1], 1, 20.0, 19.0)]
    own = pd.DataFrame(weeks, columns=["origin", "ahead", "expected", "actual"]).assign(
        group="all", method="arseg"
    )
    said = pd.concat([own, own.assign(actual=0.0, method="terms"), own.assign(actual=0.0, group="High")])
    run = Foretold(tmp_path, said)
    assert cash_series(run).empty  # type: ignore[arg-type]
    (tmp_path / "said_and_came.parquet").touch()
    assert cash_series(run)["came of expected"].to_dict() == {DAYS[0]: 0.9, DAYS[1]: 0.95}  # type: ignore[arg-type]


def test_a_run_watches_all_it_has_and_a_small_quiet_book_raises_no_alarm(told_run: Run) -> None:
    table = told_run.load("monitor")
    assert list(table.columns) == list(MONITOR)
    assert {"features", "profile", "scores", "segments", "outcomes"} <= set(table["monitor"])
    assert table["level"].iloc[0] == pytest.approx(0.05 / table["p"].notna().sum())
    assert told_run.load("alarms")["alarms"] == alarms_of(table)
    assert (told_run.to_publish / "monitor.parquet").is_file()
    assert list(scored_days(told_run))[-1] == told_run.key_date
    assert RiskTiers.__name__ in repr(told_run.experiment.publish)


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
