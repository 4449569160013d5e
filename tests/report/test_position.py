from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from arseg.report import Findings, position, wording


def test_segments_run_from_high_to_low_and_add_up(findings: Findings) -> None:
    frame = findings.segments
    assert frame is not None
    band = position.segments(findings)
    assert [row["segment"] for row in band["rows"]] == ["High", "Medium", "Low"]
    assert band["total"]["exposure"]["raw"] == pytest.approx(frame.exposure.sum())
    assert band["total"]["customers"]["raw"] == frame.customers.sum()
    assert sum(row["exposure_share"]["raw"] for row in band["rows"]) == pytest.approx(1)
    for row in band["rows"]:
        wanted = frame.set_index("segment").loc[row["segment"]]
        assert row["expected"]["raw"] == wanted.expected_unpaid_30
        assert row["observed"] == {
            "raw": wanted.observed_unpaid_30,
            "shown": wording.share(wanted.observed_unpaid_30),
        }
        assert (row["interval"]["low"], row["interval"]["high"]) == (
            wanted.observed_low,
            wanted.observed_high,
        )


def test_an_exposure_of_nothing_divides_by_nothing(make_findings: Callable[..., Findings]) -> None:
    frame = position.rows_of(make_findings().segments, "segments")
    nothing = make_findings(segments=pd.DataFrame(frame).assign(exposure=0.0))
    assert {row["exposure_share"]["raw"] for row in position.segments(nothing)["rows"]} == {0.0}


def test_those_who_stayed_are_no_move(findings: Findings) -> None:
    rows = position.moves(findings)["rows"]
    assert all(row["from_segment"] != row["to_segment"] for row in rows)
    assert sum(row["customers"]["raw"] for row in rows) == 47


def test_no_move_and_nothing_to_compare_with_are_told_apart(make_findings: Callable[..., Findings]) -> None:
    empty = pd.DataFrame(columns=["from_segment", "to_segment", "customers"])
    assert position.moves(make_findings(moves=empty))["missing"] == position.NOBODY_MOVED
    assert position.moves(make_findings(moves=None))["missing"] == position.NO_MOVES
    assert position.moves(make_findings(moves=empty, compared_with=None))["missing"] == position.NO_MOVES


@pytest.mark.parametrize(
    ("factor", "unit"), [(1.0, "€ thousand a week"), (1e-3, "€ a week"), (100.0, "€ million a week")]
)
def test_the_chart_has_the_tables_numbers_in_its_unit(
    factor: float, unit: str, make_findings: Callable[..., Findings]
) -> None:
    frame = make_findings().cash
    assert frame is not None
    columns = [c for c in frame.columns if c != "week"]
    band = position.cash(make_findings(cash=frame.assign(**{c: frame[c] * factor for c in columns})))
    assert band["unit"] == unit
    scale = {"€ thousand a week": 1e3, "€ a week": 1.0, "€ million a week": 1e6}[unit]
    for week, plotted in zip(band["weeks"], band["plot"], strict=True):
        assert all(plotted[c] * scale == pytest.approx(week[c]["raw"]) for c in columns)
    assert band["total"]["raw"] == pytest.approx(frame.expected.sum() * factor)


def test_weeks_are_named_by_their_first_day(findings: Findings) -> None:
    week = position.cash(findings)["weeks"][0]["week"]
    assert week == {"raw": dt.date(2026, 11, 2).isoformat(), "shown": "2\u00a0Nov"}
