"""No figure hangs on what became known after the key date, whichever block says it and wherever it lies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import Features, build_features, find_blocks
from arseg.ledger import Ledger, Snapshot, take_snapshot, take_snapshots
from arseg.ledger.guard import SNAPSHOT_TABLES
from arseg.schema import LEDGER
from oracle.edges import edge_book
from oracle.known import Rows
from oracle.poison import assigned, changed_features, cut, differing, few, poison, unheard, unsaid

Build = Callable[..., Ledger]

DAY = dt.date(2025, 6, 16)
LATER = DAY + dt.timedelta(days=31)
END = DAY + dt.timedelta(days=500)

OWN = {
    "own_customer": """-- block: own_customer
-- grain: customer
-- column: own_paid | currency | paid in all
-- column: own_touched | count | contacts
SELECT c.customer_id, p.own_paid, k.own_touched
FROM customers AS c
LEFT JOIN (SELECT payer_id, SUM(amount) AS own_paid FROM postings GROUP BY payer_id) AS p
    ON p.payer_id = c.customer_id
LEFT JOIN (SELECT customer_id, COUNT(*) AS own_touched FROM contacts GROUP BY customer_id) AS k
    ON k.customer_id = c.customer_id
""",
    "own_item": """-- block: own_item
-- grain: invoice
-- column: own_restated | currency | amount less what it first was
SELECT invoice_id, amount - original_amount AS own_restated FROM open_items
""",
}

# Of what these say nothing can be known later: they read the key date and the calendar alone.
OF_THE_DAY = {"key_day"}


@pytest.fixture(scope="session")
def own_blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a user's own blocks."""
    folder = tmp_path_factory.mktemp("own")
    for name, text in OWN.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def write(ledger_builder: Build, tmp_path: Path) -> Build:
    """Return a factory of ledgers of rows, each complete to some day."""
    numbers = iter(range(99))

    def written(book: Rows, end: dt.date = END) -> Ledger:
        return ledger_builder(tmp_path / f"{next(numbers)}.duckdb", book, complete_to=end)

    return written


def drawn(seed: int, small_book: Rows, size: int = 1) -> Rows:
    """Return a book around the key date; of some tables or columns nothing is known by then in some of them."""
    rng = np.random.default_rng(seed)
    if seed == 0:
        return few(small_book, rng, 12 * size)
    book = assigned(edge_book(4 * seed, DAY, invoices=110 * size, customers=12 * size), rng, DAY)
    if seed % 3 == 1:
        return unheard(book, DAY, "contacts", "credit", "disputes", "promises", "indicators", "assignments")
    if seed % 3 == 2:
        return unsaid(book, DAY)
    return book


def features_on(ledger: Ledger, day: dt.date, folder: Path) -> Features:
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot, folder=folder)


def features_of_history(ledger: Ledger, days: list[dt.date], folder: Path) -> list[Features]:
    with take_snapshots(ledger, days) as snapshots:
        return list(snapshots.map(lambda snapshot: build_features(snapshot, folder=folder), workers=1))


@pytest.mark.parametrize("seed", range(4))
def test_no_figure_changes_when_all_that_is_known_later_does(
    seed: int, small_book: Rows, write: Build, own_blocks: Path
) -> None:
    book = drawn(seed, small_book)
    before = features_on(write(cut(book, DAY), DAY), DAY, own_blocks)
    assert len(before.items) > 9
    assert before.dictionary["block"].nunique() == len(find_blocks()) + len(OWN)
    poisoned = write(poison(book, np.random.default_rng(seed), DAY))
    # A snapshot holds nothing later; a history does, and only its filters stand between.
    after = features_on(poisoned, DAY, own_blocks)
    (among,) = features_of_history(poisoned, [DAY], own_blocks)
    assert not changed_features(before, after)
    assert not changed_features(before, among)


def test_no_figure_of_an_earlier_day_changes_either(write: Build, own_blocks: Path, small_book: Rows) -> None:
    book, days = drawn(3, small_book), [DAY - dt.timedelta(days=ago) for ago in (31, 0)]
    books = (book, poison(book, np.random.default_rng(8), DAY))
    plain, poisoned = (features_of_history(write(rows), days, own_blocks) for rows in books)
    for before, after in zip(plain, poisoned, strict=True):
        assert len(before.items)
        assert not changed_features(before, after)
    assert changed_features(*plain)


def test_a_later_day_sees_the_poison_in_every_table_and_in_every_column(
    write: Build, own_blocks: Path, small_book: Rows
) -> None:
    blind: set[str] | None = None
    for seed in (0, 3):
        book = drawn(seed, small_book, size=3)
        books = (book, poison(book, np.random.default_rng(seed), DAY))
        ledgers = [write(rows) for rows in books]
        with take_snapshot(ledgers[0], LATER) as left, take_snapshot(ledgers[1], LATER) as right:
            for name in SNAPSHOT_TABLES - {"holidays"}:
                assert not left.arrow(f"FROM {name}").equals(right.arrow(f"FROM {name}")), name
            plain, seen = (build_features(one, folder=own_blocks).matrix() for one in (left, right))
        stay = plain.index.intersection(seen.index)
        same = set(plain.columns) - set(differing(plain.loc[stay], seen.loc[stay]))
        blind = same if blind is None else blind & same
    assert blind == OF_THE_DAY


def columns_that_differ(table: str, left: list[dict[str, Any]], right: list[dict[str, Any]]) -> set[str]:
    return {
        name
        for name in LEDGER[table].names
        if sorted(str(row.get(name)) for row in left) != sorted(str(row.get(name)) for row in right)
    }


@pytest.mark.parametrize("seed", [0, 3])
def test_the_poison_changes_every_column_of_every_table_and_nothing_that_was_known(
    seed: int, small_book: Rows
) -> None:
    book = drawn(seed, small_book, size=3)
    poisoned = poison(book, np.random.default_rng(seed), DAY)
    for name, table in LEDGER.items():
        known = [[row for row in rows[name] if row["known_on"] <= DAY] for rows in (book, poisoned)]
        assert sorted(map(str, known[0])) == sorted(map(str, known[1]))
        assert known[0]
        assert columns_that_differ(name, book[name], poisoned[name]) == set(table.names), name


@pytest.mark.parametrize("seed", [0, 3])
def test_the_poison_brings_old_events_to_light_late_in_every_table(seed: int, small_book: Rows) -> None:
    poisoned = poison(drawn(seed, small_book, size=3), np.random.default_rng(seed), DAY)
    for name, table in LEDGER.items():
        late = [row for row in poisoned[name] if row["known_on"] > DAY]
        assert any(row["known_on"] == DAY + dt.timedelta(days=1) for row in late), name
        if table.event_day:
            assert any(row[table.event_day] < DAY for row in late), name
            assert any(row[table.event_day] > DAY for row in late), name
        if "known_on" in table.key:
            news = {row[table.key[0]] for row in late}
            assert news & {row[table.key[0]] for row in poisoned[name] if row["known_on"] <= DAY}, name


def test_what_is_first_heard_of_later_stays_missing(write: Build, own_blocks: Path, small_book: Rows) -> None:
    poisoned = poison(drawn(4, small_book), np.random.default_rng(4), DAY)
    (found,) = features_of_history(write(poisoned), [DAY], own_blocks)
    for name in ("contacts", "credit", "disputes", "promises", "indicators"):
        assert poisoned[name]
        needing = found.dictionary.loc[found.dictionary["tables"].str.contains(name), "name"]
        assert found.matrix()[list(needing)].isna().all(axis=None), name


def shuffle(snapshot: Snapshot, salt: int) -> None:
    """Lay the rows of a snapshot's tables in another order."""
    for name in SNAPSHOT_TABLES:
        snapshot.sql(
            f"CREATE OR REPLACE TABLE {name} AS SELECT t.* FROM {name} AS t ORDER BY hash(t, {salt})"
        )


@pytest.mark.parametrize("seed", [0, 3])
def test_no_figure_hangs_on_the_order_in_which_rows_lie(
    seed: int, small_book: Rows, write: Build, own_blocks: Path
) -> None:
    ledger = write(drawn(seed, small_book))
    with take_snapshot(ledger, DAY) as snapshot:
        before = build_features(snapshot, folder=own_blocks)
        first = snapshot.sql("SELECT invoice_id FROM invoices LIMIT 9")
        shuffle(snapshot, seed)
        assert not first.equals(snapshot.sql("SELECT invoice_id FROM invoices LIMIT 9"))
        assert not changed_features(before, build_features(snapshot, folder=own_blocks))


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ([1.0, np.nan], [1.0, np.nan], []),
        ([1.0, np.nan], [1.0, 0.0], ["x"]),
        ([0.1 + 0.2], [0.3], ["x"]),
        ([0.0], [-0.0], ["x"]),
        ([1.0], [1.0, 2.0], ["rows", "x"]),
        (["a"], ["b"], ["x"]),
    ],
)
def test_the_detector_compares_bits_and_rows(left: list[Any], right: list[Any], found: list[str]) -> None:
    assert differing(pd.DataFrame({"x": left}), pd.DataFrame({"x": right})) == found
    assert differing(pd.DataFrame({"x": left}), pd.DataFrame({"y": left})) == ["x", "y"]
