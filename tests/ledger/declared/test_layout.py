from __future__ import annotations

from pathlib import Path

import pytest

from arseg.ledger.declared.layout import Layout, read_layout, shipped_layouts
from arseg.schema import LEDGER, UsageError

OWN = """\
name: own
title: a layout of one's own
reporting: {currency: EUR, rates: {USD: 0.9}}
limits: {rows: 0.5, amount: 0.5, earliest: "2000-01-01"}
sources:
  - files: ["*.csv"]
    encoding: cp1252
    delimiter: ";"
    decimal_mark: ","
    thousands_mark: "."
    dates: "%d.%m.%Y"
    no_date: ["00.00.0000"]
    feeds: [{table: invoices, same_names: true}]
"""


def _own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", shipped_layouts())
def test_a_shipped_layout_is_valid_and_bears_its_own_name(name: str) -> None:
    layout = read_layout(name)
    assert layout.name == name
    assert any(feed.table == "invoices" for source in layout.sources for feed in source.feeds)


@pytest.mark.parametrize("name", shipped_layouts())
def test_every_assumed_clock_of_a_shipped_layout_is_said_in_a_note(name: str) -> None:
    for source in read_layout(name).sources:
        assumed = [f for f in source.feeds if "known_on" in f.columns and f.columns["known_on"].assumed]
        assert len([note for note in source.notes if "assumed" in note]) >= len(assumed)


def test_our_own_layout_knows_all_nine_tables() -> None:
    assert [source.feeds[0].table for source in read_layout("arseg").sources] == list(LEDGER)


def test_a_layout_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    layout = read_layout(_own(tmp_path, OWN))
    assert layout.reporting is not None
    assert layout.reporting.rates == {"USD": 0.9}
    assert layout.limits.earliest.isoformat() == "2000-01-01"
    assert layout.sources[0].no_date == ["00.00.0000"]
    assert layout.sources[0].dates == ["%d.%m.%Y"]


def test_the_hash_says_what_is_declared_not_how_it_is_written(tmp_path: Path) -> None:
    first = read_layout(_own(tmp_path, OWN)).hash
    assert read_layout(_own(tmp_path, "# said\n" + OWN)).hash == first
    assert read_layout(_own(tmp_path, OWN.replace("0.9", "0.8"))).hash != first


def test_an_unknown_name_is_met_with_the_names_and_a_near_one() -> None:
    with pytest.raises(
        UsageError, match=r"no layout 'ibm-ar'.*arseg, .*highradius, ibm_ar, .*write 'ibm_ar'"
    ):
        read_layout("ibm-ar")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("encoding:", "encodign:", r"unknown key 'sources.0.encodign' in .*line 7.*write 'encoding'"),
        ("cp1252", "cp12521", "an encoding that Python knows"),
        ('thousands_mark: "."', 'thousands_mark: ","', "a decimal mark other than"),
        ('"%d.%m.%Y"', '"%d.%m."', "a date format with a year"),
        ("rows: 0.5", "rows: 5", "less than or equal to 1"),
        ('"2000-01-01"', '"1.1.2000"', "the day is not a day"),
        ("USD: 0.9", "USD: 0", "greater than 0"),
        ('dates: "%d.%m.%Y"', 'dates: ["%d.%m.%Y", "%d.%m."]', "a date format with a year"),
        ("EUR, rates:", "EUR, rates_on: soon, rates:", "the day is not a day"),
        ("rows: 0.5", "restated: 2, rows: 0.5", "less than or equal to 1"),
        ("rows: 0.5", "years_ahead: 0, rows: 0.5", "greater than or equal to 1"),
        ("same_names: true", "same_names: true, only: {a: []}", "at least 1 item"),
        (
            "same_names: true",
            "same_names: true, columns: {entity: {joined: [a], constant: b}}",
            "exactly one of",
        ),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in OWN
    with pytest.raises(UsageError, match=message):
        read_layout(_own(tmp_path, OWN.replace(old, new)))


def test_several_feeds_may_fill_one_table(tmp_path: Path) -> None:
    old = "[{table: invoices, same_names: true}]"
    new = "[{table: credit, same_names: true}, {table: credit, same_names: true, only: {kind: [a, NO]}}]"
    first, second = read_layout(_own(tmp_path, OWN.replace(old, new))).sources[0].feeds
    assert (first.only, second.only) == ({}, {"kind": ["a", "NO"]})


def test_rates_may_stand_in_a_file_of_their_own_for_a_day(tmp_path: Path) -> None:
    new = "rates_file: rates.csv, rates_on: 2024-03-31, complete_to: '2024-04-01'"
    reporting = read_layout(_own(tmp_path, OWN.replace("rates: {USD: 0.9}", new))).reporting
    assert reporting is not None
    assert (reporting.rates_file, reporting.rates) == ("rates.csv", {})
    assert (str(reporting.rates_on), str(reporting.complete_to)) == ("2024-03-31", "2024-04-01")


def test_yaml_words_stay_text(tmp_path: Path) -> None:
    text = OWN.replace("no_date: [", "no_date: [NO, 0123, ")
    assert read_layout(_own(tmp_path, text)).sources[0].no_date[:2] == ["NO", "0123"]


def test_a_layout_cannot_be_changed_after_it_was_read() -> None:
    layout: Layout = read_layout("arseg")
    with pytest.raises(ValueError, match="frozen"):
        layout.name = "other"  # type: ignore[misc]
