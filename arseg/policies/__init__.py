"""Policies: rules from customer scores to exactly one segment each.

A policy is a frozen dataclass of plain parameters that prints as it was written. Put a new one in
a module of its own in this room and ``all_policies`` and ``make_policy`` find it by walking.
"""

from __future__ import annotations

from arseg.policies.aging_buckets import AgingBuckets
from arseg.policies.one_size import OneSizeFitsAll
from arseg.policies.policy import Policy, all_policies, make_policy, policy_hash
from arseg.policies.risk_tiers import RiskTiers
from arseg.policies.weighted_score import WeightedScore

__all__ = [
    "AgingBuckets",
    "OneSizeFitsAll",
    "Policy",
    "RiskTiers",
    "WeightedScore",
    "all_policies",
    "make_policy",
    "policy_hash",
]
