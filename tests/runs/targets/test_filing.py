from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arseg.runs.targets.database import Target
from arseg.runs.targets.filing import Held, file_version, held_of, rows_held
from arseg.runs.targets.rows import Content, content_of, plain_rows
from arseg.runs.targets.tables import VIEWED
from arseg.schema import DataError
from oracle.editions import HOSTILE

Put = Callable[..., Path]
Look = Callable[[Target, str], list[tuple[Any, ...]]]


def file(target: Target, content: Content, *, in_force: bool = True) -> bool:
    with target.open(write=True) as database:
        wrote = file_version(database, target.place, content, in_force=in_force)
        database.commit()
    return wrote


def held(target: Target) -> Held:
    with target.open(write=False) as database:
        return held_of(database, target.place, "demo")


def test_an_empty_target_holds_nothing(target: Target) -> None:
    assert held(target) == Held(None, {})


def test_what_is_filed_is_what_the_folder_holds_and_the_views_show_it(target: Target, put: Put) -> None:
    content = content_of(put())
    assert file(target, content)
    assert held(target) == Held(content.version, {content.version: content.sha256})
    with target.open(write=False) as database:
        for table in VIEWED:
            for through_view in (False, True):
                found = rows_held(
                    database, target.place, table, ("demo", content.version), in_force=through_view
                )
                assert sorted(map(repr, found)) == sorted(map(repr, plain_rows(content.tables[table.name])))


def test_text_of_the_data_is_never_a_statement(target: Target, put: Put, look: Look) -> None:
    file(target, content_of(put()))
    for column in ("customer_id", "why"):
        assert {row[0] for row in look(target, f"SELECT {column} FROM @.current_assignments")} == set(HOSTILE)


def test_the_same_version_again_changes_nothing(target: Target, put: Put, look: Look) -> None:
    content = content_of(put())
    file(target, content)
    before = look(target, "SELECT * FROM @.assignments")
    assert not file(target, content)
    assert look(target, "SELECT * FROM @.assignments") == before


def test_a_later_version_takes_the_place_and_the_earlier_one_stays(
    target: Target, put: Put, look: Look
) -> None:
    old, new = content_of(put("Low")), content_of(put("High", key_date="2026-11-30"))
    file(target, old)
    file(target, new)
    assert look(target, "SELECT DISTINCT version FROM @.current_worklist") == [(new.version,)]
    assert sorted(look(target, "SELECT DISTINCT version FROM @.worklist")) == [(old.version,), (new.version,)]
    assert file(target, old)
    assert look(target, "SELECT version FROM @.current_publications") == [(old.version,)]
    assert look(target, "SELECT count(*) FROM @.assignments") == [(10,)]


def test_a_backfilled_month_is_filed_without_being_shown(target: Target, put: Put) -> None:
    new, old = content_of(put(key_date="2026-11-30")), content_of(put(key_date="2026-10-31"))
    file(target, new)
    assert file(target, old, in_force=False)
    assert not file(target, old, in_force=False)
    found = held(target)
    assert (found.in_force, sorted(found.versions)) == (new.version, [old.version, new.version])


def test_what_is_not_committed_never_was(target: Target, put: Put) -> None:
    content = content_of(put())
    with target.open(write=True) as database:
        file_version(database, target.place, content, in_force=True)
    assert held(target) == Held(None, {})


def test_experiments_share_the_tables_and_not_what_is_in_force(target: Target, put: Put) -> None:
    content = content_of(put())
    other = Content(
        "other",
        content.version,
        {
            name: rows.set_column(0, "experiment", [["other"] * rows.num_rows])
            for name, rows in content.tables.items()
        },
    )
    file(target, content)
    file(target, other, in_force=False)
    assert held(target).in_force == content.version
    with target.open(write=False) as database:
        assert held_of(database, target.place, "other").in_force is None


def test_one_version_never_has_other_content(target: Target, put: Put) -> None:
    one, two = content_of(put("Low")), content_of(put("High"))
    file(target, one)
    with pytest.raises(DataError, match="stands in the target with other content"):
        file(target, Content("demo", one.version, two.tables))


@pytest.mark.parametrize(
    ("change", "given"),
    [
        ("UPDATE @.layout SET number = 2", "Given: 2"),
        ("DELETE FROM @.layout", "Given: no number"),
        ("DROP TABLE @.layout", "Given: layout otherwise"),
        ("ALTER TABLE @.layout ADD COLUMN own text", "Given: layout otherwise"),
        ("DROP VIEW @.current_metrics", "Given: current_metrics otherwise"),
    ],
)
def test_tables_of_another_layout_are_left_alone(target: Target, put: Put, change: str, given: str) -> None:
    content = content_of(put())
    file(target, content)
    with target.open(write=True) as database:
        database.ask(change.replace("@", f'"{target.place}"'))
        database.commit()
    with pytest.raises(DataError, match=f"not those of this arseg. {given}"):
        file(target, content)


def test_a_table_of_somebody_else_is_left_alone(target: Target, put: Put, look: Look) -> None:
    with target.open(write=True) as database:
        database.ask(f'CREATE SCHEMA IF NOT EXISTS "{target.place}"')
        database.ask(f'CREATE TABLE "{target.place}".assignments (own text)')
        database.commit()
    with pytest.raises(DataError, match="are not those of this arseg"):
        file(target, content_of(put()))
    assert look(target, "SELECT * FROM @.assignments") == []


def test_tables_of_other_names_may_stand_beside_ours(target: Target, put: Put) -> None:
    with target.open(write=True) as database:
        database.ask(f'CREATE SCHEMA IF NOT EXISTS "{target.place}"')
        database.ask(f'CREATE TABLE "{target.place}".budget (own text)')
        database.commit()
    assert file(target, content_of(put()))
