from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import WORKLIST, DataError, UsageError
from arseg.treatments import Capacity, build_worklist, shadow_price
from arseg.treatments.allocation import allocate_hours
from arseg.treatments.allocation_capacity import Collector
from arseg.treatments.worklist import Beside, build_day

Drawn = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]

KEY_DATE = "2026-10-31"
quick = settings(max_examples=25, deadline=None, derandomize=True)
a_day = given(
    seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 40), hours=st.sampled_from([0, 0.5, 1, 8])
)


@pytest.fixture(name="a_worklist", scope="session")
def _a_worklist(draw_book, standard) -> Callable[..., Drawn]:
    def build(seed: int, customers: int, hours: float = 1.0) -> Drawn:
        segmentation, scores = draw_book(seed, customers)
        prescribed = standard.prescribe(segmentation, scores)
        worklist = build_worklist(prescribed, scores, key_date=KEY_DATE, capacity=Capacity(2, hours))
        return worklist, prescribed, scores

    return build


def one(draw_book, standard, *, segment: str = "High", **known: object) -> pd.DataFrame:
    """Return the worklist of a single customer."""
    segmentation, scores = draw_book(0, 1)
    base = {
        "open_count": 3,
        "open_balance": 20_000.0,
        "overdue_balance": 12_300.0,
        "disputed_balance": 0.0,
        "oldest_days_past_due": 45,
        "p_unpaid_30": 0.41,
        "reasons": "",
    }
    scores = scores.assign(**(base | known))
    prescribed = standard.prescribe(segmentation.assign(segment=segment), scores)
    return build_worklist(prescribed, scores, key_date=KEY_DATE, capacity=Capacity())


@quick
@a_day
def test_every_treated_customer_stands_once_with_a_rank(a_worklist, seed, customers, hours) -> None:
    worklist, prescribed, _ = a_worklist(seed, customers, hours)
    assert tuple(worklist.columns) == WORKLIST.names
    assert worklist["rank"].tolist() == list(range(1, customers + 1))
    assert sorted(worklist["customer_id"]) == prescribed["customer_id"].tolist()
    assert not worklist.isna().any().any()


@quick
@a_day
def test_collectors_work_fits_their_hours_and_the_rest_needs_none(a_worklist, seed, customers, hours) -> None:
    worklist, _, _ = a_worklist(seed, customers, hours)
    by_collector = worklist["handling"] == "collector"
    today = worklist["on_today"]
    assert worklist.loc[today, "minutes"].sum() <= 2 * 60 * hours + 1e-6
    assert today[~by_collector].all()
    assert (worklist.loc[worklist["handling"] == "automatic", "collector"] == "").all()
    assert (worklist.loc[worklist["handling"] == "expert", "collector"] == "expert").all()
    assert worklist.loc[by_collector & today, "collector"].isin(["collector 1", "collector 2"]).all()
    assert (worklist.loc[by_collector & ~today, "collector"] == "").all()


@quick
@a_day
def test_today_stands_first_and_collectors_work_by_value_per_minute(
    a_worklist, seed, customers, hours
) -> None:
    worklist, _, _ = a_worklist(seed, customers, hours)
    assert worklist["on_today"].is_monotonic_decreasing
    for _, part in worklist[worklist["handling"] == "collector"].groupby("on_today"):
        keys = list(zip(-part["expected_value"] / part["minutes"], part["customer_id"], strict=True))
        assert keys == sorted(keys)


@quick
@a_day
def test_the_value_is_the_stated_assumption(a_worklist, seed, customers, hours) -> None:
    worklist, prescribed, scores = a_worklist(seed, customers, hours)
    scored, given_to = scores.set_index("customer_id"), prescribed.set_index("customer_id")
    for row in worklist.itertuples(index=False):
        score, treatment = scored.loc[row.customer_id], given_to.loc[row.customer_id]
        at_stake = score["overdue_balance"] or score["open_balance"]
        expected = treatment["assumed_lift"] * at_stake * score["p_unpaid_30"] - treatment["cost"]
        assert row.expected_value == pytest.approx(expected, abs=0.00501)
        days = math.ceil(treatment["deadline_hours"] / 24)
        assert row.deadline == pd.Timestamp(KEY_DATE) + pd.Timedelta(days=days)


def test_the_order_of_the_rows_does_not_matter(draw_book, standard) -> None:
    segmentation, scores = draw_book(5, 40)
    prescribed = standard.prescribe(segmentation, scores)
    forth, back = (
        build_worklist(prescribed[::step], scores[::-step], key_date=KEY_DATE, capacity=Capacity(2, 1))
        for step in (1, -1)
    )
    pd.testing.assert_frame_equal(forth, back)


def test_more_hours_add_what_the_shadow_price_says(a_worklist) -> None:
    worklist, _, _ = a_worklist(8, 40, 0.5)
    longer = Capacity((Collector("collector 1", hours=1.5), "collector 2"), 0.5)
    work = worklist[worklist["minutes"] > 0]
    more = allocate_hours(work, longer).value - allocate_hours(work, Capacity(2, 0.5)).value
    assert shadow_price(worklist, Capacity(2, 0.5)) == pytest.approx(more, abs=0.01)


def test_why_reads_as_a_sentence(draw_book, standard) -> None:
    assert one(draw_book, standard)["why"][0] == (
        "High: 3 items, 12,300.00 overdue, 41 % likely unpaid in 30 days; "
        "call worth 495.30 (assumed lift 10 %); brings 41.27 a minute"
    )


def test_why_before_due_speaks_of_the_open_balance_and_ends_with_the_reasons(draw_book, standard) -> None:
    known = {
        "overdue_balance": 0.0,
        "oldest_days_past_due": -4,
        "open_count": 1,
        "reasons": "limit cut; late twice",
    }
    assert one(draw_book, standard, segment="Low", **known)["why"][0] == (
        "Low: 1 item, 20,000.00 open, nothing overdue, 41 % likely unpaid in 30 days; "
        "e-mail worth 40.90 (assumed lift 0.5 %). Against the book: limit cut; late twice"
    )


def test_why_not_today_is_said(draw_book, standard, a_worklist) -> None:
    worthless = one(draw_book, standard, p_unpaid_30=0.0)
    assert worthless["why"][0].endswith("; waits: not assumed to be worth its cost")
    assert not worthless["on_today"][0]
    worklist, _, _ = a_worklist(8, 40, 0.5)
    waiting = worklist[~worklist["on_today"] & (worklist["expected_value"] > 0)]
    assert len(waiting)
    assert waiting["why"].str.contains("; waits: today's hours are spent (", regex=False).all()
    closed, _, _ = a_worklist(8, 40, 0)
    waiting = closed[~closed["on_today"] & (closed["expected_value"] > 0)]
    assert waiting["why"].str.contains("; waits: nobody who can do it has hours today", regex=False).all()


def test_the_price_of_a_minute_stands_beside_what_a_minute_brings(a_worklist) -> None:
    worklist, _, _ = a_worklist(8, 40, 0.25)
    today = worklist["on_today"] & (worklist["minutes"] > 0)
    assert today.any()
    assert (
        worklist.loc[today, "why"]
        .str.contains(r"; brings [\d,.]+ a minute, today's last minute [\d,.]+")
        .all()
    )


@pytest.mark.parametrize(
    ("segment", "deadline"), [("High", "2026-10-31"), ("Medium", "2026-11-02"), ("Low", "2026-11-07")]
)
def test_the_deadline_counts_from_the_key_date(draw_book, standard, segment, deadline) -> None:
    assert one(draw_book, standard, segment=segment)["deadline"][0] == pd.Timestamp(deadline)


def test_names_are_shown_where_known(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 3)
    prescribed = standard.prescribe(segmentation, scores)
    names = {"C000": "Müller GmbH", "C001": None, "C999": "someone else"}
    worklist = build_worklist(
        prescribed, scores, key_date=dt.date(2026, 10, 31), capacity=Capacity(), names=names
    )
    assert worklist.set_index("customer_id")["name"].sort_index().tolist() == ["Müller GmbH", "", ""]


def test_money_is_rounded_to_cents(draw_book, standard) -> None:
    worklist = one(draw_book, standard, overdue_balance=1234.5678)
    assert worklist["overdue_balance"][0] == 1234.57


def test_a_broken_safety_rule_stops_the_worklist(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 30)
    prescribed = standard.prescribe(segmentation, scores)
    prescribed.loc[prescribed["segment"] == "Low", "tone"] = "firm"
    with pytest.raises(DataError, match=r"a safety rule is broken by customer C.*no firm tone for Low"):
        build_worklist(prescribed, scores, key_date=KEY_DATE, capacity=Capacity())


def test_a_customer_without_scores_is_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 4)
    prescribed = standard.prescribe(segmentation, scores)
    with pytest.raises(DataError, match=r"do not match\. Given: \['C002'\]"):
        build_worklist(
            prescribed, scores[scores["customer_id"] != "C002"], key_date=KEY_DATE, capacity=Capacity()
        )
    with pytest.raises(DataError, match="a customer twice in the scores"):
        build_worklist(prescribed, pd.concat([scores, scores]), key_date=KEY_DATE, capacity=Capacity())


def test_a_gap_in_the_scores_is_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 4)
    prescribed = standard.prescribe(segmentation, scores)
    gappy = scores.assign(p_unpaid_30=scores["p_unpaid_30"].where(scores["customer_id"] != "C002", np.nan))
    with pytest.raises(DataError, match=r"lack a number for 1 customers\. Given: \['C002'\]"):
        build_worklist(prescribed, gappy, key_date=KEY_DATE, capacity=Capacity())


def test_missing_columns_are_all_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 4)
    prescribed = standard.prescribe(segmentation, scores)
    with pytest.raises(DataError, match=r"lacks columns \['minutes', 'cost'\]"):
        build_worklist(
            prescribed.drop(columns=["minutes", "cost"]), scores, key_date=KEY_DATE, capacity=Capacity()
        )
    with pytest.raises(DataError, match=r"lacks columns \['p_unpaid_30', 'reasons'\]"):
        build_worklist(
            prescribed,
            scores.drop(columns=["p_unpaid_30", "reasons"]),
            key_date=KEY_DATE,
            capacity=Capacity(),
        )


def test_the_key_date_is_a_day(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 1)
    with pytest.raises(UsageError, match="key_date is not a day"):
        build_worklist(
            standard.prescribe(segmentation, scores), scores, key_date="31.10.2026", capacity=Capacity()
        )


def treatments(*rows: tuple, **more: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return treatments (customer, name, minutes, cost) of High customers at mid stage, and their scores."""
    prescribed = pd.DataFrame(rows, columns=["customer_id", "treatment", "minutes", "cost"]).assign(
        segment="High", stage="mid", channel="call", tone="reminder", deadline_hours=0, cadence_days=7
    )
    handling = np.where(prescribed["minutes"] > 0, "collector", "automatic")
    prescribed = prescribed.assign(handling=handling, assumed_lift=0.1, **more)
    ids = sorted(set(prescribed["customer_id"]))
    scores = pd.DataFrame({"customer_id": ids, "open_count": 1, "open_balance": 1000.0, "reasons": ""})
    return prescribed, scores.assign(overdue_balance=1000.0, p_unpaid_30=0.5)


def test_an_estimated_effect_comes_before_the_assumption_and_says_so() -> None:
    effect = {
        "incremental_value": [80.0, None],
        "incremental_low": [20.0, None],
        "incremental_high": [140.0, None],
    }
    prescribed, scores = treatments(("A", "call", 10.0, 5.0), ("B", "call", 10.0, 5.0), **effect)
    worklist = build_worklist(prescribed, scores, key_date=KEY_DATE, capacity=Capacity()).set_index(
        "customer_id"
    )
    assert worklist["expected_value"].to_dict() == {"A": 75.0, "B": 45.0}
    assert worklist["value_basis"].to_dict() == {"A": "estimated", "B": "assumed"}
    assert worklist.loc["A", ["value_low", "value_high"]].tolist() == [15.0, 135.0]
    assert worklist.loc["B", ["value_low", "value_high"]].isna().all()
    assert "call worth 75.00 (estimated, 15.00 to 135.00)" in worklist["why"]["A"]
    assert "call worth 45.00 (assumed lift 10 %)" in worklist["why"]["B"]


def test_of_several_treatments_the_one_that_serves_the_day_best_is_shown() -> None:
    rows = [
        (who, *what)
        for who in "AB"
        for what in (("call", 10.0, 0.0), ("mail", 0.0, 0.0), ("visit", 30.0, 0.0))
    ]
    values = {"incremental_value": [50.0, 10.0, 60.0, 40.0, 35.0, 90.0]}
    prescribed, scores = treatments(*rows, **values)

    def shown(hours: float) -> dict[str, str]:
        day = build_worklist(prescribed, scores, key_date=KEY_DATE, capacity=Capacity(("Ana",), hours))
        return day.set_index("customer_id")["treatment"].to_dict()

    # Beyond the mail A's call brings 40 in 10 minutes, his visit 50 in 30; B's call brings 5, his visit 55.
    assert shown(10 / 60) == {"A": "call", "B": "mail"}
    assert shown(30 / 60) == {"A": "mail", "B": "visit"}
    assert shown(40 / 60) == {"A": "call", "B": "visit"}
    assert shown(0) == {"A": "mail", "B": "mail"}


def test_who_is_held_back_waits_and_it_is_said_why() -> None:
    held = {
        "held": ["promise hold", "", ""],
        "contact_day": pd.to_datetime(["2026-11-05", "2026-11-02", KEY_DATE]),
    }
    prescribed, scores = treatments(*((who, "call", 10.0, 0.0) for who in "ABC"), **held)
    worklist = build_worklist(prescribed, scores, key_date=KEY_DATE, capacity=Capacity()).set_index(
        "customer_id"
    )
    assert worklist["on_today"].to_dict() == {"C": True, "A": False, "B": False}
    assert "; waits: promise hold, contact from 2026-11-05" in worklist["why"]["A"]
    assert "; waits: no contact today, contact from 2026-11-02" in worklist["why"]["B"]
    assert worklist["held"]["C"] == ""


def test_who_nobody_can_treat_waits_and_it_is_said_why() -> None:
    prescribed, scores = treatments(("A", "call", 10.0, 0.0), ("B", "call", 10.0, 0.0))
    team = Capacity((Collector("Ana", languages=("en",)),))
    day = build_worklist(prescribed, scores.assign(language=["es", "en"]), key_date=KEY_DATE, capacity=team)
    assert day["language"].tolist() == ["en", "es"]
    assert day["why"][1].endswith("; waits: no collector speaks es")


def test_customers_stay_with_their_owner_and_see_their_invoices() -> None:
    prescribed, scores = treatments(("A", "call", 10.0, 0.0), ("B", "call", 10.0, 0.0))
    items = pd.DataFrame(
        {
            "invoice_id": ["R1"],
            "customer_id": ["A"],
            "balance": [9.5],
            "days_past_due": [1],
            "currency": ["EUR"],
        }
    )
    beside = Beside(items=items, owners={"A": "Ben", "B": "Ana"}, currency="EUR")
    day = build_day(prescribed, scores, key_date=KEY_DATE, capacity=Capacity(("Ana", "Ben")), beside=beside)
    worklist = day.worklist.set_index("customer_id")
    assert worklist["collector"].to_dict() == {"A": "Ben", "B": "Ana"}
    assert worklist["invoices"].to_dict() == {"A": "R1: 9.50 EUR, due 2026-10-30, 1 day late", "B": ""}
    assert worklist["why"]["A"].startswith("High: 1 item, 1,000.00 EUR overdue")
    assert day.allocation.desks["own_customers"].tolist() == [1, 1]
    assert day.allocation.value == 100.0


def test_invoices_without_a_currency_of_their_own_are_in_the_reporting_currency() -> None:
    prescribed, scores = treatments(("A", "call", 10.0, 0.0))
    items = pd.DataFrame({"invoice_id": ["R1"], "customer_id": ["A"], "balance": [9.5], "days_past_due": [0]})
    worklist = build_worklist(
        prescribed,
        scores,
        key_date=KEY_DATE,
        capacity=Capacity(),
        beside=Beside(items=items, currency="EUR"),
    )
    assert worklist["invoices"].tolist() == ["R1: 9.50 EUR, due 2026-10-31, today"]
