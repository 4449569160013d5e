from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from arseg.schema import UsageError
from arseg.world.book import World
from arseg.world.course import Course, Days, follow
from arseg.world.legacy import by_softmax, on_review
from arseg.world.reviews import CALL, EMAIL, NONE, Decision
from arseg.world.so_far import Contacts, LedgerSoFar, customer_id, decision_of
from arseg.world.tables import TABLES, customer_ids


@pytest.fixture(scope="module")
def seen(world: World) -> list[LedgerSoFar]:
    """Return what a policy that looks at every table saw on the days 100 to 130."""
    found: list[LedgerSoFar] = []

    def look(so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
        if 100 <= so_far.review.day <= 130:
            found.append(so_far)
            assert so_far.key_date == key_date
            for name in so_far:
                assert so_far[name].num_rows >= 0
        return {}

    follow(world, look)
    return found


def test_a_policy_sees_no_row_that_is_known_later(seen: list[LedgerSoFar]) -> None:
    assert len(seen) > 15
    for so_far in seen:
        assert tuple(so_far) == tuple(TABLES)
        assert len(so_far) == len(TABLES)
        for table in so_far.values():
            days = table["known_on"].to_pylist()
            assert max(days, default=so_far.key_date) <= so_far.key_date
        assert max(so_far["invoices"]["known_on"].to_pylist()) >= so_far.key_date - dt.timedelta(days=7)


def test_what_a_policy_is_given_leads_nowhere_else(seen: list[LedgerSoFar]) -> None:
    assert {name for name in vars(seen[0]) if not name.startswith("_")} == {"key_date", "review", "luck"}
    with pytest.raises(KeyError):
        seen[0]["truth"]


def test_a_ledger_that_was_kept_shows_nothing_of_later_days(world: World) -> None:
    kept: list[LedgerSoFar] = []

    def keep(so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
        kept.append(so_far)
        assert so_far["invoices"]["known_on"].to_pylist()[-1] <= key_date
        return {}

    days = Days(world)
    days.pass_until(60, keep)
    rows = kept[0]["invoices"].num_rows
    days.pass_until(90, keep)
    assert kept[0]["invoices"].num_rows == rows
    with pytest.raises(UsageError, match=r"evening is over.*table postings") as caught:
        kept[0]["postings"]
    assert caught.value.code == "evening_is_over"


def test_actions_by_customer_id_are_the_decision_of_the_review(seen: list[LedgerSoFar]) -> None:
    so_far = next(one for one in seen if len(one.review) >= 3)
    first, second, *rest = so_far.customer_ids
    decision = decision_of({first: "call", second: "email"}, so_far)
    assert decision.action.tolist() == [CALL, EMAIL] + [NONE] * len(rest)
    assert decision.probabilities is None
    ready = Decision(np.zeros(len(so_far.review), dtype=np.int64))
    assert decision_of(ready, so_far) is ready


def test_what_cannot_be_done_is_refused(seen: list[LedgerSoFar]) -> None:
    with pytest.raises(UsageError, match=r"not under review.*C99999.*so_far.customer_ids") as caught:
        decision_of({"C99999": "call"}, seen[0])
    assert caught.value.code == "not_under_review"
    with pytest.raises(UsageError, match=r"unknown action.*visit.*none, email, firm_email, call"):
        decision_of({seen[0].customer_ids[0]: "visit"}, seen[0])


@pytest.mark.parametrize(("more", "code"), [(-1, 0), (1, 0), (0, 9), (0, -1)])
def test_a_decision_of_another_length_or_of_unknown_codes_is_refused(
    seen: list[LedgerSoFar], more: int, code: int
) -> None:
    count = len(seen[0].review)
    assert count > 0
    with pytest.raises(UsageError, match=rf"does not fit the review.*{count} codes from 0 to 3"):
        decision_of(Decision(np.full(count + more, code)), seen[0])


def test_a_policy_by_ids_does_what_the_same_policy_by_numbers_does(world: World, course: Course) -> None:
    def by_ids(so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
        del key_date
        action = by_softmax(so_far.review, so_far.luck).action.tolist()
        names = ("none", "email", "firm_email", "call")
        return {one: names[code] for one, code in zip(so_far.customer_ids, action, strict=True)}

    ours, theirs = follow(world, by_ids), course
    np.testing.assert_array_equal(ours.postings.known, theirs.postings.known)
    np.testing.assert_array_equal(ours.contacts.effect, theirs.contacts.effect)
    assert on_review(by_softmax) is not by_ids


def test_the_id_of_a_customer_is_that_of_the_tables() -> None:
    numbers = np.array([0, 11, 99_998, 123_455])
    assert [customer_id(n) for n in numbers.tolist()] == customer_ids(numbers).to_pylist()
