from __future__ import annotations

import datetime as dt
import json
import unicodedata

import pytest

from arseg.report import wording


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.4104, "41.0 %"),
        (0.0412, "4.1 %"),
        (0.0021, "0.21 %"),
        (0.0, "0.00 %"),
        (-0.00001, "0.00 %"),
        (1.0, "100.0 %"),
        (None, "not known"),
    ],
)
def test_a_share_is_a_percentage_with_more_decimals_where_it_is_small(
    value: float | None, shown: str
) -> None:
    assert wording.share(value) == shown.replace(" %", "\u00a0%")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1_918_400, "€ 1.92 M"),
        (999_999, "€ 1.00 M"),
        (4_870_400_000, "€ 4.87 bn"),
        (214.31, "€ 214"),
        (12_340, "€ 12.3 k"),
        (-1_500, "\u2212€ 1.50 k"),
        (0, "€ 0"),
    ],
)
def test_short_money_keeps_three_figures_and_says_its_scale(value: float, shown: str) -> None:
    assert wording.money_short(value, "EUR") == shown.replace(" ", "\u00a0")


def test_money_of_a_currency_without_a_sign_shows_its_code() -> None:
    assert wording.money(1234.5, "SEK") == "SEK\u00a01,234"
    assert wording.money(None, "SEK") == wording.money_short(None, "SEK") == "not known"


@pytest.mark.parametrize(
    ("difference", "unit", "like", "shown"),
    [
        (-0.7688, "days", 39.8, "\u22120.8 days"),
        (0.0002, "share", 0.0021, "+0.02 pp"),
        (0.003, "share", 0.93, "+0.3 pp"),
        (0.0004, "share", 0.93, "unchanged"),
        (-0.01, "days", 40.0, "unchanged"),
    ],
)
def test_a_change_has_a_sign_or_says_unchanged(difference: float, unit: str, like: float, shown: str) -> None:
    assert wording.change(difference, unit, like=like) == shown.replace(" ", "\u00a0")


def test_an_interval_has_the_decimals_of_its_value_or_says_there_is_none() -> None:
    assert wording.interval(39.1, 40.52, "days") == "39.1 to 40.5"
    assert wording.interval(0.0094, 0.0121, "share", like=0.0101) == "0.9 to 1.2"
    assert wording.interval(0.1, None, "share") == "no interval"


def test_days_hours_counts_and_dates_are_written_out() -> None:
    assert wording.days(39.8312) == "39.8\u00a0days"
    assert wording.hours(11.4) == "11.4\u00a0h"
    assert (
        wording.count(None)
        == wording.hours(None)
        == wording.day(None)
        == wording.day_short(None)
        == "not known"
    )
    assert wording.day(dt.date(2026, 10, 31)) == "31 October 2026"
    assert wording.day_short("2026-11-02") == "2\u00a0Nov"
    assert wording.measure(3.0, "calls") == "3.0\u00a0calls"
    assert (wording.total(1234.56), wording.total(12.345)) == ("1,235", "12.35")


def test_a_list_reads_as_english() -> None:
    assert [wording.listed(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_every_character_becomes_one_that_a_page_can_hold_and_ordinary_ones_stay() -> None:
    everything = "".join(map(chr, range(0x3000))) + "\ud800\udfff😀"
    shown = wording.visible(everything)
    shown.encode("utf-8")
    assert len(shown) == len(everything)
    changed = {a for a, b in zip(everything, shown, strict=True) if a != b}
    assert all(unicodedata.category(c) in {"Cc", "Cs"} for c in changed)
    assert "\t" not in changed
    assert "\n" not in changed
    json.dumps(shown)
