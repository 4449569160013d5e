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
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final

from arseg.ledger.declared.bounds import (
    Bounds,
    Unpacked,
    require_at_most,
    require_columns,
    require_rows,
    require_size,
)
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.reading import Batch, Damaged, Reading, Stream
from arseg.ledger.sources.rows import Block, RowSplitter
from arseg.schema import DataError

CHUNK: Final = 1 << 22

# UTF-8 bytes read as Latin-1 or cp1252. Under UTF-8 itself only what spells a letter or a curly mark
# counts, for a lone accent before a sign is somebody's name.
MOJIBAKE: Final = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0178\u2018-\u203a\u20ac\u2122]|\u00e2\u20ac|\u00ef\u00bb\u00bf"
)
MOJIBAKE_TWICE: Final = re.compile("\u00c3[\u0080-\u00bf\u0152-\u0178\u2018-\u203a\u20ac\u2122]|\u00e2\u20ac")


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

    def blocks(self) -> Iterator[Block]:
        """Give whole lines, some megabytes at a time."""
        number, rest = 1, ""
        for text in self._decoded():
            whole, end, rest = (rest + text).rpartition("\n")
            if end:
                block = Block(number, (whole + end).replace("\r\n", "\n"))
                number += block.count
                require_rows(number - 1, self.bounds, name=self.name)
                yield block
            held = self.bounds.held_bytes
            require_at_most(len(rest), held, "characters in one line", name=self.name, bound="held_bytes")
        if rest:
            self.cut_off = (number, rest)

    def _decoded(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.source.encoding)()
        done, first, before = 0, True, ""
        for chunk in self._bytes():
            done += len(chunk)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as problem:
                raise self._undecodable(problem, done) from None
            # What gives it away may be cut in two.
            self._require_no_mojibake(before + text, done - len(decoder.getstate()[0]))
            before = (before + text)[-2:]
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
                    code="bad_gzip",
                    file=self.name,
                ) from None
        yield b""

    def _undecodable(self, problem: UnicodeError, end: int) -> DataError:
        """Return the refusal of bytes that end at the file's byte ``end``."""
        start, given = 0, str(problem)
        if isinstance(problem, UnicodeDecodeError):
            start = end - len(problem.object) + problem.start
            given = problem.object[problem.start : problem.start + 8].hex(" ")
        return DataError(
            f"{self.name} is not {self.source.encoding} at byte {start}",
            given=given,
            allowed=f"text in {self.source.encoding}",
            do="declare the file's encoding in the layout, or export it again",
            code="bad_encoding",
            file=self.name,
        )

    def _require_no_mojibake(self, text: str, end: int) -> None:
        """Refuse a text that ends at the file's byte ``end`` and was decoded wrongly."""
        if text.isascii():
            return
        encoding = self.source.encoding
        unicode = encoding.lower().replace("_", "-").startswith("utf")
        found = (MOJIBAKE_TWICE if unicode else MOJIBAKE).search(text)
        if found:
            # Counted from the end, for only the beginning may have a byte order mark.
            byte = end - len(text[found.start() :].encode(encoding)) + len("".encode(encoding))
            twice = "UTF-8 encoded twice" if unicode else f"UTF-8 read as {encoding}"
            raise DataError(
                f"{self.name} looks like {twice} at byte {byte}",
                given=repr(text[max(0, found.start() - 5) : found.end() + 5]),
                allowed=f"text in {encoding}",
                do="export it again in UTF-8" if unicode else "declare encoding: utf-8 in the layout",
                code="mojibake",
                file=self.name,
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
    require_size(path, bounds, name=name)
    lines = _Lines(path, source, name, bounds)
    blocks = lines.blocks()
    header, first = _header(blocks, lines)
    require_columns(len(header), bounds, name=name)
    stream = Stream(name, header, dict.fromkeys(header, "text"), iter(()))
    stream.pieces = _batches(stream, lines, chain([first] if first else [], blocks))
    return stream


def _header(blocks: Iterator[Block], lines: _Lines) -> tuple[tuple[str, ...], Block | None]:
    """Return the header, and the lines after it of the block in which it stands."""
    skip = lines.source.skip_lines
    for block in blocks:
        if block.first + block.count > skip + 1:
            before = max(0, skip + 1 - block.first)
            line, _, after = block.text.split("\n", before)[-1].partition("\n")
            return split_header(line, lines), Block(block.first + before + 1, after) if after else None
    if lines.cut_off:
        raise DataError(
            f"{lines.name} is cut off in its header",
            given=repr(lines.cut_off[1][:120]),
            allowed="a header that ends its line",
            do="export or copy it again",
            code="header_cut_off",
            file=lines.name,
            row=lines.cut_off[0],
        )
    return split_header("", lines), None


def split_header(line: str, lines: _Lines) -> tuple[str, ...]:
    """Return the names in a header line."""
    if not line:
        raise DataError(
            f"{lines.name} has no header",
            given="an empty first line",
            allowed="a header and rows",
            do="export it again, or say skip_lines in the layout",
            code="no_header",
            file=lines.name,
        )
    try:
        names = next(csv.reader([line], delimiter=lines.source.delimiter, strict=True), [])
    except csv.Error as problem:
        raise DataError(
            f"{lines.name} has a header that cannot be split",
            given=f"{line[:120]!r}: {problem}",
            allowed="names with the declared delimiter between them, and line ends of LF or CR LF",
            do="export it again",
            code="bad_header",
            file=lines.name,
            row=lines.source.skip_lines + 1,
        ) from None
    trimmed = [name.strip() if lines.source.trim else name for name in names]
    # No layout can name a column without a name, and a list between bars has two.
    return tuple(name or f"(column {place})" for place, name in enumerate(trimmed, start=1))


def _batches(stream: Stream, lines: _Lines, blocks: Iterator[Block]) -> Iterator[Batch]:
    splitter = RowSplitter(lines.source, stream.header, stream.damaged)
    for block in blocks:
        batch = splitter.split(block)
        if len(batch.lines):
            yield batch
    splitter.finish()
    if lines.cut_off:
        # Nobody can tell 2,2 from the beginning of 2,200.
        stream.damaged.append(Damaged(lines.cut_off[0], "cut_off", lines.cut_off[1]))
    stream.sha256 = lines.sha256
