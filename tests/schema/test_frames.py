from __future__ import annotations

import duckdb
import pytest

from arseg import schema
from arseg.schema import Table


@pytest.mark.parametrize(
    "table", [v for v in vars(schema).values() if isinstance(v, Table)], ids=lambda t: t.name
)
def test_every_table_can_be_made_and_every_column_has_a_meaning(table: Table) -> None:
    with duckdb.connect() as connection:
        connection.execute(table.ddl())
        made = [row[0] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()]
    assert tuple(made) == table.names
    assert all(column.meaning for column in table.columns)
