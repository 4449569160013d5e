from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg import scores
from arseg.explain import (
    HABIT_PRIOR,
    contributions,
    customer_reasons,
    item_reasons,
    own_history,
    with_history,
)
from arseg.models import CustomerMeanDelay, DeclaredPrior, KaplanMeierByTerms, habit, person_period

DICTIONARY = pd.DataFrame(
    {
        "name": ["late", "share", "key_day", "small"],
        "unit": ["days", "share", "days", "count"],
        "meaning": ["mean days late; small print", "share paid on time", "day", "contacts"],
    }
)
INDEX = pd.Index(["i1", "i2", "i3"], name="invoice_id")
MATRIX = pd.DataFrame(
    {
        "late": [40.0, -2.0, np.nan],
        "share": [0.1, 0.95, 0.5],
        "key_day": [20000.0] * 3,
        "small": [0.0, 3.0, 0.0],
    },
    index=INDEX,
)
ITEMS = pd.DataFrame(
    {"invoice_id": ["i1", "i2", "i3"], "customer_id": ["a", "a", "b"], "balance": [100.0, 300.0, 50.0]}
)


class Explains:
    """A model that says why, with numbers that a test can see through."""

    def contributions(self, matrix: pd.DataFrame) -> pd.DataFrame:
        frame = pd.DataFrame(
            {"late": [-0.8, 0.1, -0.3], "share": [-0.2, 0.6, 0.01], "small": 0.001}, index=matrix.index
        )
        return frame.assign(key_day=9.0, time=9.0)


def test_reasons_stand_strongest_first_with_value_and_unit() -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    said = item_reasons(parts, MATRIX, DICTIONARY)
    assert said["i1"] == "slower: mean days late (40 days); slower: share paid on time (10 %)"
    assert said["i2"] == "faster: share paid on time (95 %); faster: mean days late (-2 days)"
    assert said["i3"] == "slower: mean days late (unknown)"


def test_a_customers_reasons_weigh_its_items_by_balance() -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    said = customer_reasons(parts, MATRIX, ITEMS, DICTIONARY)
    weight = np.array([100, 300]) / 400
    assert weight @ [-0.2, 0.6] > -(weight @ [-0.8, 0.1]), "the share is the stronger reason"
    assert (
        said["a"]
        == f"faster: share paid on time (74 %); slower: mean days late ({weight @ [40, -2]:.0f} days)"
    )
    assert said["b"] == "slower: mean days late (unknown)"
    assert list(said.index) == ["a", "b"]


def test_the_clock_is_never_a_reason() -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    assert not {"key_day", "time"} & set(parts.columns)


def test_a_model_without_contributions_gives_none() -> None:
    assert contributions(MATRIX, object()) is None  # type: ignore[arg-type]
    assert contributions(MATRIX.iloc[:0], Explains()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0]])
def test_reasons_do_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    expected = customer_reasons(parts, MATRIX, ITEMS, DICTIONARY)
    pd.testing.assert_series_equal(
        customer_reasons(parts.iloc[order], MATRIX.iloc[order], ITEMS, DICTIONARY), expected
    )


def history(model: object, counts: tuple[float, ...] = (0.0, 3.0, 40.0)) -> pd.DataFrame:
    """Return what is said of customers with so many paid invoices."""
    matrix = pd.DataFrame(
        {"cleared_days_late_mean_12m": [np.nan, 9.0, 2.0], "cleared_count_12m": counts}, index=INDEX
    )
    return own_history(matrix, pd.Series(["c", "a", "b"], index=INDEX), model)  # type: ignore[arg-type]


class Reads:
    """A hazard in outline: it keeps the book's mean delay and reads the habit's columns."""

    pool_ = 4.0
    features_ = ("cleared_days_late_mean_12m", "cleared_count_12m")


@pytest.mark.parametrize("model", [CustomerMeanDelay(), Reads()])
def test_a_customer_with_little_history_is_told_how_much_of_its_habit_is_the_books(model: object) -> None:
    told = history(model)
    assert told["own_share"].to_dict() == pytest.approx({"a": 3 / 8, "b": 40 / 45, "c": 0.0})
    assert told["words"].to_dict() == {
        "a": "62 % of its assumed payment habit is the book's: 3 invoices paid in 12 months",
        "b": "",
        "c": "100 % of its assumed payment habit is the book's: no invoice paid in 12 months",
    }


def test_the_share_is_the_weight_that_the_model_gives_the_customers_own_mean() -> None:
    """Move a customer's own mean by ten days: its assumed delay moves by ten times the share."""
    model = CustomerMeanDelay(prior_count=7.0)
    frame = pd.DataFrame({"cleared_days_late_mean_12m": [9.0], "cleared_count_12m": [3.0]}, index=["i"])
    told = own_history(frame, pd.Series(["c"], index=["i"]), model)
    moved = [habit.shrunk(each, 4.0, prior_count=7.0) for each in (frame, frame.add([10.0, 0.0]))]
    assert float((moved[1] - moved[0])[0]) == pytest.approx(10 * told.loc["c", "own_share"])


def test_what_the_hazards_and_the_score_give_the_book_is_what_is_said() -> None:
    assert person_period._PRIOR_COUNT == scores.PRIOR_INVOICES == HABIT_PRIOR


def test_a_model_that_knows_no_customer_says_so_and_one_without_a_habit_says_nothing() -> None:
    assert set(history(DeclaredPrior())["words"]) == {
        "nothing of this score is the customer's own: it was declared, not learnt"
    }
    assert "the book's, by terms and age" in history(KaplanMeierByTerms())["words"]["b"]
    without = history(Explains())
    assert set(without["words"]) == {""}
    assert without["own_share"].isna().all()


def test_history_ends_the_reasons() -> None:
    reasons = pd.Series(["slower: x", "", "faster: y"], index=["a", "c", "b"])
    said = with_history(reasons, history(Reads()))
    assert said["a"].startswith("slower: x; 62 % of")
    assert said["c"].startswith("100 % of")
    assert said["b"] == "faster: y"
