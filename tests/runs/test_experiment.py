from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from arseg.runs.experiment import Experiment, read_experiment
from arseg.schema import UsageError

from .conftest import EXPERIMENT


@pytest.fixture(name="declare")
def _declare(tmp_path: Path):  # noqa: ANN202 - a closure over the folder
    def declare(*replacements: tuple[str, str], more: str = "") -> Path:
        text = EXPERIMENT + more
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "demo.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return declare


def test_an_experiment_says_everything_with_its_defaults_written_out(declare) -> None:
    one = read_experiment(declare())
    assert [part.name for part in one.baselines] == ["KaplanMeierByTerms", "CustomerMeanDelay"]
    assert one.policies[1].parameters == {"medium_from": 0.1}
    assert (one.training.landmarks, one.training.settle_lag_days) == (12, 10)
    assert (one.backtest.key_dates, one.backtest.horizon_days, one.backtest.draws) == (12, 90, 500)
    assert (one.capacity.collectors, one.capacity.hours_per_day) == (2, 6.0)
    assert (one.playbook, one.quality.refuse_on, one.key_date) == ("standard", "error", None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ledger: demo", "leger: demo", r"unknown key 'leger' in .*demo.yaml, line 3.*write 'ledger'"),
        (
            "    trees: 40",
            "    trees: 40\n  paramters: {}",
            r"'model.paramters' in .*line 8.*write 'parameters'",
        ),
        (
            "    parameters:\n      medium",
            "    params:\n      medium",
            r"unknown key 'policies.1.params'.*line 11",
        ),
        (
            "in_force: AgingBuckets",
            "in_force: AgingBucket",
            r"in_force is wrong in .*line 13.*AgingBuckets, RiskTiers",
        ),
        ("publish: RiskTiers", "publish: Tiers", r"publish is wrong in .*line 14.*Given: 'Tiers'"),
        ("name: RiskTiers", "name: AgingBuckets", r"policies is wrong in .*line 8.*each name once"),
        ("name: demo\n", "name: ../demo\n", r"name is wrong in .*line 1.*Given: '../demo'"),
        ("name: demo\n", "name: demo\nname: demo\n", r"key 'name' stands twice in .*line 2"),
        (
            "title: Demo book",
            "key_date: 2026-02-30",
            r"key_date is wrong in .*line 2.*calendar day as YYYY-MM-DD",
        ),
        ("title: Demo book", "key_date: 20260228", r"key_date is wrong in .*line 2"),
        ("title: Demo book", "backtest:\n  draws: 0", r"backtest.draws is wrong in .*line 3"),
        ("title: Demo book", 'backtest:\n  draws: "500"', r"backtest.draws is wrong in .*valid integer"),
        ("title: Demo book", "training:\n  landmark: 3", r"write 'landmarks'"),
        ("title: Demo book", "quality:\n  refuse_on: no", r"refuse_on is wrong.*Given: 'no'"),
        (
            "title: Demo book",
            "quality:\n  max_age_days: -1",
            r"max_age_days is wrong in .*line 3.*Given: -?'?-1.*whole days from 0 on",
        ),
        (
            "title: Demo book",
            "quality:\n  max_age_days: {posting: 3}",
            r"one for some of customers, invoices",
        ),
        ("title: Demo book", "quality:\n  max_age_days: {postings: yes}", r"max_age_days is wrong"),
        ("title: Demo book", "quality:\n  when_stale: ignore", r"when_stale is wrong.*Given: 'ignore'"),
        ("ledger: demo\n", "", r"ledger is wrong in .*Field required"),
    ],
)
def test_a_wrong_key_or_value_is_refused_with_its_line(declare, old: str, new: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_experiment(declare((old, new)))


def test_ages_are_allowed_by_table_or_for_the_daily_ones(declare) -> None:
    assert (
        read_experiment(declare()).quality.max_age_days,
        read_experiment(declare()).quality.when_stale,
    ) == (7, "stamp")
    own = "quality:\n  max_age_days: {postings: 3, credit: 90}\n  when_stale: stop\n"
    quality = read_experiment(declare(more=own)).quality
    assert (quality.max_age_days, quality.when_stale) == ({"postings": 3, "credit": 90}, "stop")


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"does not exist.*Given: .*none.yaml") as refused:
        read_experiment(tmp_path / "none.yaml")
    assert refused.value.exit_code == 2


def test_an_address_with_a_password_is_refused(declare) -> None:
    path = declare(more="tracking:\n  uri: https://me:secret@mlflow.example\n")
    with pytest.raises(
        UsageError, match="an address without a password; name where it stands with uri_env or uri_file"
    ):
        read_experiment(path)


def test_the_resolved_record_is_plain_json_and_reads_back_as_the_same_experiment(declare) -> None:
    one = read_experiment(declare())
    record = json.loads(json.dumps(one.resolved(dt.date(2026, 10, 31))))
    assert record["key_date"] == "2026-10-31"
    assert Experiment.model_validate(record).resolved(dt.date(2026, 10, 31)) == record


def test_the_hash_knows_every_value_but_the_key_date(declare) -> None:
    one = read_experiment(declare())
    dated = read_experiment(declare(more="key_date: 2026-09-30\n"))
    assert one.experiment_hash == dated.experiment_hash
    changes = [
        ("trees: 40", "trees: 41"),
        ("Demo book", "Other book"),
        ("publish: RiskTiers", "publish: AgingBuckets"),
    ]
    hashes = {read_experiment(declare(change)).experiment_hash for change in changes}
    assert len({*hashes, one.experiment_hash}) == 4


def test_named_files_stand_in_the_home_and_names_stay_names(declare) -> None:
    home = Path("somewhere")
    plain = read_experiment(declare())
    assert (plain.playbook_in(home), plain.blocks_in(home)) == ("standard", None)
    own = read_experiment(
        declare(more="playbook: experiments/own.yaml\nfeatures:\n  folder: experiments/blocks\n")
    )
    assert own.playbook_in(home) == home / "experiments/own.yaml"
    assert own.blocks_in(home) == home / "experiments/blocks"


def test_a_model_may_be_challenged_calibrated_and_gated(declare) -> None:
    plain = read_experiment(declare())
    assert (plain.challengers, plain.calibrate, plain.gate.asked) == ([], False, {})
    assert (plain.gate.when_vetoed, plain.training.valid_days) == ("stamp", 92)
    more = (
        "challengers:\n  - name: SplineHazard\n  - name: DiscreteHazard\ncalibrate: true\n"
        "gate:\n  events: 300\n  key_dates: 0\n  prior: {median_days_late: 12.0}\n  when_vetoed: stop\n"
    )
    one = read_experiment(declare(more=more))
    assert [part.name for part in one.challengers] == ["SplineHazard", "DiscreteHazard"]
    assert one.gate.asked == {"events": 300, "key_dates": 0}
    assert one.gate.prior == {"median_days_late": 12.0}
    record = json.loads(json.dumps(one.resolved(dt.date(2026, 10, 31))))
    assert Experiment.model_validate(record) == one.model_copy(update={"key_date": "2026-10-31"})
    stamped = read_experiment(declare(more=more.replace("stop", "stamp")))
    assert len({plain.experiment_hash, one.experiment_hash, stamped.experiment_hash}) == 3


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("challenger:\n  - name: SplineHazard\n", r"unknown key 'challenger' .*line 15.*write 'challengers'"),
        ("gate:\n  event: 3\n", r"unknown key 'gate.event' .*line 16.*write 'events'"),
        ("gate:\n  events: -1\n", r"gate.events is wrong in .*line 16"),
        ("gate:\n  when_vetoed: ignore\n", r"gate.when_vetoed is wrong.*Given: 'ignore'"),
        ("calibrate: maybe\n", r"calibrate is wrong in .*line 15.*Given: 'maybe'"),
        (
            "challengers:\n  - name: DiscreteHazard\n    parameters: {trees: 40}\n",
            r"challengers is wrong in .*line 15.*another model than the declared one",
        ),
        ("training:\n  valid_days: 0\n", r"training.valid_days is wrong in .*line 16"),
    ],
)
def test_a_wrong_challenger_or_gate_is_refused_with_its_line(declare, more: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_experiment(declare(more=more))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("dependence: {bok: 1}", r"unknown key 'forecast.dependence.bok' .*line 16.*write 'book'"),
        ("dependence: guessed", r"forecast.dependence is wrong in .*line 16.*Given: 'guessed'.*'fitted'"),
        ("dependence: {book: -1}", r"forecast.dependence.book is wrong in .*line 16.*Given: -1"),
        (
            "scenarios: [{name: a, contacts_of: RiskTires}]",
            r"forecast is wrong in .*line 15.*AgingBuckets, R",
        ),
        ("scenarios: [{name: a, playbook: promises}]", r"scenarios.0 is wrong in .*line 16.*contacts_of"),
    ],
)
def test_a_wrong_forecast_is_refused_with_its_line(declare, more: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_experiment(declare(more=f"forecast:\n  {more}\n"))


def test_a_scenario_may_ask_for_the_contacts_of_any_declared_policy(declare, tmp_path: Path) -> None:
    more = "forecast:\n  dependence: {book: 0.02}\n  scenarios: [{name: a, contacts_of: RiskTiers, playbook: x.yaml}]\n"
    one = read_experiment(declare(more=more))
    (scenario,) = one.forecast.scenarios
    assert one.playbook_in(tmp_path, scenario.playbook) == tmp_path / "x.yaml"
    assert one.playbook_in(tmp_path, None) == "standard"
    record = json.loads(json.dumps(one.resolved(dt.date(2026, 10, 31))))
    assert Experiment.model_validate(record) == one.model_copy(update={"key_date": "2026-10-31"})
