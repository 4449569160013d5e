from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from arseg.runs.champion import champion_of, champion_record, digests_of, require_champion
from arseg.runs.publication import MANIFEST, publish, version_of
from arseg.schema import DataError, UsageError

from .without_kernels import rehomed

DAY = dt.date(2026, 1, 15)


def test_without_a_promotion_there_is_none_and_it_says_what_to_do(month_home: Path) -> None:
    assert champion_of(month_home, "small") is None
    with pytest.raises(
        UsageError, match=r"small has no champion.*Do: run the month-end.*arseg promote small"
    ):
        require_champion(month_home, "small")


def test_the_champion_is_what_was_approved(champion_home: Path) -> None:
    found = require_champion(champion_home, "small")
    assert (found.approver, found.reason, found.until) == ("A. Bee", "the first", DAY)
    assert (found.key_date, found.promoted_on) == (dt.date(2025, 11, 30), dt.date(2025, 12, 1))
    assert found.model == "DiscreteHazard(trees=8)"
    assert digests_of(found.edition(champion_home)) == (found.model_sha256, found.edition_sha256)


def test_it_may_score_on_its_last_day_and_not_one_day_later(champion_home: Path) -> None:
    found = require_champion(champion_home, "small")
    assert found.overdue(DAY) == ""
    assert found.overdue(DAY + dt.timedelta(days=1)) == (
        "OVERDUE: DiscreteHazard(trees=8) is approved until 2026-01-15; 2026-01-16 is 1 day later"
    )


def test_neither_another_model_nor_another_edition_takes_its_place(
    champion_home: Path, tmp_path: Path
) -> None:
    home = rehomed(champion_home, tmp_path)
    edition = require_champion(home, "small").edition(home)
    model = edition / "model" / "model.json"
    model.write_bytes(model.read_bytes() + b" ")
    with pytest.raises(DataError, match=r"is not what was approved.*model/model\.json was changed"):
        require_champion(home, "small")
    # The same version published again, its manifest right about other bytes.
    files = {
        path.relative_to(edition).as_posix(): path.read_bytes()
        for path in edition.rglob("*")
        if path.is_file() and path.name != MANIFEST
    } | {"model/manifest.json": (edition / "model" / "manifest.json").read_bytes()}
    shutil.rmtree(edition)
    publish(files, folder=edition.parent.parent, version=edition.name, facts={})
    assert version_of("2025-11-30", files) != edition.name
    with pytest.raises(DataError, match="it was published again with other bytes"):
        require_champion(home, "small")


def test_an_edited_record_names_nobody(champion_home: Path, tmp_path: Path) -> None:
    home = rehomed(champion_home, tmp_path)
    path = champion_record(home, "small").path
    path.write_text(path.read_text(encoding="ascii").replace("A. Bee", "B. Cee"), encoding="ascii")
    with pytest.raises(DataError, match=r"the record of champions small\.jsonl was changed"):
        require_champion(home, "small")


def test_an_edition_without_a_model_has_no_digest(tmp_path: Path) -> None:
    target = publish({"a.txt": b"a"}, folder=tmp_path, version="2025-01-31-x", facts={})
    with pytest.raises(DataError, match="the edition carries no model"):
        digests_of(target)
