"""What is true of a world and stands in no ledger: for tests, benchmarks and the backtest's self-check.

No other room may read it; import-linter holds them to that.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from arseg.world.book import World
from arseg.world.calendars import RUN_NAMES
from arseg.world.course import Course
from arseg.world.customers import CURRENCIES, RESPONSES
from arseg.world.economy import NEVER
from arseg.world.parquet import days, money, named, numbers
from arseg.world.reviews import ACTIONS
from arseg.world.rewards import rewards
from arseg.world.tables import (
    collector_names,
    contact_ids,
    customer_ids,
    dispute_ids,
    invoice_ids,
    known_contacts,
)


def truth_tables(world: World, course: Course) -> dict[str, pa.Table]:
    """Return the truth, by table.

    - ``customers``: how each pays (payment run, habitual day relative to due) and answers to contacts.
    - ``ability``: latent ability and distress, customers x months.
    - ``distress``: onset of each spell of distress, and the day of insolvency where it came.
    - ``invoices``: the intended payment day relative to due.
    - ``contacts``: the log hazard ratio of each contact of the ledger on its first day.
    - ``reviews``: every decision, also to do nothing, with the true probability of every action, and the
      share of the overdue balance that came in within four weeks.
    - ``month_ends``: what the book believed to be open, less money on account, by currency.
    - ``collectors`` and ``absences``: leniency (log odds less of calls) and minutes a day; days away.
    - ``disputes``: the share of the invoice that is conceded when a dispute closes.
    """
    return {
        "customers": _customers(world),
        "ability": _ability(world),
        "distress": _distress(world),
        "invoices": _invoices(world),
        "contacts": _contacts(world, course),
        "reviews": _reviews(world, course),
        "month_ends": _month_ends(world, course),
        "collectors": _collectors(world),
        "absences": _absences(world),
        "disputes": _disputes(world, course),
    }


def _customers(world: World) -> pa.Table:
    traits = world.customers
    columns = {
        "customer_id": customer_ids(np.arange(len(traits))),
        "monthly_sales": traits.monthly_sales,
        "payment_run": named(RUN_NAMES, traits.run),
        "habitual_day": traits.delay,
        "response": named(RESPONSES, traits.response),
        "susceptibility": traits.susceptibility,
        "good_payer": traits.good_payer,
    }
    return pa.table(columns)


def _ability(world: World) -> pa.Table:
    customers, months = world.economy.ability.shape
    starts = world.calendar.month_starts[:months]
    columns = {
        "customer_id": customer_ids(np.repeat(np.arange(customers), months)),
        "month": days(np.tile(starts, customers), world.calendar.first),
        "ability": world.economy.ability.ravel(),
        "distressed": world.economy.distressed.ravel(),
    }
    return pa.table(columns)


def _distress(world: World) -> pa.Table:
    economy, calendar = world.economy, world.calendar
    before = np.zeros((len(world.customers), 1), dtype=bool)
    entered = economy.distressed & ~np.hstack([before, economy.distressed[:, :-1]])
    customer, month = np.nonzero(entered)
    failed = economy.insolvent_on[customer]
    columns = {
        "customer_id": customer_ids(customer),
        "onset": days(calendar.month_starts[month], calendar.first),
        "insolvent_on": days(np.where(failed < NEVER, failed, 0), calendar.first, known=failed < NEVER),
    }
    return pa.table(columns)


def _invoices(world: World) -> pa.Table:
    everything = np.arange(len(world.invoices))
    return pa.table({"invoice_id": invoice_ids(everything), "intended_day": world.fates.intent})


def _contacts(world: World, course: Course) -> pa.Table:
    log, _ = known_contacts(world, course)
    columns = {
        "contact_id": contact_ids(len(log)),
        "customer_id": customer_ids(log.customer),
        "contacted_on": days(log.day, world.calendar.first),
        "effect": log.effect,
        "propensity": np.where(np.isnan(log.probability), 1.0, log.probability),
    }
    return pa.table(columns)


def _reviews(world: World, course: Course) -> pa.Table:
    """Return the decisions; where nothing was drawn, the action taken had probability 1."""
    log = course.reviews
    certain = np.eye(len(ACTIONS))[log.action]
    chances = np.where(np.isnan(log.true_probabilities), certain, log.true_probabilities)
    columns = {
        "customer_id": customer_ids(log.customer),
        "reviewed_on": days(log.day, world.calendar.first),
        "action": named(ACTIONS, log.action),
        "overdue": log.overdue,
        "collected_share": numbers(rewards(world, course)),
    }
    return pa.table(columns | {f"p_{name}": chances[:, code] for code, name in enumerate(ACTIONS)})


def _month_ends(world: World, course: Course) -> pa.Table:
    months = len(course.month_ends)
    columns = {
        "month_end": days(np.repeat(course.month_ends, len(CURRENCIES)), world.calendar.first),
        "currency": named(CURRENCIES, np.tile(np.arange(len(CURRENCIES)), months)),
        "open": money(course.open_cents.ravel()),
    }
    return pa.table(columns)


def _collectors(world: World) -> pa.Table:
    collectors = world.collectors
    columns = {
        "collector": collector_names(np.arange(len(collectors))),
        "leniency": collectors.leniency,
        "minutes": collectors.minutes,
    }
    return pa.table(columns)


def _absences(world: World) -> pa.Table:
    collector, day = np.nonzero(world.collectors.absent)
    return pa.table({"collector": collector_names(collector), "day": days(day, world.calendar.first)})


def _disputes(world: World, course: Course) -> pa.Table:
    disputes = course.disputes
    columns = {
        "dispute_id": dispute_ids(np.arange(len(disputes.invoice))),
        "invoice_id": invoice_ids(disputes.invoice),
        "conceded_share": world.fates.dispute_credit[disputes.invoice],
    }
    return pa.table(columns)
