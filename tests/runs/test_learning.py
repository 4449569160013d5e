"""Whether the book says enough, which model is chosen, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.ledger import Ledger
from arseg.runs import assigning, learning
from arseg.runs.experiment import Experiment
from arseg.runs.known_rows import Known, known_rows
from arseg.runs.learning import calibrated, candidates_of, decide, made
from arseg.runs.sections import Gate, Part
from arseg.schema import DataError

DAY = dt.date(2025, 11, 30)
KM, MEAN, PRIOR = (Part(name=name) for name in ("KaplanMeierByTerms", "CustomerMeanDelay", "DeclaredPrior"))


@pytest.fixture(scope="module", name="walk")
def _walk(small_ledger: Ledger) -> Walk:
    # The blocks that a score reads are enough to choose a model.
    return Walk(
        small_ledger, Plan(landmarks=4, draws=50), blocks=["item", "payment_history", "exposure", "aging"]
    )


@pytest.fixture(scope="module", name="known")
def _known(walk: Walk) -> Known:
    return known_rows(walk, DAY)


def asked(model: Part = KM, **changes: Any) -> Experiment:
    declared = {
        "policies": [Part(name="AgingBuckets")],
        "in_force": "AgingBuckets",
        "publish": "AgingBuckets",
    }
    return Experiment(name="small", ledger="small", model=model, **declared, **changes)  # type: ignore[arg-type]


def test_before_a_landmark_nothing_is_known_and_that_is_no_error(walk: Walk) -> None:
    first = walk.ledger.first_posting
    assert first is not None
    early = known_rows(walk, first)
    assert (len(early.X), len(early.y), len(early.rows)) == (0, 0, 0)
    decision = decide(asked(), walk, early, first)
    assert decision.chosen == PRIOR
    model = made(decision.chosen).fit(early.X, early.y)
    assert model.predict_cumulative_incidence(walk.landmark(first).features.matrix(), [30]).min() >= 0


def test_one_model_is_compared_with_nothing(
    walk: Walk, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "_judged", None)
    decision = decide(asked(MEAN), walk, known, DAY)
    assert (decision.chosen, decision.notes, decision.fell_back) == (MEAN, (), False)
    assert decision.record()["compared"] == []
    assert "compared with no other" in decision.why


@pytest.mark.parametrize(
    ("model", "gate", "chosen", "reason"),
    [
        (Part(name="DiscreteHazard"), Gate(events=10_000), MEAN, "235 events, 10000 needed"),
        (MEAN, Gate(customers=99), KM, "40 customers with an event, 99 needed"),
        (KM, Gate(key_dates=9), PRIOR, "4 key dates, 9 needed"),
        (calibrated(KM), Gate(followed_days=400), MEAN, "followed by half of the rows, 400 needed"),
    ],
)
def test_a_book_that_says_too_little_gets_a_less_demanding_model_and_the_reason(
    walk: Walk, known: Known, model: Part, gate: Gate, chosen: Part, reason: str
) -> None:
    decision = decide(asked(model, gate=gate), walk, known, DAY)
    assert decision.chosen == chosen
    assert decision.notes == (decision.why,)
    assert f"too little to train {model.name} (" in decision.why
    assert reason in decision.why
    assert f"{chosen.name} takes its place" in decision.why
    assert decision.record()["fell_back"]


def test_the_prior_is_the_declared_one(walk: Walk, known: Known) -> None:
    gate = Gate(events=10_000, prior={"median_days_late": 12.0})
    decision = decide(asked(KM, gate=gate), walk, known, DAY)
    assert repr(made(decision.chosen)) == "DeclaredPrior(median_days_late=12.0)"
    assert decision.why.endswith("DeclaredPrior takes its place, which learns nothing from the book")


def test_every_candidate_also_stands_bent_where_that_is_asked_for() -> None:
    one = asked(KM, challengers=[MEAN, calibrated(PRIOR)], calibrate=True)
    assert candidates_of(one) == [KM, MEAN, calibrated(PRIOR), calibrated(KM), calibrated(MEAN)]
    assert candidates_of(asked(KM, challengers=[MEAN])) == [KM, MEAN]


def test_the_challenger_that_foretells_later_key_dates_better_is_chosen(walk: Walk, known: Known) -> None:
    far = Part(name="DeclaredPrior", parameters={"median_days_late": 200.0})
    decision = decide(asked(far, challengers=[MEAN]), walk, known, DAY)
    table = decision.compared.set_index("model")["log_loss"]
    assert decision.chosen == MEAN
    assert table["CustomerMeanDelay()"] < table["DeclaredPrior(median_days_late=200.0)"] - 0.5
    assert decision.key_dates == (dt.date(2025, 6, 30), dt.date(2025, 7, 31))[-len(decision.key_dates) :] or (
        decision.key_dates[-1] <= DAY - dt.timedelta(days=100)
    )
    record = decision.record()
    assert record["chosen"]["name"] == "CustomerMeanDelay"
    assert [row["model"] for row in record["compared"]] == list(table.index)


def test_candidates_are_compared_by_what_they_said_before_the_outcome_was_known(
    walk: Walk, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[dt.date, dt.date]] = []
    plain = learning.judge_models

    def watched(fold: Any, outcomes: pd.DataFrame) -> pd.DataFrame:
        seen.append((fold.fitted_on, fold.key_date))
        assert (outcomes["followed_days"] <= walk.plan.horizon_days).all()
        return plain(fold, outcomes)

    monkeypatch.setattr(learning, "judge_models", watched)
    decision = decide(asked(KM, challengers=[MEAN]), walk, known, DAY)
    assert tuple(day for _, day in seen) == decision.key_dates
    assert {fitted for fitted, _ in seen} == {decision.key_dates[0]}, "every candidate is fitted once"
    reach = dt.timedelta(days=walk.plan.horizon_days + walk.plan.settle_lag_days)
    assert all(day + reach <= DAY for day in decision.key_dates)


@pytest.fixture(name="all_off")
def _all_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def off(judged: pd.DataFrame, **_: Any) -> learning.Selection:
        names = list(dict.fromkeys(judged["model"]))
        table = pd.DataFrame(
            {"model": names, "log_loss": 0.5, "slope": 2.0, "worst_gap": float("nan"), "vetoed": True}
        )
        return learning.Selection("", table.assign(why="calibration slope 2.00 is outside 0.9 to 1.1"))

    monkeypatch.setattr(learning, "select_model", off)


@pytest.mark.usefixtures("all_off")
def test_where_all_are_vetoed_the_run_is_stamped_or_stops(walk: Walk, known: Known) -> None:
    stamped = decide(asked(KM, challengers=[MEAN]), walk, known, DAY)
    assert stamped.chosen == KM
    assert "none of 2 models may be published" in stamped.notes[0]
    assert stamped.notes[0].endswith("KaplanMeierByTerms(), is published under this reserve")
    assert stamped.under_reserve
    assert stamped.record()["compared"][0]["worst_gap"] is None
    with pytest.raises(DataError, match=r"of every candidate are off.*say `calibrate: true`") as refused:
        decide(asked(KM, challengers=[MEAN], gate=Gate(when_vetoed="stop")), walk, known, DAY)
    assert refused.value.code == "not_calibrated"


def test_too_early_to_compare_the_declared_model_stands(walk: Walk) -> None:
    early = dt.date(2024, 5, 31)
    known = known_rows(walk, early)
    low = Gate(events=0, customers=0, key_dates=0, followed_days=0)
    decision = decide(asked(KM, challengers=[MEAN], gate=low), walk, known, early)
    assert decision.chosen == KM
    assert "no later key date was mature enough" in decision.notes[0]


def test_a_challenger_that_the_book_says_too_little_for_is_left_out_and_named(
    walk: Walk, known: Known
) -> None:
    half = slice(0, len(known.X) // 2)
    less = Known(known.X[half], known.y[half], known.rows[half])
    decision = decide(asked(KM, challengers=[Part(name="DiscreteHazard")]), walk, less, DAY)
    assert (decision.chosen, decision.fell_back) == (KM, False)
    assert "DiscreteHazard is left out (" in decision.why
    assert "events, 200 needed" in decision.notes[0]


def test_the_prior_itself_needs_nothing(walk: Walk, known: Known) -> None:
    decision = decide(asked(PRIOR, gate=Gate(events=10_000)), walk, known, DAY)
    assert (decision.chosen, decision.fell_back) == (PRIOR, False)


MakeRun = Callable[..., Any]


def test_a_small_book_goes_all_the_way_on_the_declared_prior(small_run: MakeRun, tmp_path: Any) -> None:
    from arseg.runs import edition, stages

    run = small_run(tmp_path, gate=Gate(events=10_000, prior={"median_days_late": 9.0}))
    low = run.experiment.model_copy(update={"model": KM})
    run = type(run)(**{**run.__dict__, "experiment": low})
    stages.build(run)
    stages.check_ledger(run)
    trained = stages.train(run)
    assert next(iter(trained.models)) == "DeclaredPrior(median_days_late=9.0)"
    assert trained.scores.customers["reasons"].str.contains("declared, not learnt").all()
    assigning.assign(run)
    stages.compare(run)
    edition.write(run, edition.collect(run))
    said = "the book says too little to train KaplanMeierByTerms (235 events, 10000 needed)"
    assert run.load("backtest")["notes"][0].startswith(said)
    assert run.load("training")["chosen_because"].startswith(said)
    assert said in (run.to_publish / "index.html").read_text(encoding="utf-8").replace("&#39;", "'")
    card = run.load("selection")
    assert card["passed_over"][0]["reasons"] == ["235 events, 10000 needed"]
    assert any(said[1:] in limit for limit in _card(run)["limits"])


def _card(run: Any) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads((run.to_publish / "model_card.json").read_text(encoding="utf-8"))
    return found
