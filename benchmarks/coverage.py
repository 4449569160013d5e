"""Do the intervals hold the truth? Worlds whose truth is known, analysed as a client's book would be.

*L1* a desk that draws its treatments and logs how likely each was: every estimator that claims validity shall be
off by less than a quarter of its standard error and its 95 % intervals hold the truth in 92 to 97 % of the worlds;
intervals that forget that rows of one customer belong together hold it less often. *L2*, *L4*, *L5* desks that
follow rules: no point estimate is printed. *L3* a desk that knows what no ledger shows: the plain interval fails,
the one at the true Lambda holds the truth. ``--quick`` takes a few small worlds within a minute.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from measuring import report

from arseg.backtest.value.decisions import DecisionLog, read_decisions
from arseg.backtest.value.sensitivity import difference_interval
from arseg.backtest.value.worth import MEASURES, difference, weigh
from arseg.ledger import observe_decisions
from arseg.ledger.storing.store import About
from arseg.ledger.storing.writing import create_ledger
from arseg.world import Calendar, draw_world, follow, legacy_policy, setting_of
from arseg.world.book import World
from arseg.world.deviations import DIFFERS, deviate
from arseg.world.legacy import LEGACY_MODES, on_review
from arseg.world.reviews import ACTIONS, Decision, Review
from arseg.world.tables import ledger_tables

HORIZON: Final = 28
MONTHS: Final = 12
# Before these days a book is still filling.
WARM_UP: Final = 90
EVENINGS: Final = 4
CLAIM: Final = ("SNDR", "DR", "MRDR", "SNIPS", "IPS")
OTHERS: Final = ("SwitchDR", "DRos", "DM")
WEIGHED: Final = ("value", "dso", "bad_debt_ratio", "collection_rate", "minutes")
INTEREST: Final = 0.08
MINUTE: Final = 0.8


def call_the_old(oldest: np.ndarray, overdue: np.ndarray) -> np.ndarray:
    """Return probabilities in the order of ``ACTIONS``: mostly calls from 31 days past due on, mostly e-mails before."""
    del overdue
    old, young = [0.1, 0.1, 0.1, 0.7], [0.25, 0.6, 0.1, 0.05]
    return np.where((oldest > 30)[:, None], old, young)


def leave_alone(oldest: np.ndarray, overdue: np.ndarray) -> np.ndarray:
    """Return probabilities: mostly nothing, whoever it is."""
    del overdue
    return np.tile([0.7, 0.1, 0.1, 0.1], (len(oldest), 1))


def call_the_large(oldest: np.ndarray, overdue: np.ndarray) -> np.ndarray:
    """Return probabilities: mostly calls from 5,000 overdue on, mostly nothing below."""
    del oldest
    large, small = [0.1, 0.2, 0.1, 0.6], [0.6, 0.3, 0.05, 0.05]
    return np.where((overdue >= 5_000)[:, None], large, small)


POLICIES: Final = {"call the old": call_the_old, "leave alone": leave_alone, "call the large": call_the_large}


def main() -> None:
    """Run the worlds and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few small worlds")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--customers", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    seeds, customers = (4, 250) if given.quick else (given.seeds, given.customers)
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(given.jobs) as pool:
        for mode in ("stochastic", "confounded", "deterministic", "capacity", "rule_change"):
            count = seeds if mode in ("stochastic", "confounded") else max(4, seeds // 4)
            began = time.perf_counter()
            found = list(pool.map(partial(one_world, mode, customers), range(1, count + 1)))
            rows += judged(mode, found, time.perf_counter() - began)
    report("coverage", rows)


def one_world(mode: str, customers: int, seed: int) -> dict[str, Any]:
    """Return what the analysis of one world said, and what is true in it."""
    began = time.process_time()
    start = dt.date(2024, 1, 1)
    setting = setting_of("confounded" if mode == "confounded" else "typical")
    world = draw_world(customers, Calendar(start, MONTHS), seed=seed, setting=setting)
    past = legacy_policy(mode, world)
    log = logged(world, past, seed)
    targets = {name: by_row(log, rule) for name, rule in POLICIES.items()}
    table, verdicts = weigh(log, targets, estimators=(*CLAIM, *OTHERS), seed=seed)
    found: dict[str, Any] = {
        "identified": {name: verdict.identified for name, verdict in verdicts.items()},
        "table": table[["policy", "estimator", "measure", "difference", "low", "high"]],
        "truth": truth(world, past, seed),
        "decisions": len(log.logged),
        "sums": {"one": float(len(log.logged)), "sales": log.sales.sum(), "balance": log.balance.sum()},
    }
    if mode == "stochastic":
        found["by_row"] = by_row_intervals(log, targets)
    if mode == "confounded":
        found["sensitive"] = {
            name: difference_interval(
                log.logged, target, component="value", strength=setting.confounding, draws=200, seed=seed
            )
            for name, target in targets.items()
        }
    found["cpu"] = time.process_time() - began
    return found


def logged(world: World, past: Any, seed: int) -> DecisionLog:
    """Return the decisions of a world, read from its ledger."""
    course = follow(world, past)
    with tempfile.TemporaryDirectory() as folder:
        about = About(name="book", currency="EUR", rates={"USD": 0.92})
        ledger = create_ledger(Path(folder) / "book.duckdb", ledger_tables(world, course), about)
        first = world.calendar.start + dt.timedelta(days=WARM_UP)
        rows = observe_decisions(ledger, horizon_days=HORIZON, first=first)
    return read_decisions(rows, seed=seed)


def by_row(log: DecisionLog, rule: Any) -> np.ndarray:
    """Return a policy's probabilities for the decisions of a log, in the log's order of actions."""
    oldest, overdue = (log.rows[name].to_numpy() for name in ("oldest_days_past_due", "overdue_balance"))
    place = [ACTIONS.index(name) for name in log.logged.actions]
    return np.asarray(rule(oldest, overdue)[:, place])


def truth(world: World, past: Any, seed: int) -> dict[str, Any]:
    """Return the sums over some evenings of what each policy would have brought more than the one in force."""
    chance = np.random.default_rng(seed)
    last = world.calendar.days - HORIZON - 12
    evenings = chance.choice(np.arange(WARM_UP, last), EVENINGS, replace=False)
    rules = tuple(on_review(partial(drawn, rule)) for rule in POLICIES.values())
    reviewed, gains = 0, np.zeros((len(rules), len(DIFFERS)))
    for luck, evening in enumerate(evenings.tolist(), start=1):
        on = world.calendar.start + dt.timedelta(days=evening)
        found = deviate(world, past, rules, on=on, horizon=HORIZON, luck=luck)
        reviewed += found[0].reviewed
        gains += np.stack([one.gains for one in found])
    return {"reviewed": reviewed, "gains": gains}


def drawn(rule: Any, review: Review, luck: np.ndarray) -> Decision:
    """Draw a policy's actions for a review."""
    chances = rule(review.oldest_days_past_due, review.overdue)
    return Decision((luck[:, None] >= np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1))


def by_row_intervals(log: DecisionLog, targets: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return the headline's intervals as if every decision were a customer of its own."""
    alone = DecisionLog(
        type(log.logged)(
            np.arange(len(log.logged)),
            log.logged.action,
            log.logged.propensity,
            log.logged.reward,
            log.logged.actions,
            log.logged.components,
        ),
        log.state,
        log.rows,
        log.propensities_logged,
        log.slope,
    )
    from arseg.backtest.value.estimators import snips

    rows = []
    for name, target in targets.items():
        psi = snips(alone.logged, target)
        rows += [(name, measure, *difference(alone, psi, measure)) for measure in MEASURES]
    return pd.DataFrame(rows, columns=["policy", "measure", "difference", "low", "high"])


def pooled_truth(found: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the true difference of every policy and measure: sums over all worlds, as the ratios are of sums."""
    reviewed = sum(one["truth"]["reviewed"] for one in found)
    per = sum(one["truth"]["gains"] for one in found) / reviewed
    below = {name: sum(one["sums"][name] for one in found) for name in ("one", "sales", "balance")}
    mean = {name: total / below["one"] for name, total in below.items()}
    rows = []
    for name, (cash, days, lost, minutes) in zip(POLICIES, per, strict=True):
        gained = {
            "value": cash - INTEREST * days / 365 - MINUTE * minutes - lost,
            "dso": days,
            "bad_debt_ratio": lost,
            "collection_rate": cash,
            "minutes": minutes,
        }
        rows += [(name, measure, gained[measure] / mean[MEASURES[measure][1]]) for measure in WEIGHED]
    return pd.DataFrame(rows, columns=["policy", "measure", "truth"])


def judged(mode: str, found: list[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
    """Return the rows of the result for one kind of desk."""
    shared = {
        "case": mode,
        "system": "arseg",
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(one["cpu"] for one in found), 1),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20, 2),
        "worlds": len(found),
        "decisions": int(np.mean([one["decisions"] for one in found])),
    }
    rows = [
        shared
        | {
            "figure": "point estimates printed",
            "policy": name,
            "share": float(np.mean([one["identified"][name] for one in found])),
        }
        for name in POLICIES
    ]
    true = pooled_truth(found)
    if mode in ("stochastic", "confounded"):
        tables = [one["table"].assign(world=at) for at, one in enumerate(found)]
        rows += covered(shared, "clustered", pd.concat(tables), true)
    if mode == "stochastic":
        tables = [one["by_row"].assign(world=at, estimator="SNIPS") for at, one in enumerate(found)]
        rows += covered(shared, "by row", pd.concat(tables), true)
        rows.append(shared | {"figure": "regret", "share": regret(found, true)})
    if mode == "confounded":
        by = true[true["measure"] == "value"].set_index("policy")["truth"]
        rows += [
            shared
            | {
                "figure": "coverage at the true Lambda",
                "policy": name,
                "measure": "value",
                "truth": by[name],
                "share": float(
                    np.mean(
                        [one["sensitive"][name][0] <= by[name] <= one["sensitive"][name][1] for one in found]
                    )
                ),
            }
            for name in POLICIES
        ]
    return rows


def covered(
    shared: dict[str, Any], figure: str, tables: pd.DataFrame, true: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return bias in standard errors and coverage, by policy, estimator and measure."""
    both = tables[tables["measure"].isin(WEIGHED)].merge(true, on=["policy", "measure"])
    both = both[both["difference"].notna()]
    both["held"] = (both["low"] <= both["truth"]) & (both["truth"] <= both["high"])
    rows = []
    for (policy, estimator, measure), part in both.groupby(["policy", "estimator", "measure"], sort=True):
        spread = float(part["difference"].std(ddof=1)) if len(part) > 1 else float("nan")
        rows.append(
            shared
            | {
                "figure": f"coverage, {figure}",
                "policy": policy,
                "estimator": estimator,
                "measure": measure,
                "claims": estimator in CLAIM,
                "truth": float(part["truth"].iloc[0]),
                "mean": float(part["difference"].mean()),
                "spread": spread,
                "bias_in_errors": float(part["difference"].mean() - part["truth"].iloc[0]) / spread,
                "share": float(part["held"].mean()),
                "n": len(part),
            }
        )
    return rows


def regret(found: list[dict[str, Any]], true: pd.DataFrame) -> float:
    """Return the mean regret of the policy with the best estimate, as a share of the range of true values."""
    values = true[true["measure"] == "value"].set_index("policy")["truth"].to_dict() | {"in force": 0.0}
    lost = []
    for one in found:
        table = one["table"]
        said = table[(table["measure"] == "value") & (table["estimator"] == CLAIM[0])]
        said = {**said.set_index("policy")["difference"].dropna().to_dict(), "in force": 0.0}
        lost.append(max(values.values()) - values[max(said, key=lambda name: said[name])])
    return float(np.mean(lost) / (max(values.values()) - min(values.values())))


assert set(WEIGHED) <= set(MEASURES)
assert {"stochastic", "confounded", "deterministic", "capacity", "rule_change"} <= set(LEGACY_MODES)

if __name__ == "__main__":
    main()
