"""Cross a risk policy with other axes: behaviour, delivery, industry, whatever a playbook tells apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from arseg.policies.checks import checked_count, checked_words
from arseg.policies.collapse import ALL, OTHER, collapse
from arseg.policies.payer_speed import PayerSpeed
from arseg.policies.policy import Policy, as_policy, as_written, plain_parameters, segmentation
from arseg.policies.profile import Profile
from arseg.policies.risk_tiers import RiskTiers
from arseg.schema import UsageError
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class Composed(AsWritten):
    """Take the segment from one policy and refine its cell by the axes of others (capability S41).

    A cell is named ``segment / label of each axis``. An axis that names a cell of its own ("High / paper")
    gives the label without its segment ("paper"); one that does not gives its name and segment ("aging
    buckets High"). Cells that hold fewer than ``min_size`` customers collapse as ``collapse`` says: a cell
    depends on the whole book, the segment on the customer and the risk policy alone.

    Parameters
    ----------
    risk
        The policy that gives the segment. If it names cells of its own, they are the first axis.
    axes
        Policies that part the segments further, the most important first.
    min_size
        Customers that a cell must hold, unless it is all that there is of its segment.
    parents
        Label into which a label that is too small falls; ``other`` where none is declared.

    Raises
    ------
    UsageError
        If risk or an axis is no policy, min_size is no whole number from 1 on, or the parents go in a
        circle or give ``other`` or ``all`` one.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": list("ABCD"), "p_unpaid_30": [0.5, 0.6, 0.7, 0.1],
    ...                        "invoice_delivery": ["paper", "paper", "edi", "edi"]})
    >>> crossed = Composed(axes=(Profile(),), min_size=1).assign(scores)
    >>> crossed["cell"].tolist()
    ['High / paper', 'High / paper', 'High / edi', 'Low / edi']
    """

    risk: Policy = field(default_factory=RiskTiers)
    axes: tuple[Policy, ...] = field(default_factory=lambda: (Profile(), PayerSpeed()))
    min_size: int = 30
    # A mapping has no hash; equal policies still hash alike by the rest.
    parents: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "risk", as_policy(self.risk, name="Composed: risk"))
        object.__setattr__(self, "axes", _axes(self.axes))
        object.__setattr__(self, "min_size", checked_count(self.min_size, name="Composed: min_size"))
        object.__setattr__(self, "parents", _parents(self.parents))

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the customer scores that any part reads."""
        return tuple(dict.fromkeys(name for part in (self.risk, *self.axes) for name in part.needs))

    def __repr__(self) -> str:
        return as_written(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes, which a read-only mapping would not."""
        return type(self), (self.risk, self.axes, self.min_size, dict(self.parents))

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return plain_parameters(self)

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the segmentation of the scores; ``why`` is that of the risk policy and the labels.

        Raises
        ------
        DataError
            If a part refuses the scores.
        """
        base = self.risk.assign(scores)
        labels = self._labels(base, scores)
        if labels.empty:
            return base
        final = collapse(base["segment"], labels, min_size=self.min_size, parents=self.parents)
        cells = base["segment"].str.cat([final[axis] for axis in final], sep=" / ")
        why = base["why"] + self._remarks(base["segment"], labels, cells)
        return segmentation(base["customer_id"], base["segment"], why, cells)

    def _labels(self, base: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the label of each customer on each axis, before the collapse."""
        columns = {0: _within(base)} if (base["cell"] != base["segment"]).any() else {}
        for place, axis in enumerate(self.axes, start=1):
            columns[place] = _label(axis.assign(scores), axis)
        return pd.DataFrame(columns, index=base.index)

    def _remarks(self, segments: pd.Series, labels: pd.DataFrame, cells: pd.Series) -> pd.Series:
        """Return what the axes add to each why: the labels, and where they fell if the cell was too small."""
        own = labels[labels.columns[0]].str.cat([labels[axis] for axis in labels.columns[1:]], sep=" / ")
        moved = segments + " / " + own != cells
        fell = "; " + own + f", too few for a cell of {self.min_size}: in " + cells
        return ("; " + own).where(~moved, fell)


def _within(assigned: pd.DataFrame) -> pd.Series:
    """Return the cells without the segment before them; ``all`` where a cell is the segment."""
    known = assigned[["segment", "cell"]].drop_duplicates()
    # The slash parts axes; within a label it would feign one more.
    names = {
        cell: ALL if cell == segment else cell.removeprefix(f"{segment} / ").replace(" / ", ", ")
        for segment, cell in known.itertuples(index=False)
    }
    return assigned["cell"].map(names).astype("str")


def _label(assigned: pd.DataFrame, axis: Policy) -> pd.Series:
    plain = assigned["cell"] == assigned["segment"]
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(axis).__name__).lower()
    return _within(assigned).where(~plain, name + " " + assigned["segment"])


def _axes(given: object) -> tuple[Policy, ...]:
    if not isinstance(given, list | tuple):
        raise UsageError(
            "Composed: the axes are no list",
            given=repr(given),
            allowed="a list of policies",
            do="put it in brackets",
        )
    return tuple(as_policy(part, name=f"Composed: axis {place}") for place, part in enumerate(given, start=1))


def _parents(given: object) -> Mapping[str, str]:
    parents = checked_words(given, name="Composed: parents")
    for label in parents:
        seen, end = {label}, parents[label]
        while end in parents and end not in seen:
            seen.add(end)
            end = parents[end]
        if end in seen or label in (OTHER, ALL):
            raise UsageError(
                f"Composed: the parents of {label!r} lead nowhere",
                given=dict(parents),
                allowed=f"a parent that is not below its child; {OTHER} and {ALL} have none",
                do="leave out one of the circle",
            )
    return parents
