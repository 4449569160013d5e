"""The expected incremental value of treatments."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.features import Features
from arseg.models import DiscreteHazard, KaplanMeierByTerms
from arseg.models.contact_contrast import contrasts
from arseg.schema import PROFILE, DataError, UsageError
from arseg.uplift import Worth, followed, incremental_value, overdue_contacts
from oracle.desks import Desk, draw_desk

CUSTOMERS = 80


@pytest.fixture(scope="module", name="seen")
def _seen() -> Desk:
    return draw_desk(6000)


@pytest.fixture(scope="module", name="model")
def _model(seen: Desk) -> DiscreteHazard:
    return DiscreteHazard(trees=40).fit(seen.X, seen.y, contacts=overdue_contacts(seen.log, seen.X))


@pytest.fixture(scope="module", name="features")
def _features(seen: Desk) -> Features:
    X = seen.X[: 3 * CUSTOMERS]
    names = [f"C{place % CUSTOMERS:03d}" for place in range(len(X))]
    items = X.drop(columns="slow").reset_index()
    items.insert(1, "customer_id", names)
    # The model knows the item's own slowness; here it stands among the invoice's figures.
    items["slow"] = X["slow"].to_numpy()
    customers = pd.DataFrame({"customer_id": sorted(set(names))})
    profile = customers.assign(**dict.fromkeys(PROFILE, ""))
    return Features(dt.date(2024, 3, 18), items, customers, pd.DataFrame({"block": []}), profile)


def options_of(features: Features, **changes: object) -> pd.DataFrame:
    ids = features.customers["customer_id"]
    call = {
        "treatment": "Call",
        "channel": "call",
        "tone": "firm",
        "minutes": 8.0,
        "cost": 2.0,
        "cadence_days": 7,
    }
    mail = call | {"treatment": "Mail", "channel": "email", "tone": "nudge", "minutes": 0.0, "cost": 0.1}
    both = [pd.DataFrame({"customer_id": ids}).assign(**one) for one in (call, mail)]
    return pd.concat(both, ignore_index=True).assign(**changes)


def test_a_customers_value_is_the_sum_over_its_items(features: Features, model: DiscreteHazard) -> None:
    found = incremental_value(
        features, model, options_of(features), worth=Worth(interest=0.1, loss_share=0.5)
    )
    X = features.matrix()
    (part,) = contrasts(model, X, [[(0, "call", "firm")]])
    gains = np.zeros((len(X), 3))
    gains[part.rows] = part.gains[:, 0]
    money = X["balance"].to_numpy()[:, None] * gains * [1, -1, -1]
    sums = pd.DataFrame(money).groupby(features.items["customer_id"].to_numpy()).sum()
    calls = found[found["treatment"] == "Call"].set_index("customer_id")
    for place, name in enumerate(("cash", "euro_days", "loss")):
        assert calls[name].to_numpy() == pytest.approx(sums[place].loc[calls.index].to_numpy(), rel=1e-9)
    value = calls["cash"] + 0.1 / 365 * calls["euro_days"] + 0.5 * calls["loss"]
    assert calls["incremental_value"].to_numpy() == pytest.approx(value.to_numpy(), rel=1e-9)
    assert calls["net_value"].to_numpy() == pytest.approx((value - 2.0).to_numpy(), rel=1e-9)
    assert calls["per_minute"].to_numpy() == pytest.approx((value - 2.0).to_numpy() / 8, rel=1e-9)
    assert found.loc[found["treatment"] == "Mail", "per_minute"].isna().all()
    assert (found["value_basis"] == "estimated").all()


def test_calls_that_work_are_told_from_mails_that_do_not(features: Features, model: DiscreteHazard) -> None:
    found = incremental_value(features, model, options_of(features))
    call, mail = (found[found["treatment"] == name] for name in ("Call", "Mail"))
    due = call["incremental_value"].to_numpy() != 0
    assert due.sum() > CUSTOMERS / 2
    assert (call["incremental_low"].to_numpy()[due] > 0).all()
    within = (mail["incremental_low"] <= 0) & (mail["incremental_high"] >= 0)
    assert within.mean() > 0.5


def test_the_interval_covers_the_truth(features: Features) -> None:
    hits = []
    for seed in range(8):
        seen = draw_desk(2500, seed=seed, call=0.0)
        model = DiscreteHazard(trees=15).fit(seen.X, seen.y, contacts=overdue_contacts(seen.log, seen.X))
        calls = options_of(features).query("treatment == 'Call'")
        found = incremental_value(features, model, calls)
        total, error = found["incremental_value"].sum(), found["incremental_error"].sum()
        # One effect moves all customers alike, so that errors add up.
        hits.append(abs(total) <= 1.96 * error)
    assert sum(hits) >= 6


def test_without_a_log_of_contacts_all_is_assumed(features: Features, seen: Desk) -> None:
    options = options_of(features)
    for model in (KaplanMeierByTerms(), DiscreteHazard(trees=5).fit(seen.X[:500], seen.y[:500])):
        found = incremental_value(features, model, options)
        assert (found["value_basis"] == "assumed").all()
        assert found["incremental_value"].isna().all()
        assert found.index.equals(options.index)


def test_a_channel_that_the_log_does_not_know_is_assumed(features: Features, model: DiscreteHazard) -> None:
    options = options_of(features).assign(channel=lambda frame: frame["channel"].replace("email", "letter"))
    found = incremental_value(features, model, options)
    letter = options["channel"] == "letter"
    assert (found.loc[letter, "value_basis"] == "assumed").all()
    assert found.loc[letter, "incremental_value"].isna().all()
    assert (found.loc[~letter, "value_basis"] == "estimated").all()


def test_a_customer_without_open_items_is_assumed(features: Features, model: DiscreteHazard) -> None:
    stranger = options_of(features)[:1].assign(customer_id="nobody")
    assert incremental_value(features, model, stranger)["value_basis"].tolist() == ["assumed"]


def test_the_effect_may_be_anothers(features: Features, model: DiscreteHazard, seen: Desk) -> None:
    plain = DiscreteHazard(trees=5).fit(seen.X[:500], seen.y[:500])
    calls = options_of(features).query("treatment == 'Call'")
    found = incremental_value(features, plain, calls, effect=model.contact_)
    assert (found["value_basis"] == "estimated").all()
    assert found["incremental_value"].sum() > 0


def test_the_order_of_the_options_is_kept(features: Features, model: DiscreteHazard) -> None:
    options = options_of(features)
    turned = options.sample(frac=1, random_state=1)
    found, again = (incremental_value(features, model, frame) for frame in (options, turned))
    pd.testing.assert_frame_equal(again.loc[options.index], found)
    assert again.index.equals(turned.index)


def test_two_contacts_cost_twice_and_come_a_cadence_apart(features: Features, model: DiscreteHazard) -> None:
    calls = options_of(features).query("treatment == 'Call'")
    once, twice = (incremental_value(features, model, calls, worth=Worth(touches=n)) for n in (1, 2))
    cost = twice["incremental_value"] - twice["net_value"]
    assert cost.to_numpy() == pytest.approx(np.full(len(calls), 4.0))
    assert twice["incremental_value"].sum() > once["incremental_value"].sum()
    with pytest.raises(DataError, match="cadence_days"):
        incremental_value(features, model, calls.drop(columns="cadence_days"), worth=Worth(touches=2))


def test_a_contact_after_the_due_day_counts_one_on_it_does_not() -> None:
    X = pd.DataFrame({"days_past_due": [-3.0]}, index=["A"])
    log = pd.DataFrame({"invoice_id": "A", "day": [3, 4], "channel": "call", "tone": "firm"})
    assert overdue_contacts(log, X)["day"].tolist() == [4]


def test_contacts_of_items_that_are_not_there_are_left_out() -> None:
    X = pd.DataFrame({"days_past_due": [3.0]}, index=["A"])
    log = pd.DataFrame({"invoice_id": ["B", "A"], "day": 1, "channel": "call", "tone": "firm"})
    assert overdue_contacts(log, X)["row"].tolist() == [0]


def test_an_item_twice_is_refused() -> None:
    X = pd.DataFrame({"days_past_due": [3.0, 4.0]}, index=["A", "A"])
    log = pd.DataFrame({"invoice_id": ["A"], "day": 1, "channel": "call", "tone": "firm"})
    with pytest.raises(DataError, match=r"an item stands twice in X\. Given: A"):
        overdue_contacts(log, X)


def test_outcomes_are_followed_to_the_day_itself() -> None:
    y = pd.DataFrame({"event": [1, 3, 2], "duration": [31, 32, 400]})
    assert followed(y, 31).to_numpy().tolist() == [[1, 31], [0, 31], [0, 31]]


@pytest.mark.parametrize(
    "wrong", [{"horizon_days": 0}, {"first_day": 60}, {"touches": 0}, {"interest": -0.1}, {"loss_share": 1.1}]
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="a number of Worth is out of range"):
        Worth(**wrong)  # type: ignore[arg-type]
