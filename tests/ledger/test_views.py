"""The SQL of a key date is a filter, and portable."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from arseg.ledger.guard import SNAPSHOT_TABLES
from arseg.ledger.views import view_texts

TEXTS = view_texts(dt.date(2026, 10, 31))


def test_every_table_that_a_block_may_read_has_a_view() -> None:
    assert TEXTS.keys() == SNAPSHOT_TABLES


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_view_ends_at_the_key_date_and_speaks_no_dialect(name: str) -> None:
    text = TEXTS[name]
    assert re.search(r"known_(on|from) <= DATE '2026-10-31'", text)
    assert not re.search(r"\b(EXCLUDE|REPLACE|QUALIFY|SEMI|ANTI|USING|INTERVAL)\b|::", text)


def test_the_name_of_the_history_is_the_callers() -> None:
    text = view_texts(dt.date(2026, 10, 31), known="book_")["open_items"]
    assert "book_item_states" in text
    assert "known." not in text
