from __future__ import annotations

from pathlib import Path

import pytest

from arseg.features.block import BlockColumn, parse_block, read_block
from arseg.schema import UsageError

GOOD = """-- block: size
-- What a customer's largest open item is worth.
-- grain: customer
-- needs: credit
-- column: open_largest | currency | largest open balance
-- column: open_disputes | count | open items in dispute | disputes
SELECT
    customer_id,
    MAX(balance) AS open_largest,
    COUNT(*) FILTER (WHERE is_disputed) AS open_disputes
FROM open_items
GROUP BY customer_id;
"""


def test_a_block_says_what_its_header_declares() -> None:
    block = parse_block(GOOD)
    assert (block.name, block.grain, block.key) == ("size", "customer", "customer_id")
    assert block.needs == ("credit",)
    assert block.tables == ("open_items",)
    assert block.columns == (
        BlockColumn("open_largest", "currency", "largest open balance"),
        BlockColumn("open_disputes", "count", "open items in dispute", ("disputes",)),
    )


def test_the_query_is_kept_without_header_and_final_semicolon() -> None:
    sql = parse_block(GOOD).sql
    assert sql.startswith("SELECT")
    assert sql.endswith("GROUP BY customer_id")


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm() -> None:
    assert (
        parse_block("\ufeff\n" + GOOD.replace("-- grain", "\n-- grain").replace("\n", "\r\n")).name == "size"
    )


@pytest.mark.parametrize("word", ["block", "grain", "column"])
def test_a_block_without_a_header_line_is_refused(word: str) -> None:
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"-- {word}"))
    with pytest.raises(UsageError, match=rf"has no header line '-- {word}:'.*Allowed: -- block: NAME"):
        parse_block(text)


def test_a_file_that_is_a_bare_query_or_empty_is_refused() -> None:
    with pytest.raises(UsageError, match=r"has no header line '-- block:'.*Given: 'SELECT 1 AS one'"):
        parse_block("SELECT 1 AS one")
    with pytest.raises(UsageError, match=r"has no header line '-- block:'.*Given: nothing"):
        parse_block("\n")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "grain: customer",
            "grain: debtor",
            "has a wrong grain. Given: debtor. Allowed: invoice or customer",
        ),
        ("-- grain: customer", "-- grain: customer\n-- grain: invoice", "has a wrong grain"),
        ("block: size", "block: Size Matters", "has a wrong block name"),
        ("-- needs:", "-- need:", "has an unknown word in its header. Given: need. Allowed: needs"),
        ("needs: credit", "needs: bureau", "needs a table that no snapshot has. Given: bureau"),
        ("dispute | disputes", "dispute | quarrels", "needs a table that no snapshot has. Given: quarrels"),
        (" | largest open balance", "", "has an incomplete column line"),
        ("| currency |", "| |", "has an incomplete column line"),
        (": open_largest", ": Open-Largest", "has a wrong column name"),
        (": open_disputes", ": open_largest", "declares a column twice. Given: open_largest"),
        (": open_disputes", ": customer_id", "declares a column twice. Given: customer_id"),
        ("-- column: open_disputes | count", "-- was: open", "returns a column that it does not declare"),
        ("AS open_largest", "AS largest", "returns a column that it does not declare. Given: largest"),
        ("    MAX(balance) AS open_largest,\n", "", "declares a column that it does not return"),
        ("    customer_id,\n", "", "declares a column that it does not return. Given: customer_id"),
        ("    customer_id,", "    customer_id, customer_id,", "returns a column twice"),
        (
            "MAX(balance) AS open_largest",
            "MAX(balance)",
            "returns a column without a name. Given: column 2 of 3",
        ),
        ("    customer_id,", "    *,", "returns a column without a name. Given: column 1 of 3"),
    ],
)
def test_a_header_that_is_not_exactly_what_the_query_returns_is_refused(
    old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    with pytest.raises(UsageError, match=complaint.replace(".", r"\.").replace("|", r"\|")):
        parse_block(GOOD.replace(old, new, 1))


def test_a_block_lies_in_a_file_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "size.sql"
    path.write_text(GOOD, encoding="utf-8")
    assert read_block(path) == parse_block(GOOD)
    with pytest.raises(UsageError, match=r"other\.sql has another name than its file\. Given: size"):
        read_block(path.rename(tmp_path / "other.sql"))
    with pytest.raises(UsageError, match="the block does not exist"):
        read_block(path)
