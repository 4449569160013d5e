from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.sql_text import quoted, text_of

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))
ROW = st.lists(st.one_of(st.none(), st.sampled_from(["", "a", "b", "ab", ","])), min_size=2, max_size=2)


@settings(deadline=None)
@given(TEXT)
def test_a_literal_says_its_text_and_nothing_else(text: str) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {quoted(text)}").fetchall() == [(text,)]


@settings(deadline=None)
@given(ROW, ROW)
def test_rows_have_one_text_exactly_where_they_are_the_same(
    one: list[str | None], other: list[str | None]
) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT {text_of(['a', 'b'])} FROM (SELECT CAST(? AS VARCHAR) AS a, CAST(? AS VARCHAR) AS b)"
        first, second = connection.execute(query, one).fetchall(), connection.execute(query, other).fetchall()
    assert (first == second) == (one == other)
