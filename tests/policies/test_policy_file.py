from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from arseg.policies import (
    Composed,
    PayerSpeed,
    Profile,
    RiskTiers,
    RiskValueMatrix,
    all_policies,
    policy_hash,
    policy_schema,
    read_policy,
)
from arseg.schema import UsageError

CROSSED = Composed(
    RiskValueMatrix(value_from=(500, 5000)),
    (Profile("industry", {"construction": "High"}), PayerSpeed(high_below=0.5)),
    min_size=10,
    parents={"bakery": "food"},
)
FILE = """\
# the policy of the export desk
name: Composed
version: 1
parameters:
  risk:
    name: RiskValueMatrix
    parameters:
      value_from: [500, 5000]
  axes:
    - name: Profile
      parameters:
        by: industry
        segments: {construction: High}
    - name: PayerSpeed
      version: 1
      parameters:
        high_below: 0.5
  min_size: 10
  parents: {bakery: food}
"""
by_kind = pytest.mark.parametrize("kind", all_policies(), ids=lambda kind: kind.__name__)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_file_makes_the_policy_that_python_makes(write) -> None:
    read = read_policy(write(FILE))
    assert read == CROSSED
    assert repr(read) == repr(CROSSED)
    assert hash(read) == hash(CROSSED)
    assert policy_hash(read) == policy_hash(CROSSED)


@by_kind
def test_every_policy_comes_back_from_its_file(kind, write) -> None:
    policy = kind()
    text = yaml.safe_dump({"name": kind.__name__, "parameters": policy.parameters()})
    assert read_policy(write(text)) == policy
    assert read_policy(write(f"name: {kind.__name__}\n")) == policy


@pytest.mark.parametrize(
    ("was", "becomes", "line", "message"),
    [
        ("min_size: 10", "min_sise: 10", 18, r"Composed has no parameter 'min_sise'.*Do: write 'min_size'"),
        ("high_below: 0.5", "high_bellow: 0.5", 17, r"PayerSpeed has no parameter.*Do: write 'high_below'"),
        ("high_below: 0.5", "high_below: half", 17, r"PayerSpeed: high_below is not a number"),
        ("high_below: 0.5", "high_below: 0.95", 17, r"PayerSpeed: the thresholds are not ordered"),
        ("name: PayerSpeed", "name: PayerSped", 14, r"no policy 'PayerSped'.*Do: write 'PayerSpeed'"),
        ("      version: 1", "      version: 3", 15, r"PayerSpeed is declared for another version"),
        ("by: industry", "by: industri", 12, r"Profile: by is 'industri'.*Do: write 'industry'"),
        (
            "version: 1\nparameters",
            "versoin: 1\nparameters",
            3,
            r"unknown key 'versoin'.*Do: write 'version'",
        ),
        ("name: Composed", "nmae: Composed", 2, r"the file: unknown key 'nmae'.*Do: write 'name'"),
        ("{construction: High}", "{construction: Hihg}", 13, r"'construction' is 'Hihg'.*Do: write 'High'"),
        ("[500, 5000]", "[5000, 500]", 8, r"RiskValueMatrix: value_from does not rise"),
        ("min_size: 10", "min_size: none", 18, r"Composed: min_size is not a whole number"),
    ],
)
def test_a_complaint_names_its_line_and_the_near_word(was, becomes, line, message, write) -> None:
    assert was in FILE
    path = write(FILE.replace(was, becomes, 1))
    with pytest.raises(UsageError, match=message) as refusal:
        read_policy(path)
    assert refusal.value.row == line
    assert f"policy.yaml, line {line}" in str(refusal.value)


def test_a_part_that_is_no_mapping_is_refused_with_its_line(write) -> None:
    with pytest.raises(UsageError, match=r"parameters\.risk is no policy.*line 3"):
        read_policy(write("name: Composed\nparameters:\n  risk: RiskTiers\n"))


def test_parameters_that_are_no_mapping_are_refused(write) -> None:
    with pytest.raises(UsageError, match=r"the file: the parameters are no mapping.*line 2"):
        read_policy(write("name: RiskTiers\nparameters: [0.1]\n"))


def test_a_missing_file_is_told_so(tmp_path) -> None:
    with pytest.raises(UsageError, match="the file does not exist"):
        read_policy(tmp_path / "none.yaml")


@by_kind
def test_the_schema_admits_the_policy_and_refuses_what_it_does_not_know(kind) -> None:
    for schema in (policy_schema(kind.__name__), policy_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
        check = jsonschema.Draft202012Validator(schema).is_valid
        assert check({"name": kind.__name__})
        assert check({"name": kind.__name__, "version": 1, "parameters": kind().parameters()})
        assert not check({"name": kind.__name__, "parameters": {"no_such": 1}})
        assert not check({"name": kind.__name__, "no_such": 1})
        assert not check({"name": "NoSuch"})
        assert json.loads(json.dumps(schema)) == schema


@by_kind
def test_the_schema_describes_every_parameter_with_its_default(kind) -> None:
    properties = policy_schema(kind.__name__)["$defs"][kind.__name__]["properties"]["parameters"][
        "properties"
    ]
    assert {name: part["default"] for name, part in properties.items()} == kind().parameters()
    assert all(part["description"] for part in properties.values())


def test_the_schema_knows_nested_policies_and_choices() -> None:
    schema = policy_schema()
    check = jsonschema.Draft202012Validator(schema).is_valid
    declared = yaml.safe_load(FILE)
    assert check(declared)
    declared["parameters"]["axes"][0]["parameters"]["segments"]["construction"] = "Hihg"
    assert not check(declared)
    assert not check({"name": "Composed", "parameters": {"risk": {"name": "RiskTier"}}})


def test_a_schema_of_no_policy_names_the_near_one() -> None:
    with pytest.raises(UsageError, match="Do: write 'RiskTiers'"):
        policy_schema("RiskTier")


def test_the_version_of_the_rule_and_of_its_parts_is_under_the_hash(monkeypatch) -> None:
    before = policy_hash(RiskTiers()), policy_hash(CROSSED), policy_hash(Composed())
    monkeypatch.setattr(RiskTiers, "version", 2, raising=False)
    after = policy_hash(RiskTiers()), policy_hash(CROSSED), policy_hash(Composed())
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert before[2] != after[2]
