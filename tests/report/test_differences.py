from __future__ import annotations

import re

from arseg.report.differences import differences_figure
from arseg.report.figures import VARIABLES


def row(policy: str, low: float, high: float, value: float | None, *, identified: bool = True) -> dict:
    return {
        "policy": policy,
        "identified": identified,
        "value": {"raw": value, "shown": f"{value} days"},
        "interval": {"low": low, "high": high, "shown": f"{low} to {high}"},
    }


def drawn(*rows: dict) -> str:
    return str(differences_figure({"chart": {"title": "t", "unit": "days", "rows": list(rows)}}))


def test_a_policy_has_a_dot_with_its_interval_and_a_refusal_a_dashed_bound_without_a_number() -> None:
    known, refused = row("RiskTiers()", -3.4, -1.2, -2.3), row("CallAll()", -6.5, 2.1, None, identified=False)
    svg = drawn(known, refused)
    assert "RiskTiers() -2.3 days (-3.4 to -1.2); CallAll() not identified; bounds -6.5 to 2.1" in svg
    assert svg.count("<use") == drawn(known).count("<use") == 1 + drawn(refused).count("<use")
    assert svg.count("stroke-dasharray: 4") == 0 or "stroke-dasharray" in svg
    assert "None" not in svg


def test_bars_stand_where_their_numbers_are() -> None:
    """The chart is read back: the ends of the bars are a linear image of the ends of the intervals."""
    rows = [row("a", -3.0, 1.0, -1.0), row("b", 0.5, 2.5, 1.5)]
    svg = drawn(*rows)
    bars = re.findall(r'd="M ([\d.]+) ([\d.]+)\s+L ([\d.]+) ([\d.]+)\s*"[^>]*stroke: var\(--accent\)', svg)
    (a, _, b, _), (c, _, d, _) = [tuple(map(float, bar)) for bar in bars]
    scale = (b - a) / 4.0
    assert abs((d - c) / 2.0 - scale) < 0.01
    assert abs((c - a) / 3.5 - scale) < 0.01


def test_a_long_name_is_cut_and_hostile_text_stays_text() -> None:
    svg = drawn(row("x" * 80, 0.0, 1.0, 0.5), row("</text><script>alert(1)</script>", 0.0, 1.0, 0.5))
    assert "x" * 35 + "…" in svg
    assert "<script" not in svg
    assert set(re.findall(r"var\((--[\w-]+)\)", svg)) <= set(VARIABLES.values())


def test_without_rows_nothing_is_drawn() -> None:
    assert drawn() == ""
