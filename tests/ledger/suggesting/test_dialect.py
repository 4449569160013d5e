from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from arseg.ledger.suggesting.dialect import Dialect, look_at

ROWS = ["id;name;amount", "1;Müller;1.234,50", "2;Ørsted;7,00"]


def looked(path: Path, lines: list[str], encoding: str = "utf-8") -> Dialect:
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return look_at(path)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("ascii", "utf-8"),
    ],
)
def test_an_encoding_is_proved_by_the_bytes_or_else_the_likeliest(
    tmp_path: Path, encoding: str, said: str
) -> None:
    lines = ROWS if encoding != "ascii" else ["id;name;amount", "1;Miller;2,00"]
    assert looked(tmp_path / "a.csv", lines, encoding) == Dialect(said, ";", 0, ())


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_what_parts_most_lines_into_most_fields(tmp_path: Path, delimiter: str) -> None:
    lines = [
        delimiter.join(fields) for fields in (["id", "name", "paid"], ["1", "a b", "x"], ["2", "c d", "y"])
    ]
    assert looked(tmp_path / "a.csv", lines).delimiter == delimiter


def test_a_quoted_delimiter_parts_nothing(tmp_path: Path) -> None:
    lines = ["id,name", '1,"a;b;c;d"', '2,"e;f;g;h"']
    assert looked(tmp_path / "a.csv", lines).delimiter == ","


def test_lines_before_the_header_are_counted_and_totals_at_the_end_named(tmp_path: Path) -> None:
    lines = ["Open items", "Printed 31.12.2024", "", *ROWS, "Summe;;1.241,50", "Total items: 2"]
    found = looked(tmp_path / "a.csv", lines)
    assert (found.skip_lines, found.footers) == (3, ("Summe", "Total"))


def test_a_word_of_totals_that_begins_a_customers_name_is_no_footer(tmp_path: Path) -> None:
    rows = [f"{name};1,00" for name in ("Total Oil", "a", "b", "c", "d", "e", "Summit")]
    assert looked(tmp_path / "a.csv", ["name;amount", *rows, "Total;7,00"]).footers == ()


def test_a_packed_file_is_looked_at_unpacked_and_a_broken_one_left_to_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("\n".join(ROWS).encode()))
    assert look_at(tmp_path / "a.csv.gz").delimiter == ";"
    (tmp_path / "b.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "c.csv").write_bytes(b"")
    assert look_at(tmp_path / "b.csv.gz") == look_at(tmp_path / "c.csv") == Dialect()


def test_rules_and_headers_between_the_rows_of_a_printed_list_are_no_rows(tmp_path: Path) -> None:
    rule, head = "-" * 21, "| Id |Name  |  Amount|"
    rows = ["| 1  |Ann   |    1,50|", "| 2  |Ben   |    2,50|"]
    lines = [
        "Dynamic list",
        rule,
        head,
        rule,
        *rows,
        rule,
        head,
        rule,
        *rows,
        rule,
        "|*   |      |    8,00|",
        rule,
    ]
    assert looked(tmp_path / "a.txt", lines) == Dialect("utf-8", "|", 2, ("-----", head, "|*"))


@pytest.mark.parametrize("word", ["Gesamtsumme", "Zwischensumme", "Endsumme", "Grand total"])
def test_totals_are_known_by_their_words(tmp_path: Path, word: str) -> None:
    assert looked(tmp_path / "a.csv", [*ROWS, f"{word};;1.241,50"]).footers == (word,)
