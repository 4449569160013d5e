"""Two clean books that are as hard as real ones, and how they are written to files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path

START = dt.date(2024, 1, 2)

# Ids and names that a guessing reader changes, and names that need their encoding.
HARD_IDS = (
    "000123", "00123", "NA", "null", "None", "nan", "1E5", "9007199254740993", "9007199254740992", "TRUE",
    "0x1F", "inf", "O'Neil", "2024-01-02", "1/2", "-7", "#REF!", "ÄÖ-7",
)  # fmt: skip
WESTERN = (
    "Müller & Söhne", "Bäckerei Größe", "Café Éclair", "Señor Añejo", "Ærø Åland", "Meyer, Sohn; Partner",
    'Gasthaus "Zur Sonne"', "NULL", "null", "NA", "None", "nan", "Übel ß", "Plain Ltd",
)  # fmt: skip
WORLD = (
    *WESTERN,
    "Łódź Żabka",
    "Αθήνα",
    "Москва",
    "東京商事",
    "🍕 Pizza",
    "بيت الحكمة",
    "=1+1",
    "<b>Bold</b>",
)

# A damaged row of ordinary size must stay far below the limits, so some invoices are very large.
LARGE = Decimal("99999999.99")
AMOUNTS = tuple(
    map(Decimal, ("1230.00", "12.50", "1234.00", "0.05", "980.10", "33.30", "0.01", "4321.99", "700.00"))
)

# Written out, so that a new column of the ledger does not change these files.
HEADERS = {
    "customers": "customer_id,name,parent,industry,country,region,business_type,onboarded_on,terms,invoice_delivery,"
    "payment_method,portfolio,language,known_on",
    "invoices": "invoice_id,customer_id,entity,document_date,posting_date,due_date,amount,currency,delivered_on,known_on",
    "postings": "posting_id,invoice_id,customer_id,kind,amount,currency,value_date,initiated_on,method,known_on",
}

EUROPA = """\
name: europa
title: One flat file of invoices and their clearing, as a European system writes it
reporting: {currency: EUR}
sources:
  - files: ["posten*.csv"]
    encoding: cp1252
    delimiter: ";"
    decimal_mark: ","
    thousands_mark: "."
    dates: "%d.%m.%Y"
    feeds:
      - table: invoices
        columns:
          invoice_id: {column: Belegnr}
          customer_id: {column: Kundennr}
          entity: {column: Buchungskreis}
          document_date: {column: Belegdatum}
          due_date: {column: Faellig}
          amount: {column: Betrag}
          currency: {column: Waehrung}
          known_on: {column: Erfasst}
      - table: postings
        skip_row_when_empty: [Ausgleich]
        columns:
          posting_id: {column: Belegnr, prefix: "Z-"}
          invoice_id: {column: Belegnr}
          kind: {constant: payment}
          amount: {column: Betrag}
          currency: {column: Waehrung}
          value_date: {column: Ausgleich}
          known_on: {assumed: value_date}
      - table: customers
        keep_one: true
        columns:
          customer_id: {column: Kundennr}
          name: {column: Kunde}
          known_on: {constant: "01.01.2023"}
"""


@dataclass(frozen=True)
class Book:
    """A clean book: its files as fields, and how they are written.

    Parameters
    ----------
    name
        A word.
    layout
        Text of its own layout; empty for the shipped ``arseg``.
    encoding, delimiter
        As the layout declares them.
    tables
        By file name, the header and the rows.
    places
        By ledger table: the file, the column and the prefix that make its first key column.
    beside
        Files that are no source.
    """

    name: str
    layout: str
    encoding: str
    delimiter: str
    tables: Mapping[str, Sequence[Sequence[str]]]
    places: Mapping[str, tuple[str, int, str]]
    beside: Mapping[str, bytes] = field(default_factory=dict)

    def line(self, fields: Sequence[str]) -> str:
        """Return fields as one line, quoted where they must be."""
        return self.delimiter.join(
            '"' + text.replace('"', '""') + '"' if self.delimiter in text or '"' in text else text
            for text in fields
        )

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        return {name: [self.line(fields) for fields in table] for name, table in self.tables.items()}

    @cached_property
    def _files(self) -> dict[str, bytes]:
        return {name: self.write(lines) for name, lines in self._lines.items()} | dict(self.beside)

    @cached_property
    def _keys(self) -> dict[str, dict[str, list[int]]]:
        found: dict[str, dict[str, list[int]]] = {table: {} for table in self.places}
        for table, (file, place, prefix) in self.places.items():
            for index, fields in enumerate(self.tables[file][1:]):
                found[table].setdefault(prefix + fields[place], []).append(index)
        return found

    def lines(self, file: str) -> list[str]:
        """Return the lines of a file, header first."""
        return list(self._lines[file])

    def write(self, lines: Sequence[str], *, encoding: str | None = None, end: str = "\n") -> bytes:
        """Return lines as bytes."""
        return "".join(text + end for text in lines).encode(encoding or self.encoding)

    def files(self) -> dict[str, bytes]:
        """Return every file, clean."""
        return dict(self._files)

    def store(self, folder: Path, files: Mapping[str, bytes]) -> tuple[Path, str]:
        """Write files into a new folder; return the folder and the layout's name or path."""
        source = folder / "source"
        source.mkdir(parents=True, exist_ok=True)
        for old in source.iterdir():
            old.unlink()
        for name, data in files.items():
            (source / name).write_bytes(data)
        if not self.layout:
            return source, "arseg"
        path = folder / f"{self.name}.yaml"
        path.write_text(self.layout, encoding="utf-8")
        return source, str(path)

    def rows_by_key(self, table: str) -> dict[str, list[int]]:
        """Return, by the first key column of a ledger table, the rows (from 0) that it comes from."""
        return self._keys[table]


def _day(days: int) -> dt.date:
    return START + dt.timedelta(days=days)


def _amounts() -> Iterator[Decimal]:
    for number in range(10_000):
        yield LARGE if number % 48 == 20 else AMOUNTS[number % len(AMOUNTS)] + number // 90


def _customers() -> list[list[str]]:
    rows = []
    for number in range(60):
        name = HARD_IDS[number] if number < len(HARD_IDS) else f"C{number:04d}"
        rows.append(
            [
                name, WORLD[number % len(WORLD)], "000123" if number % 7 == 3 else "",
                "food" if number % 2 else "retail", ("NO", "DE", "NA", "FR")[number % 4], "Süd", "company",
                _day(-900 - number).isoformat(), "30 days net", "email", "transfer", "P1", "de",
                _day(-300 + number).isoformat(),
            ]
        )  # fmt: skip
    return rows


def _invoices() -> list[list[str]]:
    rows = []
    for number, amount in zip(range(250), _amounts(), strict=False):
        name = HARD_IDS[number - 20] if 20 <= number < 20 + len(HARD_IDS) else f"I-{number:05d}"
        owner = HARD_IDS[number % 60] if number % 60 < len(HARD_IDS) else f"C{number % 60:04d}"
        issued = _day(number * 2)
        posted = issued + dt.timedelta(days=number % 3)
        signed = -amount if number % 25 == 24 else amount
        rows.append(
            [
                name, owner, f"E{number % 3}", issued.isoformat(), posted.isoformat(),
                (issued + dt.timedelta(days=30)).isoformat(), str(signed), "USD" if number % 10 == 9 else "EUR",
                (issued + dt.timedelta(days=4)).isoformat(), posted.isoformat(),
            ]
        )  # fmt: skip
    return rows


def _postings(invoices: Sequence[Sequence[str]]) -> list[list[str]]:
    rows = []
    for number, invoice in enumerate(invoices[:210]):
        paid = dt.date.fromisoformat(invoice[3]) + dt.timedelta(days=25 + number % 20)
        kind = ("payment", "payment", "payment", "credit_note", "write_off")[number % 5]
        on_account = number % 30 == 29
        rows.append(
            [
                f"P-{number:05d}", "" if on_account else invoice[0], invoice[1] if on_account else "", kind,
                invoice[6].removeprefix("-"), invoice[7], paid.isoformat(), paid.isoformat(), "transfer",
                (paid + dt.timedelta(days=number % 2)).isoformat(),
            ]
        )  # fmt: skip
    return rows


@cache
def own_book() -> Book:
    """Return the book in our own format: three UTF-8 files with commas."""
    invoices = _invoices()
    bodies = {"customers": _customers(), "invoices": invoices, "postings": _postings(invoices)}
    tables = {f"{name}.csv": [HEADERS[name].split(","), *rows] for name, rows in bodies.items()}
    places = {name: (f"{name}.csv", 0, "") for name in bodies}
    beside = {"about.json": b'{"currency": "EUR", "rates": {"EUR": 1.0, "USD": 0.9}}\n'}
    return Book("own", "", "utf-8", ",", tables, places, beside)


def european(amount: Decimal) -> str:
    """Return an amount with decimal comma and thousands points."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@cache
def european_book() -> Book:
    """Return the flat book in a declared European layout: cp1252, semicolons, comma decimals, dd.mm.yyyy."""
    header = ["Belegnr", "Kundennr", "Kunde", "Buchungskreis", "Belegdatum", "Faellig", "Betrag", "Waehrung",
              "Ausgleich", "Erfasst"]  # fmt: skip
    rows = []
    for number, amount in zip(range(320), _amounts(), strict=False):
        issued = _day(number)
        days = [issued, issued + dt.timedelta(days=30), issued + dt.timedelta(days=35), issued]
        document, due, cleared, known = (f"{day:%d.%m.%Y}" for day in days)
        owner = number % 70
        name = HARD_IDS[owner] if owner < len(HARD_IDS) else f"{owner:06d}"
        rows.append(
            [
                f"{number:08d}", name, WESTERN[owner % len(WESTERN)], f"B{number % 2}", document, due,
                european(amount), "EUR", "" if number % 6 == 3 else cleared, known,
            ]
        )  # fmt: skip
    file = "posten.csv"
    places = {"invoices": (file, 0, ""), "postings": (file, 0, "Z-"), "customers": (file, 1, "")}
    return Book("europa", EUROPA, "cp1252", ";", {file: [header, *rows]}, places)


def books() -> tuple[Book, ...]:
    """Return both books."""
    return own_book(), european_book()
