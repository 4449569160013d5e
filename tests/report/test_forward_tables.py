from __future__ import annotations

from collections.abc import Callable

from arseg.report import Findings, summarise
from arseg.report.forward_tables import forward_tables

from .forward_made import told


def test_tables_show_the_bands_of_the_summary(make_findings: Callable[..., Findings]) -> None:
    found = forward_tables(summarise(make_findings(forward=told())))
    (whole, _) = found["cash_sums"]["groups"]
    assert whole["title"] == "In all"
    said = [(cell["text"], cell["sub"]) for cell in whole["rows"][0]]
    # No sales to come were forecast, so only the open items say anything.
    assert said == [("all", ""), ("€\xa0300", "€\xa0250 to €\xa0350"), ("", ""), ("", "")]
    methods = [[cell["text"] for cell in row] for row in found["methods"]["groups"][0]["rows"]]
    assert [row[-1] for row in methods] == ["decides", "lies apart"]
    # A method without a band has no coverage.
    said = found["said_and_came"]["groups"][0]["rows"]
    assert [row[6]["text"] for row in said] == ["50 %".replace(" ", "\xa0"), "\u2013"]


def test_every_row_is_as_long_as_its_titles(make_findings: Callable[..., Findings]) -> None:
    for found in forward_tables(summarise(make_findings(forward=told()))).values():
        for group in found["groups"]:
            assert all(len(row) == len(found["columns"]) for row in group["rows"])
