from __future__ import annotations

import string
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.declarations import parse_declaration, validate
from arseg.runs.experiment import Experiment, read_experiment
from arseg.runs.experiment_schema import experiment_schema, written_out
from arseg.runs.sections import Part
from arseg.schema import UsageError

EXPERIMENTS = sorted((Path(__file__).parents[2] / "experiments").glob("*.yaml"))
TRAPS = [
    "NO",
    "off",
    "0123",
    "0o17",
    "1_000",
    "1:30",
    "1e5",
    "1.5e3",
    ".5",
    "~",
    "null",
    "true",
    "2026-10-31",
]


def back(text: str) -> Experiment:
    return validate(parse_declaration(text, Path("x.yaml")), Experiment)


def declared(**changes: object) -> Experiment:
    part = Part(name="AgingBuckets")
    told = {"name": "demo", "ledger": "demo", "model": Part(name="DiscreteHazard"), "policies": [part]}
    return Experiment.model_validate(told | {"in_force": "AgingBuckets", "publish": "AgingBuckets"} | changes)


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_shipped_experiment_reads_back_as_itself(path: Path) -> None:
    one = read_experiment(path)
    assert back(written_out(one)) == one
    assert f"# experiment_hash: {one.experiment_hash}" in written_out(one)


@pytest.mark.parametrize("text", TRAPS)
def test_texts_that_yaml_would_take_for_something_else_are_quoted(text: str) -> None:
    one = declared(title=text)
    assert back(written_out(one)) == one
    assert yaml.safe_load(written_out(one))["title"] == text


@settings(deadline=None, max_examples=50)
@given(
    st.text(string.printable + "äß€", min_size=1, max_size=60).filter(str.strip),
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**12), 10**12) | st.booleans(),
)
def test_whatever_is_declared_reads_back(title: str, value: object) -> None:
    part = Part(name="RiskTiers", parameters={"x": value})  # type: ignore[dict-item]
    one = declared(title=title, policies=[Part(name="AgingBuckets"), part])
    read = back(written_out(one))
    assert read == one
    assert type(read.policies[1].parameters["x"]) is type(value)


def test_the_schema_refuses_unknown_keys_everywhere_and_names_every_section() -> None:
    schema = experiment_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert set(schema["properties"]) == set(Experiment.model_fields)
    closed = [name for name, part in schema["$defs"].items() if part.get("type") == "object"]
    assert closed
    assert all(schema["$defs"][name]["additionalProperties"] is False for name in closed)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("calibrate: NO", r"calibrate is wrong in x\.yaml, line 10\. Given: 'NO'"),
        ("calibrate: yes", r"calibrate is wrong in x\.yaml, line 10\. Given: 'yes'"),
        ("backtest: {draws: 0144}", r"backtest\.draws is wrong in x\.yaml, line 10\. Given: '0144'"),
        ("backtest: {draws: 0x10}", r"backtest\.draws is wrong in x\.yaml, line 10\. Given: '0x10'"),
        ("backtest: {draws: 1_000}", r"backtest\.draws is wrong in x\.yaml, line 10\. Given: '1_000'"),
        ("name: twice", r"key 'name' stands twice in x\.yaml, line 10"),
        (
            "daily: {when_overdue: stop, when_overdue: stamp}",
            r"key 'when_overdue' stands twice in x\.yaml, line 10",
        ),
        ("calibrat: true", r"unknown key 'calibrat' in x\.yaml, line 10.*Do: write 'calibrate'"),
    ],
)
def test_the_traps_of_yaml_are_closed_with_their_line(line: str, message: str) -> None:
    text = (
        "name: demo\nledger: demo\nmodel:\n  name: DiscreteHazard\npolicies:\n  - name: AgingBuckets\n"
        f"in_force: AgingBuckets\npublish: AgingBuckets\ntitle: a\n{line}\n"
    )
    with pytest.raises(UsageError, match=message):
        back(text)
