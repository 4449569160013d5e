"""The natural experiments of the coverage benchmark: the jump at a rule's cut, and the change of a rule, each with its truth."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
import pandas as pd
from coverage_world import INTEREST, MINUTE, SHARE, Values, share_of

from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.discontinuity import jump_at
from arseg.backtest.value.rule_change import change_of_rule
from arseg.world import Course, World, follow
from arseg.world.alternatives import Alternatives
from arseg.world.book import SIGN
from arseg.world.contacts import minutes_of
from arseg.world.legacy import by_thresholds, in_changed_region, on_review
from arseg.world.measures import cash_of, euros_of, losses_of

# Days past due at which the rule of mode L2 changes, and the actions below and above.
CUTS: Final = {"e-mail to firm e-mail, 18 days": (18, 1, 2), "firm e-mail to call, 31 days": (31, 2, 3)}
# A week further on, those above the cut were above it at the review before too, and the past differs as well.
REACH: Final = 7
HEAVY: Final = 20_000.0
BELOW: Final = {
    "value": "one",
    "dso": "sales",
    "bad_debt_ratio": "sales",
    "collection_rate": "balance",
    SHARE: "one",
}
QUARTER: Final = 91


def jumps(log: DecisionLog) -> dict[str, Any]:
    """Return the jump of each measure at each cut of the rule, with its interval: estimate, low, high."""
    rows = log.rows
    light = (rows["overdue_balance"] < HEAVY).to_numpy()
    age = rows["oldest_days_past_due"].to_numpy(dtype=np.float64)
    found: dict[str, Any] = {}
    for name, (cut, *_) in CUTS.items():
        near = light & (np.abs(age - cut) < REACH)
        below = {
            "one": 1.0,
            "sales": float(log.sales[near].mean()),
            "balance": float(log.balance[near].mean()),
        }
        outcomes = {
            "value": log.logged.component("value"),
            "dso": log.logged.component("amount_days"),
            "bad_debt_ratio": log.logged.component("written_off"),
            "collection_rate": log.logged.component("cash"),
            SHARE: share_of(log.logged.component("cash"), rows["overdue_balance"].to_numpy()),
        }
        found[name] = {"below": below, "decisions": int(near.sum())}
        for measure, outcome in outcomes.items():
            jump = jump_at(
                age[near], outcome[near], log.logged.customer[near], cut=cut, bandwidth=float(REACH)
            )
            found[name][measure] = [
                end / below[BELOW[measure]] for end in (jump.estimate, jump.low, jump.high)
            ]
    return found


def true_jumps(week: Alternatives) -> dict[str, Any]:
    """Return, by cut, sums from which the true effect at the cut follows: a line through the effects near it."""
    found = {}
    share = share_of(week.came[:, :, 0], week.overdue[:, None] + np.zeros_like(week.probabilities))
    came = np.concatenate([week.came, share[:, :, None]], axis=2)
    for name, (cut, lower, upper) in CUTS.items():
        x = (week.oldest_days_past_due - cut) / REACH
        near = (np.abs(x) < 1) & (week.overdue < HEAVY)
        x, effect = x[near], came[near, upper] - came[near, lower]
        design = np.column_stack([np.ones(len(x)), x])
        weighted = design * (1 - np.abs(x))[:, None]
        found[name] = {"left": (design.T @ weighted).tolist(), "right": (weighted.T @ effect).tolist()}
    return found


def by_quarter(world: World, course: Course) -> pd.DataFrame:
    """Return sums by customer and quarter around the change, from the middle on: what the measures are ratios of."""
    count, changed = len(world.customers), world.changed_on
    ahead, behind = (world.calendar.days - 45 - changed) // QUARTER, (changed - 60) // QUARTER
    edges = changed + QUARTER * np.arange(-behind, ahead + 1)
    parts = []
    for at, (first, end) in enumerate(itertools.pairwise(edges.tolist())):
        sums = _sums(world, course, first, end)
        parts.append(pd.DataFrame({"customer": np.arange(count), "period": at - behind, **sums}))
    return pd.concat(parts, ignore_index=True)


def _sums(world: World, course: Course, first: int, end: int) -> dict[str, Values]:
    invoices, postings, count = world.invoices, course.postings, len(world.customers)
    euros = np.where(course.issued, invoices.cents, 0) / 100 * world.customers.rate[invoices.customer]
    moved = SIGN[postings.kind] * euros_of(world, postings)
    within = (postings.value >= first) & (postings.value < end) & (postings.invoice >= 0)
    named = postings.invoice >= 0
    cash, lost = cash_of(world, postings), losses_of(world, postings)
    written = (invoices.document >= first) & (invoices.document < end)
    due = (invoices.due >= first) & (invoices.due < end)
    place = postings.invoice[named]
    prompt = due[place] & (postings.value[named] <= invoices.due[place] + 30)
    touched = (course.contacts.day >= first) & (course.contacts.day < end)

    def by(customer: Values, amount: Values) -> Values:
        return np.bincount(customer, amount, count)

    def lasting(day: Values) -> Values:
        return np.maximum(0, end - np.maximum(day, first))

    days = by(invoices.customer, euros * lasting(invoices.document)) + by(
        postings.customer[named], (moved * lasting(postings.value))[named]
    )
    return {
        "sales": by(invoices.customer[written], euros[written]),
        "due": by(invoices.customer[due], euros[due]),
        "amount_days": days,
        "cash": by(postings.customer[within], cash[within]),
        "written_off": by(postings.customer[within], lost[within]),
        "prompt": by(postings.customer[named][prompt], cash[named][prompt]),
        "minutes": by(course.contacts.customer[touched], minutes_of(course.contacts)[touched]),
    }


# What a measure is a ratio of, by quarter: the rule changes what is open, and who is decided on with it.
QUARTERLY: Final = {
    "value": ("value", "sales"),
    "dso": ("amount_days", "sales"),
    "bad_debt_ratio": ("written_off", "sales"),
    "collection_rate": ("prompt", "due"),
}


def change(world: World, course: Course) -> dict[str, Any]:
    """Return what the change of the rule did to each measure, with its interval and the p-value of its past."""
    sums = _with_value(by_quarter(world, course))
    customers = world.customers
    sums["unit"] = (customers.region * 10 + customers.portfolio)[sums["customer"]]
    cells = sums.groupby(["unit", "period"]).sum()
    cells["changed_in"] = np.where(cells.index.get_level_values("unit") < 20, 0.0, np.nan)
    found = {}
    for measure, (above, below) in QUARTERLY.items():
        table = cells.assign(outcome=cells[above] / cells[below], weight=cells[below]).reset_index()
        said = change_of_rule(table)
        found[measure] = [said.estimate, said.low, said.high, said.parallel_p]
    return found


def true_change(world: World, course: Course) -> dict[str, Any]:
    """Return the true change of each measure where the rule changed: the same luck, and the rule as it was."""
    region = in_changed_region(world)
    both = []
    for one in (course, follow(world, on_review(by_thresholds))):
        sums = _with_value(by_quarter(world, one))
        kept = region[sums["customer"]] & (sums["period"] >= 0).to_numpy()
        both.append(sums[kept].groupby("period").sum())
    found = {}
    for measure, (above, below) in QUARTERLY.items():
        ratio, before = (sums[above] / sums[below] for sums in both)
        weight = both[0][below]
        found[measure] = [float(((ratio - before) * weight).sum()), float(weight.sum())]
    return found


def _with_value(sums: pd.DataFrame) -> pd.DataFrame:
    waiting = INTEREST * sums["amount_days"] / 365
    return sums.assign(value=sums["cash"] - waiting - MINUTE * sums["minutes"] - sums["written_off"])
