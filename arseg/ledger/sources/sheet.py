"""The XML parts of a workbook that may be large, read as a stream: no tree, so no memory that grows with the sheet.

openpyxl keeps an element per row, and pads a row to its last column; a small file can make either huge.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Final
from xml.parsers import expat

from arseg.schema import DataError

CHUNK: Final = 1 << 18

# Excel's own ends.
LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384

# Excel ends a text at 32,767 characters; an escaped one may take six times as many.
LONGEST: Final = 1 << 20

# Nothing in a workbook nests deeper than a dozen.
DEEPEST: Final = 64


@dataclass(slots=True)
class Cell:
    """A cell as it stands in the file.

    Parameters
    ----------
    kind
        n(umber), s(hared text), str, inlineStr, b(ool), e(rror) or d(ate).
    style
        Number of its style, which tells a date from a number.
    text
        What it holds.
    formula
        Whether it is computed.
    """

    kind: str
    style: int
    text: str = ""
    formula: bool = False


def read_rows(source: IO[bytes], *, name: str) -> Iterator[tuple[int, dict[int, Cell]]]:
    """Give the rows of a worksheet: the number of each and its cells by column, both from 1.

    Parameters
    ----------
    source
        The worksheet's XML.
    name
        What the file is called in complaints.

    Raises
    ------
    DataError
        If rows or columns go backwards or beyond Excel's ends, or the XML is built to hurt.
    """
    sheet = _Sheet(name)
    for _ in _parse(source, sheet):
        yield from sheet.rows
        sheet.rows.clear()


def read_texts(source: IO[bytes], *, name: str) -> Iterator[str]:
    """Give the shared texts of a workbook in order, their formats and phonetic readings left out.

    Parameters
    ----------
    source
        The XML of the shared texts.
    name
        What the file is called in complaints.

    Raises
    ------
    DataError
        If the XML is built to hurt.
    """
    texts = _Texts(name)
    for _ in _parse(source, texts):
        yield from texts.texts
        texts.texts.clear()


@dataclass
class _Reader(ABC):
    """Collects the text of the elements that hold text."""

    name: str
    depth: int = 0
    phonetic: bool = False
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    collecting: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise hostile(self.name, "elements nested without end", f"at most {DEEPEST} levels")
        self.enter(tag.rpartition(":")[2] if ":" in tag else tag, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.leave(tag.rpartition(":")[2] if ":" in tag else tag)

    def data(self, text: str) -> None:
        if self.collecting:
            self.length += len(text)
            if self.length > LONGEST:
                raise hostile(self.name, "a text without end", f"at most {LONGEST:,} characters")
            self.pieces.append(text)

    @abstractmethod
    def enter(self, tag: str, attributes: dict[str, str]) -> None:
        """Take note of an element that begins."""

    @abstractmethod
    def leave(self, tag: str) -> None:
        """Take note of an element that ends."""

    def begin(self) -> None:
        """Begin the text of a cell or an entry, which may stand in several elements."""
        self.pieces, self.length, self.phonetic, self.collecting = [], 0, False, False

    def collected(self) -> str:
        return "".join(self.pieces)


@dataclass
class _Texts(_Reader):
    texts: list[str] = field(default_factory=list)

    def enter(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 (has none)
        if tag == "si":
            self.begin()
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "t":
            self.collecting = not self.phonetic

    def leave(self, tag: str) -> None:
        if tag == "t":
            self.collecting = False
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "si":
            self.texts.append(self.collected())


@dataclass
class _Sheet(_Reader):
    rows: list[tuple[int, dict[int, Cell]]] = field(default_factory=list)
    number: int = 0
    column: int = 0
    cells: dict[int, Cell] = field(default_factory=dict)
    cell: Cell | None = None

    def enter(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._enter_cell(attributes)
        elif tag == "row":
            self._enter_row(attributes)
        elif tag == "rPh":
            self.phonetic = True
        elif self.cell is not None:
            if tag == "v" or (tag == "t" and not self.phonetic):
                self.collecting = True
            elif tag == "f":
                self.cell.formula = True

    def leave(self, tag: str) -> None:
        if tag == "c" and self.cell is not None:
            self.cell.text = self.collected()
            self.cells[self.column], self.cell = self.cell, None
        elif tag == "row":
            self.rows.append((self.number, self.cells))
        elif tag == "rPh":
            self.phonetic = False
        elif tag in {"v", "t"}:
            self.collecting = False

    def _enter_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self.number + 1))
        if not self.number < number <= LAST_ROW:
            raise hostile(
                self.name,
                f"row {number} after row {self.number}",
                f"rows in order, to {LAST_ROW:,}",
                row=number,
            )
        self.number, self.column, self.cells = number, 0, {}

    def _enter_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r", "").rstrip("0123456789")
        column = _column(place) if place else self.column + 1
        if not self.column < column <= LAST_COLUMN:
            given = f"column {column} after column {self.column} in row {self.number}"
            raise hostile(self.name, given, f"columns in order, to {LAST_COLUMN:,}", row=self.number)
        self.column = column
        self.begin()
        self.cell = Cell(attributes.get("t", "n"), int(attributes.get("s", 0)))


@lru_cache(maxsize=LAST_COLUMN)
def _column(letters: str) -> int:
    """Return the number of a column, AA being 27.

    Examples
    --------
    >>> _column("A"), _column("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters[:8]:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _parse(source: IO[bytes], reader: _Reader) -> Iterator[None]:
    """Feed a part to a reader, and pause after each piece."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data

    def refuse(*_: object) -> None:
        raise hostile(reader.name, "a document type with entities", "plain XML")

    parser.StartDoctypeDeclHandler = refuse
    fed = 0
    while chunk := source.read(CHUNK):
        parser.Parse(chunk)
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > LONGEST + CHUNK:
            raise hostile(reader.name, "a piece of markup without end", f"at most {LONGEST:,} bytes")
        yield
    parser.Parse(b"", True)
    yield


def hostile(
    name: str, given: str, allowed: str, *, file: str | None = None, row: int | None = None
) -> DataError:
    """Return the refusal of a workbook that no spreadsheet program would write; the name is its file where None."""
    return DataError(
        f"{name} is no honest workbook",
        given=given,
        allowed=allowed,
        do="save it again in a spreadsheet program",
        code="bad_workbook",
        file=name if file is None else file,
        row=row,
    )
