"""Sets of customers as boxes of words, and what is left of one when others are taken out.

SAP's rules know "one of" and "none of", but no order. "First match wins" becomes disjoint boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from arseg.schema import UsageError

# By column: whether the words are those inside (True) or those outside; a column that is not there is free.
Box = dict[str, tuple[bool, frozenset[str]]]

MOST: Final = 5_000


def without(box: Box, others: Iterable[Mapping[str, Sequence[str]]]) -> list[Box]:
    """Return disjoint boxes that hold what is in ``box`` and in none of the others.

    Raises
    ------
    UsageError
        If it falls into more than 5,000 boxes.

    Examples
    --------
    >>> without({}, [{"language": ["de"]}])
    [{'language': (False, frozenset({'de'}))}]
    >>> without({"language": (True, frozenset({"de"}))}, [{"language": ["de", "es"]}])
    []
    """
    left = [box]
    for other in others:
        left = [piece for whole in left for piece in _pieces(whole, other)]
        if len(left) > MOST:
            raise UsageError(
                "the variants fall into too many rules",
                given=f"{len(left)} rules for one treatment",
                allowed=f"{MOST}",
                do="let the variants of a row differ in fewer words",
            )
    return left


def bounds(boxes: Sequence[Box]) -> dict[str, tuple[str, ...]]:
    """Return the smallest condition, words by column, that holds for all of the boxes.

    Examples
    --------
    >>> bounds([{"language": (True, frozenset({"de"}))}, {"language": (True, frozenset({"es"}))}])
    {'language': ('de', 'es')}
    """
    names = [name for name in boxes[0] if all(box.get(name, (False,))[0] for box in boxes)]
    return {name: tuple(sorted(frozenset().union(*(box[name][1] for box in boxes)))) for name in names}


def _pieces(box: Box, other: Mapping[str, Sequence[str]]) -> list[Box]:
    """Return what is left of a box: outside of the other's first column, or within it and outside the second, ..."""
    pieces, rest = [], dict(box)
    for name, allowed in other.items():
        inside, listed = rest.get(name, (False, frozenset()))
        words = frozenset(allowed)
        outer = (True, listed - words) if inside else (False, listed | words)
        if outer[1] or not inside:
            pieces.append({**rest, name: outer})
        inner = listed & words if inside else words - listed
        if not inner:
            break
        rest[name] = (True, inner)
    return pieces
