"""The card as a page: everything in it is text."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from arseg.runs.card_page import draw_card

HOSTILE = "<script>alert(1)</script>"


def records(group: str = "all") -> list[dict[str, Any]]:
    values = {"log_loss": 0.4, "brier": 0.1, "expected": 0.2, "observed": 0.25, "gap": 0.05}
    return [
        {"group": group, "measure": name, "value": value, "low": value - 0.1, "high": value + 0.1,
         "items": 30, "customers": 12}
        for name, value in values.items()
    ]  # fmt: skip


CARD: dict[str, Any] = {
    "model": "DiscreteHazard()",
    "chosen_because": "the only candidate",
    "compared": [{"model": "A()", "log_loss": 0.5, "slope": None, "why": ""}],
    "arseg": "0.1.0",
    "experiment": "demo",
    "experiment_hash": "cd",
    "key_date": "2026-10-31",
    "valid_until": "2027-01-31",
    "valid_days": 92,
    "data": {
        "ledger": "demo",
        "ledger_hash": "ab",
        "rows": 5,
        "customers": 3,
        "key_dates": 2,
        "first_key_date": "2026-08-31",
        "last_key_date": "2026-09-30",
        "followed_days_most": 50,
        "followed_days_half": 20,
        "events": {"paid": 2},
        "still_open": 3,
    },
    "features": [{"name": "late", "unit": "days", "meaning": "days late", "block": "item"}],
    "features_offered": 9,
    "protected": {"words": "None."},
    "limits": ["It answers for a year."],
    "what_counts": {
        "horizon": 30,
        "importance": [{"column": "late", "moved": 0.159}, {"column": "terms", "moved": 0.01}],
        "effects": {"late": [{"value": 2.0, "unpaid": 0.21}, {"value": 30.0, "unpaid": 0.55}]},
    },
    "backtest": {
        "key_dates": ["2026-04-30", "2026-05-31"],
        "observed_on": "2026-10-31",
        "horizon_days": 90,
        "log_loss": [{"model": "DiscreteHazard()", "horizon": 0, "log_loss": 0.4, "customers": 12}],
        "tenths": [],
        "measures": records(),
        "by_horizon": records("30 days"),
        "by_state": records("in dispute"),
    },
}


class Tags(HTMLParser):
    """Collects tags that were opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, _: Any) -> None:
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_holds_figures_with_their_intervals() -> None:
    page = draw_card(CARD)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for said in (
        "May be used until 2027-01-31 , 92 days after its key date",
        "30 items of 12 customers.",
        "Log-loss 0.4000 (0.3000 to 0.5000)",
        "30 days 30 12 20.0 % (10.0 % to 30.0 %) 25.0 %",
        "in dispute 30 12",
        "late 15.9 points 2: 21 % unpaid; 30: 55 % unpaid",
        "A() 0.5000 none",
        "1 of 9 offered",
    ):
        assert said in text, said


def planted(value: Any) -> Any:
    """Return the card with hostile text wherever text stands."""
    if isinstance(value, dict):
        return {key: value[key] if key == "measure" else planted(value[key]) for key in value}
    if isinstance(value, list):
        return [planted(each) for each in value]
    return f"{value}{HOSTILE}" if isinstance(value, str) else value


def test_whatever_the_data_holds_stays_text_and_nothing_is_loaded() -> None:
    page = draw_card(planted(copy.deepcopy(CARD)))
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    assert "&lt;script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert not re.search(r"(src|href)=", page)


@pytest.mark.parametrize("part", ["compared", "what_counts", "by_state"])
def test_a_part_with_nothing_in_it_has_no_heading(part: str) -> None:
    card = copy.deepcopy(CARD)
    heading = {"compared": "Candidates", "what_counts": "What counts", "by_state": "by state"}[part]
    assert heading in draw_card(card)
    if part == "compared":
        card["compared"] = []
    elif part == "by_state":
        card["backtest"]["by_state"] = []
    else:
        card["what_counts"]["importance"] = []
    assert heading not in draw_card(card)
