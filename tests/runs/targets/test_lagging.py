from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from arseg.runs.publication import rollback
from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets.carrying import carry
from arseg.runs.targets.declared import keep_targets, open_targets
from arseg.runs.targets.lagging import TargetStanding, stand_of_targets, target_faults

Put = Callable[..., Path]


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(name="folder")
def _folder(home: Path, request: pytest.FixtureRequest, put: Put) -> Path:
    """Return the folder of an experiment with both kinds of targets and one version in all of them."""
    declared = [Declared(kind="duckdb", path="mart.duckdb"), request.getfixturevalue("postgres_declared")]
    version = put("Low")
    keep_targets(version.parents[1], declared)
    carry(version, open_targets(declared, home))
    return version.parents[1]


def change(folder: Path, home: Path, sql: str) -> None:
    from arseg.runs.targets.declared import kept_targets

    for target in open_targets(kept_targets(folder), home):
        with target.open(write=True) as database:
            database.ask(sql.replace("@", f'"{target.place}"'))
            database.commit()


def test_where_all_show_the_same_nothing_is_wrong(folder: Path, home: Path, put: Put) -> None:
    version = put("Low").name
    assert stand_of_targets(folder, home) == [
        TargetStanding("duckdb mart.duckdb", version, 1, ""),
        TargetStanding("postgres $ARSEG_TEST_URL, mart", version, 1, ""),
    ]
    assert target_faults(folder, home) == []


def test_a_target_behind_or_ahead_of_the_folder_is_named(folder: Path, home: Path, put: Put) -> None:
    old = put("Low").name
    new = put("High", key_date="2026-11-30").name
    said = f"lags behind: it shows {old}, the folder {new}"
    assert [stand.problem for stand in stand_of_targets(folder, home)] == [said] * 2
    assert target_faults(folder, home) == [
        f"demo: {stand.target}: {said}" for stand in stand_of_targets(folder, home)
    ]
    carry(folder / "versions" / new, open_targets([Declared(kind="duckdb", path="mart.duckdb")], home))
    rollback(folder, old)
    assert [stand.problem for stand in stand_of_targets(folder, home)] == [
        f"is ahead: it shows {new}, the folder {old}",
        "",
    ]


def test_an_empty_target_shows_nothing(home: Path, put: Put) -> None:
    version = put()
    keep_targets(version.parents[1], [Declared(kind="duckdb", path="none.duckdb")])
    stands = stand_of_targets(version.parents[1], home)
    assert stands[0].problem == f"lags behind: it shows nothing, the folder {version.name}"


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE @.worklist SET open_balance = open_balance + 0.01 WHERE rank = 2", "the rows of worklist"),
        ("DELETE FROM @.assignments WHERE segment = 'Low'", "the rows of assignments"),
        ("INSERT INTO @.metrics SELECT * FROM @.metrics", "the rows of metrics"),
        ("UPDATE @.publications SET policy = 'other'", "the rows of publications"),
    ],
)
def test_a_row_that_was_changed_removed_or_doubled_is_found(
    folder: Path, home: Path, sql: str, fault: str
) -> None:
    change(folder, home, sql)
    faults = target_faults(folder, home)
    assert len(faults) == 2
    assert all(f"{fault} are not those of the folder" in problem for problem in faults)


def test_a_version_that_only_a_target_has_is_found(folder: Path, home: Path) -> None:
    change(
        folder,
        home,
        "INSERT INTO @.publications (experiment, version, key_date, manifest_sha256, content_sha256)"
        " VALUES ('demo', '2020-01-31-00000000', DATE '2020-01-31', 'x', 'y')",
    )
    assert [
        "holds 2020-01-31-00000000, which the folder has not" in fault
        for fault in target_faults(folder, home)
    ] == [
        True,
        True,
    ]


def test_a_target_that_cannot_be_asked_is_said_and_not_waited_for(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARSEG_TEST_URL", "postgresql:///postgres?host=/nowhere")
    stands = stand_of_targets(folder, home)
    assert stands[0].problem == ""
    assert stands[1].problem.startswith("cannot be asked: ")
    monkeypatch.delenv("ARSEG_TEST_URL")
    assert "nothing in the environment variable ARSEG_TEST_URL" in stand_of_targets(folder, home)[1].problem


def test_a_damaged_record_of_targets_is_a_fault(folder: Path, home: Path) -> None:
    (folder / "targets.json").write_text("{", encoding="utf-8")
    assert "record of targets" in target_faults(folder, home)[0]
