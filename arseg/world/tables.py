"""The ledger tables of what happened, cut at the last day of the book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from arseg import schema
from arseg.world.book import World
from arseg.world.contacts import OUTCOMES, PROMISE, ContactLog, minutes_of
from arseg.world.customers import CURRENCIES, METHODS
from arseg.world.draws import Ints, Purpose, stream
from arseg.world.fates import REASONS
from arseg.world.invoices import PAPER
from arseg.world.master_data import credit_table, customers_table, indicators_table
from arseg.world.parquet import days, ledger_table, money, named, numbered, numbers
from arseg.world.reviews import ACTIONS, CALL, FIRM_EMAIL

if TYPE_CHECKING:
    from arseg.world.course import Course

TONES: Final = ("nudge", "reminder", "firm")
CHANNELS: Final = ("none", "email", "email", "call")
# The segment that would get each of the actions.
_AMOUNTS_TO: Final = ("Low", "Medium", "Medium", "High")
_ENTITIES: Final = ("Europe", "America")


def ledger_tables(world: World, course: Course) -> dict[str, pa.Table]:
    """Return every table the book fills, in the columns of ``arseg.schema``, with what is known by the course's end.

    ``assignments`` holds every decision of a review, also to do nothing; how likely each was stands there where
    the desk drew it. The desk publishes no segments: those named are what its treatments amount to.
    """
    return {name: ledger_table_of(name, world, course) for name in TABLES}


def ledger_table_of(name: str, world: World, course: Course) -> pa.Table:
    """Return one of the tables that the book fills."""
    return TABLES[name](world, course)


def customer_ids(customer: Ints) -> pa.Array:
    """Return the ids of customers, as ``so_far.customer_id``."""
    return numbered("C", customer, width=5)


def invoice_ids(invoice: Ints) -> pa.Array:
    """Return the ids of invoices, ascending with the document date."""
    return numbered("INV", invoice, width=7)


def contact_ids(count: int) -> pa.Array:
    """Return the ids of the first contacts, in the order in which the book learned of them."""
    return numbered("K", np.arange(count), width=7)


def collector_names(collector: Ints) -> pa.Array:
    """Return the names of collectors."""
    return numbered("collector ", collector, width=1)


def dispute_ids(dispute: Ints) -> pa.Array:
    """Return the ids of disputes, in the order in which they were opened."""
    return numbered("D", dispute, width=6)


def _invoices(world: World, course: Course) -> pa.Table:
    invoices, customers, first = world.invoices, world.customers, world.calendar.first
    shown = np.flatnonzero(course.issued & (invoices.posted < course.end))
    customer = invoices.customer[shown]
    currency = customers.currency[customer]
    posted = days(invoices.posted[shown], first)
    columns = {
        "invoice_id": invoice_ids(shown),
        "customer_id": customer_ids(customer),
        "entity": named(_ENTITIES, currency),
        "document_date": days(invoices.document[shown], first),
        "posting_date": posted,
        "due_date": days(invoices.due[shown], first),
        "amount": money(invoices.cents[shown]),
        "currency": named(CURRENCIES, currency),
        "delivered_on": days(invoices.delivered[shown], first, known=customers.delivery[customer] != PAPER),
        "known_on": posted,
    }
    return ledger_table(schema.INVOICES, columns)


def _postings(world: World, course: Course) -> pa.Table:
    postings, first = course.postings, world.calendar.first
    columns = {
        "posting_id": numbered("PO", np.arange(len(postings.invoice)), width=8),
        "invoice_id": invoice_ids(postings.invoice),
        "customer_id": customer_ids(postings.customer),
        "kind": named(schema.POSTING_KINDS, postings.kind),
        "amount": money(postings.cents),
        "currency": named(CURRENCIES, world.customers.currency[postings.customer]),
        "value_date": days(postings.value, first),
        "initiated_on": days(postings.initiated, first, known=postings.initiated >= 0),
        "method": named(METHODS, postings.method),
        "known_on": days(postings.known, first),
    }
    return ledger_table(schema.POSTINGS, columns)


def known_contacts(world: World, course: Course) -> tuple[ContactLog, Ints]:
    """Return the contacts the book has learned of, in that order, and the days on which it did.

    One contact in ten is entered on the next business day.
    """
    log, rng = course.contacts, stream(world.seed, Purpose.CONTACT_DESK)
    late = (rng.random(len(log)) < 0.1).astype(np.int64)
    known = world.calendar.next_business[log.day + late]
    order = np.lexsort((log.customer, log.day, known))
    order = order[known[order] < course.end]
    columns = {name: getattr(log, name)[order] for name in ContactLog.__dataclass_fields__}
    return ContactLog(**columns), known[order]


def _contacts(world: World, course: Course) -> pa.Table:
    log, known = known_contacts(world, course)
    first = world.calendar.first
    columns = {
        "contact_id": contact_ids(len(log)),
        "customer_id": customer_ids(log.customer),
        "contacted_on": days(log.day, first),
        "channel": named(CHANNELS, log.action),
        "tone": named(TONES, tones(log)),
        "outcome": named(OUTCOMES, log.outcome),
        "minutes": numbers(minutes_of(log)),
        "collector": collector_names(world.collectors.of_customer[log.customer]),
        "treatment": named(ACTIONS, log.action),
        "propensity": numbers(log.probability),
        "known_on": days(known, first),
    }
    return ledger_table(schema.CONTACTS, columns)


def _assignments(world: World, course: Course) -> pa.Table:
    log, first = course.reviews, world.calendar.first
    order = np.lexsort((log.customer, log.day))
    action, day = log.action[order], days(log.day[order], first)
    columns = {
        "customer_id": customer_ids(log.customer[order]),
        "key_date": day,
        "policy": named(("desk",), np.zeros_like(action)),
        "segment": named(_AMOUNTS_TO, action),
        "treatment": named(ACTIONS, action),
        "propensity": numbers(log.probabilities[order, action]),
        "known_on": day,
    }
    return ledger_table(schema.ASSIGNMENTS, columns)


def tones(log: ContactLog) -> Ints:
    """Return the tone of each contact: firm where it was chosen or a call comes late, else by age."""
    late = (log.action == CALL) & (log.days_past_due >= 45)
    by_age = (log.days_past_due >= 15).astype(np.int64)
    return np.where((log.action == FIRM_EMAIL) | late, TONES.index("firm"), by_age)


def _promises(world: World, course: Course) -> pa.Table:
    log, known = known_contacts(world, course)
    made = np.flatnonzero(log.outcome == PROMISE)
    first = world.calendar.first
    columns = {
        "promise_id": numbered("PR", np.arange(len(made)), width=7),
        "customer_id": customer_ids(log.customer[made]),
        "made_on": days(log.day[made], first),
        "due_on": days(log.promised_on[made], first),
        "amount": money(np.rint(log.overdue[made] * 100).astype(np.int64)),
        "known_on": days(known[made], first),
    }
    return ledger_table(schema.PROMISES, columns)


def _disputes(world: World, course: Course) -> pa.Table:
    """Return one row that knows the opening and, later, one that also knows the closing."""
    disputes, calendar = course.disputes, world.calendar
    number = np.arange(len(disputes.invoice))
    opening = calendar.next_business[disputes.opened + number % 3]
    opening = np.maximum(opening, world.invoices.posted[disputes.invoice])
    closing = calendar.next_business[np.maximum(disputes.closed + number % 2, opening + 1)]
    row = np.concatenate([number, number])
    ended = np.repeat([False, True], len(number))
    known = np.concatenate([opening, closing])
    order = np.lexsort((ended, row, known))
    order = order[known[order] < course.end]
    row, ended, known = row[order], ended[order], known[order]
    invoice = disputes.invoice[row]
    columns = {
        "dispute_id": dispute_ids(row),
        "invoice_id": invoice_ids(invoice),
        "opened_on": days(disputes.opened[row], calendar.first),
        "closed_on": days(disputes.closed[row], calendar.first, known=ended),
        "reason": named(REASONS, world.fates.dispute_reason[invoice]),
        "known_on": days(known, calendar.first),
    }
    return ledger_table(schema.DISPUTES, columns)


TABLES: Final[Mapping[str, Callable[[World, Course], pa.Table]]] = MappingProxyType(
    {
        "invoices": _invoices,
        "postings": _postings,
        "customers": lambda world, course: customers_table(world, course.end),
        "contacts": _contacts,
        "assignments": _assignments,
        "credit": lambda world, course: credit_table(world, course.end),
        "disputes": _disputes,
        "promises": _promises,
        "indicators": lambda world, course: indicators_table(world, course.end),
    }
)
