from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.metrics.cohorts import cohort_rates, collected_by, loss_at_age, recovery_curve
from arseg.schema import DataError

KINDS = ("payment", "credit_note", "write_off", "reversal", "recovery")
MOVES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-5, 60), st.sampled_from(KINDS), st.integers(1, 120)),
    max_size=25,
)


def cohort(amounts: list[float], followed: list[int] | int = 90) -> pd.DataFrame:
    names = [str(number) for number in range(len(amounts))]
    return pd.DataFrame({"invoice_id": names, "amount": amounts, "followed_days": followed})


def moved(*rows: tuple[int, int, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["invoice_id", "age", "kind", "amount"])
    return frame.astype({"invoice_id": str, "age": np.int64, "amount": np.float64})


def test_the_rate_is_cash_over_what_could_be_collected() -> None:
    moves = moved(
        (0, -3, "payment", 40),
        (0, 20, "payment", 60),
        (1, 10, "credit_note", 50),
        (1, 30, "payment", 50),
        (2, 31, "payment", 100),
    )
    found = cohort_rates(cohort([100, 100, 100]), moves, ages=[0, 30, 60])
    assert found["numerator"].tolist() == [40, 150, 250]
    assert found["denominator"].tolist() == [300, 250, 250]
    assert found["method"].unique().tolist() == ["counted"]


def test_an_overpayment_counts_up_to_the_balance_and_a_bounced_payment_not_at_all() -> None:
    moves = moved((0, 5, "payment", 130), (1, 5, "payment", 100), (1, 20, "reversal", 100))
    parts = collected_by(cohort([100, 100]), moves, 30)
    assert parts["numerator"].tolist() == [100, 0]
    assert collected_by(cohort([100, 100]), moves, 10)["numerator"].tolist() == [100, 100], "not yet bounced"


def test_what_was_recovered_after_a_write_off_is_cash() -> None:
    moves = moved((0, 5, "write_off", 100), (0, 40, "recovery", 30), (0, 40, "payment", 30))
    items = cohort([100])
    assert collected_by(items, moves, 60)["numerator"].item() == 30
    assert recovery_curve(items, moves, days=[10, 60]).tolist() == pytest.approx([0, 0.3])


@settings(max_examples=50, deadline=None)
@given(MOVES, st.integers(0, 60))
def test_where_nothing_is_cut_off_the_estimate_is_the_count(rows: list[tuple], age: int) -> None:
    items, moves = cohort([100, 80, 60, 100, 50]), moved(*rows)
    counted = cohort_rates(items, moves, ages=[age])
    # With one item more, of nothing and followed by nobody, it is estimated and should not change.
    extra = pd.concat([items, cohort([0.0], -1).assign(invoice_id="x")], ignore_index=True)
    estimated = cohort_rates(extra, moves, ages=[age])
    assert estimated["method"].item() == "Aalen-Johansen"
    assert estimated["value"].item() == pytest.approx(counted["value"].item(), abs=1e-9, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(MOVES, st.lists(st.integers(0, 70), min_size=5, max_size=5))
def test_a_recovery_curve_rises_from_zero_or_more_to_one_at_most(
    rows: list[tuple], followed: list[int]
) -> None:
    moves = moved(*(row for row in rows if row[1] <= followed[row[0]]))
    moves = moves[moves["kind"].isin(["payment", "credit_note"])]
    days = list(range(max(followed) + 2))
    curve = recovery_curve(cohort([100, 80, 60, 100, 50], followed), moves, days=days)
    assert np.isnan(curve[-1]), "nobody was followed so long"
    assert (np.diff(curve[:-1]) >= -1e-12).all()
    assert ((curve[:-1] >= 0) & (curve[:-1] <= 1 + 1e-12)).all()


def dollar_by_dollar(items: pd.DataFrame, moves: pd.DataFrame, day: int) -> float:
    """Return the Aalen-Johansen share of cash with every unit of money a row of its own."""
    from arseg.metrics.observed import observed_incidence

    rows = []
    for item in items.to_dict("records"):
        left = int(item["amount"])
        for move in moves[moves["invoice_id"] == item["invoice_id"]].sort_values("age").to_dict("records"):
            event = {"payment": 1, "credit_note": 2, "write_off": 3}[move["kind"]]
            rows += [(event, move["age"] + 1)] * int(move["amount"])
            left -= int(move["amount"])
        rows += [(0, item["followed_days"] + 1)] * left
    y = pd.DataFrame(rows, columns=["event", "duration"])
    return float(observed_incidence(y, [day + 1])[0, 0, 0])


def test_with_items_lost_on_the_way_it_is_aalen_johansen_on_every_unit_of_money() -> None:
    rng = np.random.default_rng(1)
    followed = rng.integers(5, 50, 30)
    items = cohort([100.0] * 30, list(followed))
    rows = []
    for number, last in enumerate(followed):
        for kind, amount in (("payment", 30), ("credit_note", 10), ("payment", 40), ("write_off", 20)):
            age = int(rng.integers(0, 60))
            rows += [(number, age, kind, amount)] if age <= last else []
    moves = moved(*rows)
    for day in (0, 10, 30, 45):
        expected = dollar_by_dollar(items, moves, day)
        assert recovery_curve(items, moves, days=[day]).item() == pytest.approx(expected)


def test_an_immature_cohort_is_estimated_and_says_so() -> None:
    items = cohort([100, 100, 100, 100], [90, 90, 90, 20])
    found = cohort_rates(items, moved((0, 10, "payment", 100), (1, 40, "payment", 100)), ages=[60])
    # 25 % on day 10; of the 200 still followed on day 40 half is paid: 0.25 + 0.75 x 0.5.
    assert found["value"].item() == pytest.approx(0.625)
    assert found["method"].item() == "Aalen-Johansen"
    assert found["numerator"].item() == pytest.approx(0.625 * 400)


def test_each_cohort_is_judged_by_its_own_maturity() -> None:
    items = cohort([100, 100], [90, 20])
    found = cohort_rates(items, moved((0, 10, "payment", 50)), ages=[30], by=["old", "young"])
    assert found["method"].tolist() == ["Aalen-Johansen", "counted"][::-1]
    assert np.isnan(found["value"].iloc[1]), "nobody of the young was followed so long"


def test_the_loss_at_an_age_is_what_was_not_collected() -> None:
    rates = cohort_rates(
        cohort([100, 100], 200), moved((0, 9, "payment", 100), (1, 99, "write_off", 100)), ages=[180]
    )
    lost = loss_at_age(rates)
    assert lost["value"].item() == 0.5
    assert lost["numerator"].item() == 100, "written off or still open, it was not paid"


def test_items_that_are_no_cohort_are_refused() -> None:
    twice = pd.concat([cohort([1.0]), cohort([1.0])])
    with pytest.raises(DataError, match="the items are no cohort"):
        cohort_rates(twice, moved())
    with pytest.raises(DataError, match="the items are no cohort"):
        recovery_curve(cohort([-1.0]), moved())
    with pytest.raises(DataError, match=r"moves lacks columns \['age'\]"):
        collected_by(cohort([1.0]), moved().drop(columns="age"), 30)
