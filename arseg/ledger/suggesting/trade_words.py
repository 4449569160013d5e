"""What the trade calls a column, in English, German, Spanish and in ERP field names; and how near two names are.

The words only serve a proposal that a person reads and completes; no load ever looks at them.
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from arseg.ledger.declared.mapped import Mapped
from arseg.ledger.declared.source import Source
from arseg.schema import Column

# Below this two names have too little in common to be worth a line: two words of three are not enough.
NEAR: Final = 0.62

_SPOKEN: Final = MappingProxyType({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

# Tokens that say the same.
_ALIKE: Final = MappingProxyType(
    {
        **dict.fromkeys(("no", "nr", "num", "id", "key", "code", "nummer", "numero", "ref", "#"), "number"),
        **dict.fromkeys(("amt", "betrag", "importe", "monto"), "amount"),
        **dict.fromkeys(
            ("cust", "debtor", "client", "kunde", "kunden", "debitor", "cliente", "account"), "customer"
        ),
        **dict.fromkeys(("inv", "bill", "rechnung", "rechnungs", "factura"), "invoice"),
        **dict.fromkeys(("curr", "ccy", "waehrung", "waehrg", "whg", "moneda", "divisa"), "currency"),
        **dict.fromkeys(("dt", "datum", "fecha", "day", "on"), "date"),
        **dict.fromkeys(("pmt", "pymt", "zahlung", "zahlungs", "pago"), "payment"),
        # As the lists of SAP cut their headings short.
        "clrng": "clearing",
        "pstng": "posting",
        "doc": "document",
        "beleg": "document",
        "documento": "document",
        "txn": "transaction",
        "trx": "transaction",
    }
)
_FILL: Final = frozenset({"the", "of", "de", "del", "la", "der", "des", "die", "das", "el"})

# By table and column, or by column alone; names of the schema itself count too.
TRADE_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "invoice_id": (
            "invoice number", "no", "document number", "bill number", "Rechnungsnummer", "Rechnungsnr",
            "Belegnummer", "Belegnr", "número de factura", "BELNR", "VBELN", "RECORDNO", "INVOICENUM",
        ),
        "customer_id": (
            "customer number", "customer no", "customer", "debtor number", "account number", "client id", "buyer id",
            "Kundennummer", "Kunde", "Debitor", "Debitorennummer", "cliente", "código de cliente", "KUNNR",
            "ACCOUNTNUM", "partner id", "bill to customer",
        ),
        "entity": (
            "company", "company code", "business unit", "business code", "subsidiary", "legal entity", "Buchungskreis",
            "Gesellschaft", "sociedad", "BUKRS", "DATAAREAID",
        ),
        "document_date": (
            "document date", "invoice date", "issue date", "date", "Belegdatum", "Rechnungsdatum",
            "fecha de factura", "fecha de emisión", "BLDAT", "transaction date", "bill date", "baseline create date", "when created",
        ),
        "posting_date": ("posting date", "accounting date", "Buchungsdatum", "fecha de contabilización", "BUDAT", "gl date"),
        "due_date": (
            "due date", "payment due date", "net due date", "due in date", "maturity date", "Fälligkeit", "Fälligkeitsdatum",
            "fällig am", "Nettofälligkeit", "vencimiento", "fecha de vencimiento", "FAEDT", "NETDT", "when due",
        ),
        "invoices.amount": (
            "amount", "invoice amount", "gross amount", "total amount", "grand total", "invoice total", "bill total", "document amount", "amount total",
            "amount in dc", "amount in doc curr",
            "amount in lc", "amount in local currency", "Betrag", "Rechnungsbetrag", "Bruttobetrag", "importe", "importe total", "WRBTR", "DMBTR",
            "total open amount",
        ),
        "postings.amount": (
            "payment amount", "paid amount", "amount paid", "amount applied", "allocated amount", "Zahlbetrag",
            "Zahlungsbetrag", "importe pagado", "amount", "Betrag", "importe", "WRBTR", "DMBTR", "settled amount",
        ),
        "currency": (
            "currency", "currency code", "invoice currency", "document currency", "Währung", "Belegwährung",
            "Währungsschlüssel", "moneda", "divisa", "WAERS",
        ),
        "delivered_on": ("delivery date", "sent date", "Zustelldatum", "Versanddatum", "fecha de entrega"),
        "posting_id": (
            "id", "payment number", "payment id", "receipt number", "clearing document", "transaction id",
            "Zahlungsnummer", "Ausgleichsbeleg", "número de pago", "AUGBL",
        ),
        "kind": ("posting kind", "transaction type", "voucher type", "document type", "type", "Buchungsart", "Belegart", "tipo de movimiento", "BLART"),
        "value_date": (
            "value date", "payment date", "paid date", "clear date", "clearing date", "settled date", "settlement date",
            "receipt date", "cleared on", "date paid", "clearing", "Zahlungsdatum", "Zahldatum", "Ausgleichsdatum", "Valuta",
            "Wertstellung", "bezahlt am", "fecha de pago", "fecha de compensación", "AUGDT", "VALUT", "when paid",
            "posting date", "Buchungsdatum", "transaction date", "date",
        ),
        "initiated_on": ("initiated on", "check date", "cheque date", "order date of payment"),
        "method": ("payment method", "mode of payment", "Zahlungsart", "Zahlweg", "forma de pago", "ZLSCH"),
        "known_on": (
            "known on", "created on", "creation date", "create date", "create time", "created at", "creation", "entry date", "entered on",
            "Erfassungsdatum", "angelegt am", "fecha de registro", "CPUDT", "ERDAT", "created datetime",
        ),
        "name": (
            "customer name", "name of customer", "debtor name", "Kundenname", "nombre del cliente", "razón social", "NAME1", "bill to",
            "bill to name", "sold to name", "Debitorenname", "Firma",
        ),
        "parent": ("parent customer", "group head", "Konzernmutter", "parent account"),
        "industry": ("industry", "sector", "Branche", "BRSCH", "industry sector"),
        "country": ("country", "country code", "Land", "país", "LAND1"),
        "region": ("region", "territory", "sales region", "Vertriebsgebiet"),
        "business_type": ("business type", "legal form", "Rechtsform"),
        "onboarded_on": ("customer since", "onboarding date", "Kunde seit", "cliente desde"),
        "terms": ("payment terms", "terms", "Zahlungsbedingung", "condiciones de pago", "ZTERM", "term name"),
        "invoice_delivery": ("invoice delivery", "delivery method", "Rechnungsversand", "paperless bill"),
        "payment_method": ("usual payment method", "default payment method"),
        "portfolio": ("portfolio", "collector portfolio", "Sachbearbeiter", "BUSAB"),
        "language": ("language", "Sprache", "idioma", "SPRAS"),
        "dispute_id": ("dispute number", "case id", "Klärfallnummer"),
        "opened_on": ("opened on", "dispute date", "open date", "Eröffnungsdatum"),
        "closed_on": ("closed on", "resolved on", "close date", "Abschlussdatum"),
        "disputes.reason": ("dispute reason", "reason code", "reason", "Grund", "motivo"),
        "promise_id": ("promise number", "promise to pay id"),
        "made_on": ("promise date", "promised on date"),
        "due_on": ("promised payment date", "promise due date"),
        "promises.amount": ("promised amount", "promise amount"),
        "contact_id": ("contact number", "activity id", "call id"),
        "contacted_on": ("contact date", "call date", "activity date", "Kontaktdatum"),
        "channel": ("channel", "contact channel", "activity type", "Kanal"),
        "outcome": ("outcome", "call result", "Ergebnis"),
        "effective_on": ("effective date", "valid from", "gültig ab"),
        "credit_limit": ("credit limit", "Kreditlimit", "límite de crédito", "KLIMK"),
        "credit_score": ("credit score", "risk score", "Bonität", "rating"),
        "viewed_on": ("viewed on", "opened by customer on"),
        "open_orders": ("open order value", "unbilled orders"),
        "margin": ("margin rate", "gross margin"),
        "failure_risk": ("failure score", "insolvency probability"),
        "insured": ("insured amount", "insurance limit"),
    }
)  # fmt: skip


@functools.cache
def _letters(name: str) -> str:
    """Return the letters and digits of a name without case and accents."""
    spoken = "".join(_SPOKEN.get(letter, letter) for letter in name.lower())
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", spoken).encode("ascii", "ignore").decode())


@functools.cache
def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name in one spelling.

    Examples
    --------
    >>> tokens("Fälligkeits-Datum"), tokens("customerID"), tokens("MetaData.CreateTime")
    (('faelligkeits', 'date'), ('customer', 'number'), ('meta', 'data', 'create', 'time'))
    """
    spaced = re.sub(r"(?<=[a-zäöüß0-9])(?=[A-ZÄÖÜ])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = [_written_out(_letters(word) or word) for word in re.findall(r"[^\W\d_]+|[0-9]+|#", spaced)]
    return tuple(_ALIKE.get(word, word) for word in words if word not in _FILL)


def _written_out(word: str) -> str:
    """Return a German compound with its last word written out: Kundennr is Kundennummer."""
    return f"{word[:-2]}nummer" if word.endswith("nr") and len(word) > 4 else word


@functools.cache
def likeness(header: str, word: str) -> float:
    """Return how near a header is to a word: 1 the same, 0 nothing in common.

    Examples
    --------
    >>> likeness("Invoice No.", "invoice number"), likeness("zq", "amount"), likeness("invoice total", "bill to")
    (1.0, 0.0, 0.3)
    """
    ours, theirs = tokens(header), tokens(word)
    if not ours or not theirs:
        return 0.0
    if ours == theirs or _letters(header) == _letters(word):
        return 1.0
    if sorted(ours) == sorted(theirs):
        return 0.97
    shared = set(ours) & set(theirs)
    score = 0.9 * len(shared) / len({*ours, *theirs})
    if shared == set(theirs) and (len(shared) > 1 or (len(theirs[0]) > 5 and theirs[0] != "number")):
        # The header says the word and something more.
        score = max(score, 0.55 + 0.1 * len(shared))
    # As many words, or a word more changes what is said, however long the others are.
    spelt = _spelling("".join(ours), "".join(theirs)) if len(ours) == len(theirs) else 0.0
    own, other = ("".join(word for word in words if word not in shared) for words in (ours, theirs))
    # Invoice total and invoice to are spelt alike only in the word that they share.
    if shared and difflib.SequenceMatcher(None, own, other).ratio() < 0.75:
        spelt = 0.0
    return round(max(score, spelt), 3)


def _spelling(ours: str, theirs: str) -> float:
    """Return how near two spellings are; short ones are the same or not."""
    if min(len(ours), len(theirs)) < 6 or abs(len(ours) - len(theirs)) > 4:
        return 0.0
    ratio = difflib.SequenceMatcher(None, ours, theirs).ratio()
    return 0.9 * ratio if ratio >= 0.85 else 0.0


def words_of(table: str, column: str) -> tuple[str, ...]:
    """Return what the trade calls a column, its own name first.

    Examples
    --------
    >>> words_of("invoices", "terms")[:2]
    ('terms', 'payment terms')
    """
    own = TRADE_WORDS.get(f"{table}.{column}", TRADE_WORDS.get(column, ()))
    return tuple(dict.fromkeys((column, *own)))


def can_hold(header: str, column: Column) -> bool:
    """Return whether a header's own words allow it to give a column: a date is no amount, and neither is an id.

    Examples
    --------
    >>> from arseg.schema import INVOICES
    >>> can_hold("InvoiceDate", INVOICES.column("invoice_id")), can_hold("Due", INVOICES.column("due_date"))
    (False, True)
    """
    said = set(tokens(header))
    if "currency" in said and "amount" not in said:  # "amount in document currency" is an amount
        return column.name == "currency"
    if tokens(header)[-1:] == ("name",):
        return column.name == "name"
    if "date" in said and "amount" not in said:
        return column.type == "date"
    return not ("amount" in said and "date" not in said) or column.type in {"money", "number"}


def source_words(sources: Iterable[Source]) -> dict[tuple[str, str], set[str]]:
    """Return, by table and column, the source columns from which declared sources take it."""
    found: dict[tuple[str, str], set[str]] = {}
    for source in sources:
        for feed in source.feeds:
            for column, mapped in feed.columns.items():
                found.setdefault((feed.table, column), set()).update(origins(mapped))
    return found


def origins(mapped: Mapped) -> tuple[str, ...]:
    """Return the source columns that a table column is mainly taken from, the first choice first."""
    if mapped.column is not None or mapped.first_of is not None:
        return tuple(mapped.column or mapped.first_of or ())
    if mapped.latest_of is not None:
        return (mapped.latest_of[0],)
    return (mapped.plus_days.day,) if mapped.plus_days is not None else ()
