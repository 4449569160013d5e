"""Damage to single rows; the other rows should load."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from arseg.schema import LEDGER

from .books import Book
from .variant import Kind, Variant

# C0 without the line feed, DEL and C1.
CONTROLS = tuple(chr(code) for code in (*range(10), *range(11, 32), *range(127, 160)))

DAYS = {"europa": "%d.%m.%Y", "own": "%Y-%m-%d"}


def replaced(
    book: Book,
    case: str,
    name: str,
    place: tuple[str, int],
    text: str,
    *,
    kind: Kind = "row",
    knowable: bool = True,
) -> Iterator[Variant]:
    """Yield the variant in which a row became another text, where the encoding has its characters."""
    file, index = place
    lines = book.lines(file)
    lines[index + 1] = text
    try:
        data = book.write(lines)
    except UnicodeEncodeError:
        return
    became = tuple(line for line in text.replace("\r\n", "\n").split("\n") if line)
    yield Variant(
        book, case, f"{name}, {file} row {index}", kind, {file: data}, {place: became}, knowable=knowable
    )


def targets(book: Book) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the rows to be damaged of each file: an early one, a middle one and the last."""
    for file, table in book.tables.items():
        for index in (9, len(table) // 2, len(table) - 2):
            yield file, index, list(table[index + 1])


def column_type(book: Book, file: str, place: int) -> str:
    """Return the type of a column: text, date or money; ``id`` where a blank would be another id."""
    if book.name == "europa":
        return ("id", "id", "text", "text", "date", "date", "money", "id", "date", "date")[place]
    column = LEDGER[file.removesuffix(".csv")].column(book.tables[file][0][place])
    return "id" if column.name.endswith("_id") or column.name in {"currency", "parent"} else column.type


def with_field(book: Book, fields: Sequence[str], place: int, text: str) -> str:
    """Return a row as a line, with one field replaced."""
    return book.line([*fields[:place], text, *fields[place + 1 :]])


def field_counts(book: Book) -> Iterator[Variant]:
    """Yield a field dropped or added at every column."""
    for file, index, fields in targets(book):
        for place in range(len(fields)):
            dropped = book.line([*fields[:place], *fields[place + 1 :]])
            yield from replaced(book, "field count", f"without field {place}", (file, index), dropped)
        for place in range(len(fields) + 1):
            text = "" if place % 2 else "x"
            added = book.line([*fields[:place], text, *fields[place:]])
            yield from replaced(book, "field count", f"with {text!r} before {place}", (file, index), added)


def quotes(book: Book) -> Iterator[Variant]:
    """Yield stray quotes at every class of position, and fields that are merely quoted."""
    for file, index, fields in list(targets(book))[::2]:
        plain = [book.line([text]) for text in fields]
        for place, text in enumerate(fields):
            half = len(text) // 2
            stray = {
                "start": f'"{text}',
                "middle": f'{text[:half]}"{text[half:] or "x"}',
                "end": f'{text or "x"}"',
                "doubled": f'""{text or "x"}""',
                "closed early": f'"{text}"x',
                "opened late": f'x"{text}"',
                "single": f"'{text}\"",
                "broken": f'"{text}\n{text}"',
            }
            for name, damaged in stray.items():
                line = book.delimiter.join([*plain[:place], damaged, *plain[place + 1 :]])
                yield from replaced(book, "stray quote", f"{name} {place}", (file, index), line)
            if place + 1 < len(fields) and '"' not in plain[place] + plain[place + 1]:
                both = f'"{text}{book.delimiter}{fields[place + 1]}"'
                line = book.delimiter.join([*plain[:place], both, *plain[place + 2 :]])
                yield from replaced(book, "stray quote", f"around {place} and next", (file, index), line)
        every = book.delimiter.join('"' + text.replace('"', '""') + '"' for text in fields)
        yield from replaced(book, "stray quote", "every field quoted", (file, index), every, kind="equal")
        whole = f'"{book.line(fields)}"'
        yield from replaced(book, "stray quote", "the row quoted", (file, index), whole)


def unquoted(book: Book) -> Iterator[Variant]:
    """Yield rows whose field holds the delimiter or a quote, without the quotes that it needs."""
    for file, table in book.tables.items():
        for index, fields in enumerate(table[1:]):
            if book.delimiter.join(fields) != book.line(fields):
                bare = book.delimiter.join(fields)
                yield from replaced(book, "stray quote", "unquoted", (file, index), bare)
                escaped = book.line(fields).replace('""', '\\"')
                if escaped != book.line(fields):
                    yield from replaced(book, "stray quote", "backslash", (file, index), escaped)


def delimiters(book: Book) -> Iterator[Variant]:
    """Yield rows with another delimiter, throughout or once."""
    for file, index, fields in targets(book):
        for mark in (
            ",",
            ";",
            "\t",
            "|",
            ":",
            " ",
            ", ",
            "; ",
            ",,",
            ";;",
            "^",
            "\x1f",
            "\N{FULLWIDTH COMMA}",
        ):
            if mark == book.delimiter:
                continue
            for name, line in {
                "throughout": mark.join(fields),
                "once": mark.join([fields[0], book.line(fields[1:])]),
                "last": mark.join([book.line(fields[:-1]), fields[-1]]),
            }.items():
                # A blank before a customer's name is a valid other name.
                told = (file, name, mark) != ("customers.csv", "once", ", ")
                yield from replaced(
                    book, "foreign delimiter", f"{mark!r} {name}", (file, index), line, knowable=told
                )


def controls(book: Book) -> Iterator[Variant]:
    """Yield control characters in every column: some in all, all in the first, at start, middle and end."""
    some = ("\0", "\t", "\x0b", "\x0c", "\r", "\x1a", "\x1b", "\x7f", "\x85", "\x9f")
    for number, (file, index, fields) in enumerate(targets(book)):
        for place, text in enumerate(fields):
            for character in CONTROLS if place == 0 and number % 3 == 1 else some[number % 3 :: 3]:
                half = (0, len(text) // 2, len(text))[number % 3]
                damaged = with_field(book, fields, place, text[:half] + character + text[half:])
                name = f"{ord(character):#04x} in {place} at {half}"
                yield from replaced(book, "control character", name, (file, index), damaged)


def _moneys(amount: Decimal) -> list[str]:
    plain, us = f"{amount:.2f}", f"{amount:,.2f}"
    eu = us.translate(str.maketrans(",.", ".,"))
    # Without its cents an amount is another amount.
    whole = us.removesuffix(".00")
    digits = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
    arabic = str.maketrans("0123456789", "".join(chr(0x660 + n) for n in range(10)))
    grouped = [us.replace(",", mark) for mark in ("'", " ", "\u2019", "\u00a0", "\u202f", "_", "\u2009")]
    points = [whole.replace(",", "."), us.replace(",", "."), eu.replace(".", ",")]
    thousands = [us, eu, eu.replace(".", ""), whole, *points, *grouped]
    signs = [f"({plain})", f"({us})", f"{plain}-", f"--{plain}", f"- {plain}", f"\u2212{plain}", f"\u2013{plain}",
             f"{plain}CR", f"{plain} DR", f"<{plain}>", f"[{plain}]", f"+{plain}", f"+-{plain}"]  # fmt: skip
    symbols = [
        f"{sign}{plain}" for sign in ("$", "€", "£", "EUR ", "EUR", "USD", "¥", "Fr. ", "~", "=", "'", "*")
    ]
    after = [
        f"{plain}{sign}" for sign in (" €", "€", " EUR", "EUR", "%", ",-", "k", "M", "*", "?", "f", "d", "L")
    ]
    exact = [f"{amount:.3f}", f"{amount + Decimal('0.001'):.3f}", f"{amount:.4f}", f"{amount:.1f}x"]
    powers = [f"{amount:E}", f"{amount:e}", "1e3", "1E+03", "12e-1", "1e400", "0x1F", "1d3", "1,23E+03"]
    odd = ["NaN", "nan", "inf", "-inf", "Infinity", "1.2.3", "1..2", "1,2,3", ".", ",", "-", "--", "n/a", "#N/A",
           "#VALUE!", "#REF!", "TRUE", "null", "NULL", "None", "NA", "1/2", "1:50", "½", "12²", "०१२", "?", "."]  # fmt: skip
    spaced = [f" {plain}", f"{plain} ", f"\u00a0{plain}", f"{plain}\u00a0", f"\ufeff{plain}", f"{plain}\u200b",
              f"{plain[0]}\u200b{plain[1:]}", f"\u200e{plain}"]  # fmt: skip
    return [*thousands, *signs, *symbols, *after, *exact, *powers, *odd, *spaced, plain.translate(digits),
            plain.translate(arabic), "9" * 17 + ".00", "9" * 40, "0." + "9" * 40]  # fmt: skip


def moneys(book: Book) -> Iterator[Variant]:
    """Yield amounts in other notations, and what is no amount."""
    for file, index, fields in targets(book):
        for place in range(len(fields)):
            if column_type(book, file, place) != "money":
                continue
            text = fields[place]
            if book.name == "europa":
                text = text.replace(".", "").replace(",", ".")
            for wanted in _forms_of(book, Decimal(text)):
                damaged = with_field(book, fields, place, wanted)
                other = _says_another(book, wanted, Decimal(text))
                yield from replaced(
                    book,
                    "another valid value" if other else "amount notation",
                    f"{text} as {wanted!r}",
                    (file, index),
                    damaged,
                    knowable=not other,
                )
            for wanted in dict.fromkeys(_moneys(Decimal(text))) if book.delimiter == "," else ():
                bare = book.delimiter.join([*fields[:place], wanted, *fields[place + 1 :]])
                if "," in wanted:
                    name = f"{text} as unquoted {wanted!r}"
                    yield from replaced(book, "amount notation", name, (file, index), bare)


def _forms_of(book: Book, amount: Decimal) -> Iterator[str]:
    """Yield each notation once; in the European book also with comma decimals in place of points."""
    forms = _moneys(amount)
    if book.name == "europa":
        forms += [form.translate(str.maketrans(",.", ".,")) for form in forms]
        forms += [f"{amount:.2f}".replace(".", ",") + "0", f"{amount:.2f}".replace(".", ",") + "00"]
    yield from dict.fromkeys(forms)


def _says_another(book: Book, text: str, amount: Decimal) -> bool:
    """Return whether a text is an amount in the book's own notation, with at most two decimals, but another one."""
    if book.name == "own":
        return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", text)) and Decimal(text) != amount
    found = re.fullmatch(r"-?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]{1,2})?", text)
    return bool(found) and Decimal(text.replace(".", "").replace(",", ".")) != amount


def _days(day: dt.date) -> list[str]:
    serial = (day - dt.date(1899, 12, 30)).days
    formats = ("%d.%m.%Y", "%m.%d.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d%m%Y", "%d-%m-%Y",
               "%m-%d-%Y", "%d.%m.%y", "%m/%d/%y", "%y-%m-%d", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%Y-%b-%d", "%Y-%j",
               "%Y%j", "%G-W%V-%u", "%Y-%m", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT00:00:00Z",
               "%Y-%m-%d 00:00:00+02:00", "%d.%m.%Y 00:00", "%a %Y-%m-%d", "%Y-%d-%m", "%Y-%m-%d BC")  # fmt: skip
    iso, german = day.isoformat(), f"{day:%d.%m.%Y}"
    wide = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
    odd = [f"{day.day}.{day.month}.{day:%y}", f"20{iso}", f"{iso}1", f"2{iso}", iso.replace("-", "\u2013"), iso.replace("-", "\u2212"), iso.translate(wide),
           german.translate(wide), german.replace(".", ". "), german.replace(".", "\u2024"), f"-{iso}", iso.replace("-", "--"),
           german + ".", f"{day:%d.%m}."]  # fmt: skip
    spaced = [f"{pad}{text}{end}" for text in (iso, german) for pad, end in (
        (" ", ""), ("", " "), ("\u00a0", ""), ("", "\u00a0"), ("\ufeff", ""), ("", "\u200b"), ("'", ""), ("#", "#"))]  # fmt: skip
    return [*map(day.strftime, formats), str(serial), f"{serial}.0", f"{serial - 1462}", *odd, *spaced]


# Days that cannot be, or that stand for "never".
NO_DAYS = ("2023-02-29", "2024-02-30", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00", "0000-00-00", "0001-01-01",
           "9999-12-31", "2999-12-31", "2099-12-31", "1900-01-01", "1899-12-30", "1970-01-01", "1753-01-01", "2262-04-12",
           "29.02.2023", "30.02.2024", "31.04.2024", "00.00.0000", "01.01.0001", "31.12.9999", "01.01.1900",
           "01.01.1970", "32.01.2024", "01.13.2024", "today", "now", "infinity", "-infinity", "epoch", "NaT", "null", "NULL",
           "None", "NA", "-", "?", "0", "1", " ", "never", "x")  # fmt: skip


def days(book: Book) -> Iterator[Variant]:
    """Yield days in other formats, impossible days and sentinels, in every column of days."""
    for number, (file, index, fields) in enumerate(targets(book)):
        places = [p for p in range(len(fields)) if column_type(book, file, p) == "date" and fields[p]]
        for place in places:
            day = dt.datetime.strptime(fields[place], DAYS[book.name]).date()  # noqa: DTZ007 (a day has no zone)
            texts = tuple(dict.fromkeys((*_days(day), *NO_DAYS)))
            # All of them in one column of each file; in the others some, from another start each.
            for text in texts if place == places[0] and number % 3 == 1 else texts[(place + number) % 6 :: 6]:
                damaged = with_field(book, fields, place, text)
                turned = day.strftime("%m.%d.%Y" if book.name == "europa" else "%Y-%d-%m")
                # A day and a month exchanged are another valid day, up to the 12th.
                other = text == turned and day.day <= 12 and day.day != day.month
                case = "another valid value" if other else "day notation"
                yield from replaced(
                    book, case, f"{text!r} in {place}", (file, index), damaged, knowable=not other
                )


def swaps(book: Book) -> Iterator[Variant]:
    """Yield rows with two neighbours exchanged; two texts or two days exchanged are a valid other row."""
    for file, index, fields in targets(book):
        for place in range(len(fields) - 1):
            kinds = [column_type(book, file, p).replace("id", "text") for p in (place, place + 1)]
            if fields[place] == fields[place + 1]:
                continue
            swapped = [*fields[:place], fields[place + 1], fields[place], *fields[place + 2 :]]
            # Beside a kind or a currency, which are lists of words, another text is seen.
            listed = {"kind", "currency", "Waehrung"} & set(book.tables[file][0][place : place + 2])
            told = kinds[0] != kinds[1] or bool(listed)
            case = "swapped neighbours" if told else "swapped neighbours of one type"
            line = book.line(swapped)
            yield from replaced(book, case, f"{place} and {place + 1}", (file, index), line, knowable=told)


def padded(book: Book) -> Iterator[Variant]:
    """Yield ids and currencies with blanks of any kind at an end."""
    blanks = (
        " ",
        "  ",
        "\t",
        "\u00a0",
        "\u2003",
        "\u3000",
        "\u200b",
        "\ufeff",
        "\u2060",
        "\u00ad",
        "\u200e",
        "\u2028",
    )
    for file, index, fields in targets(book):
        for place, text in enumerate(fields):
            if column_type(book, file, place) != "id" or not text:
                continue
            for blank in blanks[place % 2 :: 2]:
                for name, padding in {"before": blank + text, "after": text + blank}.items():
                    damaged = with_field(book, fields, place, padding)
                    yield from replaced(
                        book, "padded id", f"{blank!r} {name} {place}", (file, index), damaged
                    )


def words(book: Book) -> Iterator[Variant]:
    """Yield currencies and kinds that nobody declared, and required fields left empty."""
    unknown = {"currency": ("eur", "Eur", "€", "EURO", "XXX", "978", "E UR", "EU", "EUR/USD", "null", "DM", "\u0415UR"),
               "kind": ("Payment", "PAYMENT", "paid", "credit note", "credit-note", "writeoff", "", "refund", "pay ment")}  # fmt: skip
    unknown["Waehrung"] = unknown["currency"]
    required = {"europa": ("Belegnr", "Kundennr", "Belegdatum", "Faellig", "Betrag", "Waehrung", "Erfasst")}
    for file, index, fields in targets(book):
        header = list(book.tables[file][0])
        table = LEDGER.get(file.removesuffix(".csv"))
        needed = required.get(book.name) or (table.required if table else ())
        for place, column in enumerate(header):
            for text in dict.fromkeys((*unknown.get(column, ()), *([""] if column in needed else []))):
                damaged = with_field(book, fields, place, text)
                yield from replaced(book, "unknown word", f"{column} {text!r}", (file, index), damaged)


def repeats(book: Book) -> Iterator[Variant]:
    """Yield rows that stand twice: the same, in another notation, and in contradiction."""
    for file, index, fields in targets(book):
        lines = book.lines(file)
        for where in sorted({index + 2, len(lines)}):
            twice = [*lines[:where], lines[index + 1], *lines[where:]]
            yield Variant(
                book,
                "repeated row",
                f"same, {file} row {index} at {where}",
                "equal",
                {file: book.write(twice)},
            )
            for place in range(1, len(fields)):
                other = {"money": "7,70" if book.name == "europa" else "7.70", "date": fields[place]}.get(
                    column_type(book, file, place), "Z1"
                )
                if other == fields[place] or book.tables[file][0][place] in {
                    "currency",
                    "Waehrung",
                    "kind",
                    "Kunde",
                }:
                    continue
                conflict = with_field(book, fields, place, other)
                lines_ = [*lines[:where], conflict, *lines[where:]]
                touched = {(file, index): (lines[index + 1], conflict)}
                name = f"conflict in {place}, {file} row {index} at {where}"
                yield Variant(book, "repeated row", name, "row", {file: book.write(lines_)}, touched)


def oversized(book: Book) -> Iterator[Variant]:
    """Yield fields too long to be data."""
    for file, index, fields in list(targets(book))[1::3]:
        for place in range(len(fields)):
            for size in (65_537, 300_000):
                damaged = with_field(book, fields, place, "9" * size)
                yield from replaced(book, "oversized field", f"{size} in {place}", (file, index), damaged)


def rewritten(book: Book) -> Iterator[Variant]:
    """Yield rows that are valid and say something else: no reader can know without control totals."""
    for file, index, fields in targets(book):
        for place, text in enumerate(fields):
            kind = column_type(book, file, place)
            other = {
                "money": text[:-1] + "7",
                "date": text.replace("202", "203"),
                "id": f"'{text}",
                "text": f"{text}?",
            }[kind]
            if text and book.tables[file][0][place] not in {"kind", "currency", "Waehrung"}:
                damaged = with_field(book, fields, place, other)
                name = f"{text!r} as {other!r}"
                yield from replaced(book, "another valid value", name, (file, index), damaged, knowable=False)


ROW_DAMAGE = (field_counts, quotes, unquoted, delimiters, controls, moneys, days, swaps, padded, words, repeats,
              oversized, rewritten)  # fmt: skip
