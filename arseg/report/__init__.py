"""Numbers first, then ink: findings become plain data, plain data becomes one offline page.

`summarise` is the last place that adds or orders anything; `render_page` only lays out. A
backtest has its own short page (`tear_sheet`), and all runs share one list (`write_index`).
"""

from __future__ import annotations

from arseg.report.findings import Findings
from arseg.report.index import write_index
from arseg.report.page import draw_figures, render_page
from arseg.report.summary import summarise
from arseg.report.tearsheet import TearSheet, tear_sheet

__all__ = ["Findings", "TearSheet", "draw_figures", "render_page", "summarise", "tear_sheet", "write_index"]
