from __future__ import annotations

from arseg.schema import AGING_EDGES, AGING_NAMES, CAUSE_NAMES, CAUSES, CREDITED, OPEN, PAID, WRITTEN_OFF


def test_events_are_numbered_as_the_word_table_says() -> None:
    assert (OPEN, PAID, CREDITED, WRITTEN_OFF) == (0, 1, 2, 3)
    assert CAUSES == (PAID, CREDITED, WRITTEN_OFF)
    assert set(CAUSE_NAMES) == {OPEN, *CAUSES}


def test_there_is_one_more_aging_bucket_than_edges_because_current_comes_first() -> None:
    assert len(AGING_NAMES) == len(AGING_EDGES) + 1
    assert AGING_EDGES[0] == 1
