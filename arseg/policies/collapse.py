"""Collapse cells that are too small to say anything of, by declared parents and a minimum size.

Axis by axis, within what the axes before left of a cell, labels of fewer than ``min_size`` customers
move to their declared parent, the deepest first, and those without one to ``other``. Where ``other`` is then
still too small, the smallest label beside it joins (ties by name); where nothing is left beside it, the
axis does not part this cell, and its label is ``all``. So every cell holds ``min_size`` customers, or is
all that there is of its segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

OTHER: Final = "other"
ALL: Final = "all"


def collapse(
    segments: pd.Series, labels: pd.DataFrame, *, min_size: int, parents: Mapping[str, str]
) -> pd.DataFrame:
    """Return the labels after the collapse, one column per axis.

    Parameters
    ----------
    segments
        Segment of each customer.
    labels
        Label of each customer on each axis, same index; the first axis parts first.
    min_size
        Customers that a cell must hold.
    parents
        Parent of a label; without cycles.

    Examples
    --------
    >>> labels = pd.DataFrame({"delivery": ["paper"] * 3 + ["edi"] * 2 + ["fax"]})
    >>> collapse(pd.Series(["Low"] * 6), labels, min_size=2, parents={"fax": "paper"})["delivery"].tolist()
    ['paper', 'paper', 'paper', 'edi', 'edi', 'paper']
    """
    within = segments.groupby(segments).ngroup()
    final = pd.DataFrame(index=labels.index)
    for axis in labels:
        cells = pd.DataFrame({"within": within, "label": labels[axis]})
        final[axis] = _collapsed(cells, min_size=min_size, parents=parents)
        within = cells.assign(label=final[axis]).groupby(["within", "label"]).ngroup()
    return final


def _collapsed(cells: pd.DataFrame, *, min_size: int, parents: Mapping[str, str]) -> pd.Series:
    """Return the label of every row of within x label after one axis."""
    grouped = cells.groupby(["within", "label"])
    sizes: dict[int, dict[str, int]] = {}
    for (within, label), size in grouped.size().items():
        sizes.setdefault(within, {})[label] = size
    moved = {within: merged(found, min_size=min_size, parents=parents) for within, found in sizes.items()}
    by_cell = [moved[within][label] for within, found in sizes.items() for label in found]
    return pd.Series(by_cell, dtype="str").take(grouped.ngroup()).set_axis(cells.index)


def merged(sizes: Mapping[str, int], *, min_size: int, parents: Mapping[str, str]) -> dict[str, str]:
    """Return, for every label of one cell, the label that it ends in.

    Examples
    --------
    >>> merged({"AT": 2, "CH": 2, "DE": 9, "US": 1}, min_size=3, parents={"AT": "alps", "CH": "alps"})
    {'AT': 'other', 'CH': 'other', 'DE': 'DE', 'US': 'other'}
    >>> merged({"AT": 2, "CH": 2, "DE": 9}, min_size=3, parents={"AT": "alps", "CH": "alps"})
    {'AT': 'alps', 'CH': 'alps', 'DE': 'DE'}
    """
    ends = {label: label for label in sizes}
    found = _sizes(ends, sizes)
    while small := [label for label, size in found.items() if size < min_size and label != OTHER]:
        depth = {label: _depth(label, parents) for label in small}
        lowest = max(depth.values())
        deepest = {label for label in small if depth[label] == lowest}
        ends = {label: parents.get(end, OTHER) if end in deepest else end for label, end in ends.items()}
        found = _sizes(ends, sizes)
    beside = {label: size for label, size in found.items() if label != OTHER}
    if found.get(OTHER, min_size) < min_size and beside:
        # What is left beside it is large enough on its own, so that one is enough.
        smallest = min(beside, key=lambda label: (beside[label], label))
        ends = {label: OTHER if end == smallest else end for label, end in ends.items()}
    return dict.fromkeys(ends, ALL) if set(ends.values()) == {OTHER} else ends


def _sizes(ends: Mapping[str, str], sizes: Mapping[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for label, end in ends.items():
        total[end] = total.get(end, 0) + sizes[label]
    return total


def _depth(label: str, parents: Mapping[str, str]) -> int:
    depth = 0
    while label in parents:
        label, depth = parents[label], depth + 1
    return depth
