from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from arseg.features import build_features, find_blocks, parse_block
from arseg.features.parts import named_parts, shipped_parts
from arseg.ledger import Ledger, take_snapshot, take_snapshots
from arseg.ledger.guard import SNAPSHOT_TABLES, tables_of
from arseg.schema import UsageError
from oracle.edges import edge_book

DAY = dt.date(2025, 6, 16)
OWN = """-- block: paying
-- grain: customer
-- part: payers_12m
-- column: own_paid_count | count | invoices paid
SELECT customer_id, paid_count AS own_paid_count FROM payers_12m"""


def test_a_block_that_reads_a_part_is_a_select_over_the_snapshot_s_tables() -> None:
    block = parse_block(OWN)
    assert block.tables == ("cleared_items",)
    assert list(block.parts) == ["payers_12m"]
    assert block.sql.startswith("WITH payers_12m AS (\n")
    assert tables_of(block.sql, where="own.sql") == ("cleared_items",)


def test_a_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"reads a part that does not exist. Given: payers. Allowed: .*payers_12m"
    ):
        parse_block(OWN.replace("payers_12m", "payers"))
    with pytest.raises(UsageError, match="reads a part that does not exist"):
        named_parts(["open_items"], "own.sql")


def test_a_part_reads_the_snapshot_and_hides_none_of_its_tables() -> None:
    for name, text in shipped_parts().items():
        assert {*tables_of(text, where=name)} <= SNAPSHOT_TABLES
    assert not shipped_parts().keys() & SNAPSHOT_TABLES


def test_every_part_serves_several_blocks() -> None:
    named = [name for block in find_blocks() for name in block.parts]
    assert {name for name in named if named.count(name) > 1} == shipped_parts().keys()


@pytest.mark.parametrize("seed", [1, 3])
def test_shared_parts_give_what_each_block_gives_alone(seed: int, make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger(**edge_book(seed, DAY), complete_to=DAY + dt.timedelta(days=9))
    with take_snapshots(ledger, [DAY]) as snapshots, take_snapshot(ledger, DAY) as apart:
        for block in find_blocks():
            if not block.parts or not apart.present.issuperset(block.needs):
                continue
            text = f"SELECT * FROM (\n{block.sql}\n) AS whole ORDER BY {block.key}"
            with snapshots.on(DAY) as shared:
                wanted = apart.arrow(text).to_pylist()
                assert shared.arrow(text, parts=block.parts).to_pylist() == wanted, block.name
                assert shared.arrow(text).to_pylist() == wanted, block.name


def test_parts_of_one_snapshot_are_nothing_to_another(make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger(**edge_book(2, DAY), complete_to=DAY + dt.timedelta(days=9))
    days = [DAY - dt.timedelta(days=30), DAY]
    with take_snapshots(ledger, days) as snapshots:
        first, second = (build_features(snapshot) for snapshot in snapshots)
        with snapshots.on(days[0]) as one, snapshots.on(days[1]) as other:
            again = build_features(other), build_features(one)
    assert first.customers.equals(again[1].customers)
    assert second.customers.equals(again[0].customers)
    assert not first.customers.equals(second.customers)


def test_a_part_is_read_by_name_only_by_a_text_that_brings_it(make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger(**edge_book(0, DAY), complete_to=DAY + dt.timedelta(days=9))
    with take_snapshots(ledger, [DAY]) as snapshots, snapshots.on(DAY) as snapshot:
        build_features(snapshot, blocks=["payer_speed"])
        with pytest.raises(UsageError, match="reads a table outside the snapshot"):
            snapshot.sql("SELECT * FROM payers_12m")
        with pytest.raises(UsageError, match="reads a table outside the snapshot"):
            snapshot.arrow("SELECT * FROM payers_12m")


def test_a_part_that_does_not_stand_in_the_text_is_not_run(make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger(**edge_book(0, DAY), complete_to=DAY + dt.timedelta(days=9))
    text = "WITH a AS (\nSELECT 1 AS n\n)\nSELECT n FROM a"
    with take_snapshots(ledger, [DAY]) as snapshots, snapshots.on(DAY) as snapshot:
        for later in ("SELECT COUNT(*) AS n FROM known.item_states", "SELECT no_column AS n FROM invoices"):
            assert snapshot.arrow(text, parts={"a": later})["n"].to_pylist() == [1]
        assert snapshot.arrow(text, parts={"a": "SELECT 1 AS n"})["n"].to_pylist() == [1]
        # Another of the same name is another.
        other = text.replace("1", "2")
        assert snapshot.arrow(other, parts={"a": "SELECT 2 AS n"})["n"].to_pylist() == [2]
        hidden = text.replace("a AS", "invoices AS").replace("FROM a", "FROM invoices")
        assert snapshot.arrow(hidden, parts={"invoices": "SELECT 1 AS n"})["n"].to_pylist() == [1]
        with pytest.raises(UsageError, match="reads a table outside the snapshot"):
            snapshot.arrow("WITH a AS (\nSELECT 1 AS n FROM known.credit\n)\nSELECT n FROM a", parts={})
