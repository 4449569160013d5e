"""Policies: rules from customer scores to exactly one segment each.

A policy is a frozen dataclass of plain parameters that prints as it was written. Put a new one in
a module of its own in this room and ``all_policies`` and ``make_policy`` find it by walking.
"""

from __future__ import annotations

from arseg.policies.aging_buckets import AgingBuckets
from arseg.policies.balance_bands import BalanceBands
from arseg.policies.composed import Composed
from arseg.policies.cost_cuts import Cuts, Effort, cuts_from_cost
from arseg.policies.credit_score import CreditScore
from arseg.policies.hysteresis import Hysteresis
from arseg.policies.one_size import OneSizeFitsAll
from arseg.policies.opportunities import Offers, opportunities
from arseg.policies.payer_speed import PayerSpeed
from arseg.policies.policy import Policy, all_policies, as_policy, make_policy, policy_hash
from arseg.policies.policy_file import policy_schema, read_policy
from arseg.policies.profile import Profile
from arseg.policies.risk_tiers import RiskTiers
from arseg.policies.risk_value_matrix import RiskValueMatrix
from arseg.policies.weighted_score import WeightedScore

__all__ = [
    "AgingBuckets",
    "BalanceBands",
    "Composed",
    "CreditScore",
    "Cuts",
    "Effort",
    "Hysteresis",
    "Offers",
    "OneSizeFitsAll",
    "PayerSpeed",
    "Policy",
    "Profile",
    "RiskTiers",
    "RiskValueMatrix",
    "WeightedScore",
    "all_policies",
    "as_policy",
    "cuts_from_cost",
    "make_policy",
    "opportunities",
    "policy_hash",
    "policy_schema",
    "read_policy",
]
