"""Damage to whole files: what stands before, after and between the rows, ends, encodings, headers."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from arseg.schema import LEDGER

from .books import Book
from .damaged_rows import DAYS, column_type
from .variant import Kind, Variant

WRONG_ENCODINGS = (
    "utf-8", "utf-8-sig", "cp1252", "latin-1", "iso8859-15", "cp1250", "cp1257", "cp437", "cp850", "cp858", "cp865",
    "mac_roman", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-7", "shift_jis", "euc_jp", "gb18030",
    "big5", "euc_kr", "iso2022_jp", "koi8-r", "cp1251", "iso8859-2", "iso8859-7", "cp500", "cp037", "cp273", "hp-roman8",
)  # fmt: skip

# Encodings in which every byte of ours is some other letter or sign of cp1252: only the look of a name tells.
LOOKALIKES = {"mac_roman", "hp-roman8", "gb18030"}


def _file(
    book: Book, case: str, name: str, changed: Mapping[str, bytes | None], kind: Kind = "file"
) -> Variant:
    """Return a variant in which any row of the changed files may have been touched."""
    touched = {}
    variant = Variant(book, case, f"{name}, {', '.join(changed)}", kind, changed)
    for file in changed:
        if file in book.tables and changed[file] is not None:
            clean, lines = book.lines(file), variant.lines(file) or []
            # Where there are as many lines as before, each row is where it was.
            same = len(lines) == len(clean)
            for index, text in enumerate(clean[1:]):
                became = lines[index + 1 : index + 2] if same else [line for line in lines if text in line]
                touched[file, index] = (text, *became)
    return Variant(book, case, variant.name, kind, changed, touched)


def _between(book: Book, case: str, name: str, file: str, added: Sequence[str], where: int) -> Variant:
    """Return a variant with lines added; no row is touched."""
    lines = book.lines(file)
    data = book.write([*lines[:where], *added, *lines[where:]])
    return Variant(book, case, f"{name} at {where}, {file}", "row", {file: data})


def preambles(book: Book) -> Iterator[Variant]:
    """Yield files with lines before the header."""
    texts = {
        "title": ["Open items as of 31.12.2024"], "two": ["Report", "Page 1"], "three": ["Report", "", "Page 1"],
        "blank": [""], "two blank": ["", ""], "comment": ["# exported by ERP"], "sep": [f"sep={book.delimiter}"],
        "empty fields": [book.delimiter * 9], "blank text": ["   "], "quote": ['"'],
    }  # fmt: skip
    for file, table in book.tables.items():
        same_width = {"as wide": [book.delimiter.join(f"x{place}" for place in range(len(table[0])))]}
        for name, lines in (texts | same_width).items():
            data = book.write([*lines, *book.lines(file)])
            yield _file(book, "preamble", name, {file: data})


def footers(book: Book) -> Iterator[Variant]:
    """Yield files with something after the rows, and totals between them."""
    mark = book.delimiter
    for file, table in book.tables.items():
        header, rows = table[0], table[1:]
        wide = ["Total", *[""] * (len(header) - 1)]
        money = [place for place in range(len(header)) if column_type(book, file, place) == "money"]
        small, summed = list(wide), list(wide)
        for place in money:
            small[place] = "9,90" if book.name == "europa" else "9.90"
            summed[place] = "700000000,00" if book.name == "europa" else "700000000.00"
        added = {
            "total": ["Total"], "total with amount": [f"Total{mark}12345{mark}"], "total as wide": [mark.join(wide)],
            "subtotal": [book.line(small)], "grand total": [book.line(summed)], "count": [f"{len(rows)} rows"],
            "sum first": [mark.join([*wide[1:], "Total"])], "end of data": ["END OF DATA"], "rule": ["-" * 40],
            "only marks": [mark * (len(header) - 1)], "only marks, short": [mark * 3], "blanks": ["   "],
            "note": ["* preliminary"], "sql": [f"({len(rows)} rows affected)"], "two": [book.line(small), "Total"],
        }  # fmt: skip
        for name, lines in added.items():
            for where in (len(rows) + 1, len(rows) // 2):
                yield _between(book, "footer", name, file, lines, where)
        data = book.write(book.lines(file))
        for name, end in {
            "end of file": b"\x1a",
            "nul": b"\0",
            "nuls": b"\0" * 512,
            "no end": b"Total",
        }.items():
            yield Variant(book, "footer", f"{name}, {file}", "row", {file: data + end})


def second_parts(book: Book) -> Iterator[Variant]:
    """Yield files with a second header, another table below, or themselves once more."""
    for file in book.tables:
        lines = book.lines(file)
        for where in (1, len(lines) // 2, len(lines)):
            yield _between(book, "second header", "header", file, lines[:1], where)
        yield _between(book, "second header", "all again", file, lines, len(lines))
        yield (
            _between(
                book,
                "second header",
                "all again with mark",
                file,
                ["\ufeff" + lines[0], *lines[1:]],
                len(lines),
            )
            if (book.encoding == "utf-8")
            else _between(book, "second header", "rows again", file, lines[1:], len(lines))
        )
        foreign = {
            "other table": ["a" + book.delimiter + "b", *[f"{n}{book.delimiter}x" for n in range(30)]],
            "other table after a blank": [
                "",
                "",
                "Rates",
                "EUR" + book.delimiter + "1",
                "USD" + book.delimiter + "0",
            ],
        }
        for other in book.tables:
            if other != file:
                foreign[f"all of {other}"] = book.lines(other)
                foreign[f"rows of {other}"] = book.lines(other)[1:]
        for name, added in foreign.items():
            for where in (len(lines), len(lines) // 2):
                yield _between(book, "two tables", name, file, added, where)
            sides = zip(lines, [*added, *[""] * len(lines)], strict=False)
            data = book.write([f"{left}{book.delimiter}{right}" for left, right in sides])
            yield _file(book, "two tables", f"{name} beside", {file: data})


def ends_of_lines(book: Book) -> Iterator[Variant]:
    """Yield blank lines and other ends of lines."""
    for file in book.tables:
        lines = book.lines(file)
        middle = len(lines) // 2
        for name, end in {"crlf": "\r\n", "cr": "\r", "crcrlf": "\r\r\n", "lfcr": "\n\r", "two": "\n\n", "crlf two": "\r\n\r\n",
                          "nel": "\x85", "line separator": "\u2028", "form feed": "\x0c\n", "record": "\x1e", "blank": " \n",
                          "mark": f"{book.delimiter}\n", "tab": "\t\n"}.items():  # fmt: skip
            kind: Kind = "equal" if name in {"crlf", "two", "crlf two"} else "file"
            try:
                yield _file(book, "line ends", name, {file: book.write(lines, end=end)}, kind)
            except UnicodeEncodeError:
                continue
        mixed = "".join(f"{text}{chr(13) if n % 3 == 0 else ''}\n" for n, text in enumerate(lines))
        yield _file(book, "line ends", "mixed crlf", {file: mixed.encode(book.encoding)}, "equal")
        once = "\n".join(lines[:middle]) + "\r" + "\n".join(lines[middle:]) + "\n"
        joined = f"{lines[middle - 1]}\r{lines[middle]}"
        touched = {(file, middle - 2): (joined,), (file, middle - 1): (joined,)}
        yield Variant(
            book, "line ends", f"one cr, {file}", "row", {file: once.encode(book.encoding)}, touched
        )
        glued = [*lines[:middle], lines[middle] + lines[middle + 1], *lines[middle + 2 :]]
        touched = {(file, middle - 1): (glued[middle],), (file, middle): (glued[middle],)}
        yield Variant(book, "line ends", f"one missing, {file}", "row", {file: book.write(glued)}, touched)
        for name, blank in {"empty": "", "crlf": "\r", "blank": " ", "tab": "\t", "nbsp": "\u00a0"}.items():
            for where in (1, middle, len(lines)):
                added = _between(book, "line ends", f"{name} line", file, [blank], where)
                kind = "equal" if name in {"empty", "crlf"} else "row"
                yield Variant(book, added.case, added.name, kind, added.changed)


def cuts(book: Book) -> Iterator[Variant]:
    """Yield files that end at every byte of their last two rows, in the header, in the middle, and at a row's end."""
    for file, table in book.tables.items():
        data = book.write(book.lines(file))
        tail = len(book.write(book.lines(file)[-2:]))
        ends = [len(book.write(book.lines(file)[:rows])) for rows in range(len(table) - 9, len(table))]
        early = [*range(0, 60, 7), *range(61, len(data) - tail, len(data) // 30)]
        for place in sorted({*range(len(data) - tail, len(data)), *early, *ends}):
            cut = data[:place]
            text = cut.decode(book.encoding, errors="ignore")
            whole = text.count("\n")
            # Without an end of line it is seen that the file was cut; with one, or with no row at all, it is a shorter file.
            seen = not whole or not text.endswith("\n")
            broken = {(file, whole - 1): (text.rsplit("\n", 1)[-1],)} if whole and seen else {}
            gone = range(max(whole - 1 + bool(broken), 0), len(table) - 1)
            touched = broken | {(file, index): () for index in gone}
            kind: Kind = "row" if not gone else "file"
            case = "cut within a row" if seen else "cut at a row's end, no control file"
            yield Variant(book, case, f"at byte {place}, {file}", kind, {file: cut}, touched, knowable=seen)


def controlled(book: Book) -> Iterator[Variant]:
    """Yield files beside a control file: cut at the end of every one of their last rows, changed, or whole."""
    for file, table in book.tables.items():
        control = {f"{file}.control.json": control_of(book, file)}
        lines = book.lines(file)
        yield Variant(book, "control file", f"whole, {file}", "equal", control)
        for rows in (*range(len(table) - 31, len(table) - 1), 100, 1, 0):
            touched = {(file, index): () for index in range(rows, len(table) - 1)}
            changed = {file: book.write(lines[: rows + 1]), **control}
            yield Variant(
                book, "cut at a row's end, control file", f"{rows} rows, {file}", "file", changed, touched
            )
        for index in range(len(table) - 2):
            if index % 12 == 0:
                without = [*lines[: index + 1], *lines[index + 2 :]]
                changed = {file: book.write(without), **control}
                name = f"without row {index}, {file}"
                yield Variant(book, "control file", name, "file", changed, {(file, index): ()})
                twin = [*without, lines[-1].replace("P-", "Q-").replace("I-", "J-")]
                yield Variant(
                    book, "control file", f"another for row {index}, {file}", "file", {file: book.write(twin), **control},
                    {(file, index): ()}, knowable=bool(json.loads(control_of(book, file))["totals"]),
                )  # fmt: skip


def control_of(book: Book, file: str) -> bytes:
    """Return the control file of a clean file: rows, and the total of each column of money."""
    table = book.tables[file]
    totals = {}
    for place, column in enumerate(table[0]):
        if column_type(book, file, place) == "money":
            texts = [fields[place] for fields in table[1:]]
            if book.name == "europa":
                texts = [text.replace(".", "").replace(",", ".") for text in texts]
            totals[column] = str(sum(map(Decimal, texts)))
    return json.dumps({"rows": len(table) - 1, "totals": totals}).encode()


def encodings(book: Book) -> Iterator[Variant]:
    """Yield files in an encoding that is not the declared one; what it lacks becomes a question mark."""
    for file in book.tables:
        clean = book.write(book.lines(file))
        for encoding in WRONG_ENCODINGS:
            text = clean.decode(book.encoding)
            try:
                data = text.encode(encoding, errors="strict" if book.name == "europa" else "replace")
            except UnicodeEncodeError:
                continue
            # Plain ASCII with question marks, or UTF-7, is a valid file in any of these encodings.
            if data == clean or (data.isascii() and b"\x1b" not in data):
                continue
            kind: Kind = "equal" if (encoding, book.encoding) == ("utf-8-sig", "utf-8") else "file"
            variant = _file(book, "encoding", encoding, {file: data}, kind)
            if book.encoding == "cp1252" and encoding in LOOKALIKES:
                variant = replace(variant, case="encoding of other letters", knowable=False)
            yield variant
        middle = clean.index(b"\n", len(clean) // 2) + 1
        for name, junk in {"lone byte": b"\xff", "half a letter": b"\xc3", "surrogate": b"\xed\xa0\x80", "overlong": b"\xc0\xaf",
                           "undefined": b"\x81", "mark": b"\xef\xbb\xbf", "utf-16 mark": b"\xff\xfe"}.items():  # fmt: skip
            line = clean[middle:].split(b"\n", 1)[0]
            changed = clean[:middle] + junk + clean[middle:]
            index = clean[:middle].count(b"\n") - 1
            became = ((junk + line).decode(book.encoding, errors="replace"),)
            # In a single-byte encoding most bytes are a letter, and the id is a valid other one.
            told = book.encoding == "utf-8" or name in {"mark", "undefined"}
            yield Variant(
                book, "encoding" if told else "another valid value", f"{name} before a row, {file}", "row" if told and name == "mark" else "file",
                {file: changed}, {(file, index): became}, knowable=told,
            )  # fmt: skip
            yield _file(book, "byte order mark" if "mark" in name else "encoding", f"{name} first", {file: junk + clean},
                        "equal" if (name, book.encoding) == ("mark", "utf-8") else "file")  # fmt: skip
            yield _file(
                book,
                "byte order mark" if "mark" in name else "encoding",
                f"{name} twice",
                {file: junk * 2 + clean},
            )
        twice = clean.decode(book.encoding).encode().decode("latin-1").encode()
        if book.encoding == "utf-8" and twice != clean:
            yield _file(book, "encoding", "utf-8 twice", {file: twice})


def headers(book: Book) -> Iterator[Variant]:
    """Yield headers with names dropped, doubled, renamed, exchanged, in another order, and extra columns."""
    for file, table in book.tables.items():
        header = list(table[0])
        name = file.removesuffix(".csv")
        optional = set(LEDGER[name].names) - set(LEDGER[name].required) if name in LEDGER else set()
        for place, column in enumerate(header):
            # A payment without its invoice is another payment: that column is no mere extra.
            blanked = (name, column) if column in optional - {"invoice_id", "currency"} else None
            without = [[*row[:place], *row[place + 1 :]] for row in table]
            yield _shaped(book, file, f"without {column}", without, blanked=blanked)
            others = (
                f"{column}x",
                column.upper(),
                f" {column}",
                f"{column} ",
                f"{column}\u00a0",
                "",
                "1",
                column[:-1],
            )
            for other in others:
                names = [*header[:place], other, *header[place + 1 :]]
                yield _shaped(book, file, f"{column} as {other!r}", [names, *table[1:]], blanked=blanked)
            if place:
                doubled = [*header[:place], header[place - 1], *header[place + 1 :]]
                yield _shaped(book, file, f"{header[place - 1]} doubled", [doubled, *table[1:]])
                kinds = {column_type(book, file, p).replace("id", "text") for p in (place, place - 1)}
                swapped = [*header[: place - 1], column, header[place - 1], *header[place + 1 :]]
                told = len(kinds) > 1 or bool({"kind", "currency", "Waehrung"} & {column, header[place - 1]})
                yield _shaped(
                    book, file, f"{column} and the one before swapped", [swapped, *table[1:]], knowable=told
                )
            again = [[*row, row[place]] for row in table]
            yield _shaped(book, file, f"{column} twice", again)
        extra = [[*row[:3], "extra" if not n else str(n), *row[3:]] for n, row in enumerate(table)]
        for title, rows in {"an extra column": extra, "reversed": [row[::-1] for row in table],
                            "rotated": [[*row[4:], *row[:4]] for row in table]}.items():  # fmt: skip
            yield _shaped(book, file, title, rows, kind="equal")
        quoted = book.delimiter.join(f'"{column}"' for column in header)
        yield _file(book, "header", "quoted", {file: book.write([quoted, *book.lines(file)[1:]])}, "equal")
        for title, line in {"open quote": f'"{book.line(header)}', "fewer": book.line(header[:-1]),
                            "more": book.line([*header, "more"]), "marks": book.line(header) + book.delimiter,
                            "tabs": "\t".join(header), "none": "", "broken": book.line(header).replace("_", "\n", 1)}.items():  # fmt: skip
            yield _file(book, "header", title, {file: book.write([line, *book.lines(file)[1:]])})


def _shaped(
    book: Book, file: str, name: str, rows: Sequence[Sequence[str]], *, kind: Kind = "file",
    knowable: bool = True, blanked: tuple[str, str] | None = None,
) -> Variant:  # fmt: skip
    lines = [book.line(fields) for fields in rows]
    touched = {(file, index): (text,) for index, text in enumerate(lines[1:])}
    case = "header" if knowable else "swapped headers of one type"
    title = f"{name}, {file}"
    return Variant(
        book, case, title, kind, {file: book.write(lines)}, touched, knowable=knowable, blanked=blanked
    )


def whole_dialects(book: Book) -> Iterator[Variant]:
    """Yield files written throughout in another dialect: delimiter, amounts, days, quotes."""
    for file, table in book.tables.items():
        for mark in (",", ";", "\t", "|", "^", ", ", "\x01"):
            if mark != book.delimiter:
                lines = [mark.join(fields) for fields in table]
                yield _file(book, "foreign dialect", f"delimiter {mark!r}", {file: book.write(lines)})
        every = [
            '"' + f'"{book.delimiter}"'.join(f.replace('"', '""') for f in fields) + '"' for fields in table
        ]
        yield _file(book, "foreign dialect", "all quoted", {file: book.write(every)}, "equal")
        single = [book.delimiter.join(f"'{f}'" for f in fields) for fields in table]
        yield _file(book, "foreign dialect", "single quotes", {file: book.write(single)})
        money = [p for p in range(len(table[0])) if column_type(book, file, p) == "money"]
        days = [p for p in range(len(table[0])) if column_type(book, file, p) == "date"]
        changed = {
            name: [
                [form(_amount(t, book)) if p in money else t for p, t in enumerate(row)] for row in table[1:]
            ]
            for name, form in _AMOUNTS.items()
        }
        changed |= {
            name: [
                [f"{_day(t, book):{form}}" if p in days and t else t for p, t in enumerate(row)]
                for row in table[1:]
            ]
            for name, form in _DAYS.items()
        }
        for name, rows in changed.items():
            if rows != list(table[1:]):
                yield _shaped_dialect(book, file, name, [table[0], *rows])


def _shaped_dialect(book: Book, file: str, name: str, rows: Sequence[Sequence[str]]) -> Variant:
    shaped = _shaped(book, file, name, rows)
    return Variant(book, "foreign dialect", shaped.name, "file", shaped.changed, shaped.touched)


_AMOUNTS: dict[str, Callable[[Decimal], str]] = {
    "amounts, US": lambda amount: f"{amount:,.2f}",
    "amounts, European": lambda amount: f"{amount:,.2f}".translate(str.maketrans(",.", ".,")),
    "amounts, Swiss": lambda amount: f"{amount:,.2f}".replace(",", "'"),
    "amounts, three decimals": lambda amount: f"{amount:.3f}",
    "amounts, sign behind": lambda amount: f"{abs(amount):.2f}{'-' if amount < 0 else '+'}",
    "amounts, symbol": lambda amount: f"€{amount:.2f}",
    "amounts, floats": lambda amount: f"{float(amount)!r}0001",
    "amounts, blanks": lambda amount: f" {amount:.2f} ",
}
_DAYS = {"days, " + form: form for form in ("%d.%m.%Y", "%m.%d.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d", "%Y-%d-%m",
                                            "%Y%m%d", "%Y-%m-%d 00:00:00", "%d.%m.%y", "%m/%d/%y")}  # fmt: skip


def _amount(text: str, book: Book) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", ".") if book.name == "europa" else text)


def _day(text: str, book: Book) -> dt.date:
    return dt.datetime.strptime(text, DAYS[book.name]).date()  # noqa: DTZ007 (a day has no zone)


def strangers(book: Book) -> Iterator[Variant]:
    """Yield what is no such file: nothing, a header only, other formats under this name, no file."""
    for file in book.tables:
        clean = book.write(book.lines(file))
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr(zipfile.ZipInfo(file), clean)
        html = f"<html><body><table><tr><td>{book.lines(file)[0]}</td></tr></table></body></html>\n".encode()
        records = json.dumps(
            [dict(zip(book.tables[file][0], row, strict=True)) for row in book.tables[file][1:]]
        )
        found = {
            "empty": b"", "newline": b"\n", "blanks": b"   \n", "gzip": gzip.compress(clean, mtime=0), "zip": zipped.getvalue(),
            "html": html, "json": records.encode(), "nuls": b"\0" * 1000, "mark only": b"\xef\xbb\xbf", "parquet": b"PAR1" + clean,
            "xlsx": b"PK\x03\x04" + clean[:500], "pdf": b"%PDF-1.7\n" + clean, "header without end": clean.split(b"\n")[0],
            "every byte": bytes(range(256)), "reversed": clean[::-1], "words": b"lorem ipsum\n" * 40,
        }  # fmt: skip
        for name, data in found.items():
            yield _file(book, "not such a file", name, {file: data})
        gone = {(file, index): () for index in range(len(book.tables[file]) - 1)}
        only = clean.split(b"\n")[0] + b"\n"
        yield Variant(
            book,
            "rows not there, no control file",
            f"header only, {file}",
            "file",
            {file: only},
            gone,
            knowable=False,
        )
        yield Variant(
            book, "rows not there, no control file", f"no {file}", "file", {file: None}, gone, knowable=False
        )


FILE_DAMAGE = (preambles, footers, second_parts, ends_of_lines, cuts, controlled, encodings, headers, whole_dialects,
               strangers)  # fmt: skip
