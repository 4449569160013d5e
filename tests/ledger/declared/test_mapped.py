from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from arseg.ledger.declared.mapped import ORIGINS, Mapped

WAYS: dict[str, Any] = {
    "column": "a",
    "constant": "x",
    "content_id": ["a", "b"],
    "joined": ["a", "b"],
    "first_of": ["a", "b"],
    "latest_of": ["a", "b"],
    "plus_days": {"day": "a", "days": ["b", "c"]},
    "due_minus_days": 15,
    "assumed": "value_date",
    "running": [{"column": "a", "how": "last"}, {"column": "b", "how": "sum", "minus": True}],
    "carried": {"column": "a", "only": {"b": "make"}},
}


def test_every_origin_has_an_example_here() -> None:
    assert set(WAYS) == set(ORIGINS)


@pytest.mark.parametrize("origin", ORIGINS)
def test_one_origin_is_enough(origin: str) -> None:
    assert getattr(Mapped.model_validate({origin: WAYS[origin]}), origin) is not None


@pytest.mark.parametrize("origin", ORIGINS)
def test_two_origins_are_refused(origin: str) -> None:
    other = "constant" if origin != "constant" else "column"
    with pytest.raises(ValidationError, match="exactly one of column, constant, content_id"):
        Mapped.model_validate({origin: WAYS[origin], other: WAYS[other]})


def test_no_origin_is_refused() -> None:
    with pytest.raises(ValidationError, match="exactly one of column"):
        Mapped.model_validate({"prefix": "I-"})


@pytest.mark.parametrize(
    ("origin", "reads"),
    [
        ("column", [("a",)]),
        ("constant", []),
        ("content_id", [("a",), ("b",)]),
        ("joined", [("a",), ("b",)]),
        ("first_of", [("a",), ("b",)]),
        ("latest_of", [("a",), ("b",)]),
        ("plus_days", [("a",), ("b",), ("c",)]),
        ("due_minus_days", []),
        ("assumed", []),
        ("running", [("a",), ("b",)]),
        ("carried", [("a",), ("b",)]),
    ],
)
def test_an_origin_says_which_columns_it_reads(origin: str, reads: list[tuple[str, ...]]) -> None:
    mapped = Mapped.model_validate({origin: WAYS[origin]})
    assert list(mapped.reads) == reads
    assert set(mapped.made_of) <= {name for need in reads for name in need}


def test_what_only_chooses_or_counts_is_no_part_of_the_value() -> None:
    assert Mapped.model_validate({"plus_days": WAYS["plus_days"]}).made_of == ("a",)
    assert Mapped.model_validate({"carried": WAYS["carried"]}).made_of == ("a",)
    signed = Mapped.model_validate({"column": "a", "sign": {"column": "s", "negative": "H"}})
    assert (signed.made_of, signed.reads) == (("a",), (("a",), ("s",)))


def test_a_column_that_is_read_twice_is_named_once() -> None:
    assert Mapped(joined=["a", "b", "a"]).reads == (("a",), ("b",))


def test_alternatives_are_one_need_of_which_the_header_decides() -> None:
    mapped = Mapped(column=["new", "old"])
    assert mapped.reads == (("new", "old"),)
    for header, chosen in (({"old"}, "old"), ({"old", "new"}, "new")):
        found = mapped.resolved(frozenset(header))
        assert found is not None
        assert (found.source_column, found.reads) == (chosen, ((chosen,),))


def test_an_optional_mapping_is_dropped_where_the_header_lacks_what_it_reads() -> None:
    for origin in ("column", "joined", "first_of", "plus_days", "carried"):
        mapped = Mapped.model_validate({origin: WAYS[origin], "optional": True})
        assert mapped.resolved(frozenset("abc")) == mapped
        assert mapped.resolved(frozenset("xyz")) is None
    assert Mapped(column=["a", "b"], optional=True).resolved(frozenset("b")) is not None
    assert Mapped(joined=["a", "b"], optional=True).resolved(frozenset("a")) is None
    assert Mapped(column=["a"]).resolved(frozenset("x")) is not None


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"column": "a", "otherwise": "x"}, "otherwise only beside map"),
        ({"column": []}, "at least 1 item"),
        ({"column": "a", "map": {}}, "at least 1 item"),
        ({"column": "a", "pad_left": 0}, "greater than or equal to 1"),
        ({"running": []}, "at least 1 item"),
        ({"running": [{"column": "a", "how": "first"}]}, "'last', 'sum' or 'increase'"),
        ({"plus_days": {"day": "a", "days": 99_999}}, "less than or equal to 3660"),
        ({"column": "a", "negate": "yes"}, "valid boolean"),
        ({"column": "a", "upper": True}, "Extra inputs"),
        ({"column": "a", "date": "%d.%m."}, "a date format with a year"),
        ({"column": "a", "date": ["%d.%m.%Y", "serial"]}, "or excel"),
    ],
)
def test_a_wrong_word_or_value_is_refused(declared: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Mapped.model_validate(declared)


@pytest.mark.parametrize("wrong", ["%Y-%m", "%d/%m", "yyyy-mm-dd", "%x", "%Y-%m-%d %Z", "%"])
def test_a_date_format_names_a_year_a_month_and_a_day(wrong: str) -> None:
    with pytest.raises(ValidationError, match="a date format with a year"):
        Mapped.model_validate({"column": "a", "date": wrong})


def test_one_format_is_a_list_of_one() -> None:
    assert Mapped.model_validate({"column": "a", "date": "%d.%m.%Y"}).date == ["%d.%m.%Y"]
    assert Mapped.model_validate({"column": "a", "date": ["excel", "%Y%m%d"]}).date == ["excel", "%Y%m%d"]
