"""How a text file seems to be written: its encoding, what parts its fields, where its header stands, how it ends.

Only a proposal looks at this, and a person reads the proposal; a load takes nothing but what its layout declares.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Enough of a file to meet its accents, and enough lines to see which shape most of them have.
_BYTES: Final = 8 << 20
_LINES: Final = 200
_DELIMITERS: Final = (";", "\t", "|", ",")
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

# Lines at the end of a list that are no data begin so.
_TOTALS: Final = re.compile(
    r'"?(grand total|total|sum|summe|gesamt(?:summe|betrag)?|endsumme|zwischensumme|saldo|suma|importe total)\b|\|\s*\*+',
    re.IGNORECASE,
)
# Lines between the rows of a printed list.
_RULE: Final = re.compile(r"([-=_])\1{4,}[-=_+| ]*$")


@dataclass(frozen=True)
class Dialect:
    """How a text file is written.

    Parameters
    ----------
    encoding
        utf-8 or utf-16 where the bytes prove it, else cp1252, the likeliest of those that prove nothing.
    delimiter
        What parts most lines into the most fields.
    skip_lines
        Lines before the header, the first line of the shape that most have.
    footers
        How lines begin that are no rows: totals at the end, rules, and the header where pages repeat it.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    skip_lines: int = 0
    footers: tuple[str, ...] = ()


def look_at(path: Path) -> Dialect:
    """Return how a text file seems to be written, packed with gzip or not.

    Parameters
    ----------
    path
        The file.
    """
    data, whole = _beginning(path)
    encoding = _encoding(data)
    lines = data.decode(encoding, errors="replace").removeprefix("\ufeff").splitlines()
    first = lines[:_LINES]
    delimiter, fields = _delimiter(first)
    shaped = (
        n for n, line in enumerate(first) if _fields(line, delimiter) == fields and _names(line, delimiter)
    )
    skip = next(shaped, 0)
    totals = _footers(lines) if whole else ()
    return Dialect(encoding, delimiter, skip, (*_between(lines[skip:]), *totals))


def _beginning(path: Path) -> tuple[bytes, bool]:
    """Return the first bytes of a file, and whether they are all."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            data = file.read(_BYTES + 1)
    except (OSError, EOFError):  # the reader says what is wrong with it
        return b"", False
    return data[:_BYTES], len(data) <= _BYTES


def _encoding(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    try:
        # A letter may be cut in two where the beginning ends.
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(lines: Sequence[str]) -> tuple[str, int]:
    """Return the delimiter and the number of fields that most lines have with it."""
    best = (0.0, -len(_DELIMITERS), 1, ",")
    for place, delimiter in enumerate(_DELIMITERS):
        counts = Counter(_fields(line, delimiter) for line in lines if line.strip())
        fields, often = max(counts.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        if fields > 1:
            # A mark that parts all lines, the header too, beats one that parts some into more.
            best = max(best, (fields * (often / counts.total()) ** 2, -place, fields, delimiter))
    return best[3], best[2]


def _fields(line: str, delimiter: str) -> int:
    return len(_split(line, delimiter))


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def _names(line: str, delimiter: str) -> bool:
    """Return whether most fields of a line are names: there, and begun with no digit."""
    fields = [field.strip() for field in _split(line, delimiter)]
    named = [field for field in fields if field and not field[0].isdigit()]
    return len(named) * 2 > len(fields)


def _footers(lines: Sequence[str]) -> tuple[str, ...]:
    """Return how the last lines begin that are totals and begin like no other line."""
    filled = [line for line in lines[1:] if line.strip()]
    found = [match.group() for line in filled[-5:] if (match := _TOTALS.match(line))]
    # A footer takes every line that begins so, wherever it stands: Total Oil is a customer.
    return tuple(one for one in dict.fromkeys(found) if not any(line.startswith(one) for line in filled[:-5]))


def _between(lines: Sequence[str]) -> tuple[str, ...]:
    """Return how the lines of a printed list begin that stand between its rows: rules, and the header again."""
    rules = dict.fromkeys(line[:5] for line in lines if _RULE.match(line))
    again = lines[:1] if lines and lines[0].strip() and lines[0] in lines[1:] else ()
    return (*rules, *again)
