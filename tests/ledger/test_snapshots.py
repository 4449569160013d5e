"""Many key dates of one ledger."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, Snapshot, take_snapshot, take_snapshots
from arseg.ledger.engine import DuckDBEngine
from arseg.schema import DataError, UsageError

MONTHS = "2025-01/2025-06"


def test_a_span_of_months_is_their_last_days(small_ledger: Ledger) -> None:
    with take_snapshots(small_ledger, "2024-11/2025-02") as snapshots:
        assert [str(day) for day in snapshots.key_dates] == [
            "2024-11-30",
            "2024-12-31",
            "2025-01-31",
            "2025-02-28",
        ]
        assert len(snapshots) == 4
        assert repr(snapshots) == "<Snapshots of 4 key dates: 2024-11-30 to 2025-02-28>"
        assert [snapshot.key_date for snapshot in snapshots] == list(snapshots.key_dates)


def test_work_comes_back_in_order_from_several_threads(small_ledger: Ledger) -> None:
    names = set()

    def work(snapshot: Snapshot) -> tuple[dt.date, int]:
        names.add(threading.current_thread().name)
        return snapshot.key_date, snapshot.arrow("SELECT count(*) AS n FROM open_items")["n"].to_pylist()[0]

    with take_snapshots(small_ledger, MONTHS) as snapshots:
        found = list(snapshots.map(work, workers=3))
        alone = list(snapshots.map(work, workers=1))
    assert [day for day, _ in found] == list(snapshots.key_dates)
    assert found == alone
    assert threading.current_thread().name not in names


def test_features_are_those_of_single_snapshots_to_the_bit(small_ledger: Ledger) -> None:
    with take_snapshots(small_ledger, MONTHS) as snapshots:
        many = list(snapshots.map(build_features))
    for features in many:
        with take_snapshot(small_ledger, features.key_date) as snapshot:
            one = build_features(snapshot)
        assert one.items.equals(features.items)
        assert one.customers.equals(features.customers)
        assert len(one.items)


def test_a_failure_in_one_thread_reaches_the_caller(small_ledger: Ledger) -> None:
    def fail(snapshot: Snapshot) -> None:
        if snapshot.key_date.month == 3:
            raise DataError("march is missing", given="03", allowed="none", do="nothing")

    with (
        take_snapshots(small_ledger, MONTHS) as snapshots,
        pytest.raises(DataError, match="march is missing"),
    ):
        list(snapshots.map(fail, workers=2))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM known.item_states",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM query('FROM known.item_states')",
        "SELECT * FROM item_states",
        "CREATE TABLE mine AS SELECT 1 AS n",
        "SELECT now() AS n",
    ],
)
def test_what_the_snapshots_share_cannot_be_reached(text: str, small_ledger: Ledger) -> None:
    with (
        take_snapshots(small_ledger, ["2025-06-30"]) as snapshots,
        snapshots.on(dt.date(2025, 6, 30)) as snapshot,
    ):
        for ask in (snapshot.arrow, snapshot.sql):
            with pytest.raises(UsageError, match=r"the query (is|reads|calls)"):
                ask(text)


def test_little_memory_is_enough(small_ledger: Ledger) -> None:
    with take_snapshots(small_ledger, MONTHS, memory="120MB") as snapshots:
        thin = list(snapshots.map(build_features))
    with take_snapshots(small_ledger, MONTHS) as snapshots:
        wide = list(snapshots.map(build_features))
    assert all(one.items.equals(other.items) for one, other in zip(thin, wide, strict=True))


def test_features_of_a_key_date_are_kept_until_rows_that_it_sees_change(
    make_ledger: Callable[..., Ledger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"invoice_id": f"I{n}", "document_date": dt.date(2025, n, 1)} for n in range(1, 7)]
    paid = [{"invoice_id": "I1", "amount": 100, "value_date": dt.date(2025, 1, 20)}]
    days = ["2025-02-28", "2025-05-31"]

    def built(ledger: Ledger) -> tuple[list[int], list[int]]:
        """Return the open items of each key date, and the key dates' months that were built anew."""
        anew: list[int] = []
        honest = DuckDBEngine.execute

        def watched(self: DuckDBEngine, sql: str) -> object:
            if "CAST(open_count AS DOUBLE)" in sql:
                anew.append(1)
            return honest(self, sql)

        monkeypatch.setattr(DuckDBEngine, "execute", watched)
        with take_snapshots(ledger, days, cache=tmp_path) as snapshots:
            found = [len(features.items) for features in snapshots.map(build_features, workers=1)]
        monkeypatch.setattr(DuckDBEngine, "execute", honest)
        return found, anew

    first = make_ledger(rows, paid, name="book", complete_to=dt.date(2025, 6, 30))
    assert built(first) == ([1, 4], [1, 1])
    assert built(first) == ([1, 4], [])
    late = [*paid, {"invoice_id": "I3", "amount": 100, "value_date": dt.date(2025, 4, 1)}]
    assert built(make_ledger(rows, late, name="book", complete_to=dt.date(2025, 6, 30))) == ([1, 3], [1])


def test_what_no_ledger_can_be_asked_is_refused(small_ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="there is no key date"):
        take_snapshots(small_ledger, [])
    with pytest.raises(UsageError, match="nothing is known after 2025-12-31"):
        take_snapshots(small_ledger, ["2025-06-30", "2026-01-31"])
    with pytest.raises(UsageError, match="key_dates is not a day"):
        take_snapshots(small_ledger, "2025-01..2025-06")
    with pytest.raises(UsageError, match=r"the memory limit is no size\. Given: plenty"):
        take_snapshots(small_ledger, MONTHS, memory="plenty")


def test_a_currency_without_a_rate_is_refused_once_a_key_date_sees_it(
    make_ledger: Callable[..., Ledger],
) -> None:
    later = {"invoice_id": "I2", "currency": "GBP", "document_date": dt.date(2025, 3, 1)}
    paid = [{"invoice_id": "I1", "value_date": dt.date(2025, 1, 5)}]
    ledger = make_ledger([{"invoice_id": "I1"}, later], paid)
    take_snapshots(ledger, ["2025-02-28"]).close()
    with pytest.raises(DataError, match="no rate is declared for GBP"):
        take_snapshots(ledger, ["2025-02-28", "2025-03-01"])


def test_days_may_pass_without_news_as_with_a_single_snapshot(small_ledger: Ledger, tmp_path: Path) -> None:
    then, now = dt.date(2025, 5, 31), dt.date(2025, 6, 30)
    with take_snapshot(small_ledger, now, known_by=then) as snapshot:
        one, present = build_features(snapshot), snapshot.present
    with take_snapshots(small_ledger, [now], cache=tmp_path) as snapshots:
        with snapshots.on(now, known_by=then) as snapshot:
            assert snapshot.kept is None
            assert snapshot.present == present
            waited = build_features(snapshot)
        with snapshots.on(now) as snapshot:
            assert not build_features(snapshot).customers.equals(waited.customers)
    assert waited.key_date == now
    assert one.items.equals(waited.items)
    assert one.customers.equals(waited.customers)
    assert one.profile.equals(waited.profile)
