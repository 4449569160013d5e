from __future__ import annotations

import pandas as pd
import pytest

from arseg.treatments.worklist_why import whys

ROW = {
    "segment": "High",
    "open_count": 1,
    "open_balance": 900.0,
    "overdue_balance": 800.0,
    "p_unpaid_30": 0.254,
    "channel": "call",
    "expected_value": 60.0,
    "value_basis": "assumed",
    "value_low": None,
    "value_high": None,
    "assumed_lift": 0.1,
    "minutes": 12.0,
    "held": "",
    "nobody": "",
    "on_today": True,
    "asked": 3.5,
    "reasons": "",
}


def said(**changed: object) -> str:
    return whys(pd.DataFrame([ROW | changed]))[0]


def test_a_customer_of_today_is_told_against_the_last_minute() -> None:
    assert said() == (
        "High: 1 item, 800.00 overdue, 25 % likely unpaid in 30 days; call worth 60.00 (assumed lift 10 %); "
        "brings 5.00 a minute, today's last minute 3.50"
    )


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({"asked": 0.0}, "(assumed lift 10 %); brings 5.00 a minute"),
        ({"minutes": 0.0, "channel": "email"}, "; e-mail worth 60.00 (assumed lift 10 %)"),
        (
            {"on_today": False, "asked": 8.0},
            "hours are spent (brings 5.00 a minute, today's last minute 8.00)",
        ),
        ({"on_today": False, "asked": 4.0}, "today's hours are spent (no day has room for its 12 minutes)"),
        ({"on_today": False, "asked": None}, "; waits: today's hours are spent"),
        ({"on_today": False, "expected_value": -2.0}, "; waits: not assumed to be worth its cost"),
        (
            {"on_today": False, "expected_value": 0.0, "value_basis": "estimated"},
            "(estimated); waits: not estimated to be worth its cost",
        ),
        ({"on_today": False, "nobody": "no collector speaks es"}, "; waits: no collector speaks es"),
        ({"on_today": False, "held": "promise hold"}, "; waits: promise hold"),
        ({"reasons": "late twice"}, "a minute, today's last minute 3.50. Against the book: late twice"),
    ],
)
def test_every_place_on_the_list_has_its_words(changed, end) -> None:
    assert said(**changed).endswith(end)


def test_amounts_carry_their_currency() -> None:
    assert "800.00 EUR overdue" in whys(pd.DataFrame([ROW]), "EUR")[0]
