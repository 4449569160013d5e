"""A guarded query in a SELECT of our own."""

from __future__ import annotations

import pytest

from arseg.ledger import Ledger, take_snapshots
from arseg.ledger.enclosed import enclose, enclose_types, made_here
from arseg.schema import UsageError

TOTAL = "SELECT customer_id, SUM(balance) AS total FROM open_items GROUP BY customer_id -- of all"


def test_a_query_is_guarded_before_it_is_enclosed() -> None:
    for bad in (
        "SELECT customer_id, now() AS total FROM open_items",
        "SELECT 1 AS total) FROM (SELECT 2 AS x",
    ):
        with pytest.raises(UsageError, match=r"^own\.sql "):
            enclose(bad, "customer_id", ["total"], where="own.sql")
        with pytest.raises(UsageError, match=r"^own\.sql "):
            enclose_types(bad, where="own.sql")


def test_what_is_no_name_does_not_get_into_the_text() -> None:
    with pytest.raises(UsageError, match=r"own\.sql has a column whose name is none\. Given: 'now\(\)'"):
        enclose(TOTAL, "customer_id", ["now()"], where="own.sql")


def test_only_a_text_made_here_passes_unguarded(small_ledger: Ledger) -> None:
    text = enclose(TOTAL, "customer_id", ["total"], where="own.sql")
    assert made_here(text)
    assert not made_here(text + " ")
    assert not made_here(TOTAL)
    with (
        take_snapshots(small_ledger, ["2025-06-30"]) as snapshots,
        snapshots.on(snapshots.key_dates[0]) as one,
    ):
        answer = one.arrow(text)
        assert answer.num_rows > 1
        assert str(answer.schema.field("total").type) == "double"
        assert one.arrow(enclose_types(TOTAL, where="own.sql")).num_rows == 0
        with pytest.raises(UsageError, match="now"):
            one.arrow("SELECT now() AS clock FROM open_items")
