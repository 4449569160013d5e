from __future__ import annotations

from arseg.report import Findings, summarise
from arseg.report.profiles import profiles, profiles_table


def test_each_segment_has_its_sizes_ages_and_shares(findings: Findings) -> None:
    table = profiles_table(profiles(findings))
    cells = [[cell["text"].replace("\u00a0", " ") for cell in row] for row in table["groups"][0]["rows"]]
    assert cells[0] == ["High", "214", "611", "€ 5.12 k", "47 days", "73.0 %", "3.1 %", "81.0 %", "4.4 %"]
    assert [row[0] for row in cells] == ["High", "Medium", "Low"]
    assert cells[2][4] == "\N{MINUS SIGN}9 days"
    assert all(len(row) == len(table["columns"]) for row in cells)


def test_without_open_items_a_sentence_says_so(empty_findings: Findings) -> None:
    assert summarise(empty_findings)["profiles"]["missing"].startswith("No profiles")
