"""Text in, nothing guessed: a delimited file becomes columns of text, and rows that cannot be split are set aside.

A line is a row. A quoted field may hold the delimiter, and a line break only where the layout says so;
even then a line that is a whole row by itself is never swallowed, so one stray quote damages one row.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from arseg.ledger.bounds import Bounds, Unpacked
from arseg.ledger.reading import BATCH_ROWS, Batch, Damaged, Reading, Stream
from arseg.ledger.rows import RowSplitter
from arseg.ledger.source import Source
from arseg.schema import DataError

CHUNK: Final = 1 << 22

# UTF-8 bytes read as Latin-1 or cp1252. Under UTF-8 itself only what spells a letter or a curly mark
# counts, for a lone accent before a sign is somebody's name.
MOJIBAKE: Final = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0178\u2018-\u203a\u20ac\u2122]|\u00e2\u20ac"
)
MOJIBAKE_TWICE: Final = re.compile("\u00c3[\u0080-\u00bf\u0152-\u0178\u2018-\u203a\u20ac\u2122]|\u00e2\u20ac")

Numbered = list[tuple[int, str]]


@dataclass
class _Lines:
    """The lines of a file, decoded as they come; after the last, the hash of its bytes and a cut-off line."""

    path: Path
    source: Source
    name: str
    bounds: Bounds
    cut_off: tuple[int, str] | None = None
    _digest: Any = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """Hash of the (unpacked) bytes read so far, hexadecimal."""
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[Numbered]:
        """Give whole lines with their numbers from 1, some at a time."""
        number, rest = 1, ""
        for text in self._decoded():
            # A line end may be cut between its two characters.
            held = "\r" if text.endswith("\r") else ""
            lines = (rest + text.removesuffix(held)).replace("\r\n", "\n").split("\n")
            rest = lines.pop() + held
            for start in range(0, len(lines), BATCH_ROWS):
                block = list(enumerate(lines[start : start + BATCH_ROWS], start=number))
                number += len(block)
                yield block
        if rest:
            self.cut_off = (number, rest)

    def _decoded(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.source.encoding)()
        done, first = 0, True
        for chunk in self._bytes():
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                raise self._undecodable(problem, done - pending) from None
            self._require_no_mojibake(text, done - pending)
            done += len(chunk)
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            yield text

    def _bytes(self) -> Iterator[bytes]:
        """Give the file's bytes, unpacked; an empty piece ends them."""
        packed = self.path.suffix.lower() == ".gz"
        counter = Unpacked(self.name, self.bounds)
        with self.path.open("rb") as file:
            opened = gzip.GzipFile(fileobj=file) if packed else file
            try:
                while chunk := opened.read(CHUNK):
                    counter.count(file.tell() if packed else 0, len(chunk))
                    self._digest.update(chunk)
                    yield chunk
            except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
                raise DataError(
                    f"{self.name} is not a whole gzip file",
                    given=problem,
                    allowed="a gzip file that unpacks to its end",
                    do="export or copy it again",
                ) from None
        yield b""

    def _undecodable(self, problem: UnicodeDecodeError, before: int) -> DataError:
        start = before + problem.start
        return DataError(
            f"{self.name} is not {self.source.encoding} at byte {start}",
            given=problem.object[problem.start : problem.start + 8].hex(" "),
            allowed=f"text in {self.source.encoding}",
            do="declare the file's encoding in the layout, or export it again",
        )

    def _require_no_mojibake(self, text: str, before: int) -> None:
        encoding = self.source.encoding
        unicode = encoding.lower().replace("_", "-").startswith("utf")
        found = (MOJIBAKE_TWICE if unicode else MOJIBAKE).search(text)
        if found:
            byte = before + len(text[: found.start()].encode(encoding))
            twice = "UTF-8 encoded twice" if unicode else f"UTF-8 read as {encoding}"
            raise DataError(
                f"{self.name} looks like {twice} at byte {byte}",
                given=repr(text[max(0, found.start() - 5) : found.end() + 5]),
                allowed=f"text in {encoding}",
                do="export it again in UTF-8" if unicode else "declare encoding: utf-8 in the layout",
            )


def open_text(path: Path, source: Source, *, name: str, bounds: Bounds) -> Reading:
    """Open a delimited text file, packed with gzip or not, and read its header.

    Parameters
    ----------
    path
        The file.
    source
        How it is declared to be written.
    name
        What it is called in reports.
    bounds
        How large it may be.

    Raises
    ------
    DataError
        If it is not in the declared encoding (naming the byte), has no header, or is too large;
        later pieces of the file raise while they are read.
    """
    lines = _Lines(path, source, name, bounds)
    blocks = lines.blocks()
    header, first = _header(blocks, lines)
    stream = Stream(name, header, dict.fromkeys(header, "text"), iter(()))
    stream.pieces = _batches(stream, lines, first, blocks)
    return stream


def _header(blocks: Iterator[Numbered], lines: _Lines) -> tuple[tuple[str, ...], Numbered]:
    """Return the header, and the lines after it of the block in which it stands."""
    skip = lines.source.skip_lines
    for block in blocks:
        for place, (number, line) in enumerate(block):
            if number > skip:
                return split_header(line, lines), block[place + 1 :]
    line = lines.cut_off[1] if lines.cut_off else ""
    lines.cut_off = None
    return split_header(line, lines), []


def split_header(line: str, lines: _Lines) -> tuple[str, ...]:
    """Return the names in a header line."""
    if not line:
        raise DataError(
            f"{lines.name} has no header",
            given="an empty first line",
            allowed="a header and rows",
            do="export it again, or say skip_lines in the layout",
        )
    names = next(csv.reader([line], delimiter=lines.source.delimiter), [])
    return tuple(name.strip() if lines.source.trim else name for name in names)


def _batches(stream: Stream, lines: _Lines, first: Numbered, blocks: Iterator[Numbered]) -> Iterator[Batch]:
    splitter = RowSplitter(lines.source, len(stream.header), stream.damaged)
    for block in chain((first,), blocks):
        yield from _batch(stream.header, splitter.split(block))
    splitter.finish()
    if lines.cut_off:
        # Nobody can tell 2,2 from the beginning of 2,200.
        stream.damaged.append(Damaged(lines.cut_off[0], "cut_off", lines.cut_off[1]))
    stream.sha256 = lines.sha256


def _batch(header: Sequence[str], rows: tuple[Numbered, list[list[str]]]) -> Iterator[Batch]:
    numbered, fields = rows
    if not numbered:
        return
    columns = {
        name: pa.array(column, pa.string()) for name, column in zip(header, zip(*fields, strict=True), strict=True)
    }
    lines, texts = zip(*numbered, strict=True)
    yield Batch(pa.array(lines, pa.int64()), pa.array(texts, pa.string()), columns)
