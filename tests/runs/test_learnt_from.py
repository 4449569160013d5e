from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from arseg.runs import learnt_from
from arseg.runs.champion import require_champion
from arseg.runs.journal import Run, open_run, run_folders
from arseg.runs.learnt_from import LEARNT, refuse_changed
from arseg.runs.sections import Part
from arseg.schema import DataError, UsageError


@pytest.fixture(name="edition")
def _edition(champion_home: Path) -> Path:
    return require_champion(champion_home, "small").edition(champion_home)


@pytest.fixture(name="day")
def _day(champion_home: Path) -> Run:
    return open_run(str(run_folders(champion_home)[-1] / "run.json"))


def test_an_edition_says_what_its_model_reads_and_from_where(edition: Path, day: Run) -> None:
    told = json.loads((edition / LEARNT).read_text(encoding="utf-8"))
    assert told["ledger"] == "small"
    assert set(told["tables"]) <= set(day.load("present"))
    assert told["reads"] == sorted(day.load("known")["reads"])
    assert "aging" in told["blocks"] or "item" in told["blocks"]


def test_the_same_book_blocks_and_policy_pass(edition: Path, day: Run) -> None:
    refuse_changed(day, edition, day.load("present"))


def test_a_table_that_is_gone_is_named(edition: Path, day: Run) -> None:
    tables = json.loads((edition / LEARNT).read_text(encoding="utf-8"))["tables"]
    with pytest.raises(DataError, match=rf"no longer has tables.*Given: {tables[0]}.*promote it"):
        refuse_changed(day, edition, tables[1:])


def test_a_block_rewritten_or_left_out_is_named(
    edition: Path, day: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(iter(json.loads((edition / LEARNT).read_text(encoding="utf-8"))["blocks"]))
    found = learnt_from.find_blocks()

    def rewritten(*_: object, **__: object) -> list[object]:
        return [replace(block, sql=block.sql + " ") if block.name == name else block for block in found]

    monkeypatch.setattr(learnt_from, "find_blocks", rewritten)
    with pytest.raises(DataError, match=rf"feature blocks that the champion reads.*Given: {name}\."):
        refuse_changed(day, edition, day.load("present"))
    monkeypatch.setattr(
        learnt_from, "find_blocks", lambda *_, **__: [block for block in found if block.name != name]
    )
    with pytest.raises(DataError, match=rf"Given: {name}\."):
        refuse_changed(day, edition, day.load("present"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ledger": "other"}, "names another ledger than was promoted"),
        ({"publish": "AgingBuckets"}, "names another policy to publish than was promoted"),
        (
            {"policies": [Part(name="RiskTiers", parameters={"medium_from": 0.1})]},
            "names another policy to publish",
        ),
    ],
)
def test_an_experiment_that_asks_for_something_else_is_refused(
    edition: Path, day: Run, changes: dict[str, object], message: str
) -> None:
    other = replace(day, experiment=day.experiment.model_copy(update=changes))
    with pytest.raises(UsageError, match=message):
        refuse_changed(other, edition, day.load("present"))


def test_an_edition_that_does_not_say_is_no_champions(edition: Path, day: Run, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not say what its model was taught on"):
        refuse_changed(day, tmp_path, day.load("present"))
    assert (edition / LEARNT).is_file()
