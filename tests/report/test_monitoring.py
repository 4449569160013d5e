from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from arseg.report import Findings
from arseg.report.monitoring import NOT_WATCHED, SHOWN, monitoring, monitoring_table

Make = Callable[..., Findings]


def watched(count: int, alarms: int) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "monitor": "features",
            "series": f"<b>late_{place}</b>",
            "value": 0.61234,
            "usual": 0.5,
            "standardised": 7.25,
            "p": 1e-6 * (place + 1),
            "alarm": place < alarms,
        }
        for place in range(count)
    ]
    return pd.DataFrame(rows)


def test_without_a_month_before_it_is_said_that_nothing_was_watched(make_findings: Make) -> None:
    assert monitoring(make_findings(monitor=None))["missing"] == NOT_WATCHED


def test_alarms_are_counted_over_all_that_was_judged_and_shown_alone(make_findings: Make) -> None:
    table = watched(30, 2)
    table.loc[29, "p"] = None
    band = monitoring(make_findings(monitor=table))
    assert (band["watched"]["raw"], band["alarms"]["raw"], len(band["rows"]), band["more"]) == (29, 2, 2, 0)
    assert band["rows"][0]["value"] == {"raw": 0.61234, "shown": "0.612"}
    many = monitoring(make_findings(monitor=watched(30, 20)))
    assert (len(many["rows"]), many["more"]) == (SHOWN, 20 - SHOWN)


def test_where_nothing_is_unusual_the_furthest_series_stand_as_before(make_findings: Make) -> None:
    band = monitoring(make_findings(monitor=watched(30, 0)))
    assert len(band["rows"]) == SHOWN
    last = {cells[-1]["text"] for cells in monitoring_table(band)["groups"][0]["rows"]}
    assert last == {"as before"}
