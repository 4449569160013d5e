"""One world of the coverage benchmark: what the analysis of its ledger said, and what is true in it."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from arseg.backtest.value.decisions import DecisionLog, read_decisions
from arseg.backtest.value.estimators import clustered_error
from arseg.backtest.value.scored import Outcomes
from arseg.backtest.value.sensitivity import difference_interval
from arseg.backtest.value.worth import MEASURES, difference, judge, weigh
from arseg.ledger import observe_decisions
from arseg.ledger.storing.store import About
from arseg.ledger.storing.writing import create_ledger
from arseg.world import Calendar, Course, World, draw_world, follow, legacy_policy
from arseg.world.alternatives import WEEK, Alternatives, alternatives, joined
from arseg.world.course import Days
from arseg.world.reviews import ACTIONS
from arseg.world.settings import Setting
from arseg.world.so_far import Decide
from arseg.world.tables import ledger_tables

START: Final = dt.date(2024, 1, 1)
MONTHS: Final = 12
HORIZON: Final = 28
# By this day a book holds items of every age, also such as are written off; after the last ones nothing is mature.
WARM_UP: Final = 210
SETTLE: Final = 10
# Weeks of each world in which every action is tried on every decision; few of a rule's stand at its cut.
WEEKS: Final = {"deterministic": 2}
# Bad debts are rare: with the distress of a typical book a world of this size has a handful.
DISTRESS: Final = 3.0
# Lambda of L3: what the collectors alone see moves their odds so far that a plain interval of a book of this size shows it.
HIDDEN: Final = 6.0
# L1 with a large book.
LARGE: Final = "stochastic_large"
ESTIMATORS: Final = ("SNDR", "DR", "MRDR", "SNIPS", "IPS", "SwitchDR", "DRos", "DM")
BY_ROW: Final = ("SNDR", "SNIPS")
# Each decision alike: the share of the overdue balance that comes in, at most 1; no large customer outweighs it.
SHARE: Final = "share_collected"
WEIGHED: Final = ("value", "dso", "bad_debt_ratio", "collection_rate")
INTEREST: Final = 0.08
MINUTE: Final = 0.8
Values = np.ndarray


def call_the_old(oldest: Values, overdue: Values) -> Values:
    """Return probabilities in the order of ``ACTIONS``: mostly calls from 31 days past due on, mostly e-mails before."""
    del overdue
    old, young = [0.1, 0.1, 0.1, 0.7], [0.25, 0.6, 0.1, 0.05]
    return np.where((oldest > 30)[:, None], old, young)


def leave_alone(oldest: Values, overdue: Values) -> Values:
    """Return probabilities: mostly nothing, whoever it is."""
    del overdue
    return np.tile([0.7, 0.1, 0.1, 0.1], (len(oldest), 1))


def call_the_large(oldest: Values, overdue: Values) -> Values:
    """Return probabilities: mostly calls from 5,000 overdue on, mostly nothing below."""
    del oldest
    large, small = [0.1, 0.2, 0.1, 0.6], [0.6, 0.3, 0.05, 0.05]
    return np.where((overdue >= 5_000)[:, None], large, small)


POLICIES: Final = {"call the old": call_the_old, "leave alone": leave_alone, "call the large": call_the_large}


def world_of(case: str, customers: int, seed: int, *, months: int = MONTHS) -> tuple[World, Decide]:
    """Return a world of a case and its desk; customers are drawn one by one, as an interval takes them to be.

    The truth of a policy is that of all worlds of a case together, and an interval by customers speaks of the desk and the
    economy that were. In L1 both are therefore the same in every world: collectors are equally lenient, and nothing moves
    all customers at once.
    """
    alike = case == "stochastic"
    setting = Setting(
        legacy=case, even=False, distress=DISTRESS, shared=0.0 if alike else 1.0, confounding=HIDDEN
    )
    world = draw_world(customers, Calendar(START, months), seed=seed, setting=setting)
    if alike:
        world = replace(world, collectors=replace(world.collectors, leniency=0 * world.collectors.leniency))
    return world, legacy_policy(case, world)


def lived(world: World, past: Decide, seed: int) -> tuple[Course, Alternatives]:
    """Let a world go by under its desk; on the way, look at what each action would have brought in some weeks."""
    first, last = WARM_UP, world.calendar.days - HORIZON - SETTLE - WEEK
    count = WEEKS.get(world.setting.legacy, 1)
    width = (last - first) / count
    shift = np.random.default_rng(seed).random()
    days, weeks = Days(world), []
    for at in range(count):
        days.pass_until(int(first + (at + shift) * width), past)
        weeks.append(alternatives(days, past, horizon=HORIZON))
    days.pass_until(world.calendar.days, past)
    return days.course(), joined(weeks)


def decisions(world: World, course: Course, seed: int) -> DecisionLog:
    """Return the decisions of a world, read from its ledger."""
    with tempfile.TemporaryDirectory() as folder:
        about = About(name="book", currency="EUR", rates={"USD": 0.92})
        ledger = create_ledger(Path(folder) / "book.duckdb", ledger_tables(world, course), about)
        first = world.calendar.start + dt.timedelta(days=WARM_UP)
        rows = observe_decisions(ledger, horizon_days=HORIZON, settle_lag_days=SETTLE, first=first)
    return read_decisions(rows, seed=seed)


def with_every_action(log: DecisionLog) -> DecisionLog:
    """Return a log whose actions are all there are: what the desk never did had no chance, and a policy may ask for it."""
    logged = log.logged
    never = [name for name in ACTIONS if name not in logged.actions]
    if not never:
        return log
    chances = np.column_stack([logged.propensity, np.zeros((len(logged), len(never)))])
    return replace(log, logged=replace(logged, propensity=chances, actions=(*logged.actions, *never)))


def one_world(case: str, customers: int, seed: int) -> dict[str, Any]:
    """Return a row: what the analysis of one world said, what is true in it, and what both cost."""
    began = time.process_time()
    world, past = world_of("stochastic" if case == LARGE else case, customers, seed)
    course, week = lived(world, past, seed)
    log = with_every_action(decisions(world, course, seed))
    oldest, overdue = (log.rows[name].to_numpy() for name in ("oldest_days_past_due", "overdue_balance"))
    place = [ACTIONS.index(name) for name in log.logged.actions]
    targets = {name: rule(oldest, overdue)[:, place] for name, rule in POLICIES.items()}
    means = {"one": 1.0, "sales": float(log.sales.mean()), "balance": float(log.balance.mean())}
    row: dict[str, Any] = {
        "seed": seed,
        "case": case,
        "decisions": len(log.logged),
        "customers": log.logged.customers,
        "means": means,
        "truth": true_sums(week),
    }
    if case == "stochastic":
        row |= estimated(log, targets, seed, ESTIMATORS)
    elif case == LARGE:
        row |= estimated(log, targets, seed, ("SNDR",))
    elif case == "confounded":
        row |= estimated(log, targets, seed, ("SNIPS",))
        row["sensitive"] = sensitive(log, targets, seed, world.setting.confounding)
    else:
        row |= refused(log, targets, seed)
    if case == "deterministic":
        from coverage_natural import jumps, true_jumps

        row |= {"natural": jumps(log), "natural_truth": true_jumps(week)}
    return row | {"cpu": round(time.process_time() - began, 2)}


def changed_world(customers: int, seed: int, months: int = 18) -> dict[str, Any]:
    """Return a row of mode L5: whether a figure was printed, what the change of the rule did, and what it truly did."""
    from coverage_natural import change, true_change

    began = time.process_time()
    row = one_world("rule_change", customers, seed) if seed % REFUSALS == 0 else {"seed": seed}
    world, past = world_of("rule_change", customers, seed, months=months)
    course = follow(world, past)
    row |= {"natural": change(world, course), "natural_truth": true_change(world, course)}
    return row | {"cpu": round(time.process_time() - began, 2)}


# Every fifth world of L5 is also asked for a figure of a policy, which it must not give.
REFUSALS: Final = 5


def true_sums(week: Alternatives) -> dict[str, Any]:
    """Return the decisions tried, and by policy the sums of what it would have brought more, by ``DIFFERS`` and share."""
    share = share_of(week.came[:, :, 0], week.overdue[:, None] + np.zeros_like(week.probabilities))
    tried: dict[str, Any] = {"tried": len(week)}
    for name, rule in POLICIES.items():
        target = rule(week.oldest_days_past_due, week.overdue)
        more = ((target - week.probabilities) * share).sum()
        tried[name] = [*week.gains(target).sum(axis=0).tolist(), float(more)]
    return tried


def estimated(
    log: DecisionLog, targets: Mapping[str, Values], seed: int, estimators: tuple[str, ...]
) -> dict[str, Any]:
    """Return, by policy, whether it is identified, and what is said by policy, estimator and measure, see ``figures``."""
    said, force = figures(judged_only(log), targets, seed, estimators, WEIGHED)
    shares, share = figures(shares_of(log), targets, seed, estimators, ("value",))
    said |= {key.replace("|value", f"|{SHARE}"): entry for key, entry in shares.items()}
    identified = {name: judge(log, target).identified for name, target in targets.items()}
    return {"said": said, "in_force": force | {SHARE: share["value"]}, "identified": identified}


def figures(
    log: DecisionLog,
    targets: Mapping[str, Values],
    seed: int,
    estimators: tuple[str, ...],
    measures: tuple[str, ...],
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return what is said of every policy, and what the one in force brought.

    Each entry is the difference, the reach of its interval by customers and by rows, the policy's own level with its error by
    customers and by rows, and how many customers of equal weight would stand behind the difference.
    """
    outcomes = Outcomes(log, seed=seed)
    alone = replace(log, logged=replace(log.logged, customer=np.arange(len(log.logged))))
    said: dict[str, list[float]] = {}
    for name, target in targets.items():
        for estimator in estimators:
            psi = outcomes.score(estimator, target)
            for measure in measures:
                value, _, high = difference(log, psi, measure)
                reach = difference(alone, psi, measure)[2] - value if estimator in BY_ROW else float("nan")
                column = psi[:, [log.logged.components.index(MEASURES[measure][0])]]
                errors = [float(clustered_error(column, one.logged.customer)[0]) for one in (log, alone)]
                level, effective = float(column.mean()), behind(log, psi, measure)
                said[f"{name}|{estimator}|{measure}"] = [
                    value,
                    high - value,
                    reach,
                    level,
                    *errors,
                    effective,
                ]
    return said, {name: float(log.logged.component(MEASURES[name][0]).mean()) for name in measures}


def shares_of(log: DecisionLog) -> DecisionLog:
    """Return a log whose value is the share of the overdue balance that came in, each decision alike."""
    overdue = log.rows["overdue_balance"].to_numpy(dtype=np.float64)
    share = share_of(log.logged.component("cash"), overdue)
    return replace(log, logged=replace(log.logged, reward=share[:, None], components=("value",)))


def share_of(cash: Values, overdue: Values) -> Values:
    """Return the share of an overdue balance that came in, from 0 to 1."""
    return np.clip(np.divide(cash, overdue, out=np.zeros(cash.shape), where=overdue > 0), 0.0, 1.0)


def judged_only(log: DecisionLog) -> DecisionLog:
    """Return a log without the components that no judged measure needs: each would be a model to fit."""
    logged = log.logged
    kept = [name for name in logged.components if name in {MEASURES[measure][0] for measure in WEIGHED}]
    places = [logged.components.index(name) for name in kept]
    return replace(log, logged=replace(logged, reward=logged.reward[:, places], components=tuple(kept)))


def behind(log: DecisionLog, psi: Values, measure: str) -> float:
    """Return how many customers of equal weight would stand behind a difference: ``(sum s^2)^2 / sum s^4``."""
    column = log.logged.components.index(MEASURES[measure][0])
    gain = psi[:, column] - log.logged.reward[:, column]
    sums = np.bincount(log.logged.customer, gain - gain.mean())
    fourth = float((sums**4).sum())
    return float((sums**2).sum()) ** 2 / fourth if fourth > 0 else 0.0


def sensitive(
    log: DecisionLog, targets: Mapping[str, Values], seed: int, strength: float
) -> dict[str, list[float]]:
    """Return the interval of every measure at one Lambda, by policy."""
    found = {}
    below = {"one": 1.0, "sales": float(log.sales.mean()), "balance": float(log.balance.mean())}
    asked = {measure: (log, *MEASURES[measure][:2]) for measure in WEIGHED} | {
        SHARE: (shares_of(log), "value", "one")
    }
    for name, target in targets.items():
        for measure, (one, component, divisor) in asked.items():
            ends = difference_interval(
                one.logged, target, component=component, strength=strength, draws=100, seed=seed
            )
            found[f"{name}|{measure}"] = [end / below[divisor] for end in ends]
    return found


def refused(log: DecisionLog, targets: Mapping[str, Values], seed: int) -> dict[str, Any]:
    """Return, by policy, whether it is identified and whether any figure is printed, and the bounds."""
    table, verdicts = weigh(log, targets, seed=seed)
    bounds = {
        f"{row.policy}|{row.measure}": [row.low, row.high]
        for row in table.itertuples()
        if row.measure in WEIGHED
    }
    printed = {name: bool(part["difference"].notna().any()) for name, part in table.groupby("policy")}
    identified = {name: verdict.identified for name, verdict in verdicts.items()}
    return {"bounds": bounds, "printed": printed, "identified": identified}
