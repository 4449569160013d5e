from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from arseg.ledger.declared.layout import Layout, Reporting
from arseg.ledger.loading.convert import open_stage
from arseg.ledger.loading.reporting import find_reporting
from arseg.ledger.sources.matching import Matched
from arseg.ledger.sources.reading import Stream
from arseg.ledger.storing.store import Ledger
from arseg.schema import DataError, UsageError

RATES = "currency,valid_from,rate\nUSD,2024-01-01,0.9\nUSD,2024-02-01,0.8\nGBP,2024-03-01,1.2\n"


def layout(**declared: Any) -> Layout:
    sources = [{"files": ["*.csv"], "feeds": [{"table": "invoices", "same_names": True}]}]
    return Layout.model_validate({"name": "own", "title": "own", "sources": sources} | declared)


@pytest.fixture
def stage() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        open_stage(connection)
        yield connection


def matched(*paths: Path) -> list[Matched]:
    """Return sources of which only the place counts."""
    source = layout().sources[0]
    return [Matched(path, path.name, source, lambda: Stream("", (), {}, iter(()))) for path in paths]


def bill(stage: duckdb.DuckDBPyConnection, *currencies: str | None) -> None:
    first = stage.execute("SELECT count(*) FROM stage.invoices").fetchall()[0][0]
    for row, currency in enumerate(currencies, start=first):
        stage.execute("INSERT INTO stage.invoices (row, currency) VALUES (?, ?)", [row, currency])


def test_what_the_layout_says_counts_before_all_else(
    stage: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "about.json").write_text('{"currency": "USD"}', encoding="utf-8")
    bill(stage, "GBP")
    declared = layout(reporting={"currency": "EUR"}, about_file="about.json")
    assert find_reporting(stage, matched(tmp_path / "a.csv"), declared) == Reporting(currency="EUR")


def test_an_about_file_beside_the_sources_says_it(stage: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    said = {"currency": "EUR", "rates": {"USD": 0.9}, "complete_to": "2024-05-31", "notes": ["told"]}
    (tmp_path / "about.json").write_text(json.dumps(said), encoding="utf-8")
    found = find_reporting(
        stage, matched(tmp_path / "a.csv", tmp_path / "b.csv"), layout(about_file="about.json")
    )
    assert found.currency == "EUR"
    assert (found.rates, found.complete_to, found.notes) == ({"USD": 0.9}, dt.date(2024, 5, 31), ["told"])


def test_two_about_files_that_differ_are_refused(stage: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name, currency in (("a", "EUR"), ("b", "USD")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "about.json").write_text(json.dumps({"currency": currency}), encoding="utf-8")
    files = matched(tmp_path / "a" / "x.csv", tmp_path / "b" / "x.csv")
    with pytest.raises(UsageError, match=r"the reporting currency is open.*2 different about files"):
        find_reporting(stage, files, layout(about_file="about.json"))


def test_an_about_file_that_is_no_utf8_or_declares_something_else_is_refused(
    stage: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    about = tmp_path / "about.json"
    about.write_bytes('{"currency": "EUR", "notes": ["für"]}'.encode("cp1252"))
    with pytest.raises(UsageError, match="the file is not UTF-8 text"):
        find_reporting(stage, matched(tmp_path / "a.csv"), layout(about_file="about.json"))
    about.write_text('{"curency": "EUR"}', encoding="utf-8")
    with pytest.raises(UsageError, match="curency"):
        find_reporting(stage, matched(tmp_path / "a.csv"), layout(about_file="about.json"))


def test_the_only_currency_present_is_the_reporting_currency(stage: duckdb.DuckDBPyConnection) -> None:
    bill(stage, "CAD", "CAD", None, "USD")
    stage.execute("INSERT INTO stage.rejected VALUES (3, 'bad_date')")
    assert find_reporting(stage, [], layout()).currency == "CAD"


@pytest.mark.parametrize(
    ("present", "given"), [(("USD", "EUR"), "EUR, USD"), ((), "no currency"), ((None,), "no currency")]
)
def test_without_one_currency_it_must_be_declared(
    present: tuple[str | None, ...], given: str, stage: duckdb.DuckDBPyConnection
) -> None:
    bill(stage, *present)
    with pytest.raises(UsageError, match=f"the reporting currency is open. Given: {given}.*write about.json"):
        find_reporting(stage, [], layout(about_file="about.json"))


def _rates(
    stage: duckdb.DuckDBPyConnection, folder: Path, text: str | bytes | None, **said: Any
) -> dict[str, float]:
    if text is not None:
        (folder / "rates.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    declared = layout(reporting={"currency": "EUR", "rates_file": "rates.csv", **said})
    return find_reporting(stage, matched(folder / "a.csv"), declared).rates


@pytest.mark.parametrize(
    ("day", "rates"),
    [
        ("2023-12-31", {}),
        ("2024-01-01", {"USD": 0.9}),
        ("2024-01-31", {"USD": 0.9}),
        ("2024-02-01", {"USD": 0.8}),
        ("2024-12-31", {"USD": 0.8, "GBP": 1.2}),
    ],
)
def test_the_last_rate_that_is_valid_on_the_day_counts(
    day: str, rates: dict[str, float], stage: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    head, *lines = RATES.splitlines()
    assert _rates(stage, tmp_path, RATES, rates_on=day) == rates
    assert _rates(stage, tmp_path, "\n".join([head, *reversed(lines)]), rates_on=day) == rates


def test_a_declared_rate_counts_before_the_tables(stage: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert _rates(stage, tmp_path, RATES, rates_on="2024-12-31", rates={"USD": 0.5}) == {
        "USD": 0.5,
        "GBP": 1.2,
    }


def test_without_a_day_each_currency_has_one_rate(stage: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one = "currency,valid_from,rate\nUSD,2024-01-01,0.9\n"
    assert _rates(stage, tmp_path, one) == {"USD": 0.9}
    with pytest.raises(DataError, match=r"rates.csv has several rates for USD.*say rates_on"):
        _rates(stage, tmp_path, RATES)


@pytest.mark.parametrize(
    "line",
    [
        "USD,2024-01-01,",
        "USD,2024-01-01",
        "USD,1.1.2024,0.9",
        "USD,,0.9",
        "USD,2024-01-01,nan",
        "USD,2024-01-01,0",
        "USD,2024-01-01,-1",
        "USD,2024-01-01,inf",
        'USD,2024-01-01,"0,9"',
    ],
)
def test_a_line_without_a_sound_rate_is_refused(
    line: str, stage: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"rates.csv is no rate table.*currency,valid_from,rate"):
        _rates(stage, tmp_path, f"currency,valid_from,rate\n{line}\n", rates_on="2024-12-31")


def test_a_rate_table_of_another_kind_is_refused(stage: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the rate table is missing"):
        _rates(stage, tmp_path, None)
    with pytest.raises(DataError, match=r"rates.csv is no rate table.*CSV in UTF-8"):
        _rates(stage, tmp_path, "currency,valid_from,rate\n€,2024-01-01,1\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"rates.csv is no rate table"):
        _rates(stage, tmp_path, RATES.replace("rate\n", "kurs\n"))
    with pytest.raises(DataError, match=r"rates.csv has two rates of one day.*USD"):
        _rates(stage, tmp_path, RATES + "USD,2024-02-01,0.7\n", rates_on="2024-12-31")


def test_there_is_one_rate_table_for_all_sources(stage: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rates.csv").write_text(RATES, encoding="utf-8")
    declared = layout(reporting={"currency": "EUR", "rates_file": "rates.csv", "rates_on": "2024-12-31"})
    with pytest.raises(DataError, match="there are several rate tables"):
        find_reporting(stage, matched(tmp_path / "a" / "x.csv", tmp_path / "b" / "x.csv"), declared)


@pytest.fixture
def previous(make_ledger: Callable[..., Ledger]) -> Ledger:
    """Return a ledger in EUR that knows USD at 0.9."""
    return make_ledger([{"invoice_id": "I1"}])


def test_a_later_load_without_a_word_has_the_ledgers_currency_and_rates(
    stage: duckdb.DuckDBPyConnection, previous: Ledger
) -> None:
    bill(stage, "USD")
    found = find_reporting(stage, [], layout(), previous)
    assert (found.currency, found.rates) == ("EUR", {"EUR": 1.0, "USD": 0.9})


def test_a_later_load_may_add_a_rate_and_change_none(
    stage: duckdb.DuckDBPyConnection, previous: Ledger
) -> None:
    more = layout(reporting={"currency": "EUR", "rates": {"GBP": 1.2, "USD": 0.9}})
    assert find_reporting(stage, [], more, previous).rates == {"EUR": 1.0, "USD": 0.9, "GBP": 1.2}
    for said in ({"currency": "USD"}, {"currency": "EUR", "rates": {"USD": 0.8}}):
        with pytest.raises(
            UsageError, match=r"in another currency or at other rates.*Allowed: EUR, EUR at 1, USD at 0.9"
        ):
            find_reporting(stage, [], layout(reporting=said), previous)
