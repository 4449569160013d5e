"""Split lines into fields, row by row; a line that does not give the header's width is damaged."""

from __future__ import annotations

import csv
import re
from typing import Final

from arseg.ledger.reading import Damaged
from arseg.ledger.source import Source

Numbered = list[tuple[int, str]]

# A quoted field over more lines than this is a stray quote.
LONGEST_FIELD: Final = 200


class RowSplitter:
    """Splits the lines of one file, block by block.

    Parameters
    ----------
    source
        How the file is written.
    width
        Number of fields of a row.
    damaged
        Takes the rows that cannot be split.
    """

    def __init__(self, source: Source, width: int, damaged: list[Damaged]) -> None:
        mark = re.escape(source.delimiter)
        item = f'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
        self._well_quoted = re.compile(f"{item}(?:{mark}{item})*")
        self._opened = re.compile(f'(?:{item}{mark})*"(?:[^"]|"")*')
        self._source = source
        self._delimiter = source.delimiter
        self._footers = tuple(source.footers)
        self._special = (*self._footers, source.delimiter)
        self._width = width
        self._damaged = damaged
        self._pending: Numbered = []

    def split(self, block: Numbered) -> tuple[Numbered, list[list[str]]]:
        """Return the whole rows of a block of lines, each with its first line's number, and their fields."""
        rows: Numbered = []
        fields: list[list[str]] = []
        mark, width = self._delimiter, self._width
        for number, line in block:
            # Nearly every line is plain; the others take the long way.
            plain = line.split(mark)
            if len(plain) != width or '"' in line or self._pending or line.startswith(self._special):
                for row, found in self._rows(number, line):
                    rows.append(row)
                    fields.append(found)
            else:
                rows.append((number, line))
                fields.append(plain)
        return rows, fields

    def finish(self) -> None:
        """Set aside what a quote left open at the end of the file."""
        self._give_up()

    def _rows(self, number: int, line: str) -> list[tuple[tuple[int, str], list[str]]]:
        if self._pending:
            return self._continue(number, line)
        if not line.strip(self._delimiter) or (self._footers and line.startswith(self._footers)):
            return []
        found = self._fields(line)
        if found is not None and len(found) == self._width:
            return [((number, line), found)]
        if found is None and self._source.line_breaks and self._opened.fullmatch(line):
            self._pending = [(number, line)]
        else:
            self._damaged.append(Damaged(number, "bad_quote" if found is None else "field_count", line))
        return []

    def _continue(self, number: int, line: str) -> list[tuple[tuple[int, str], list[str]]]:
        """Go on with a quoted field that a line break left open."""
        alone = self._fields(line)
        if alone is not None and len(alone) == self._width:
            # A whole row by itself: the quote before it was a stray one.
            self._give_up()
            return [((number, line), alone)]
        self._pending.append((number, line))
        whole = "\n".join(text for _, text in self._pending)
        found = self._fields(whole)
        if found is not None and len(found) == self._width:
            first = self._pending[0][0]
            self._pending = []
            return [((first, whole), found)]
        if found is not None or len(self._pending) > LONGEST_FIELD or not self._opened.fullmatch(whole):
            self._give_up()
        return []

    def _give_up(self) -> None:
        self._damaged += [Damaged(number, "bad_quote", text) for number, text in self._pending if text]
        self._pending = []

    def _fields(self, line: str) -> list[str] | None:
        """Return the fields of a line, None where its quotes are wrong."""
        if '"' not in line:
            return line.split(self._delimiter)
        if not self._well_quoted.fullmatch(line):
            return None
        pieces = [f"{piece}\n" for piece in line.split("\n")]
        pieces[-1] = pieces[-1].removesuffix("\n")
        try:
            return next(csv.reader(pieces, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
