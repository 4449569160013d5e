from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from arseg.backtest.questions import ask_replay
from arseg.backtest.questions.replayed import history_words, last_window_end, really_in_force
from arseg.ledger import Ledger


def test_what_was_really_in_force_reproduces_the_book_to_the_cent(drawn_book) -> None:
    found = ask_replay(drawn_book.ledger, drawn_book.result, draws=20)
    history = found.tables["reproduced"]
    assert (history["cents"] == 0).all()
    assert (history["segments"] > 1).all()
    assert any(
        note.startswith("the segments of the desk, as recorded, reproduce the book to the cent: ")
        for note in found.notes
    )
    measures = found.tables["receivables"]
    assert {"High", "Low", "all"} <= set(measures["segment"])
    change = found.tables["dso_change"].set_index("factor")["effect"]
    assert abs(change.drop("dso").sum() - change["dso"]) < 1e-9


def test_the_last_window_ends_with_what_is_known(drawn_book) -> None:
    result = drawn_book.result
    assert last_window_end(result).isoformat() == "2024-12-31"
    early = dataclasses.replace(result, observed_on=result.key_dates[-1])
    assert last_window_end(early) == result.key_dates[-1]


def test_without_records_the_policy_in_force_stands_in(drawn_book, small_ledger: Ledger) -> None:
    result = drawn_book.result
    recorded, whose = really_in_force(drawn_book.ledger, result)
    assert whose == "the desk, as recorded,"
    # Nothing of that book was known on the day before its first month.
    unrecorded = dataclasses.replace(result, observed_on=dt.date(2023, 12, 31))
    stands, named = really_in_force(small_ledger, unrecorded)
    assert named == "AgingBuckets()"
    given = stands.segments_on(result.key_dates[0])
    rows = result.rows.query("policy == 'AgingBuckets()' and segment != 'none'")
    assert len(given) == (rows["key_date"] == pd.Timestamp(result.key_dates[0])).sum()
    assert set(recorded.table["segment"]) <= {"High", "Medium", "Low"}


def test_a_history_that_is_missed_says_by_how_much() -> None:
    off = pd.DataFrame({"key_date": ["a", "a"], "flow": ["cash", "sales"], "cents": [2, -3]})
    assert history_words(off, "P()") == (
        "the segments of P() miss the book: 2 of 2 flows are off, by up to 3 cents"
    )
