from __future__ import annotations

import pandas as pd

from arseg.treatments import Capacity
from arseg.treatments.allocation_capacity import Collector
from arseg.treatments.knapsack import knapsack_of, why_nobody

TEAM = Capacity(
    (
        Collector("Ana", hours=1, portfolios=("north",), languages=("en",)),
        Collector(
            "Ben", hours=2, portfolios=("south",), languages=("en", "es"), skills=("collector", "expert")
        ),
    )
)


def work(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"minutes": 10.0, "expected_value": 5.0} | columns)


def test_options_stand_by_customer_and_treatment_and_alike_work_is_one_group() -> None:
    rows = work(customer_id=["B", "A", "A"], treatment=["x", "y", "x"], portfolio=["north", "", ""])
    sack = knapsack_of(rows, TEAM)
    assert sack.row.tolist() == [2, 1, 0]
    assert sack.customer.tolist() == [0, 0, 1]
    assert sack.eligible[sack.group].tolist() == [[True, True], [True, True], [True, False]]
    assert sack.size == 5


def test_what_is_worth_nothing_or_longer_than_the_day_is_left_out() -> None:
    rows = work(
        customer_id=list("ABCD"), expected_value=[0.0, -1.0, 3.0, 3.0], minutes=[5.0, 5.0, 121.0, 90.0]
    )
    assert knapsack_of(rows, TEAM).row.tolist() == [3]


def test_lengths_are_told_apart_only_where_customers_are_counted() -> None:
    rows = work(customer_id=list("ABCDEFGHIJ"), minutes=[1.0 * i for i in range(1, 11)])
    assert len(knapsack_of(rows, Capacity(2)).eligible) == 1
    assert len(knapsack_of(rows, Capacity((Collector("Ana", max_customers=3),))).eligible) > 4


def test_why_nobody_can_do_the_work_is_said() -> None:
    rows = work(
        customer_id=list("ABCDEFG"),
        portfolio=["north", "east", "north", "south", "", "north", "north"],
        language=["en", "en", "es", "es", "de", "en", "en"],
        handling=["collector"] * 5 + ["expert", "collector"],
        minutes=[10.0] * 6 + [61.0],
    )
    assert why_nobody(rows, TEAM).tolist() == [
        "",
        "no collector has the portfolio east",
        "no collector has the portfolio north and speaks es",
        "",
        "no collector speaks de",
        "no collector has the portfolio north",
        "longer than anybody's day",
    ]
    automatic = why_nobody(rows.head(1).assign(handling="automatic"), TEAM)
    assert automatic.tolist() == ["no collector does automatic work"]
