from __future__ import annotations

from arseg.backtest.questions import ask_discrimination


def test_every_table_of_the_first_question_is_there_and_says_nothing_of_treatments(drawn_book) -> None:
    found = ask_discrimination(drawn_book.ledger, drawn_book.result, draws=20)
    assert found.question == "discrimination"
    for name in ("segment_shares", "ranking", "lift", "separation_pairs", "contact_errors", "early_warning"):
        assert len(found.tables[name]), name
    pooled = found.tables["segment_shares"].query("measure == 'unpaid_30' and key_date.isna()")
    aging = pooled[pooled["policy"] == "AgingBuckets()"].set_index("segment")["observed"]
    assert aging["High"] > aging["Low"]
    assert "desk" in set(found.tables["contact_errors"]["policy"])
    assert any("were contacted within 30 days" in note for note in found.notes)


def test_alarms_that_nobody_followed_are_said_to_be_undecided(drawn_book) -> None:
    found = ask_discrimination(drawn_book.ledger, drawn_book.result, draws=5, warn_within_days=400)
    undecided = [note for note in found.notes if note.startswith("early warning: no alarm")]
    told = found.tables["early_warning"]["alarms"]
    assert bool(undecided) == (not told.any())
