from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from arseg.report import Findings, render_page, summarise
from arseg.report.answers import NO_SELF_CHECK, answers
from arseg.schema import DataError

CLAIMS = pd.DataFrame(
    {
        "said": ["DSO down by 75 %", "80 % of first contacts succeed"],
        "value": [40.2, 0.47],
        "low": [34.1, 0.41],
        "high": [46.9, 0.52],
        "unit": ["days", "share"],
        "n": [5968, 327],
        "effect": [-0.41, np.nan],
        "effect_low": [-2.9, np.nan],
        "effect_high": [2.0, np.nan],
        "effect_measure": ["dso", ""],
        "why": ["", "counted, but nothing here tells what the policy changed of it"],
    }
)
PAIRS = pd.DataFrame(
    {
        "policy": "AgingBuckets()",
        "measure": ["unpaid_30", "unpaid_60"],
        "higher": "High",
        "lower": "Low",
        "difference": [0.5, 0.3],
        "low": [0.4, 0.2],
        "high": [0.6, 0.4],
        "separated": True,
    }
)


@pytest.fixture
def told(findings: Findings) -> Findings:
    return dataclasses.replace(
        findings,
        answers={"counterfactual": {"claims": CLAIMS}, "discrimination": {"separation_pairs": PAIRS}},
        answer_notes={"replay": ["history is reproduced <to the cent>"]},
    )


def test_a_table_stands_under_its_own_question(told: Findings) -> None:
    found = answers(told)
    bands = ("separation", "replay", "counterfactual", "claims", "warnings")
    assert [len(found[band]["tables"]) for band in bands] == [1, 0, 0, 1, 0]
    page = render_page(summarise(told))
    sections = dict(re.findall(r'<section aria-labelledby="(\w+)">(.*?)</section>', page, re.DOTALL))
    assert "DSO down by 75 %" in sections["claims"]
    assert "DSO down by 75 %" not in sections["separation"] + sections["replay"] + sections["counterfactual"]
    assert "history is reproduced &lt;to the cent&gt;" in sections["replay"]


def test_only_the_chosen_rows_are_shown(told: Findings) -> None:
    (table,) = answers(told)["separation"]["tables"]
    assert len(table["rows"]) == 1
    difference = table["rows"][0][3]
    assert (difference["raw"], difference["shown"], difference["sub"]) == (
        0.5,
        "50.0\N{NO-BREAK SPACE}%",
        "40.0 to 60.0",
    )


def test_an_effect_that_history_does_not_tell_is_not_identified(told: Findings) -> None:
    (table,) = answers(told)["claims"]["tables"]
    known, unknown = (row[3] for row in table["rows"])
    assert (known["raw"], known["sub"]) == (-0.41, "\N{MINUS SIGN}2.900 to 2.000")
    assert (unknown["raw"], unknown["shown"], unknown["sub"]) == (None, "not identified", "")


def test_without_a_self_check_the_page_says_so(told: Findings) -> None:
    assert answers(told)["self_check"]["missing"] == NO_SELF_CHECK
    assert "Not run beside this book" in render_page(summarise(told))


def test_a_table_that_lacks_a_column_is_refused(told: Findings) -> None:
    broken = dataclasses.replace(told, answers={"counterfactual": {"claims": CLAIMS.drop(columns="said")}})
    with pytest.raises(DataError, match="claims"):
        answers(broken)
