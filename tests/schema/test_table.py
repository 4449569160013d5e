from __future__ import annotations

import pytest

from arseg import schema
from arseg.schema import Column, DataError, Table


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(DataError, match=r"scores lacks columns \['b', 'c'\]"):
        schema.require_columns(["a"], ["a", "b", "c"], frame="scores")


def test_a_required_column_is_not_null_in_the_table_that_is_made() -> None:
    table = Table(
        "t",
        (Column("a", "text", "first", required=True), Column("window", "money", "a reserved word")),
        key=("a",),
    )
    assert table.ddl("other") == 'CREATE TABLE other ("a" VARCHAR NOT NULL, "window" DECIMAL(18,2))'
    assert table.required == ("a",)
    assert table.column("window").meaning == "a reserved word"
