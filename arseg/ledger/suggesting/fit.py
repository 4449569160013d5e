"""Which known layout a header fits best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arseg.ledger.declared.layout import Layout
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.read import lacking


@dataclass(frozen=True)
class Fit:
    """The shipped layout whose source the header fits best: so many of the columns that it needs."""

    layout: str
    source: str
    found: int
    needed: int


def best_fit(header: Iterable[str], layouts: Sequence[Layout]) -> tuple[Fit | None, Source | None]:
    """Return the source of which the header has the largest share, then the most columns; itself if it has all.

    Parameters
    ----------
    header
        The names in the header.
    layouts
        Among which to look.
    """
    names = list(header)
    best: tuple[float, int, Fit, Source] | None = None
    for layout in layouts:
        for source in layout.sources:
            needs = source.reads
            found = len(needs) - len(lacking(names, needs))
            share = found / len(needs)
            if found and (best is None or (share, found) > best[:2]):
                best = (share, found, Fit(layout.name, source.files[0], found, len(needs)), source)
    if best is None:
        return None, None
    return best[2], best[3] if best[0] == 1.0 else None
