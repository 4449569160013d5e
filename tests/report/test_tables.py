from __future__ import annotations

import pytest

from arseg.report import Findings, summarise, tables
from arseg.report.check_tables import check_tables


@pytest.fixture(name="summary", scope="module")
def summary_of_a_month(findings: Findings) -> dict:
    return summarise(findings)


def cells(table: tables.Table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for group in table["groups"] for row in group["rows"]]


def test_every_row_of_every_table_has_a_cell_per_column(summary: dict) -> None:
    made = [
        tables.segment_table(summary["segments"]),
        tables.cash_table(summary["cash"]),
        tables.moves_table(summary["moves"]),
        tables.replay_table(summary["replay"]),
        tables.parts_table(summary["replay"]),
        tables.headline_table(summary["headline"]),
        tables.worklist_table(summary["worklist"]),
        tables.accuracy_table(summary["accuracy"]),
        tables.calibration_table(summary["calibration"]),
        *check_tables(summary["quality"]).values(),
    ]
    for table in made:
        assert table["caption"]
        assert {len(row) for row in cells(table)} == {len(table["columns"])}


def test_the_segment_table_shows_the_summarys_numbers(summary: dict) -> None:
    table = tables.segment_table(summary["segments"])
    for row, shown in zip(summary["segments"]["rows"], cells(table), strict=False):
        names = ("customers", "exposure", "overdue", "expected", "observed")
        assert shown[:6] == [row["segment"], *(row[name]["shown"] for name in names)]
    assert cells(table)[-1][:2] == ["All", "2,813"]
    observed = table["groups"][0]["rows"][0][5]
    assert observed["sub"] == summary["segments"]["rows"][0]["interval"]["shown"] == "36.0 to 46.1"


def test_the_replay_has_a_group_per_policy_and_an_interval_in_each_cell(summary: dict) -> None:
    table = tables.replay_table(summary["replay"])
    assert table["groups"][0]["title"] == "AgingBuckets()"
    assert [group["remark"] for group in table["groups"]] == ["in force", "", "", ""]
    subs = [cell["sub"] for group in table["groups"] for row in group["rows"] for cell in row[2:]]
    assert all(" to " in sub or sub == "no interval" for sub in subs)


def test_counts_that_differ_between_measures_are_shown_as_a_range() -> None:
    estimates = {
        name: {"value": {"shown": "v"}, "interval": {"shown": "i"}, "customers": {"raw": raw}}
        for name, raw in (("dso", 1200), ("bad_debt_ratio", 9))
    }
    measures = [{"name": "dso"}, {"name": "bad_debt_ratio"}, {"name": "collection_rate"}]
    row = tables._replay_row({"segment": "Low", "estimates": estimates}, measures)
    assert [cell["text"] for cell in row] == ["Low", "9 to 1,200", "v", "v", "\u2013"]
    assert row[-1]["sub"] == "not measured"


def test_the_best_model_is_named_best_in_words(summary: dict) -> None:
    table = tables.accuracy_table(summary["accuracy"])
    best = [cell["text"] for row in table["groups"][0]["rows"] for cell in row if cell["sub"] == "best"]
    assert best == ["0.3812", "0.4102", "0.4322", "0.2989"]


def test_looks_come_from_a_closed_list_and_never_from_data() -> None:
    assert tables.chip('" onload="x')["look"] == "chip no"
