"""Planted leaks: the detector of oracle.poison catches every one of them, and never an honest reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features, find_blocks
from arseg.ledger import (
    Ledger,
    Snapshots,
    history,
    snapshot,
    snapshots,
    take_snapshot,
    take_snapshots,
)
from arseg.ledger.guard import guard
from arseg.ledger.history import make_history
from arseg.ledger.views import view_texts
from arseg.schema import UsageError
from oracle.edges import edge_book
from oracle.known import Rows
from oracle.leaks import LEAKS, REFUSED, TABLE, Reader
from oracle.poison import assigned, cut, differing, poison, unheard

DAY, END = dt.date(2025, 6, 16), dt.date(2027, 1, 1)
BOOKS = (0, 1)
TABLES_TO_COME = 1


class Pair(NamedTuple):
    """A ledger and what it might have become after the key date."""

    plain: Ledger
    poisoned: Ledger


Pairs = tuple[Pair, ...]


@pytest.fixture(scope="module")
def pairs(ledger_builder: Callable[..., Ledger], tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    folder = tmp_path_factory.mktemp("leaks")

    def build(name: str, rows: Rows) -> Ledger:
        return ledger_builder(folder / f"{name}.duckdb", rows, complete_to=END)

    def pair(seed: int) -> Pair:
        rng = np.random.default_rng(seed)
        rows = assigned(edge_book(seed, DAY, invoices=400), rng, DAY)
        if seed == TABLES_TO_COME:
            rows = unheard(rows, DAY, "contacts", "credit", "disputes", "promises")
        spoilt = poison(rows, rng, DAY)
        plain = cut(rows, DAY) if seed == TABLES_TO_COME else rows
        return Pair(build(f"plain{seed}", plain), build(f"poisoned{seed}", spoilt))

    return tuple(pair(seed) for seed in BOOKS)


@pytest.fixture(scope="module")
def readers(pairs: Pairs) -> Iterator[list[tuple[Reader, Reader]]]:
    opened = [(Reader(pair.plain, DAY), Reader(pair.poisoned, DAY)) for pair in pairs]
    yield opened
    for both in opened:
        for reader in both:
            reader.close()


@pytest.fixture(scope="module")
def shared(pairs: Pairs) -> Iterator[list[tuple[Snapshots, Snapshots]]]:
    opened = [(take_snapshots(pair.plain, [DAY]), take_snapshots(pair.poisoned, [DAY])) for pair in pairs]
    yield opened
    for both in opened:
        for taken in both:
            taken.close()


def flagged(frames: Iterable[tuple[pd.DataFrame, pd.DataFrame]]) -> list[str]:
    """Return what the first poison that moves something moves: one detector, for leaks and the honest build."""
    return next((found for before, after in frames if (found := differing(before, after))), [])


def test_at_least_thirty_leaks_are_planted_and_each_is_another() -> None:
    assert len(LEAKS) >= 30
    assert len(set(LEAKS.values())) == len(LEAKS)


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_caught(name: str, readers: list[tuple[Reader, Reader]]) -> None:
    assert "figure" in flagged((one.read(LEAKS[name]), other.read(LEAKS[name])) for one, other in readers)


@pytest.mark.parametrize("name", LEAKS)
def test_the_same_text_over_what_was_known_is_not_flagged(
    name: str, readers: list[tuple[Reader, Reader]]
) -> None:
    frames = [tuple(reader.read(LEAKS[name], honest=True) for reader in both) for both in readers]
    assert any(len(before) for before, _ in frames)
    assert flagged((before, after) for before, after in frames) == []


HOLDS = f"known_from <= DATE '{DAY}' AND known_until > DATE '{DAY}'"
KNOWN = f"known_on <= DATE '{DAY}'"
NEWEST = "known_until = DATE '9999-12-31'"
TOMORROW = f"known_from <= DATE '{DAY}' + 1 AND known_until > DATE '{DAY}' + 1"
NEXT_MONTH = f"known_from <= DATE '{DAY}' + 30 AND known_until > DATE '{DAY}' + 30"

# Leaks in the views of a key date: the table, what is written there, what it became, a block that reads it.
IN_A_VIEW: Mapping[str, tuple[str, str, str, str]] = {
    "items of the newest state": ("open_items", HOLDS, NEWEST, "item"),
    "items of tomorrow": ("open_items", HOLDS, TOMORROW, "exposure"),
    "disputes on items, as they end": (
        "open_items",
        f"{HOLDS} AND (closed_on",
        f"{NEWEST} AND (closed_on",
        "item",
    ),
    "cleared items of the newest state": ("cleared_items", HOLDS, NEWEST, "payment_history"),
    "cleared items of next month": ("cleared_items", HOLDS, NEXT_MONTH, "trend"),
    "invoices of the newest state": ("invoices", HOLDS, NEWEST, "volume"),
    "invoices of tomorrow": ("invoices", HOLDS, TOMORROW, "relationship"),
    "postings by value date": ("postings", HOLDS, f"{NEWEST} AND value_date <= DATE '{DAY}'", "payment_run"),
    "postings of tomorrow": ("postings", HOLDS, TOMORROW, "payment_method"),
    "newest master data": ("customers", HOLDS, NEWEST, "industry"),
    "all versions of master data": ("customer_versions", KNOWN, "true", "delivery"),
    "disputes as they end": ("disputes", HOLDS, NEWEST, "disputes"),
    "promises as they end": ("promises", HOLDS, NEWEST, "promises"),
    "promises of tomorrow": ("promises", HOLDS, TOMORROW, "promises"),
    "contacts by their own day": ("contacts", "known_on", "contacted_on", "contacts"),
    "contacts of tomorrow": ("contacts", KNOWN, f"{KNOWN} + 1", "contacts"),
    "credit by the day of effect": ("credit", "known_on <=", "effective_on <=", "credit"),
    "indicators by their period": ("indicators", "known_on <=", "period <=", "economy"),
    "indicators of all time": ("indicators", KNOWN, "true", "economy"),
}


def build_on(taken: Snapshots, *blocks: str) -> pd.DataFrame:
    with taken.on(DAY) as one:
        return build_features(one, blocks=blocks or None).matrix()


@pytest.mark.parametrize("name", IN_A_VIEW)
def test_a_leak_in_a_view_of_the_key_date_is_caught_in_the_features(
    name: str, shared: list[tuple[Snapshots, Snapshots]], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, honest, leaky, block = IN_A_VIEW[name]

    def mutated(day: dt.date, known: str = "known.", *, known_by: dt.date | None = None) -> dict[str, str]:
        texts = view_texts(day, known, known_by=known_by)
        assert honest in texts[table]
        return texts | {table: texts[table].replace(honest, leaky)}

    monkeypatch.setattr(snapshots, "view_texts", mutated)
    assert flagged((build_on(one, block), build_on(other, block)) for one, other in shared)


def test_counts_of_zero_for_tables_that_will_have_rows_are_caught(
    shared: list[tuple[Snapshots, Snapshots]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for both in shared:
        for taken in both:
            known = dict.fromkeys(taken._first_known, dt.date.min)
            monkeypatch.setattr(taken, "_first_known", known)
    assert flagged((build_on(one, "contacts"), build_on(other, "contacts")) for one, other in shared)


# Leaks in the making of a history: the method, what it writes there, what it became, a figure that shows it.
IN_THE_HISTORY: Mapping[str, tuple[str, str, str, str]] = {
    "largest version for the original amount": (
        "versions",
        "first_value(amount) OVER (PARTITION BY invoice_id ORDER BY known_on)",
        "max(amount) OVER (PARTITION BY invoice_id)",
        "original_amount",
    ),
    "last version for the day first known": (
        "versions",
        "first_value(known_on) OVER (PARTITION BY invoice_id ORDER BY known_on)",
        "max(known_on) OVER (PARTITION BY invoice_id)",
        "first_known_on",
    ),
    "all versions that hold until the last": (
        "versions",
        "lead(known_on) OVER (PARTITION BY invoice_id ORDER BY known_on)",
        "first_value(known_on) OVER (PARTITION BY invoice_id ORDER BY known_on DESC)",
        "amount",
    ),
    "postings known on their value date": (
        "postings",
        "known_on AS known_from",
        "value_date AS known_from",
        "balance",
    ),
}


@pytest.mark.parametrize("name", IN_THE_HISTORY)
def test_a_leak_in_the_making_of_a_history_is_caught(
    name: str, pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, honest, leaky, column = IN_THE_HISTORY[name]
    whole = getattr(history._Rows, method)

    def read(ledger: Ledger) -> pd.DataFrame:
        with take_snapshots(ledger, [DAY]) as taken, taken.on(DAY) as one:
            return one.sql(
                f"SELECT invoice_id, CAST(MAX({column}) AS VARCHAR) AS figure FROM open_items"
                " GROUP BY invoice_id ORDER BY invoice_id"
            )

    def mutated(self: Any) -> str:
        text = str(whole(self))
        assert honest in text
        return text.replace(honest, leaky)

    assert flagged((read(pair.plain), read(pair.poisoned)) for pair in pairs) == []
    monkeypatch.setattr(history._Rows, method, mutated)
    assert flagged((read(pair.plain), read(pair.poisoned)) for pair in pairs)


@pytest.mark.parametrize("days", [1, 30])
def test_a_snapshot_that_is_taken_some_days_later_is_caught(
    days: int, pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = DAY + dt.timedelta(days=days)
    monkeypatch.setattr(snapshot, "make_history", lambda *args, **_: make_history(*args, day=later))
    monkeypatch.setattr(
        snapshot,
        "view_texts",
        lambda _, **__: {
            name: text.replace(f"DATE '{later}' AS key_date", f"DATE '{DAY}' AS key_date")
            for name, text in view_texts(later).items()
        },
    )

    def built(ledger: Ledger) -> pd.DataFrame:
        with take_snapshot(ledger, DAY) as taken:
            return build_features(taken, blocks=["aging"]).matrix()

    assert flagged((built(pair.plain), built(pair.poisoned)) for pair in pairs)


def test_the_honest_build_is_not_flagged(shared: list[tuple[Snapshots, Snapshots]]) -> None:
    assert flagged((build_on(one), build_on(other)) for one, other in shared) == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_leak_that_no_snapshot_could_hide_is_refused_before_it_runs(name: str) -> None:
    query, complaint = REFUSED[name]
    with pytest.raises(UsageError, match=rf"^own\.sql {complaint}"):
        guard(query, where="own.sql")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_in_a_block_is_refused_in_a_snapshot_of_a_shared_history(
    name: str, shared: list[tuple[Snapshots, Snapshots]]
) -> None:
    query, complaint = REFUSED[name]
    with shared[0][0].on(DAY) as one, pytest.raises(UsageError, match=rf"^the query {complaint}"):
        one.arrow(query)


def test_a_leak_in_a_users_own_block_is_refused(tmp_path: Path) -> None:
    header = "-- block: own\n-- grain: customer\n-- column: a | share | a column of a test\n"
    (tmp_path / "own.sql").write_text(header + REFUSED["outcomes"][0], encoding="utf-8")
    with pytest.raises(UsageError, match=rf"^own\.sql {TABLE}"):
        find_blocks(folder=tmp_path)


def test_every_mutant_names_a_block_that_there_is() -> None:
    named = {row[3] for row in IN_A_VIEW.values()}
    assert named <= {block.name for block in find_blocks()}
