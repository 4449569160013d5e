"""What a key date sees of a history: the SQL of the snapshot's tables, the same for every engine.

Each is a filter on the days on which a row was known; the constant key date stands in every row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

from arseg.ledger.public_holidays import HOLIDAY_YEARS
from arseg.ledger.visibility import day_literal
from arseg.ledger.vocabulary import PURE
from arseg.schema import LEDGER, OPEN

_BACK: Final = re.compile(r"(?:\b\w+\.)?\bkey_date - (\d{1,5})\b")
# Behind a name or a bracket key_date may be an alias, and in a list of names a column of one.
_ALIAS: Final = re.compile(r"[\w)\"']\s+\"?key_date\b|\bas\s+\w+\s*\([^()]*\bkey_date\b", re.IGNORECASE)
_LIST: Final = re.compile(r"(\w+)\s*\([\w\s,\"]*\bkey_date\b[\w\s,\"]*\)")

_INVOICE: Final = (*LEDGER["invoices"].names, "original_amount", "first_known_on")

# What a snapshot's tables have beyond the ledger's columns and the key date, and what it means.
_OF_INVOICES: Final = {
    "original_amount": "amount as first known",
    "first_known_on": "day on which the invoice was first known",
    "terms_days": "due date minus document date, days",
    "last_posted_on": "value date of the latest of its postings",
    "balance": "open balance, reporting currency",
}
ADDED: Final[Mapping[str, Mapping[str, str]]] = {
    "invoices": _OF_INVOICES,
    "open_items": _OF_INVOICES
    | {
        "days_past_due": "key date minus due date; zero or less is not yet late",
        "age_days": "key date minus document date, days",
        "is_disputed": "whether a dispute on it is open",
    },
    "cleared_items": _OF_INVOICES
    | {
        "event": "1 paid, 2 credited, 3 written off",
        "cleared_on": "day on which the balance came within tolerance for good",
        "days_to_pay": "clearing day minus document date",
        "days_late": "clearing day minus due date",
    },
    "postings": {"payer_id": "the customer that it names, else that of its invoice"},
    "disputes": {"customer_id": "the customer of its invoice"},
    "customer_versions": {},
    "holidays": {"country": "ISO 3166 alpha-2 code", "day": "a public holiday there"},
}


def view_texts(day: dt.date, known: str = "known.", *, known_by: dt.date | None = None) -> dict[str, str]:
    """Return the SELECT of each table of a snapshot.

    Parameters
    ----------
    day
        The key date.
    known
        What stands before the name of a table of the history.
    known_by
        The last day on which a row may have become known; the key date where None.
    """
    key_date, last = day_literal(day), day_literal(known_by or day)
    holds = f"known_from <= {last} AND known_until > {last}"
    texts = _items(key_date, holds, known)
    for name in ("customers", "disputes", "promises", "postings"):
        texts[name] = f"SELECT {_columns(name)}, {key_date} AS key_date FROM {known}{name} WHERE {holds}"
    texts["customer_versions"] = (
        f"SELECT {_columns('customers')}, {key_date} AS key_date FROM {known}customers"
        f" WHERE is_master AND known_on <= {last}"
    )
    for name in ("contacts", "credit", "indicators"):
        texts[name] = (
            f"SELECT {_columns(name)}, {key_date} AS key_date FROM {known}{name} WHERE known_on <= {last}"
        )
    # An earlier run's assignment keeps the key date of that run.
    texts["assignments"] = (
        f"SELECT {_columns('assignments')} FROM {known}assignments WHERE known_on <= {last}"
    )
    first, end = (f"DATE '{day.year + years}-01-01'" for years in (HOLIDAY_YEARS.start, HOLIDAY_YEARS.stop))
    texts["holidays"] = (
        f"SELECT country, day FROM {known}holidays"
        f" WHERE known_from <= {last} AND day >= {first} AND day < {end}"
    )
    return texts


def dated(text: str, day: dt.date) -> str:
    """Return a SELECT over the snapshot's tables with the days that it counts back from the key date written out.

    An engine passes over the rows before such a day; one that it must reckon for each row it does not know in time.
    A text in which ``key_date`` may be something else stays as it is.

    Examples
    --------
    >>> dated("SELECT amount FROM invoices WHERE document_date > key_date - 90", dt.date(2026, 6, 30))
    "SELECT amount FROM invoices WHERE document_date > DATE '2026-04-01'"
    """
    named = any(name.lower() not in PURE for name in _LIST.findall(text))
    if named or _ALIAS.search(text) or "assignments" in text.lower():
        return text
    return _BACK.sub(lambda found: day_literal(day - dt.timedelta(days=int(found[1]))), text)


def _items(key_date: str, holds: str, known: str) -> dict[str, str]:
    invoice = f"""{", ".join(f"i.{name}" for name in _INVOICE)},
        days_between(i.document_date, i.due_date) AS terms_days, i.last_posted_on, i.balance,
        {key_date} AS key_date"""
    states = f"{known}item_states AS i"
    return {
        "invoices": f"SELECT {invoice} FROM {states} WHERE {holds}",
        "open_items": f"""
        SELECT {invoice}, days_between(i.due_date, {key_date}) AS days_past_due,
            days_between(i.document_date, {key_date}) AS age_days, d.invoice_id IS NOT NULL AS is_disputed
        FROM (SELECT * FROM {states} WHERE {holds} AND i.event = {OPEN}) AS i LEFT JOIN (
            SELECT DISTINCT invoice_id FROM {known}disputes
            WHERE {holds} AND (closed_on IS NULL OR closed_on > {key_date})
        ) AS d ON d.invoice_id = i.invoice_id""",
        "cleared_items": f"""
        SELECT {invoice}, i.event, i.cleared_on, days_between(i.document_date, i.cleared_on) AS days_to_pay,
            days_between(i.due_date, i.cleared_on) AS days_late
        FROM {states} WHERE {holds} AND i.cleared_on IS NOT NULL""",
    }


def _columns(name: str) -> str:
    return ", ".join((*LEDGER[name].names, *ADDED.get(name, ())))
