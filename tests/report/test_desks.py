from __future__ import annotations

import datetime as dt

import pandas as pd

from arseg.report import Findings
from arseg.report.desks import desks, desks_table

ROWS = pd.DataFrame(
    {
        "collector": ["Ana", "Ben"],
        "minutes": [360.0, 240.0],
        "used_minutes": [342.0, 240.0],
        "full": [0.95, 1.0],
        "customers": [20, 11],
        "own_customers": [2, 0],
        "hour_price": [120.4, 0.0],
    }
)


def findings(rows: pd.DataFrame | None, gini: float | None) -> Findings:
    about = {"title": "Book", "experiment": "demo", "currency": "EUR", "policy": "P()", "in_force": "P()"}
    capacity = {} if gini is None else {"gini": gini}
    return Findings(**about, key_date=dt.date(2026, 10, 31), desks=rows, capacity=capacity)


def test_each_collector_has_a_row_in_hours() -> None:
    band = desks(findings(ROWS, 0.0128))
    assert band["said"] == "Gini coefficient of how full the days are: 0.01; 0 is even."
    first = [
        each["text"].replace("\N{NO-BREAK SPACE}", " ") for each in desks_table(band)["groups"][0]["rows"][0]
    ]
    assert first[:5] == ["Ana", "6.0 h", "5.7 h", "95 %", "20"]
    assert "120" in first[5]


def test_without_collectors_nothing_is_said() -> None:
    assert desks(findings(None, None)) == {"rows": [], "gini": None, "said": ""}
