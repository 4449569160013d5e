"""From rows of worlds to the coverage benchmark's figures: bias in standard errors, and how often intervals hold the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from coverage_world import BY_ROW, INTEREST, LARGE, MINUTE, POLICIES, SHARE, WEIGHED, Values

from arseg.backtest.value.scored import HEADLINE
from arseg.backtest.value.worth import MEASURES

CLAIM: Final = ("SNDR", "DR", "MRDR", "SNIPS", "IPS")
BIAS: Final = 0.25
BAND: Final = (0.92, 0.97)
NORMAL: Final = 1.959963984540054
Row = dict[str, Any]


def judged(case: str, found: list[Row]) -> list[Row]:
    """Return the figures of one case."""
    if not found:
        return []
    shared = {"case": case, "worlds": len(found)}
    cost = shared | {
        "figure": "cost",
        "cpu_seconds": round(sum(row["cpu"] for row in found)),
        "peak_gib": max(row["peak_gib"] for row in found),
        "decisions": round(float(np.mean([row["decisions"] for row in found if "decisions" in row] or [0]))),
    }
    return [cost, *(shared | row for part in _PARTS[case] for row in part(found))]


def of_estimators(found: list[Row]) -> list[Row]:
    """Return bias and coverage of every policy, estimator and measure, by customers and by rows."""
    truth = true_differences(found)
    rows = []
    for key in found[0]["said"]:
        policy, estimator, measure = key.split("|")
        true, each = truth[f"{policy}|{measure}"]
        said = np.array([row["said"][key] for row in found])
        same = {"policy": policy, "estimator": estimator, "measure": measure}
        figures = _covered(said[:, 0], said[:, 1], true, each)
        figures |= {"effective_customers": round(float(np.median(said[:, 6])), 1)}
        if estimator in BY_ROW:
            figures |= {
                "share_by_row": _share(said[:, 0], said[:, 2], true),
                **_levels(found, said, measure, true),
            }
        rows.append({"figure": "difference", **same, **figures, **_met(estimator, figures)})
    return rows


def true_differences(found: list[Row]) -> dict[str, tuple[float, Values]]:
    """Return, by policy and measure, the true difference over all worlds, and what each world says of it."""
    tried = np.array([row["truth"]["tried"] for row in found], dtype=np.float64)
    decided = np.array([row["decisions"] for row in found], dtype=np.float64)
    means = {name: np.array([row["means"][name] for row in found]) for name in ("one", "sales", "balance")}
    truth = {}
    for policy in POLICIES:
        sums = np.array([row["truth"][policy] for row in found])
        for measure in (*WEIGHED, SHARE):
            below = float(np.average(means[divisor(measure)], weights=decided))
            gains = worth(sums.T, measure)
            truth[f"{policy}|{measure}"] = (
                float(gains.sum() / tried.sum() / below),
                gains / tried / below,
            )
    return truth


def divisor(measure: str) -> str:
    """Return what a measure is divided by: sales, balance, or one per decision."""
    return "one" if measure == SHARE else MEASURES[measure][1]


def worth(sums: Values, measure: str) -> Values:
    """Return what a measure's numerator gains from cash, euro-days, write-offs, minutes and shares."""
    if measure == SHARE:
        return np.asarray(sums[4])
    cash, days, lost, minutes = sums[:4]
    named = {
        "value": cash - INTEREST * days / 365 - MINUTE * minutes - lost,
        "dso": days,
        "bad_debt_ratio": lost,
        "collection_rate": cash,
    }
    return named[measure]


def _covered(value: Values, reach: Values, true: float, each: Values) -> Row:
    """Return the figures of an estimate: truth with its Monte Carlo error, bias in standard errors, coverage."""
    count, spread = len(value), float(value.std(ddof=1)) if len(value) > 1 else float("nan")
    spread = spread or float("nan")
    off = float(value.mean()) - true
    return {
        "truth": _short(true),
        "truth_error": _short(float(each.std(ddof=1) / np.sqrt(count))),
        "mean": _short(float(value.mean())),
        "standard_error": _short(spread),
        "bias_in_errors": round(off / spread, 3),
        "bias_error": round(float((value - each).std(ddof=1)) / spread / np.sqrt(count), 3),
        "error_said_to_seen": round(float(np.sqrt(np.mean((reach / NORMAL) ** 2))) / spread, 3),
        "share": _share(value, reach, true),
    }


def _share(value: Values, reach: Values, true: float) -> float:
    return round(float((np.abs(value - true) <= reach).mean()), 4)


def _met(estimator: str, figures: Row) -> Row:
    claims = estimator in CLAIM
    near, held = abs(figures["bias_in_errors"]) < BIAS, BAND[0] <= figures["share"] <= BAND[1]
    return {"claims": claims, "met": bool(near and held)}


def _levels(found: list[Row], said: Values, measure: str, true: float) -> Row:
    """Return how often the interval of the policy's own level, not of a difference, holds: by customers and by rows."""
    decided = [row["decisions"] for row in found]
    force = float(np.average([row["in_force"][measure] for row in found], weights=decided))
    below = float(np.average([row["means"][divisor(measure)] for row in found], weights=decided))
    level = force + true * below
    return {
        f"level_by_{name}": _share(said[:, 3], NORMAL * said[:, at], level)
        for name, at in (("customer", 4), ("row", 5))
    }


def of_regret(found: list[Row]) -> list[Row]:
    """Return what choosing by the headline's estimate loses, as a share of the range of the true values."""
    truth, rows = true_differences(found), []
    for measure in ("value", SHARE):
        true = {policy: truth[f"{policy}|{measure}"][0] for policy in POLICIES} | {"in force": 0.0}
        best, span = max(true.values()), max(true.values()) - min(true.values())
        keys = {policy: f"{policy}|{HEADLINE}|{measure}" for policy in POLICIES}
        said = [
            {policy: row["said"][key][0] for policy, key in keys.items()} | {"in force": 0.0} for row in found
        ]
        lost = [best - true[max(one, key=one.__getitem__)] for one in said]
        spread = float(np.mean([np.std([one[policy] for one in said]) for policy in POLICIES]))
        figures = {
            "share": round(float(np.mean(lost)) / span, 3),
            "range": _short(span),
            "error": _short(spread),
        }
        rows.append({"figure": "regret", "measure": measure, **figures})
    return rows


def of_sensitivity(found: list[Row]) -> list[Row]:
    """Return how often the interval at the true Lambda holds the truth."""
    truth = true_differences(found)
    rows = []
    for key in found[0]["sensitive"]:
        ends = np.array([row["sensitive"][key] for row in found])
        policy, measure = key.split("|")
        share = float(((ends[:, 0] <= truth[key][0]) & (truth[key][0] <= ends[:, 1])).mean())
        rows.append(
            {"figure": "at the true Lambda", "policy": policy, "measure": measure, "share": round(share, 4)}
        )
    return rows


def of_refusals(found: list[Row]) -> list[Row]:
    """Return how often a figure was printed where none can be known, and how often the bounds hold the truth."""
    found = [row for row in found if "printed" in row]
    if not found:
        return []
    truth = true_differences(found)
    printed = [any(row["printed"].values()) or any(row["identified"].values()) for row in found]
    rows: list[Row] = [{"figure": "printed", "n": len(found), "share": float(np.mean(printed))}]
    for key, (true, _) in truth.items():
        if SHARE in key:
            continue
        ends = np.array([row["bounds"][key] for row in found])
        policy, measure = key.split("|")
        held = float(((ends[:, 0] <= true) & (true <= ends[:, 1])).mean())
        rows.append({"figure": "bounds", "policy": policy, "measure": measure, "share": round(held, 4)})
    return rows


def of_jumps(found: list[Row]) -> list[Row]:
    """Return bias and coverage of the jumps at the cuts."""
    rows = []
    for cut in found[0]["natural"]:
        left = sum(np.array(row["natural_truth"][cut]["left"]) for row in found)
        right = sum(np.array(row["natural_truth"][cut]["right"]) for row in found)
        effect = np.linalg.solve(left, right)[0]
        for measure in (*WEIGHED, SHARE):
            ends = np.array([row["natural"][cut][measure] for row in found])
            below = np.array([row["natural"][cut]["below"][divisor(measure)] for row in found])
            true = float(worth(effect, measure) / below.mean())
            # A world has too few at the cut for a line of its own: its mean effect stands for it.
            each = np.array(
                [
                    worth(np.array(row["natural_truth"][cut]["right"])[0], measure)
                    / max(row["natural_truth"][cut]["left"][0][0], 1e-9)
                    for row in found
                ]
            )
            figures = _covered(ends[:, 0], ends[:, 2] - ends[:, 0], true, each / below.mean())
            rows.append(_natural("jump", cut, measure, figures))
    return rows


def of_changes(found: list[Row]) -> list[Row]:
    """Return bias and coverage of the differences in differences."""
    rows = []
    for measure in WEIGHED:
        ends = np.array([row["natural"][measure] for row in found])
        gained, weight = np.array([row["natural_truth"][measure] for row in found]).T
        figures = _covered(
            ends[:, 0], ends[:, 2] - ends[:, 0], float(gained.sum() / weight.sum()), gained / weight
        )
        figures["past_not_parallel"] = round(float(np.mean(ends[:, 3] < 0.05)), 3)
        rows.append(_natural("change", "stricter by 14 days", measure, figures))
    return rows


def _natural(figure: str, policy: str, measure: str, figures: Row) -> Row:
    return {"figure": figure, "policy": policy, "measure": measure, **figures, **_met(CLAIM[0], figures)}


def _short(value: float) -> float:
    return float(f"{value:.4g}")


_PARTS: Final[dict[str, Sequence[Callable[[list[Row]], list[Row]]]]] = {
    "stochastic": (of_estimators, of_regret),
    "confounded": (of_estimators, of_sensitivity),
    "deterministic": (of_refusals, of_jumps),
    "capacity": (of_refusals,),
    "rule_change": (of_refusals, of_changes),
    LARGE: (of_estimators, of_regret),
}
