from __future__ import annotations

import datetime as dt
import functools
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.mapped import Mapped
from arseg.ledger.declared.source import Source
from arseg.ledger.loading.expression import Expression, Header, count_sql, is_id, number_sql, one_of, operate
from arseg.ledger.sql_text import quoted
from arseg.schema import LEDGER, Column, DataError

Row = dict[str, str | None]


@functools.cache
def engine() -> duckdb.DuckDBPyConnection:
    """Return one connection for all questions; none of them leaves anything in it."""
    return duckdb.connect()


def sql(expression: str, **values: object) -> Any:
    """Return what an expression over columns of these values gives."""
    given = ", ".join(f"? AS {name}" for name in values) or "0"
    query = f"SELECT {expression} FROM (SELECT {given})"
    return engine().execute(query, list(values.values())).fetchall()[0][0]


def read(
    kind: str, mapped: dict[str, Any], row: Row, *, kinds: dict[str, str] | None = None, **declared: Any
) -> tuple[Any, bool]:
    """Return the value of a mapped column in one row, and whether it has text but no value."""
    source = Source.model_validate(
        {"files": ["*"], "feeds": [{"table": "customers", "same_names": True}], **declared}
    )
    header = Header("a.csv", tuple(row), kinds or {})
    chosen = Mapped.model_validate(mapped).resolved(frozenset(row))
    assert chosen is not None
    one = Expression(Column("it", kind, ""), chosen, header, source)  # type: ignore[arg-type]
    raw = pa.table({f"s{n}": pa.array([text or None], pa.string()) for n, text in enumerate(row.values())})
    texts = f"SELECT *, {one.text()} AS t_it FROM raw"
    values = f"SELECT *, {one.value()} AS it FROM ({texts})"
    engine().register("raw", raw)
    return (
        engine()
        .execute(f"SELECT it, coalesce({one.unread() or 'false'}, false) FROM ({values})")
        .fetchall()[0]
    )


def text(mapped: dict[str, Any], row: Row, **declared: Any) -> str | None:
    value, unread = read("text", mapped, row, **declared)
    assert not unread
    return value


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_any_text_survives_quoting(said: str) -> None:
    assert sql(quoted(said)) == said


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1", 1.0),
        ("-0.5", -0.5),
        ("1e-3", 0.001),
        ("1E+2", 100.0),
        *((t, None) for t in ("1,5", "nan", "1e999", " 1", "", ".5")),
    ],
)
def test_a_number_is_plain_and_finite(said: str, value: float | None) -> None:
    assert sql(number_sql("a"), a=said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("30", 30),
        ("-5", -5),
        ("030", 30),
        ("30.00", 30),
        *((t, None) for t in ("30.5", "1e3", "100000", "x", "")),
    ],
)
def test_a_count_of_days_is_whole_and_no_larger_than_a_life(said: str, value: int | None) -> None:
    assert sql(count_sql("a"), a=said) == value


@pytest.mark.parametrize(
    ("texts", "said", "met"),
    [
        (["a"], "a", True),
        (["a"], "A", False),
        (["a"], None, False),
        ([""], None, True),
        (["", "b"], "b", True),
    ],
)
def test_an_empty_text_among_values_stands_for_an_empty_field(
    texts: list[str], said: str | None, met: object
) -> None:
    assert sql(one_of("CAST(a AS VARCHAR)", texts), a=said) is met


def _plain(said: str, mapped: Mapped) -> str | None:
    """Apply the operations in plain Python."""
    said = said.removeprefix(mapped.strip_prefix or "").removesuffix(mapped.strip_suffix or "")
    if mapped.pad_left is not None and said.isascii() and said.isdigit():
        said = said.rjust(mapped.pad_left, "0")
    found: str | None = said
    if mapped.map is not None:
        found = mapped.map.get(said, mapped.otherwise)
    return None if not found else (mapped.prefix or "") + found


@settings(max_examples=80, deadline=None)
@given(
    st.text("AI0.-", min_size=1, max_size=6),
    st.fixed_dictionaries(
        {"column": st.just("a")},
        optional={
            "strip_prefix": st.sampled_from(["I", "A-", "0"]),
            "strip_suffix": st.sampled_from([".0", "I", "0"]),
            "pad_left": st.integers(1, 5),
            "map": st.just({"A": "1", "0": "2", "I": "", "000": "'"}),
            "prefix": st.sampled_from(["P-", "'"]),
        },
    ),
    st.sampled_from([None, "", "x'"]),
)
def test_the_declared_operations_are_those_of_plain_python(
    said: str, declared: dict[str, Any], otherwise: str | None
) -> None:
    if otherwise is not None and "map" in declared:
        declared |= {"otherwise": otherwise}
    mapped = Mapped.model_validate(declared)
    assert sql(operate("a", mapped), a=said) == _plain(said, mapped)


def test_an_id_of_which_nothing_is_left_is_empty() -> None:
    assert text({"column": "a", "strip_prefix": "INV", "prefix": "I-"}, {"a": "INV"}) is None
    assert text({"column": "a", "map": {"none": ""}}, {"a": "none"}) is None


def test_the_first_of_a_columns_names_that_the_header_has_counts() -> None:
    mapped = {"column": ["new", "old"]}
    assert text(mapped, {"old": "1"}) == "1"
    assert text(mapped, {"old": "1", "new": "2"}) == "2"
    assert text(mapped, {"old": "1", "new": None}) is None


def test_columns_are_joined_only_where_all_are_filled() -> None:
    assert text({"joined": ["a", "b", "c"]}, {"a": "1000", "b": "19", "c": "2024"}) == "1000-19-2024"
    assert text({"joined": ["a", "b"], "separator": "'/"}, {"a": "1", "b": "2"}) == "1'/2"
    assert text({"joined": ["a", "b"], "prefix": "I"}, {"a": "1", "b": None}) is None


def test_the_first_filled_column_counts() -> None:
    mapped = {"first_of": ["a", "b"]}
    assert [text(mapped, {"a": a, "b": "2"}) for a in ("1", None)] == ["1", "2"]
    assert text(mapped, {"a": None, "b": None}) is None


def test_an_id_made_of_content_is_the_same_for_the_same_content_only() -> None:
    pairs: list[tuple[str | None, str | None]] = [("1", "23"), ("12", "3"), ("123", None), (None, "123")]
    ids = [text({"content_id": ["a", "b"]}, {"a": a, "b": b}) for a, b in pairs]
    assert len(set(ids)) == 4
    assert {len(one or "") for one in ids} == {24}
    assert text({"content_id": ["a", "b"]}, {"a": "1", "b": "23"}) == ids[0]


def test_the_latest_of_several_days_counts_and_an_empty_one_does_not() -> None:
    mapped = {"latest_of": ["a", "b"]}
    assert read("date", mapped, {"a": "2024-01-05", "b": "2023-12-31"}) == (dt.date(2024, 1, 5), False)
    assert read("date", mapped, {"a": None, "b": "2023-12-31"}) == (dt.date(2023, 12, 31), False)
    assert read("date", mapped, {"a": None, "b": "0"}, no_date=["0"]) == (None, False)
    assert read("date", mapped, {"a": "soon", "b": "2023-12-31"})[1]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 120)), min_size=3, max_size=3))
def test_a_due_day_is_the_base_and_the_first_count_that_is_not_zero(counts: list[int | None]) -> None:
    row: Row = {"day": "31.01.2024"} | {
        f"t{n}": None if count is None else str(count) for n, count in enumerate(counts)
    }
    mapped = {"plus_days": {"day": "day", "days": ["t0", "t1", "t2"]}}
    days = next((count for count in counts if count), 0)
    assert read("date", mapped, row, dates="%d.%m.%Y") == (
        dt.date(2024, 1, 31) + dt.timedelta(days=days),
        False,
    )


@pytest.mark.parametrize("days", ["30.5", "1e10", "99999999999", "net", "-"])
def test_a_term_that_is_no_whole_number_of_days_gives_no_day_that_counts(days: str) -> None:
    row: Row = {"day": "2024-01-01", "t": days}
    assert read("date", {"plus_days": {"day": "day", "days": ["t"]}}, row)[1]


def test_a_fixed_number_of_days_may_be_added_or_taken_off() -> None:
    for days in (60, -15, 0):
        found = read("date", {"plus_days": {"day": "day", "days": days}}, {"day": "2024-01-01"})
        assert found == (dt.date(2024, 1, 1) + dt.timedelta(days=days), False)
    assert read("date", {"plus_days": {"day": "day", "days": 5}}, {"day": "1 May"})[1]


@pytest.mark.parametrize(
    ("operations", "amount"),
    [
        ({}, "-5.00"),
        ({"negate": True}, "5.00"),
        ({"absolute": True}, "5.00"),
        ({"sign": {"column": "s", "negative": ["H"]}}, "5.00"),
        ({"sign": {"column": "s", "negative": "S"}}, "-5.00"),
        ({"sign": {"column": "s", "negative": "H"}, "negate": True}, "-5.00"),
        ({"sign": {"column": "s", "negative": "H"}, "absolute": True}, "5.00"),
    ],
)
def test_the_sign_of_an_amount_is_taken_turned_then_dropped(operations: dict[str, Any], amount: str) -> None:
    found = read("money", {"column": "a", **operations}, {"a": "-5", "s": "H"})
    assert found == (Decimal(amount), False)


def test_an_empty_sign_column_leaves_the_amount_as_it_is() -> None:
    mapped = {"column": "a", "sign": {"column": "s", "negative": "H"}}
    assert read("money", mapped, {"a": "5", "s": None}) == (Decimal(5), False)


def test_a_text_without_a_value_is_unread_and_an_empty_field_is_not() -> None:
    for kind in ("money", "number", "date"):
        assert read(kind, {"column": "a"}, {"a": "x"}) == (None, True)
        assert read(kind, {"column": "a"}, {"a": None}) == (None, False)


def test_a_column_has_its_own_date_formats_before_its_sources() -> None:
    row: Row = {"a": "31.01.2024"}
    mapped = {"column": "a", "date": ["%Y%m%d", "%d.%m.%Y"]}
    assert read("date", mapped, row, dates="%Y-%m-%d") == (dt.date(2024, 1, 31), False)


@pytest.mark.parametrize(
    "mapped", [{"first_of": ["a", "b"]}, {"latest_of": ["a", "b"]}, {"column": "b"}], ids=str
)
def test_a_typed_day_is_read_whatever_format_is_declared(mapped: dict[str, Any]) -> None:
    row: Row = {"a": None, "b": "2024-01-31"}
    found = read("date", mapped, row, kinds={"a": "date", "b": "date"}, dates="%d.%m.%Y")
    assert found == (dt.date(2024, 1, 31), False)


@pytest.mark.parametrize("mapped", [{"first_of": ["a", "b"]}, {"column": "b"}], ids=str)
def test_a_typed_amount_is_read_whatever_marks_are_declared(mapped: dict[str, Any]) -> None:
    row: Row = {"a": None, "b": "10.5000"}
    kinds = {"a": "decimal", "b": "decimal"}
    assert read("money", mapped, row, kinds=kinds, decimal_mark=",") == (Decimal("10.5"), False)


@pytest.mark.parametrize(
    ("kind", "mapped", "column"),
    [
        ("money", {"column": "a", "sign": {"column": "s", "negative": "H"}}, "a"),
        ("money", {"running": [{"column": "a", "how": "sum"}]}, "a"),
        ("date", {"latest_of": ["a"]}, "a"),
        ("date", {"plus_days": {"day": "a", "days": 3}}, "a"),
        ("text", {"joined": ["s", "a"]}, "a"),
    ],
)
def test_a_value_is_never_made_of_a_binary_fraction(kind: str, mapped: dict[str, Any], column: str) -> None:
    with pytest.raises(DataError, match=f"column '{column}' would lose something as {kind}"):
        read(kind, mapped, {"a": "0.1", "s": "H"}, kinds={"a": "float"})


def test_what_only_chooses_or_counts_may_be_of_any_type_that_has_a_text() -> None:
    mapped = {"column": "a", "sign": {"column": "s", "negative": "true"}}
    assert read("money", mapped, {"a": "1", "s": "2024-01-01"}, kinds={"s": "date"}) == (Decimal(1), False)
    with pytest.raises(DataError, match="column 's' would lose something"):
        read("money", mapped, {"a": "1", "s": "x"}, kinds={"s": "unsupported:blob"})


def test_ids_currencies_and_kinds_name_something_and_names_do_not() -> None:
    named = {column.name for table in LEDGER.values() for column in table.columns if is_id(column)}
    assert {"invoice_id", "customer_id", "posting_id", "currency", "kind", "series"} <= named
    assert not named & {"name", "amount", "known_on", "terms"}
