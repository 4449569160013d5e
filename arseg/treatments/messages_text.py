"""How data becomes text in a message: harmless lines, amounts and days as a language writes them.

Names and numbers of the ledger are data: what could end a header, hide text or start markup is taken out
of them before they meet a template.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import pandas as pd

# A table of more lines is cut, and says so.
MOST_LINES: Final = 40

LONGEST_VALUE: Final = 200

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Angle brackets become quotation marks of their shape.
_UNMARKED: Final = str.maketrans({"<": "\u2039", ">": "\u203a"})


class OpenInvoice(NamedTuple):
    """One line of the table; the amount in its own currency."""

    invoice_id: str
    due_date: dt.date
    days_past_due: int
    balance: float
    currency: str


@dataclass(frozen=True)
class _Style:
    """How a language writes amounts, days and the head of the table."""

    separators: tuple[str, str]
    day: Callable[[dt.date], str]
    head: tuple[str, str, str, str]
    more: str
    none: str


_STYLES: Final[Mapping[str, _Style]] = MappingProxyType(
    {
        "en": _Style(
            (",", "."),
            lambda day: f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
            ("Invoice", "Due", "Days past due", "Amount"),
            "and {} more",
            "none",
        ),
        "de": _Style(
            (".", ","),
            lambda day: f"{day:%d.%m.%Y}",
            ("Rechnung", "Fällig am", "Tage überfällig", "Betrag"),
            "und {} weitere",
            "keine",
        ),
        "es": _Style(
            (".", ","),
            lambda day: f"{day:%d/%m/%Y}",
            ("Factura", "Vencimiento", "Días de retraso", "Importe"),
            "y {} más",
            "ninguna",
        ),
    }
)

# A language of one's own templates that arseg does not know writes days and amounts that cannot be misread.
_NEUTRAL: Final = _Style(
    (" ", "."), lambda day: day.isoformat(), ("Invoice", "Due", "Days past due", "Amount"), "+ {}", "-"
)


def escape(value: object) -> str:
    r"""Return a value as one harmless line of text.

    Line ends and tabs become spaces, so that no value can start a header of its own; characters that are
    not seen (controls, marks that turn the direction of text) go; angle brackets become single quotation
    marks of their shape, so that no value is markup in whatever shows it; 200 characters are kept.

    Examples
    --------
    >>> escape("Evil\r\nBcc: a@b.example")
    'Evil Bcc: a@b.example'
    >>> escape("<b>") == "\u2039b\u203a"
    True
    """
    text = str(value)
    if not text.isprintable():
        text = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or _is_seen(sign))
    line = re.sub(" +", " ", text).strip().translate(_UNMARKED)
    return line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…"


def amount_text(amount: float, language: str) -> str:
    """Return an amount as a language writes it.

    Examples
    --------
    >>> [amount_text(1234567.891, language) for language in ("en", "de", "es", "pl")]
    ['1,234,567.89', '1.234.567,89', '1.234.567,89', '1 234 567.89']
    """
    thousands, point = _style(language).separators
    swap = {",": thousands, ".": point}
    return "".join(swap.get(sign, sign) for sign in f"{float(amount):,.2f}")


def day_text(day: dt.date, language: str) -> str:
    """Return a day as a language writes it.

    Examples
    --------
    >>> [day_text(dt.date(2026, 3, 9), language) for language in ("en", "de", "es", "pl")]
    ['9 Mar 2026', '09.03.2026', '09/03/2026', '2026-03-09']
    """
    return _style(language).day(day)


def open_invoices(invoices: pd.DataFrame, today: dt.date, *, currency: str) -> dict[str, list[OpenInvoice]]:
    """Return the undisputed open items of every customer, oldest first.

    Parameters
    ----------
    invoices
        customer_id, invoice_id, due_date, balance, and perhaps currency and disputed.
    today
        The key date.
    currency
        Where an invoice names none.
    """
    kept = invoices
    if "disputed" in kept.columns:
        kept = kept[~kept["disputed"].astype("boolean").fillna(value=False).astype("bool")]
    kept = kept.sort_values(["customer_id", "due_date", "invoice_id"])
    own = kept["currency"].fillna("") if "currency" in kept.columns else pd.Series("", index=kept.index)
    due = pd.to_datetime(kept["due_date"]).dt.date
    found = defaultdict(list)
    columns = (kept["customer_id"], kept["invoice_id"], due, kept["balance"].astype("float64"), own)
    for customer, invoice, day, balance, code in zip(*columns, strict=True):
        past = (today - day).days
        found[customer].append(OpenInvoice(invoice, day, past, balance, str(code) or currency))
    return dict(found)


def table_text(owed: Sequence[OpenInvoice], language: str) -> str:
    """Return the invoices as aligned lines of text.

    Examples
    --------
    >>> print(table_text([OpenInvoice("R-7", dt.date(2026, 9, 1), 29, 1250.0, "EUR")], "de"))
    Rechnung   Fällig am  Tage überfällig        Betrag
    R-7       01.09.2026               29  1.250,00 EUR
    """
    style = _style(language)
    if not owed:
        return style.none
    cells = [
        (escape(o.invoice_id), style.day(o.due_date), str(max(0, o.days_past_due)), _money(o, language))
        for o in owed[:MOST_LINES]
    ]
    widths = [max(map(len, column)) for column in zip(style.head, *cells, strict=True)]
    lines = [_aligned(row, widths) for row in (style.head, *cells)]
    more = len(owed) - MOST_LINES
    return "\n".join([*lines, style.more.format(more)] if more > 0 else lines)


def sums_text(owed: Sequence[OpenInvoice], language: str, *, currency: str) -> str:
    """Return the sum of each currency; amounts are never added across them.

    Examples
    --------
    >>> day = dt.date(2026, 9, 1)
    >>> sums_text([OpenInvoice("A", day, 1, 9.5, "USD"), OpenInvoice("B", day, 1, 1.0, "EUR")], "en", currency="EUR")
    '1.00 EUR + 9.50 USD'
    """
    sums: dict[str, float] = defaultdict(float)
    for invoice in owed:
        sums[invoice.currency] += invoice.balance
    said = [f"{amount_text(amount, language)} {escape(code)}" for code, amount in sorted(sums.items())]
    return " + ".join(said) or f"{amount_text(0.0, language)} {escape(currency)}"


def _style(language: str) -> _Style:
    return _STYLES.get(language, _NEUTRAL)


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign)[0] != "C"


def _money(invoice: OpenInvoice, language: str) -> str:
    return f"{amount_text(invoice.balance, language)} {escape(invoice.currency)}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Return a line: the first cell to the left, the others to the right."""
    others = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
    return "  ".join([row[0].ljust(widths[0]), *others])
