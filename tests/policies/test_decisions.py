from __future__ import annotations

import datetime as dt

import pandas as pd

from arseg.policies import RiskTiers
from arseg.policies.change import SWAPS, explain_change, score_path
from arseg.policies.decisions import Basis, decisions
from arseg.policies.hysteresis import Hysteresis
from arseg.policies.overrides import Override

THEN, NOW = dt.date(2026, 9, 30), dt.date(2026, 10, 31)


def one(risk: float) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ["C0"], "p_unpaid_30": [risk]})


def steps(old: Basis, new: Basis, *risks: float) -> dict[str, float]:
    frames = [one(risk) for risk in (risks if len(risks) == 4 else risks * 4)]
    frame = explain_change(score_path(*frames), decisions(old, new)).customers
    return {name: frame[f"steps_{name}"][0] for name in SWAPS if frame[f"steps_{name}"][0]}


def kept(until: dt.date, made: dt.date = THEN) -> Override:
    return Override("C0", "Low", "pays by instalments", "M. Ruiz", made, until)


def test_another_policy_alone_owes_every_step() -> None:
    assert steps(Basis(RiskTiers(), THEN), Basis(RiskTiers(0.1, 0.2), NOW), 0.25) == {"policy": 1}
    assert steps(Basis(RiskTiers(), THEN), Basis(RiskTiers(), NOW), 0.25) == {}


def test_an_override_that_is_made_or_ends_is_a_matter_of_overrides() -> None:
    made = (kept(NOW, made=NOW),)
    assert steps(Basis(RiskTiers(), THEN), Basis(RiskTiers(), NOW, made), 0.4) == {"override": -2}
    ending = (kept(dt.date(2026, 10, 15)),)
    assert steps(Basis(RiskTiers(), THEN, ending), Basis(RiskTiers(), NOW, ending), 0.4) == {"override": 2}


def test_a_new_score_under_an_override_moves_nothing() -> None:
    made = (kept(NOW),)
    assert steps(Basis(RiskTiers(), THEN, made), Basis(RiskTiers(), NOW, made), 0.1, 0.2, 0.4, 0.4) == {}


def test_what_a_hysteresis_remembers_comes_with_time() -> None:
    """Held High at the end of September; a month later the dwell and the calm reviews are over."""
    policy = Hysteresis(dwell_days=14)
    past = policy.follow([(dt.date(2026, 9, 20), one(0.5))])
    old = Basis(policy, THEN, history=past)
    later = pd.concat([past, policy.follow([(THEN, one(0.1))]).assign(segment="High")])
    new = Basis(policy, NOW, history=later)
    assert steps(old, new, 0.1) == {"time": -2}
    assert steps(old, Basis(RiskTiers(), NOW), 0.1) == {"policy": -2}
