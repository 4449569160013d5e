from __future__ import annotations

import hashlib
import json

from arseg.policies import AgingBuckets, Composed, Profile, RiskTiers, policy_hash
from arseg.policies.spelling import is_policy, plain_value, version_of


def test_the_hash_is_that_of_everything_spelt_out() -> None:
    spelt = {"name": "AgingBuckets", "version": 1, "parameters": {"medium_from": 1, "high_from": 31}}
    text = json.dumps(spelt, sort_keys=True, separators=(",", ":"))
    assert policy_hash(AgingBuckets()) == hashlib.sha256(text.encode()).hexdigest()


def test_only_what_differs_from_the_default_is_written() -> None:
    written = Composed(axes=(Profile("region"),), min_size=5)
    assert repr(written) == "Composed(axes=(Profile(by='region'),), min_size=5)"


def test_plain_values_are_those_of_json() -> None:
    assert plain_value(((1, "a"), {"b": (RiskTiers(),)})) == [
        [1, "a"],
        {"b": [{"name": "RiskTiers", "parameters": {"medium_from": 0.15, "high_from": 0.35}}]},
    ]


def test_a_class_is_no_policy_but_its_object_is() -> None:
    assert is_policy(RiskTiers())
    assert not is_policy(RiskTiers)
    assert not is_policy({"name": "RiskTiers"})


def test_a_rule_that_says_no_version_is_the_first() -> None:
    assert version_of(RiskTiers) == 1
