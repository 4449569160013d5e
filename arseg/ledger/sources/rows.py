"""Split lines into fields, row by row; a line that does not give the header's width is damaged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from pyarrow import csv as arrow_csv

from arseg.ledger.declared.source import Source
from arseg.ledger.sources.reading import Batch, Damaged, number_rows

# Line number, text, fields.
Row = tuple[int, str, list[str]]

# A quoted field over more lines than this is a stray quote.
LONGEST_FIELD: Final = 200

# No text holds it, so that a line split by it is the line.
WHOLE_LINE: Final = "\x01"


@dataclass(frozen=True)
class Block:
    """Whole lines of a file, each with its end, and the number of the first."""

    first: int
    text: str

    @property
    def count(self) -> int:
        """Number of lines."""
        return self.text.count("\n")


class RowSplitter:
    """Splits the lines of one file, block by block.

    Parameters
    ----------
    source
        How the file is written.
    header
        Names of the columns; a row has as many fields.
    damaged
        Takes the rows that cannot be split.
    """

    def __init__(self, source: Source, header: Sequence[str], damaged: list[Damaged]) -> None:
        mark = re.escape(source.delimiter)
        quoted = '"[^"]*(?:""[^"]*)*'
        item = f'(?:{quoted}"|[^"{mark}]*)'
        self._item = re.compile(rf"(?:\A|{mark})({item})")
        self._well_quoted = re.compile(f"{item}(?:{mark}{item})*")
        self._opened = re.compile(f"(?:{item}{mark})*{quoted}")
        self._source = source
        self._delimiter = source.delimiter
        self._footers = tuple(source.footers)
        self._header = header
        self._width = len(header)
        self._damaged = damaged
        self._pending: list[tuple[int, str]] = []

    def split(self, block: Block) -> Batch:
        """Return the whole rows of a block of lines; a row has the number of its first line."""
        plain = None if self._pending or self._footers else _split_plain(block, self._source, self._header)
        if plain is not None:
            return plain
        rows = [
            row
            for number, line in enumerate(block.text.removesuffix("\n").split("\n"), start=block.first)
            for row in self._rows(number, line)
        ]
        return Batch(
            pa.array([number for number, _, _ in rows], pa.int64()),
            pa.array([text for _, text, _ in rows], pa.string()),
            {
                name: pa.array([fields[place] for _, _, fields in rows], pa.string())
                for place, name in enumerate(self._header)
            },
        )

    def finish(self) -> None:
        """Set aside what a quote left open at the end of the file."""
        self._give_up()

    def _rows(self, number: int, line: str) -> list[Row]:
        if self._pending:
            return self._continue(number, line)
        if not line or (self._footers and line.startswith(self._footers)):
            return []
        if not line.strip(self._delimiter):
            # Spreadsheets leave such rows at the end; nobody can tell one from a row whose content was lost.
            self._damaged.append(Damaged(number, "blank_row", line))
            return []
        found = self._fields(line)
        if found is not None and len(found) == self._width:
            return [(number, line, found)]
        if found is None and self._source.line_breaks and self._opened.fullmatch(line):
            self._pending = [(number, line)]
        else:
            self._damaged.append(Damaged(number, "bad_quote" if found is None else "field_count", line))
        return []

    def _continue(self, number: int, line: str) -> list[Row]:
        """Go on with a quoted field that a line break left open."""
        alone = self._fields(line)
        if alone is not None and len(alone) == self._width:
            # A whole row by itself: the quote before it was a stray one.
            self._give_up()
            return [(number, line, alone)]
        self._pending.append((number, line))
        whole = "\n".join(text for _, text in self._pending)
        found = self._fields(whole)
        if found is not None and len(found) == self._width:
            first = self._pending[0][0]
            self._pending = []
            return [(first, whole, found)]
        if found is not None or len(self._pending) >= LONGEST_FIELD or not self._opened.fullmatch(whole):
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
        return [
            item[1:-1].replace('""', '"') if item.startswith('"') else item
            for item in self._item.findall(line)
        ]


def _split_plain(block: Block, source: Source, header: Sequence[str]) -> Batch | None:
    """Split a block in which nothing is special, at the speed of Arrow; None where something is.

    Nearly every block is so: no quote, no lone carriage return, no line that begins with a delimiter, and
    on every line as many delimiters as in the header.
    """
    mark, text = source.delimiter, block.text
    special = ('"', "\r", "\0", WHOLE_LINE, f"\n{mark}", "\n\n")
    # Arrow takes a byte order mark off what it is given; within a file it is part of a field.
    if not mark.isascii() or text.startswith((mark, "\n", "\ufeff")) or any(sign in text for sign in special):
        return None
    data = text.encode()
    columns = _parse(data, mark, [f"s{place}" for place in range(len(header))])
    texts = _parse(data, WHOLE_LINE, ["text"])
    if columns is None or texts is None or columns.num_rows != block.count or texts.num_rows != block.count:
        return None
    named = dict(zip(header, (column.combine_chunks() for column in columns.columns), strict=True))
    return Batch(number_rows(block.first, block.count), texts.column(0).combine_chunks(), named)


def _parse(data: bytes, mark: str, names: list[str]) -> pa.Table | None:
    """Parse bytes into columns of text, None where a row has another number of fields."""
    try:
        return arrow_csv.open_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=len(data) + 1, column_names=names
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=mark,
                quote_char=False,
                escape_char=False,
                newlines_in_values=False,
                ignore_empty_lines=False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        ).read_all()
    except pa.ArrowInvalid:
        return None
