"""Every refusal of the ledger's room carries a stable word, and says where it points."""

from __future__ import annotations

import ast
import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import arseg.ledger
from arseg.ledger import load, read_ledger
from arseg.schema import ArsegError, BusyError, DataError, UsageError

FIXTURES = Path(__file__).parent / "fixtures"
MODULES = sorted(Path(arseg.ledger.__file__).parent.rglob("*.py"))
REFUSALS = {kind.__name__ for kind in (ArsegError, BusyError, DataError, UsageError)}

Damage = Callable[[Path], None]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a copy of the small book in our own format, to be damaged."""
    return Path(shutil.copytree(FIXTURES / "arseg", tmp_path / "book"))


def refusals(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in REFUSALS:
            yield node


def codes(tree: ast.Module, value: ast.expr) -> list[object]:
    """Return the words that a ``code=`` can be: one, or two by a condition, or a constant of the module."""
    if isinstance(value, ast.IfExp):
        return [*codes(tree, value.body), *codes(tree, value.orelse)]
    if isinstance(value, ast.Name):
        named = (node for node in tree.body if isinstance(node, ast.AnnAssign) and node.value is not None)
        found = [node.value for node in named if ast.unparse(node.target) == value.id]
        return [word for one in found for word in codes(tree, one)] or [None]  # type: ignore[arg-type]
    return [value.value if isinstance(value, ast.Constant) else None]


def without_code(source: str) -> list[int]:
    """Return the lines on which a refusal is made without a word in snake_case."""
    tree = ast.parse(source)
    lines = []
    for call in refusals(tree):
        words = [word for key in call.keywords if key.arg == "code" for word in codes(tree, key.value)]
        if not words or not all(isinstance(w, str) and re.fullmatch("[a-z][a-z0-9_]*", w) for w in words):
            lines.append(call.lineno)
    return lines


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_refusal_is_made_with_a_code(path: Path) -> None:
    assert without_code(path.read_text(encoding="utf-8")) == []


def test_the_walk_finds_refusals_and_sees_what_they_lack() -> None:
    assert sum(len(list(refusals(ast.parse(path.read_text(encoding="utf-8"))))) for path in MODULES) > 60
    told = 'CODE: Final = "c"\nDataError("x", code=CODE)\nUsageError("x", code="a" if b else "c_2")'
    assert without_code(told) == []
    assert without_code('DataError("x", do="y")') == [1]
    assert without_code('schema.BusyError("x", code="Not-Snake")') == [1]
    assert without_code('DataError("x", code=word)\nDataError("x", code="a" if b else "C")') == [1, 2]


def replace(name: str, old: str, new: str) -> Damage:
    def damage(book: Path) -> None:
        path = book / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return damage


def append(name: str, data: bytes) -> Damage:
    def damage(book: Path) -> None:
        with (book / name).open("ab") as file:
            file.write(data)

    return damage


def pack_half(name: str) -> Damage:
    def damage(book: Path) -> None:
        packed = gzip.compress((book / name).read_bytes(), mtime=0)
        (book / f"{name}.gz").write_bytes(packed[: len(packed) // 2])
        (book / name).unlink()

    return damage


def write(name: str, text: str) -> Damage:
    def damage(book: Path) -> None:
        (book / name).write_text(text, encoding="utf-8")

    return damage


BAD_AMOUNT = b"P-9,I-1,,payment,12.345,EUR,2024-03-01,,,2024-03-01\n"

# What is done to the book, then the code, file, row and column of the refusal.
POINTING = [
    (replace("invoices.csv", "due_date", "duedate"), ("missing_column", "invoices.csv", None, "due_date")),
    (replace("postings.csv", "method", "kind"), ("duplicate_column", "postings.csv", None, "kind")),
    (append("postings.csv", b"P-9,\xff\n"), ("bad_encoding", "postings.csv", None, None)),
    (append("postings.csv", "P-9,M\u00c3\u00bcller\n".encode()), ("mojibake", "postings.csv", None, None)),
    (write("postings.csv", ""), ("no_header", "postings.csv", None, None)),
    (write("postings.csv", "posting_id,inv"), ("header_cut_off", "postings.csv", 1, None)),
    (write("postings.csv", 'posting_id,"inv"oice_id\n'), ("bad_header", "postings.csv", 1, None)),
    (pack_half("postings.csv"), ("bad_gzip", "postings.csv.gz", None, None)),
    (append("postings.csv", BAD_AMOUNT), ("too_many_rejected", "postings.csv", 10, None)),
    (
        write("invoices.csv.control.json", '{"totals": {"worth": "1.00"}}'),
        ("control_column", "invoices.csv", None, "worth"),
    ),
    (
        write("invoices.csv.control.json", '{"totals": {"amount": "1.00"}}'),
        ("control_total", "invoices.csv", None, "amount"),
    ),
    (
        write("invoices.csv.control.json", '{"rows": 1}'),
        ("control_total", "invoices.csv", None, None),
    ),
]


@pytest.mark.parametrize(("damage", "expected"), POINTING, ids=[place[0] for _, place in POINTING])
def test_a_refused_load_says_its_code_and_points_at_the_spot(
    book: Path, tmp_path: Path, damage: Damage, expected: tuple[str, str, int | None, str | None]
) -> None:
    damage(book)
    with pytest.raises(DataError) as refused:
        load([book], "arseg", into="own", home=tmp_path)
    error = refused.value
    assert (error.code, error.file, error.row, error.column) == expected


def test_wrong_usage_says_its_code(book: Path, tmp_path: Path) -> None:
    def code(*sources: Path, layout: str = "arseg", into: str = "own") -> tuple[str, str | None]:
        with pytest.raises(ArsegError) as refused:
            load(sources, layout, into=into, home=tmp_path)
        return refused.value.code, refused.value.file

    invoices = book / "invoices.csv"
    (tmp_path / "empty").mkdir()
    assert code() == ("no_source", None)
    assert code(book, layout="none") == ("no_layout", None)
    assert code(book, into="a b") == ("bad_name", None)
    assert code(invoices, invoices) == ("file_twice", "invoices.csv")
    assert code(tmp_path / "gone") == ("missing_source", str(tmp_path / "gone"))
    assert code(tmp_path / "empty") == ("no_match", str(tmp_path / "empty"))
    assert code(book / "postings.csv") == ("no_invoice_source", None)


def test_a_ledger_that_is_none_says_so(book: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as absent:
        read_ledger(tmp_path / "none.duckdb")
    assert (absent.value.code, absent.value.file) == ("no_ledger", str(tmp_path / "none.duckdb"))
    with pytest.raises(DataError) as other:
        read_ledger(book / "invoices.csv")
    assert (other.value.code, other.value.file) == ("no_ledger_file", str(book / "invoices.csv"))
    ledger = read_ledger(load([book], "arseg", into="own", home=tmp_path).ledger_path)
    with pytest.raises(UsageError) as early:
        ledger.require_day("1999-01-01")
    assert early.value.code == "key_date_out_of_range"
