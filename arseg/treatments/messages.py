"""Messages: a template, a customer and the open invoices become text. arseg sends nothing (S55, S56)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from arseg.schema import UsageError, parse_day, require_columns
from arseg.treatments.messages_text import (
    OpenInvoice,
    day_text,
    escape,
    open_invoices,
    sums_text,
    table_text,
)
from arseg.treatments.playbook_rows import default_template
from arseg.treatments.templates import Template, Templates, read_templates

MESSAGES: Final = ("customer_id", "language", "channel", "subject", "body", "note")

_WORK: Final = ("customer_id", "stage", "channel", "tone", "deadline")
_INVOICES: Final = ("customer_id", "invoice_id", "due_date", "balance")


@dataclass(frozen=True)
class Letterhead:
    """Who writes, and in which language where the customer's is not at hand.

    Parameters
    ----------
    sender, contact
        Name, and how to be reached.
    currency
        Code of the amounts of invoices that name none.
    language
        Default language, ISO 639-1.

    Examples
    --------
    >>> Letterhead("Arboleda GmbH", "receivables@arboleda.example")
    Letterhead(sender='Arboleda GmbH', contact='receivables@arboleda.example', currency='EUR', language='en')
    """

    sender: str
    contact: str
    currency: str = "EUR"
    language: str = "en"


def render_messages(
    worklist: pd.DataFrame,
    invoices: pd.DataFrame,
    letterhead: Letterhead,
    *,
    key_date: str | dt.date,
    languages: Mapping[str, str] | None = None,
    templates: Templates | None = None,
) -> pd.DataFrame:
    """Return the message of every row of a worklist. Nothing is sent.

    Parameters
    ----------
    worklist
        customer_id, stage, channel, tone, deadline, and perhaps name, template (else that of stage and
        tone) and held. Who is held back gets no message; nor does who is at law.
    invoices
        Open items: customer_id, invoice_id, due_date, balance, and perhaps currency and disputed. Disputed
        ones stand in no message.
    letterhead
        Who writes, and the default language.
    key_date
        The day we stand on.
    languages
        Language by customer_id: ``de``, ``de-AT``.
    templates
        From ``read_templates``; those that come with arseg where None.

    Returns
    -------
    frame
        customer_id, language, channel, subject, body, note, in the worklist's order. ``note`` says where
        the default language stands in for the customer's.

    Raises
    ------
    DataError
        If columns are missing.
    UsageError
        If the default language has no templates, or a template is not there.

    Examples
    --------
    >>> work = pd.DataFrame({"customer_id": ["A"], "name": ["Nord AG"], "stage": ["early"], "channel": ["email"],
    ...                      "tone": ["reminder"], "deadline": ["2026-11-02"]})
    >>> owed = pd.DataFrame({"customer_id": ["A"], "invoice_id": ["R-7"], "due_date": ["2026-10-01"],
    ...                      "balance": [1250.0]})
    >>> found = render_messages(work, owed, Letterhead("Süd KG", "post@sued.example"), key_date="2026-10-31",
    ...                         languages={"A": "de"})
    >>> found["subject"].item()
    'Zahlungserinnerung von Süd KG: 1.250,00 EUR überfällig'
    """
    require_columns(worklist.columns, _WORK, frame="worklist")
    require_columns(invoices.columns, _INVOICES, frame="invoices")
    known = read_templates() if templates is None else templates
    _refuse_unwritten(letterhead.language, known)
    today = parse_day(key_date)
    owed = open_invoices(invoices, today, currency=letterhead.currency)
    rows = []
    for work, name in _with_templates(worklist):
        asked = (languages or {}).get(work.customer_id)
        language, note = spoken(asked, known, default=letterhead.language)
        template = _found(known[language], name, language)
        own = owed.get(work.customer_id, [])
        values = message_values(work, own, letterhead, today=today, language=language)
        rows.append((work.customer_id, language, work.channel, *template.render(values), note))
    return pd.DataFrame(rows, columns=list(MESSAGES)).astype("str")


def message_values(
    work: Any, owed: Sequence[OpenInvoice], letterhead: Letterhead, *, today: dt.date, language: str
) -> dict[str, str]:
    """Return the escaped value of every placeholder for one customer.

    Parameters
    ----------
    work
        Has customer_id, deadline and perhaps name.
    owed
        The customer's open items, oldest first.
    letterhead, today, language
        Who writes, when, and in which language.
    """
    name = getattr(work, "name", "")
    overdue = [invoice for invoice in owed if invoice.days_past_due > 0]
    return {
        "customer": escape(name if isinstance(name, str) and name.strip() else work.customer_id),
        "sender": escape(letterhead.sender),
        "sender_contact": escape(letterhead.contact),
        "key_date": day_text(today, language),
        "pay_by": day_text(pd.Timestamp(work.deadline).date(), language),
        "days_past_due": str(max((invoice.days_past_due for invoice in overdue), default=0)),
        "invoice_count": str(len(owed)),
        "invoice_table": table_text(owed, language),
        "total": sums_text(owed, language, currency=letterhead.currency),
        "overdue": sums_text(overdue, language, currency=letterhead.currency),
    }


def spoken(asked: object, templates: Templates, *, default: str) -> tuple[str, str]:
    """Return the language of a message, and a note where it is not the customer's.

    Examples
    --------
    >>> spoken("de-AT", {"de": {}, "en": {}}, default="en"), spoken("fr", {"en": {}}, default="en")
    (('de', ''), ('en', "no templates in 'fr': written in en"))
    """
    said = asked.strip() if isinstance(asked, str) else ""
    if not said:
        return default, f"language unknown: written in {default}"
    code = re.split("[-_]", said.lower())[0]
    if code in templates:
        return code, ""
    return default, f"no templates in {escape(said)!r}: written in {default}"


def _with_templates(worklist: pd.DataFrame) -> Iterator[tuple[Any, str]]:
    """Give the rows that get a message, and the name of its template."""
    for work in worklist.itertuples(index=False):
        declared = getattr(work, "template", None)
        name = declared if isinstance(declared, str) else default_template(work.stage, work.tone)
        if name and not getattr(work, "held", ""):
            yield work, name


def _found(templates: Mapping[str, Template], name: str, language: str) -> Template:
    if name not in templates:
        raise UsageError(
            f"there is no template {name!r} in {language}",
            given=name,
            allowed=", ".join(sorted(templates)),
            do=f"write {language}/{name}.txt",
        )
    return templates[name]


def _refuse_unwritten(language: str, templates: Templates) -> None:
    if language not in templates:
        raise UsageError(
            f"the default language {language!r} has no templates",
            given=language,
            allowed=", ".join(sorted(templates)),
            do="choose one of those allowed",
        )
