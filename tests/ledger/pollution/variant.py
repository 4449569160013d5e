"""One polluted form of a clean book."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .books import Book

Kind = Literal["row", "file", "equal"]


@dataclass(frozen=True)
class Variant:
    """One polluted form of a clean book.

    Parameters
    ----------
    book
        The clean book.
    case
        The class of damage.
    name
        What exactly was done.
    kind
        ``row``: few rows are damaged, the others should load; ``file``: the file is damaged and may be
        refused; ``equal``: it says the same in other words and must load whole.
    changed
        The files that differ; None for one that is not there.
    touched
        The rows (file, number from 0) that were damaged, and the lines that each became.
    knowable
        Whether a reader can know it: False where the damaged file is a clean file of some other book.
    blanked
        Table and column that are not in the file; the report must say so.
    """

    book: Book
    case: str
    name: str
    kind: Kind
    changed: Mapping[str, bytes | None]
    touched: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    knowable: bool = True
    blanked: tuple[str, str] | None = None

    @property
    def files(self) -> dict[str, bytes]:
        """All files, the damaged ones included."""
        both = {**self.book.files(), **self.changed}
        return {name: data for name, data in both.items() if data is not None}

    def lines(self, file: str) -> list[str] | None:
        """Return the physical lines of a file, or None where it is not in the declared encoding."""
        try:
            text = self.files[file].decode(self.book.encoding)
        except UnicodeDecodeError:
            return None
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        return lines[:-1] if lines[-1] == "" else lines


def sample(variants: Iterable[Variant], share: float, *, least: int = 4) -> list[Variant]:
    """Return a share of each case, at least a few, the same ones always."""
    cases: dict[str, list[Variant]] = defaultdict(list)
    for variant in variants:
        cases[variant.case].append(variant)
    picked = []
    for found in cases.values():
        size = min(len(found), max(least, math.ceil(share * len(found))))
        picked += sorted(found, key=_draw)[:size]
    return picked


def _draw(variant: Variant) -> str:
    return hashlib.sha256(f"{variant.book.name} {variant.name}".encode()).hexdigest()
