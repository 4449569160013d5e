from __future__ import annotations

import re
from collections.abc import Callable

from arseg.report import Findings, render_page, summarise
from arseg.report.figures import VARIABLES
from arseg.report.forward_figures import _bars, forward_figures, forward_files

from .forward_made import told


def test_bars_of_the_bridge_hang_where_the_one_before_ended() -> None:
    steps = [
        {"name": name, "step": name, "amount": {"raw": amount}}
        for name, amount in [("opening", 10.0), ("volume", 3.0), ("mix", -2.0), ("closing", 11.0)]
    ]
    assert _bars(steps) == [(0.0, 10.0), (10.0, 13.0), (11.0, 13.0), (0.0, 11.0)]


def test_figures_say_their_numbers_in_the_pages_colours(make_findings: Callable[..., Findings]) -> None:
    drawn = forward_figures(summarise(make_findings(forward=told())))
    assert set(drawn) == {"collections", "matrix", "bridge"}
    assert "200 came by week 2, 180 had been said" in drawn["collections"]
    assert "High 1-30 15.0" in drawn["matrix"]
    for svg in drawn.values():
        assert not re.findall(r"#[0-9a-f]{3,6}\b", re.sub(r'(?:href="|url\()#[^")]*', "", str(svg)))
        assert set(re.findall(r"var\((--[\w-]+)\)", str(svg))) <= set(VARIABLES.values())


def test_without_a_forecast_nothing_is_drawn(empty_findings: Findings) -> None:
    assert not any(forward_figures(summarise(empty_findings)).values())
    assert forward_files(summarise(empty_findings)) == {}


def test_the_page_has_the_bands_and_stays_small(make_findings: Callable[..., Findings]) -> None:
    plain, full = (
        render_page(summarise(make_findings(**more))) for more in ({"forward": {}}, {"forward": told()})
    )
    assert full.count("<svg") == plain.count("<svg") + 3
    assert "80 % of outcomes within €\xa0250 to €\xa0350" in full
    assert len(full) - len(plain) < 60_000
