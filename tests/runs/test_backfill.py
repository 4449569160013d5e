from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import arseg
from arseg.runs import backfill as room
from arseg.runs.backfill import Month, backfill
from arseg.runs.experiment import read_experiment
from arseg.runs.publication import publish
from arseg.schema import DataError, UsageError

from .conftest import EXPERIMENT, ledger


class Months:
    """Publishes what a run of a month would, as fast as it is asked; a month may fail."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ran: list[str] = []
        self.fail = ""
        self.hash = "ab" * 32

    def run(self, path: Path, *, key_date: dt.date, home: Path) -> Any:
        self.ran.append(key_date.isoformat())
        if self.fail == key_date.isoformat():
            raise DataError("a stage failed", given="x", allowed="y", do="z")
        facts = {
            "arseg": arseg.__version__,
            "experiment_hash": read_experiment(path).experiment_hash,
            "ledger_hash": self.hash,
        }
        version = f"{key_date}-{len(self.ran):04d}"
        publish({"x": version.encode()}, folder=home / "data/published/demo", version=version, facts=facts)
        return type("Result", (), {"version": version})

    def fill(self, first: str = "2026-06", last: str = "2026-09", **options: Any) -> room.Backfilled:
        return backfill(self.home / "demo.yaml", first=first, last=last, home=self.home, **options)


@pytest.fixture(name="months")
def _months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Months:
    (tmp_path / "demo.yaml").write_text(EXPERIMENT, encoding="utf-8")
    months = Months(tmp_path)
    monkeypatch.setattr(room, "run_experiment", months.run)
    monkeypatch.setattr(
        "arseg.ledger.read_ledger", lambda _path: ledger(content_hash=months.hash), raising=False
    )
    return months


def test_month_ends_run_in_order_and_the_last_is_in_force(months: Months) -> None:
    seen: list[tuple[str, int, int]] = []
    found = months.fill(progress=lambda month, number, of: seen.append((month.done, number, of)))
    assert months.ran == ["2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30"]
    assert seen == [("published", number, 4) for number in range(1, 5)]
    assert found.in_force == "2026-09-30-0004"
    assert found.months[0] == Month(dt.date(2026, 6, 30), "2026-06-30-0001", "published")
    assert '"key_date": "2026-06-30"' in found.to_json()


def test_a_backfill_that_was_stopped_goes_on_where_it_was(months: Months) -> None:
    months.fail = "2026-08-31"
    with pytest.raises(DataError, match="a stage failed"):
        months.fill()
    months.fail, months.ran = "", []
    found = months.fill()
    assert months.ran == ["2026-08-31", "2026-09-30"]
    assert [month.done for month in found.months] == ["passed over"] * 2 + ["published"] * 2


def test_what_was_published_from_another_ledger_or_experiment_is_run_again(months: Months) -> None:
    months.fill(last="2026-06")
    months.ran = []
    months.hash = "cd" * 32
    assert months.fill(last="2026-06").months[0].done == "published"
    path = months.home / "demo.yaml"
    path.write_text(EXPERIMENT.replace("trees: 40", "trees: 41"), encoding="utf-8")
    assert months.fill(last="2026-06").months[0].done == "published"
    assert months.fill(last="2026-06").months[0].done == "passed over"


def test_a_refresh_of_that_day_is_no_month_end(months: Months) -> None:
    experiment = read_experiment(months.home / "demo.yaml")
    facts = {
        "arseg": arseg.__version__,
        "experiment_hash": experiment.experiment_hash,
        "ledger_hash": months.hash,
    }
    folder = months.home / "data/published/demo"
    day = dt.date(2026, 6, 30)
    publish({"x": b""}, folder=folder, version=f"{day}-d", facts=facts | {"work": "daily"})
    assert room.published_already(folder, experiment, day, months.hash) == ""
    publish({"x": b""}, folder=folder, version=f"{day}-m", facts=facts)
    assert room.published_already(folder, experiment, day, months.hash) == f"{day}-m"


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2026-09", "2026-06", "holds no month-end"),
        ("September", "2026-09", "not a day"),
        ("2024-01", "2026-09", "is before the first posting"),
        ("2026-06", "2026-12", "nothing is known after 2026-11-12"),
    ],
)
def test_months_that_the_ledger_cannot_speak_of_are_refused_before_one_runs(
    months: Months, first: str, last: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        months.fill(first, last)
    assert months.ran == []


def test_cash_after_the_key_date_has_no_place_in_a_past_month(months: Months) -> None:
    path = months.home / "demo.yaml"
    path.write_text(
        f"{EXPERIMENT}provision:\n  subsequent_collections: true\n  forward_looking: asu2025_05\n"
    )
    with pytest.raises(UsageError, match=r"counts cash that came after the key date"):
        months.fill()
