from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from arseg.declarations import parse_declaration, validate
from arseg.runs.sections import Desk, Hours
from arseg.runs.team import balance_of, capacity_of
from arseg.schema import UsageError
from arseg.treatments import Capacity, Collector, allocate_hours

TEAM = """\
hours_per_day: 5.0
team:
  - name: Ana
    hours: 4.0
    languages: [es, en]
    portfolios: [north]
    skills: [collector, expert]
    max_customers: 30
  - name: Ben
"""


def declared(text: str) -> Hours:
    return validate(parse_declaration(text, Path("demo.yaml")), Hours)


def test_a_number_of_collectors_stands_for_so_many_who_are_alike() -> None:
    assert capacity_of(Hours(collectors=3, hours_per_day=5.5)) == Capacity(3, 5.5)


def test_a_named_team_is_taken_as_it_is_written() -> None:
    ana = Collector("Ana", 4.0, ("north",), ("es", "en"), ("collector", "expert"), 30)
    assert capacity_of(declared(TEAM)) == Capacity((ana, Collector("Ben")), 5.0)
    assert capacity_of(declared(TEAM)).minutes == 60 * (4.0 + 5.0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "team:\n  - name: Ana\n    hour: 4\n",
            "unknown key 'team.0.hour' in demo.yaml, line 3.*write 'hours'",
        ),
        ("team:\n  - name: Ana\n  - name: Ana\n", "each name once"),
        ("team:\n  - name: Ana\n    hours: 25.0\n", "less than or equal to 24"),
        ("team:\n  - name: Ana\n    skills: []\n", "at least 1 item"),
    ],
)
def test_what_no_collector_can_be_is_refused(text: str, wanted: str) -> None:
    with pytest.raises(UsageError, match=wanted):
        declared(text)


def test_who_speaks_the_language_gets_the_work_and_the_balance_says_so() -> None:
    work = pd.DataFrame(
        {"customer_id": ["A", "B"], "minutes": 60.0, "expected_value": 9.0, "language": ["es", "de"]}
    )
    team = [Desk(name="Ana", languages=["es"], hours=1.0), Desk(name="Ben", languages=["de"], hours=2.0)]
    day = allocate_hours(work, capacity_of(Hours(team=team)))
    assert day.chosen["collector"].tolist() == ["Ana", "Ben"]
    found = balance_of(day)
    assert found["gini"] == pytest.approx(1 / 6)
    assert found["variation"] == pytest.approx(1 / 3)
