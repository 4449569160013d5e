from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import AgingBuckets, Composed, PayerSpeed, Profile, RiskTiers, RiskValueMatrix
from arseg.schema import DataError, UsageError

CROSSED = Composed(axes=(Profile("invoice_delivery"), PayerSpeed()), min_size=2, parents={"fax": "paper"})


def book(*rows: tuple[float, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["p_unpaid_30", "invoice_delivery", "on_time_share"])
    return frame.assign(customer_id=[f"C{place}" for place in range(len(rows))], oldest_days_past_due=40)


def test_cells_cross_the_axes_and_small_ones_fall_into_their_parent() -> None:
    scores = book(
        (0.5, "paper", 0.95), (0.5, "paper", 0.95), (0.5, "fax", 0.95), (0.5, "edi", 0.2), (0.5, "edi", 0.2)
    )
    assigned = CROSSED.assign(scores)
    assert assigned["cell"].tolist() == ["High / paper / prompt payer"] * 3 + ["High / edi / slow payer"] * 2
    risk = "50.0 % likely unpaid in 30 days, High from 35 %"
    assert assigned["why"].tolist()[1:4] == [
        f"{risk}; paper / prompt payer",
        f"{risk}; fax / prompt payer, too few for a cell of 2: in High / paper / prompt payer",
        f"{risk}; edi / slow payer",
    ]


def test_an_axis_that_parts_nothing_is_told_as_all() -> None:
    assigned = CROSSED.assign(book((0.1, "paper", 0.95), (0.1, "edi", 0.2)))
    assert assigned["cell"].tolist() == ["Low / all / all"] * 2


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 60), least=st.integers(1, 20))
def test_the_segment_is_that_of_the_risk_policy_and_cells_are_large_enough(
    draw_scores, seed, customers, least
) -> None:
    scores = draw_scores(seed, customers)
    policy = Composed(RiskTiers(), (Profile("region"), PayerSpeed()), least, {"edi": "email"})
    assigned = policy.assign(scores)
    assert assigned["segment"].tolist() == RiskTiers().assign(scores)["segment"].tolist()
    whole = assigned["segment"].value_counts()
    for (segment, _), size in assigned[["segment", "cell"]].value_counts().items():
        assert size >= least or size == whole[segment]


def test_an_axis_without_cells_of_its_own_is_named() -> None:
    policy = Composed(axes=(AgingBuckets(),), min_size=1)
    assert policy.assign(book((0.5, "paper", 1.0)))["cell"].tolist() == ["High / aging buckets High"]


def test_cells_of_the_risk_policy_are_the_first_axis() -> None:
    scores = book((0.5, "fax / phone", 1.0)).assign(open_balance=5.0)
    policy = Composed(RiskValueMatrix(), (Profile(),), min_size=1)
    assert policy.assign(scores)["cell"].tolist() == ["Medium / likely late, small / fax, phone"]


def test_without_axes_it_is_the_risk_policy() -> None:
    scores = book((0.5, "paper", 1.0), (0.1, "edi", 0.3))
    pd.testing.assert_frame_equal(Composed(axes=()).assign(scores), RiskTiers().assign(scores))


def test_it_prints_its_parts_as_they_are_written() -> None:
    assert repr(CROSSED) == "Composed(min_size=2, parents={'fax': 'paper'})"
    assert repr(Composed(axes=[Profile("region")])) == "Composed(axes=(Profile(by='region'),))"


def test_it_needs_what_its_parts_need() -> None:
    assert CROSSED.needs == ("customer_id", "p_unpaid_30", "invoice_delivery", "on_time_share")
    with pytest.raises(DataError, match="'on_time_share'"):
        CROSSED.assign(book((0.5, "paper", 1.0)).drop(columns="on_time_share"))


@pytest.mark.parametrize(
    "parents",
    [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}, {"other": "a"}, {"all": "a"}],
)
def test_parents_lead_somewhere(parents) -> None:
    with pytest.raises(UsageError, match=r"Composed: the parents of '.*' lead nowhere"):
        Composed(parents=parents)


def test_parts_are_policies() -> None:
    with pytest.raises(UsageError, match="Composed: risk is no policy"):
        Composed(risk="RiskTiers")
    with pytest.raises(UsageError, match="Composed: axis 2 is no policy"):
        Composed(axes=(Profile(), "PayerSpeed"))
    with pytest.raises(UsageError, match="Composed: the axes are no list"):
        Composed(axes=Profile())


def test_a_hundred_thousand_customers_take_no_more_than_seconds(draw_scores) -> None:
    scores = draw_scores(1, 100_000)
    scores["parent"] = scores["customer_id"]
    policy = Composed(axes=(Profile("industry"), Profile("parent"), PayerSpeed()))
    start = time.process_time()
    assert len(policy.assign(scores)) == 100_000
    assert time.process_time() - start < 10  # about one second; this catches a loop over customers
