from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from arseg.policies import make_policy, policy_schema
from arseg.policies.ranges import RANGES
from arseg.schema import UsageError

EDGES: list[tuple[str, dict[str, Any]]] = [
    ("AgingBuckets", {"medium_from": -3650, "high_from": 3650}),
    ("Composed", {"min_size": 1}),
    ("Hysteresis", {"delta": 0, "reviews": 1, "dwell_days": 0}),
    ("PayerSpeed", {"medium_below": 1, "high_below": 0}),
    ("RiskTiers", {"medium_from": 0, "high_from": 1}),
    ("RiskValueMatrix", {"risk_from": [0, 1]}),
    ("WeightedScore", {"medium_from": 0, "high_from": 1}),
]


def admits(policy: str, parameters: dict[str, Any]) -> bool:
    check = jsonschema.Draft202012Validator(policy_schema(policy))
    return bool(check.is_valid({"name": policy, "parameters": parameters}))


@pytest.mark.parametrize(("policy", "parameters"), EDGES)
def test_a_bound_is_allowed_by_the_schema_and_by_the_class(policy: str, parameters: dict[str, Any]) -> None:
    assert admits(policy, parameters)
    make_policy(policy, parameters)


def beyond() -> list[tuple[str, str, float]]:
    found = []
    for policy, parameters in RANGES.items():
        for name, (low, high) in parameters.items():
            found += [(policy, name, low - 1)] if low is not None else []
            found += [(policy, name, high + 1)] if high is not None else []
    return found


@pytest.mark.parametrize(("policy", "name", "value"), beyond())
def test_beyond_a_bound_schema_and_class_refuse(policy: str, name: str, value: float) -> None:
    known = make_policy(policy).parameters()[name]
    given: Any = value
    if isinstance(known, list):
        given = [value, *known[1:]] if value < 0 else [*known[:-1], value]
    if isinstance(known, dict):
        first, second, *_ = known
        # Still together 1, so that only the bound is broken.
        given = known | {first: value, second: known[second] + known[first] - value}
    assert not admits(policy, {name: given})
    with pytest.raises(UsageError):
        make_policy(policy, {name: given})


def test_every_bounded_parameter_is_one() -> None:
    for policy, parameters in RANGES.items():
        assert set(parameters) <= set(make_policy(policy).parameters())
