"""Polluted receivables files: two clean books, damaged in thousands of named ways, and a strict judge of the load."""

from __future__ import annotations

from collections.abc import Iterator

from .books import Book, books, european_book, own_book
from .damaged_files import FILE_DAMAGE
from .damaged_rows import ROW_DAMAGE, rewritten, swaps
from .variant import Variant, sample
from .verdict import Judge, Verdict

__all__ = [
    "DAMAGE",
    "ROW_DAMAGE",
    "Book",
    "Judge",
    "Variant",
    "Verdict",
    "books",
    "european_book",
    "own_book",
    "rewritten",
    "sample",
    "swaps",
    "variants",
]

DAMAGE = (*ROW_DAMAGE, *FILE_DAMAGE)


def variants() -> Iterator[Variant]:
    """Yield every variant of both books."""
    for book in books():
        for damage in DAMAGE:
            yield from damage(book)
