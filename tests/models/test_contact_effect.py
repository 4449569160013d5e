"""What contacts do to the hazard of payment, on books whose truth is known."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard
from arseg.models.contact_effect import ContactEffect
from arseg.schema import DataError, UsageError

HALF_LIFE = 7.0
DAYS = 120


@dataclass(frozen=True)
class Desk:
    """Items due at their key date, what was done about them, and what became of them."""

    X: pd.DataFrame
    y: pd.DataFrame
    contacts: pd.DataFrame


def desk(rows: int, seed: int, *, effect: float = 0.5, weekly: float | None = None) -> Desk:
    """Draw a desk that contacts the risky more often, day by day: who is contacted has stayed unpaid.

    Parameters
    ----------
    rows, seed
        Of the draw.
    effect
        Change of the log-odds of payment on a day per unit of stock.
    weekly
        Where given, everybody is contacted on each seventh day with this chance instead.
    """
    random = np.random.default_rng(seed)
    risk = np.random.default_rng(0).normal(size=rows)
    is_open, stock, new = np.ones(rows, bool), np.zeros(rows), np.zeros(rows)
    duration, event, made = np.full(rows, DAYS), np.zeros(rows, int), []
    for day in range(1, DAYS + 1):
        stock = stock * 2 ** (-1 / HALF_LIFE) + new
        odds = np.exp(-3.2 - 0.9 * risk + 0.5 * np.cos(2 * np.pi * day / 7) + effect * stock)
        paid = is_open & (random.random(rows) < odds / (1 + odds))
        duration[paid], event[paid] = day, 1
        is_open &= ~paid
        habit = (0.01 + 0.08 / (1 + np.exp(-1.5 * risk))) * (day > 5)
        chance = habit if weekly is None else np.full(rows, weekly if day % 7 == 0 else 0.0)
        new = (is_open & (random.random(rows) < chance)).astype(float)
        made.append(np.column_stack([np.flatnonzero(new), np.full(int(new.sum()), day)]))
    log = pd.DataFrame(np.vstack(made), columns=["row", "day"])
    log["channel"] = random.choice(["call", "email"], len(log), p=[0.4, 0.6])
    X = pd.DataFrame(
        {"days_past_due": 0, "terms_days": 30, "key_day": random.integers(19000, 19700, rows), "risk": risk}
    )
    return Desk(X, pd.DataFrame({"event": event, "duration": duration}), log.assign(tone="firm"))


@pytest.fixture(scope="module", name="seen")
def _seen() -> Desk:
    return desk(20_000, seed=1)


@pytest.fixture(scope="module", name="model")
def _model(seen: Desk) -> DiscreteHazard:
    return DiscreteHazard(trees=80).fit(seen.X, seen.y, contacts=seen.contacts)


def effect_of(model: DiscreteHazard) -> ContactEffect:
    assert model.contact_ is not None
    return model.contact_


def test_the_effect_comes_out_where_a_comparison_has_the_wrong_sign(
    seen: Desk, model: DiscreteHazard
) -> None:
    contacted = seen.X.index.isin(seen.contacts["row"])
    assert seen.y["duration"][contacted].mean() - seen.y["duration"][~contacted].mean() > 15
    effect = effect_of(model)
    assert effect.columns == ["contact", "channel=call"]
    assert effect.half_life == HALF_LIFE
    assert abs(effect.coefficients[0] - 0.5) < 0.08
    assert abs(effect.coefficients[1]) < 0.1
    assert (effect.errors < 0.06).all()


def test_a_contact_without_effect_is_found_to_have_none() -> None:
    idle = desk(12_000, seed=3, effect=0.0)
    effect = effect_of(DiscreteHazard(trees=60).fit(idle.X, idle.y, contacts=idle.contacts))
    assert abs(effect.coefficients[0]) < 4 * effect.errors[0] + 0.05


def test_a_path_that_nobody_walked_is_foretold(seen: Desk, model: DiscreteHazard) -> None:
    rows, times = 4000, np.arange(1, 91)
    path = pd.DataFrame(
        [(row, day) for row in range(rows) for day in range(7, 90, 7)], columns=["row", "day"]
    )
    path = path.assign(channel="email", tone="firm")
    unpaid = []
    for contacts in (path, path[:0]):
        paid = model.predict_cumulative_incidence(seen.X[:rows], times, contacts=contacts)[:, 0]
        unpaid.append((1 - paid).sum(axis=1).mean())
    many, few = (desk(20_000, seed=4, weekly=share).y["duration"][:rows] for share in (1.0, 0.0))
    truth = np.minimum(many, 90).mean() - np.minimum(few, 90).mean()
    assert truth < -6
    assert unpaid[0] - unpaid[1] == pytest.approx(truth, rel=0.2)


def test_more_contacts_never_make_payment_later(seen: Desk, model: DiscreteHazard) -> None:
    one = pd.DataFrame({"row": [0, 1], "day": [5, 20], "channel": "email", "tone": "firm"})
    two = pd.concat([one, one.assign(day=[9, 2])])
    some = seen.X[:50]
    paths = [
        model.predict_cumulative_incidence(some, [10, 40, 90], contacts=log) for log in (one[:0], one, two)
    ]
    for less, more in itertools.pairwise(paths):
        assert (more[:, 0] >= less[:, 0] - 1e-12).all()
        assert (more[:2, 0, -1] > less[:2, 0, -1]).all()
        assert more[2:] == pytest.approx(less[2:], abs=1e-12)
    assert (paths[2].sum(axis=1) <= 1 + 1e-12).all()


def test_what_the_practice_brings_does_not_hang_on_the_log(seen: Desk, model: DiscreteHazard) -> None:
    plain = DiscreteHazard(trees=80).fit(seen.X, seen.y)
    found = [one.predict_cumulative_incidence(seen.X[:200], [30]) for one in (plain, model)]
    assert (found[0] == found[1]).all()


def test_a_stored_effect_is_the_same_effect(seen: Desk, model: DiscreteHazard) -> None:
    stored = json.loads(json.dumps(model.to_dict()))
    again, log = DiscreteHazard.from_dict(stored), seen.contacts[seen.contacts["row"] < 100]
    found = [one.predict_cumulative_incidence(seen.X[:100], [30], contacts=log) for one in (again, model)]
    assert (found[0] == found[1]).all()


def test_the_order_of_items_and_of_contacts_does_not_count(seen: Desk) -> None:
    rows = 4000
    small = Desk(seen.X[:rows], seen.y[:rows], seen.contacts[seen.contacts["row"] < rows])
    turned = np.random.default_rng(2).permutation(rows)
    place = np.argsort(turned)
    log = small.contacts.sample(frac=1, random_state=2).assign(row=lambda frame: place[frame["row"]])
    first = DiscreteHazard(trees=15).fit(small.X, small.y, contacts=small.contacts)
    other = DiscreteHazard(trees=15).fit(small.X.iloc[turned], small.y.iloc[turned], contacts=log)
    assert effect_of(first).coefficients == pytest.approx(effect_of(other).coefficients, abs=1e-9)


def test_what_comes_after_an_item_has_left_says_nothing(seen: Desk) -> None:
    rows = 4000
    small = Desk(seen.X[:rows], seen.y[:rows], seen.contacts[seen.contacts["row"] < rows])
    left = small.y["duration"].to_numpy()
    after = pd.DataFrame({"row": np.arange(rows), "day": left + 1, "channel": "call", "tone": "firm"})
    on_it = after.assign(day=left, channel="email")
    noisy = pd.concat([small.contacts, after, on_it], ignore_index=True)
    found = [
        effect_of(DiscreteHazard(trees=10).fit(small.X, small.y, contacts=log))
        for log in (small.contacts[small.contacts["day"].to_numpy() < left[small.contacts["row"]]], noisy)
    ]
    assert found[0].coefficients == pytest.approx(found[1].coefficients, abs=1e-12)
    assert found[0].half_life == found[1].half_life


def test_it_knows_what_the_log_had_enough_of(model: DiscreteHazard) -> None:
    effect = effect_of(model)
    assert effect.commonest == ("email", "firm")
    assert effect.knows("email", "firm")
    assert effect.knows("call", "firm")
    assert not effect.knows("letter", "firm")
    assert not effect.knows("call", "nudge")
    assert effect.stock_of("call", "firm").tolist() == [1, 1]
    assert effect.stock_of("email", "firm").tolist() == [1, 0]


def test_errors_are_those_of_the_covariance(model: DiscreteHazard) -> None:
    effect = effect_of(model)
    assert effect.errors**2 == pytest.approx(np.diag(effect.covariance))
    assert effect.covariance == pytest.approx(effect.covariance.T)


def test_without_a_log_it_says_that_it_cannot(seen: Desk) -> None:
    plain = DiscreteHazard(trees=5).fit(seen.X[:500], seen.y[:500])
    with pytest.raises(UsageError, match=r"cannot say what contacts do\..*learnt without a log of contacts"):
        plain.predict_cumulative_incidence(seen.X[:5], [30], contacts=seen.contacts[:0])


def test_too_few_contacts_are_refused(seen: Desk) -> None:
    few = seen.contacts[seen.contacts["row"] < 500][:49]
    with pytest.raises(DataError, match=r"too few contacts to learn from\. Given: 49 after the key dates"):
        DiscreteHazard(trees=5).fit(seen.X[:500], seen.y[:500], contacts=few)
