from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from arseg.ledger.declared.day_format import DIRECTIVES, ISO_DAY, SERIAL, DateFormats, day_pattern, day_sql

FORMATS = (
    ISO_DAY,
    "%Y%m%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%Y-%m-%dT%H:%M:%S.%f",
)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def days(
    connection: duckdb.DuckDBPyConnection, texts: list[str], *formats: str, **zones: Any
) -> list[dt.date | None]:
    connection.register("given", pa.table({"said": pa.array(texts, pa.string())}))
    return [
        day
        for (day,) in connection.execute(f"SELECT {day_sql('said', formats, **zones)} FROM given").fetchall()
    ]


def by_python(text: str, day_format: str) -> dt.date | None:
    """Read a day as the standard library does, where the pattern lets it through."""
    if not re.fullmatch(day_pattern(day_format), text):
        return None
    try:
        return dt.datetime.strptime(text, day_format).date()  # noqa: DTZ007 (days have no zone)
    except ValueError:
        return None


@pytest.mark.parametrize("day_format", FORMATS)
def test_every_day_of_forty_years_is_read_back(
    connection: duckdb.DuckDBPyConnection, day_format: str
) -> None:
    all_days = [dt.date(2000, 1, 1) + dt.timedelta(days=place) for place in range(41 * 365)]
    assert days(connection, [day.strftime(day_format) for day in all_days], day_format) == all_days


def test_every_serial_day_is_read_as_a_spreadsheet_counts(connection: duckdb.DuckDBPyConnection) -> None:
    assert days(connection, ["36526", "45351", "99999"], SERIAL) == [
        dt.date(2000, 1, 1),
        dt.date(2024, 2, 29),
        dt.date(2173, 10, 13),
    ]
    assert days(connection, ["4535", "453510", "45351.5", "-45351", ""], SERIAL) == [None] * 5


PARTS = st.tuples(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32))


@pytest.mark.parametrize(
    "day_format", [one for one in FORMATS if "%b" not in one and "%B" not in one and "%H" not in one]
)
@settings(deadline=None, max_examples=25)
@given(parts=st.lists(PARTS, min_size=1), padded=st.booleans())
def test_only_what_the_calendar_has_is_a_day(
    connection: duckdb.DuckDBPyConnection, day_format: str, parts: list[tuple[int, int, int]], *, padded: bool
) -> None:
    width = 2 if padded else 1
    texts = [
        day_format.replace("%Y", f"{year:04}")
        .replace("%y", f"{year % 100:02}")
        .replace("%m", f"{month:0{width}}")
        .replace("%d", f"{day:0{width}}")
        for year, month, day in parts
    ]
    assert days(connection, texts, day_format) == [by_python(text, day_format) for text in texts]


@pytest.mark.parametrize("day_format", FORMATS)
@settings(deadline=None, max_examples=25)
@given(
    texts=st.lists(
        st.text(st.sampled_from("0123456789-/.:, TJanMay\u0661\uff11\n+Z"), max_size=12), min_size=1
    )
)
def test_a_text_that_the_pattern_lets_through_is_read_as_the_standard_library_does(
    connection: duckdb.DuckDBPyConnection, day_format: str, texts: list[str]
) -> None:
    assert days(connection, texts, day_format) == [
        by_python(text, day_format) if text.isascii() else None for text in texts
    ]


@pytest.mark.parametrize("day_format", FORMATS)
@pytest.mark.parametrize("around", [" {}", "{} ", "{}\n", "{}x", "0{}", "{} 00:00", "-{}", "{}Z"])
def test_a_text_with_anything_around_its_day_is_none(
    connection: duckdb.DuckDBPyConnection, day_format: str, around: str
) -> None:
    day = dt.date(2024, 11, 28).strftime(day_format)
    assert days(connection, [around.format(day)], day_format) == [None]


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29",
        "0000-00-00",
        "2024-13-01",
        "2024-04-31",
        "24-01-01",
        "2024-1",
        "2024/01/01",
        "infinity",
        "epoch",
        "2024-01-01 (BC)",
        "today",
        "now",
        "",
        "\uff12024-01-01",
        "20240101",
        "2024-01-01T00:00",
    ],
)
def test_what_is_no_day_is_none(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert days(connection, [text], ISO_DAY) == [None]


def test_a_file_of_another_order_of_day_and_month_never_goes_through_whole(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    year = [dt.date(2024, 1, 1) + dt.timedelta(days=place) for place in range(366)]
    found = days(connection, [day.strftime("%d/%m/%Y") for day in year], "%m/%d/%Y")
    assert found.count(None) == sum(day.day > 12 for day in year)


def test_the_first_format_that_a_text_matches_counts(connection: duckdb.DuckDBPyConnection) -> None:
    texts = ["2024-03-04", "04.03.2024", "03/04/2024", "3/4/24"]
    formats = (ISO_DAY, "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")
    assert days(connection, texts, *formats) == [dt.date(2024, 3, 4)] * 3 + [None]
    assert days(connection, ["13/04/2024"], *formats) == [None]


def test_a_text_that_matches_a_format_and_is_no_day_is_not_tried_in_the_next(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert days(connection, ["31/04/2024", "30/04/2024"], "%m/%d/%Y", "%d/%m/%Y") == [None, None]


@pytest.mark.parametrize(
    ("year", "meant"), [("00", 2000), ("25", 2025), ("68", 2068), ("69", 1969), ("99", 1999)]
)
def test_two_digits_of_a_year_are_read_as_posix_does(
    connection: duckdb.DuckDBPyConnection, year: str, meant: int
) -> None:
    assert days(connection, [f"1.2.{year}"], "%d.%m.%y") == [dt.date(meant, 2, 1)]


def test_months_are_named_in_english(connection: duckdb.DuckDBPyConnection) -> None:
    texts = [f"1 {name} 2024" for name in calendar.month_abbr[1:]]
    assert days(connection, texts, "%d %b %Y") == [dt.date(2024, month, 1) for month in range(1, 13)]
    assert days(connection, ["1 Mai 2024", "1 January 2024", "1 Xyz 2024"], "%d %b %Y") == [None] * 3


def test_without_separators_every_part_has_its_full_width(connection: duckdb.DuckDBPyConnection) -> None:
    assert days(connection, ["20240111", "2024111", "202411", "240111"], "%Y%m%d") == [
        dt.date(2024, 1, 11),
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "utc", "berlin"),
    [
        ("2024-03-30T23:30:00Z", 30, 31),
        ("2024-03-31T21:59:59+00:00", 31, 31),
        ("2024-03-31T00:30:00+0100", 30, 31),
        ("2024-03-31T00:30:00+02:00", 30, 30),
        ("2024-03-30T19:30:00-0500", 31, 31),
    ],
)
def test_an_instant_is_a_day_of_the_declared_zone(
    connection: duckdb.DuckDBPyConnection, text: str, utc: int, berlin: int
) -> None:
    for zone, day in (("UTC", utc), ("Europe/Berlin", berlin)):
        assert days(connection, [text], "%Y-%m-%dT%H:%M:%S%z", zone=zone) == [dt.date(2024, 3, day)]


def test_the_zone_of_the_session_is_without_effect(connection: duckdb.DuckDBPyConnection) -> None:
    texts, formats = (
        ["2024-03-31T00:30:00Z", "2024-03-31T00:30:00"],
        ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"),
    )
    for session in ("UTC", "Asia/Tokyo", "America/New_York"):
        connection.execute(f"SET TimeZone = '{session}'")
        found = days(connection, texts, *formats, zone="Europe/Lisbon", times_in="America/New_York")
        assert found == [dt.date(2024, 3, 31)] * 2
    connection.execute("SET TimeZone = 'UTC'")


@settings(deadline=None, max_examples=25)
@given(
    instants=st.lists(st.datetimes(dt.datetime(1995, 1, 1), dt.datetime(2035, 1, 1)), min_size=1),  # noqa: DTZ001
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_in_any_offset_is_the_day_that_python_reads_off(
    connection: duckdb.DuckDBPyConnection, instants: list[dt.datetime], zone: str, offset: int
) -> None:
    written = dt.timezone(dt.timedelta(minutes=offset))
    moments = [one.replace(tzinfo=dt.UTC) for one in instants]
    meant = [one.astimezone(ZoneInfo(zone)).date() for one in moments]
    texts = [one.astimezone(written).strftime("%Y-%m-%dT%H:%M:%S.%f%z") for one in moments]
    assert days(connection, texts, "%Y-%m-%dT%H:%M:%S.%f%z", zone=zone) == meant


def test_a_time_without_an_offset_stays_its_day_unless_its_zone_is_declared(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    texts, day_format = ["2024-06-30 23:30", "2024-06-30 00:30"], "%Y-%m-%d %H:%M"
    june, july = dt.date(2024, 6, 30), dt.date(2024, 7, 1)
    assert days(connection, texts, day_format, zone="Europe/Berlin") == [june, june]
    assert days(connection, texts, day_format, zone="Europe/Berlin", times_in="UTC") == [july, june]


def test_a_day_without_a_time_is_moved_by_no_zone(connection: duckdb.DuckDBPyConnection) -> None:
    for day_format in (ISO_DAY, "%d.%m.%Y"):
        text = dt.date(2024, 6, 30).strftime(day_format)
        found = days(connection, [text], day_format, zone="Pacific/Apia", times_in="Pacific/Honolulu")
        assert found == [dt.date(2024, 6, 30)]


def test_a_format_with_quotes_and_signs_of_patterns_is_taken_literally(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert days(connection, ["o'(2024).*01+02", "o'(2024)..*01+02"], "o'(%Y).*%m+%d") == [
        dt.date(2024, 1, 2),
        None,
    ]


@pytest.mark.parametrize("day_format", [*FORMATS, SERIAL, "%d/%b/%y %I:%M %p", "%Y-%m-%dT%H:%M:%S%z"])
def test_a_whole_format_is_declared_alone_or_in_a_list(day_format: str) -> None:
    formats = TypeAdapter(DateFormats)
    assert formats.validate_python(day_format) == formats.validate_python([day_format]) == [day_format]


@pytest.mark.parametrize(
    "day_format",
    ["%Y-%m", "%m/%d", "%d.%Y", "%Y-%m-%q", "%Y-%m-%d%%", "%Y-%j", "iso", "", "%Y-%m-%d%", "YYYY-MM-DD"],
)
def test_a_format_without_a_day_or_with_an_unknown_part_is_refused(day_format: str) -> None:
    for declared in (day_format, [ISO_DAY, day_format]):
        with pytest.raises(
            ValidationError, match=r"a date format with a year, a month and a day out of %Y, %y, .*or excel"
        ):
            TypeAdapter(DateFormats).validate_python(declared)


@pytest.mark.parametrize("declared", [1, None, [1], [None]])
def test_a_format_is_text(declared: Any) -> None:
    with pytest.raises(ValidationError, match="string"):
        TypeAdapter(DateFormats).validate_python(declared, strict=True)


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_a_directive_matches_what_it_says_of_some_time(directive: str) -> None:
    moment = dt.datetime(2024, 11, 28, 13, 45, 59, 123456, tzinfo=dt.UTC)
    assert re.fullmatch(day_pattern(directive), moment.strftime(directive))
