from __future__ import annotations

import pytest

from arseg.ledger.sources.catalogue import find_table
from arseg.ledger.sources.reading import TableHead
from arseg.schema import UsageError

HEADS = [TableHead("a", "items", ()), TableHead("b", "items", ()), TableHead("c", "a.items", ())]


def test_a_bare_name_means_the_first_of_the_path() -> None:
    assert find_table("items", HEADS, path=("b", "a"), name="x").schema == "b"
    assert find_table("a.items", HEADS, path=("b",), name="x").schema == "a"


def test_a_name_that_means_two_tables_is_refused() -> None:
    with pytest.raises(UsageError, match=r"x has two tables 'a\.items'"):
        find_table("a.items", HEADS, path=("c",), name="x")


@pytest.mark.parametrize("table", ["", "item", "d.items", "items; DROP TABLE items"])
def test_a_name_that_is_not_listed_is_refused(table: str) -> None:
    with pytest.raises(UsageError, match="x has no table"):
        find_table(table, HEADS, path=(), name="x")
