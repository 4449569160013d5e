from __future__ import annotations

from arseg.runs.targets.tables import (
    IN_FORCE,
    PUBLICATIONS,
    ROW_TABLES,
    TABLES,
    VIEWED,
    create_table,
    create_view,
    view_name,
)


def test_every_table_says_whose_its_rows_are_and_has_a_view() -> None:
    assert {table.name for table in ROW_TABLES} == {"assignments", "worklist", "metrics", "segment_changes"}
    for table in VIEWED:
        assert table.names[:2] == ("experiment", "version")
        assert view_name(table) == f"current_{table.name}"
        assert table in TABLES
    assert len({column for table in TABLES for column in (table.name,)}) == len(TABLES)


def test_ids_are_text_and_money_is_exact() -> None:
    for table in ROW_TABLES:
        made = create_table(table, "mart")
        assert '"experiment" text NOT NULL' in made
        assert all(column.type == "text" for column in table.columns if column.name.endswith("_id"))
    worklist = create_table(next(t for t in ROW_TABLES if t.name == "worklist"), "mart")
    assert '"open_balance" numeric(18,2) NOT NULL' in worklist
    assert '"deadline" date NOT NULL' in worklist


def test_what_is_in_force_is_one_row_an_experiment() -> None:
    assert create_table(IN_FORCE, "mart").endswith('PRIMARY KEY ("experiment"))')
    assert create_view(PUBLICATIONS, "mart").startswith('CREATE VIEW "mart"."current_publications" AS SELECT')
