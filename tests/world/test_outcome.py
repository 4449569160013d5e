from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from arseg.schema import UsageError
from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import draw_world
from arseg.world.legacy import by_softmax, on_review
from arseg.world.outcome import TIMES, Outcome, day_after
from arseg.world.so_far import Contacts, LedgerSoFar

KEY_DATE = dt.date(2025, 2, 28)
softmax = on_review(by_softmax)


def nobody(so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
    """Leave everybody in peace."""
    del so_far, key_date
    return {}


def everybody(so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
    """Call everybody."""
    del key_date
    return dict.fromkeys(so_far.customer_ids, "call")


@pytest.fixture(scope="module")
def small() -> World:
    return draw_world(60, Calendar(dt.date(2024, 1, 1), 18), seed=8)


@pytest.fixture(scope="module")
def in_peace(small: World) -> Outcome:
    return small.run(nobody, courses=6)


@pytest.fixture(scope="module")
def called(small: World) -> Outcome:
    return small.run(everybody, courses=6)


@pytest.fixture(scope="module")
def followed(small: World) -> Outcome:
    return small.run(softmax, courses=12, after=KEY_DATE, horizon=90)


def test_the_figures_are_ratios_of_mean_sums(in_peace: Outcome) -> None:
    for truth, names in (
        (in_peace.dso, ("receivable_days", "invoiced")),
        (in_peace.bad_debt_ratio, ("net_written_off", "invoiced")),
        (in_peace.collection_rate, ("collected", "collectable")),
    ):
        above, below = (np.mean([getattr(s, name) for s in in_peace.sums]) for name in names)
        assert truth.value == pytest.approx(above / below)
        assert (truth.numerator, truth.denominator) == (pytest.approx(above), pytest.approx(below))
        assert truth.error >= 0
    assert 25 < in_peace.dso.value < 60
    assert 0.9 < in_peace.collection_rate.value <= 1.0


def test_calls_bring_money_sooner_and_the_paired_difference_is_sharper(
    in_peace: Outcome, called: Outcome
) -> None:
    assert called.dso.value < in_peace.dso.value
    gain = called.minus(in_peace)
    assert gain.value == pytest.approx(called.policy_value.value - in_peace.policy_value.value)
    unpaired = np.hypot(called.policy_value.error, in_peace.policy_value.error)
    assert gain.error < unpaired


def test_one_course_has_no_error(small: World) -> None:
    assert np.isnan(small.run(nobody).dso.error)


def test_more_courses_agree_with_fewer_within_their_error(small: World, in_peace: Outcome) -> None:
    more = small.run(nobody, courses=14)
    assert more.dso.error < in_peace.dso.error * 1.2
    assert abs(more.dso.value - in_peace.dso.value) < 4 * in_peace.dso.error


def test_incidence_after_a_key_date_speaks_of_exactly_the_open_items(followed: Outcome) -> None:
    table = followed.incidence.to_pandas()
    assert sorted(set(table["days"])) == list(TIMES)
    assert len(table) == len(followed.subjects[0]) * len(TIMES) > 100
    total = table[["paid", "credited", "written_off"]].sum(axis=1)
    assert total.between(0, 1 + 1e-9).all()
    rising = table.assign(total=total).groupby("invoice_id")["total"].diff().dropna()
    assert (rising > -1e-9).all()
    middle = table[(table["days"] == 30)]["paid"]
    assert ((middle > 0.05) & (middle < 0.95)).mean() > 0.2


def test_predicted_cash_is_what_other_courses_bring(small: World, followed: Outcome) -> None:
    """The incidence of twelve courses foretells the thirteenth."""
    other = small.run(softmax, courses=40, after=KEY_DATE, horizon=90)
    ours, theirs = (
        o.incidence.to_pandas().set_index(["invoice_id", "days"])["paid"] for o in (followed, other)
    )
    assert ours.index.equals(theirs.index)
    assert abs(ours.mean() - theirs.mean()) < 0.02
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95


def test_expected_loss_is_the_mean_of_what_is_lost(in_peace: Outcome) -> None:
    table = in_peace.expected_loss.to_pandas()
    assert len(table) == len(in_peace.subjects[0])
    assert (table["error"] >= 0).all()
    assert table["expected_loss"].max() > 0
    lost = np.mean([s.net_written_off for s in in_peace.sums])
    assert table["expected_loss"].sum() <= lost + 1e-6


def test_the_truth_of_the_first_course_comes_along(in_peace: Outcome) -> None:
    assert {"reviews", "distress", "contacts", "customers"} <= set(in_peace.tables)


def test_what_cannot_be_paired_is_refused(in_peace: Outcome, followed: Outcome) -> None:
    with pytest.raises(UsageError, match=r"cannot be paired.*12 courses") as caught:
        in_peace.minus(followed)
    assert caught.value.code == "not_paired"


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"courses": 0}, "there is no course"),
        ({"after": dt.date(2023, 12, 31)}, "does not lie in the book"),
        ({"after": dt.date(2025, 5, 31), "horizon": 120}, "ends after the book"),
    ],
)
def test_wrong_usage_is_refused(small: World, how: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        small.run(nobody, **how)


def test_the_day_after_the_last_is_the_length_of_the_book(small: World) -> None:
    assert day_after(small, small.calendar.end) == small.calendar.days
