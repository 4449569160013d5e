from __future__ import annotations

import pytest

from arseg import schema
from arseg.schema import Table


def test_the_ledger_has_nine_tables_of_which_two_are_mandatory() -> None:
    assert len(schema.LEDGER) == 9
    assert [name for name, table in schema.LEDGER.items() if table.mandatory] == ["invoices", "postings"]


@pytest.mark.parametrize("table", schema.LEDGER.values(), ids=lambda table: table.name)
def test_every_ledger_table_knows_when_each_row_was_known(table: Table) -> None:
    assert "known_on" in table.required
    assert set(table.key) <= set(table.names)
    assert table.event_day is None or table.column(table.event_day).type == "date"
    assert len(set(table.names)) == len(table.names)


def test_every_posting_kind_moves_the_balance_one_way() -> None:
    assert set(schema.BALANCE_SIGN) == set(schema.POSTING_KINDS)
    assert set(schema.BALANCE_SIGN.values()) == {1, -1}
