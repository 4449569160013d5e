"""The multiple-choice knapsack of a day: what could be done, and by whom.

A customer has options (treatments), each with minutes and a value; at most one is taken. Options that the same
collectors can do form a group. Everything is held in flat arrays, sorted by customer and
option, so that the order of the rows given never matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import DataError, require_columns
from arseg.treatments.allocation_capacity import Capacity, Collector

# Sums of minutes that are not whole carry noise of this order.
NOISE: Final = 1e-9

NEEDS: Final = ("customer_id", "minutes", "expected_value")

# Lengths told apart in a group where collectors have a number of customers besides their minutes.
_LENGTHS: Final = 10


@dataclass(frozen=True)
class Knapsack:
    """Options, groups and collectors as arrays.

    Parameters
    ----------
    row
        Position of each option in the frame given, shape (options,).
    customer
        Customer of each option, 0 and up, not falling.
    minutes, value
        Minutes (> 0) and value (> 0, currency) of each option.
    group
        Group of each option; where customers are limited in number, options of like length only.
    eligible
        Whether a collector can do a group's work, shape (groups, collectors).
    owner
        The collector that each option's customer belongs to, -1 where none.
    room
        Minutes of each collector.
    slots
        Customers of each collector at most; infinite where not limited.
    """

    row: np.ndarray
    customer: np.ndarray
    minutes: np.ndarray
    value: np.ndarray
    group: np.ndarray
    eligible: np.ndarray
    owner: np.ndarray
    room: np.ndarray
    slots: np.ndarray

    @property
    def size(self) -> int:
        """How many pairs of an option and a collector who can do it there are."""
        return int(self.eligible.sum(axis=1)[self.group].sum())


def knapsack_of(options: pd.DataFrame, capacity: Capacity, *, room: np.ndarray | None = None) -> Knapsack:
    """Return the knapsack of a day, without what is worth nothing and what nobody can do.

    Parameters
    ----------
    options
        One row per customer and treatment: customer_id, minutes, expected_value, and where known
        treatment, handling, portfolio, language, owner (a collector's name).
    capacity
        The collectors and their hours.
    room
        Minutes of each collector, if not the capacity's.

    Raises
    ------
    DataError
        If a column is missing, a number is, or minutes are not above 0.
    """
    require_columns(options.columns, NEEDS, frame="work")
    frame = _checked(options)
    group, eligible = _groups(frame, capacity.team)
    room = np.array(capacity.minutes_each) if room is None else room
    slots = np.array([np.inf if c.max_customers is None else c.max_customers for c in capacity.team])
    most = np.where(eligible & (slots >= 1), room, -1.0).max(axis=1)[group] if len(frame) else np.zeros(0)
    kept = (frame["expected_value"].to_numpy() > 0) & (frame["minutes"].to_numpy() <= most + NOISE)
    frame, group = frame[kept], group[kept]
    if np.isfinite(slots).any():
        group, eligible = _by_length(frame["minutes"].to_numpy(), group, eligible)
    owner = frame["owner"].map({name: place for place, name in enumerate(capacity.names)})
    return Knapsack(
        row=frame["row"].to_numpy(),
        customer=pd.factorize(frame["customer_id"])[0],
        minutes=frame["minutes"].to_numpy(),
        value=frame["expected_value"].to_numpy(),
        group=group,
        eligible=eligible,
        owner=owner.fillna(-1).to_numpy(dtype="int64"),
        room=room,
        slots=slots,
    )


def why_nobody(options: pd.DataFrame, capacity: Capacity) -> pd.Series:
    """Return, by index of the options, why no collector can do the work; empty where one can.

    Examples
    --------
    >>> team = Capacity((Collector("Ana", languages=("en",)),))
    >>> work = pd.DataFrame({"customer_id": ["A", "B"], "minutes": 5.0, "language": ["en", "es"]})
    >>> why_nobody(work, team).tolist()
    ['', 'no collector speaks es']
    """
    frame = _with_words(options)
    group, eligible = _groups(frame, capacity.team)
    firsts = frame.drop_duplicates(["portfolio", "language", "handling"])
    words = {
        kind: _missing(kind, capacity.team)
        for kind in firsts[["portfolio", "language", "handling"]].itertuples(index=False, name=None)
    }
    kinds = zip(frame["portfolio"], frame["language"], frame["handling"], strict=True)
    said = [words[kind] for kind in kinds]
    minutes = frame["minutes"].to_numpy(dtype="float64")
    open_to = eligible & np.array([c.max_customers != 0 for c in capacity.team])
    longest = np.where(open_to, np.array(capacity.minutes_each), 0.0).max(axis=1)[group]
    for place in np.flatnonzero(minutes > longest + NOISE):
        said[place] = said[place] or (
            "longer than anybody's day" if longest[place] > 0 else "nobody who can do it has hours today"
        )
    return pd.Series(said, index=options.index, dtype="str")


def _checked(options: pd.DataFrame) -> pd.DataFrame:
    frame = _with_words(options).assign(row=np.arange(len(options)))
    frame = frame.sort_values(["customer_id", "treatment"], kind="stable", ignore_index=True)
    for name in ("minutes", "expected_value"):
        frame[name] = frame[name].astype("float64")
    wrong = ~(frame["minutes"] > 0) | ~np.isfinite(frame["minutes"]) | ~np.isfinite(frame["expected_value"])
    if wrong.any():
        raise DataError(
            f"{int(wrong.sum())} rows of work have no minutes or no value",
            given=frame.loc[wrong, ["customer_id", "minutes", "expected_value"]].head(3).to_numpy().tolist(),
            allowed="minutes above 0 and a value, both finite",
            do="leave out what needs no collector",
        )
    return frame


def _with_words(options: pd.DataFrame) -> pd.DataFrame:
    """Return the options with every word column; empty where unknown, and a plain collector's handling."""
    words = {"treatment": "", "portfolio": "", "language": "", "owner": "", "handling": "collector"}
    kept = [name for name in (*NEEDS, *words) if name in options.columns]
    frame = options[kept].reset_index(drop=True)
    for name, unknown in words.items():
        frame[name] = frame[name].fillna("").astype("str") if name in frame.columns else unknown
    return frame


def _groups(frame: pd.DataFrame, team: tuple[Collector, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each row, and who can do each group's work; groups alike in that are one."""
    kinds = frame[["portfolio", "language", "handling"]]
    code = kinds.groupby(list(kinds.columns), sort=True).ngroup().to_numpy()
    firsts = kinds.assign(code=code).drop_duplicates("code").sort_values("code")
    able = np.array(
        [
            [c.takes(portfolio=p, language=lang, skill=skill) for c in team]
            for p, lang, skill in firsts[list(kinds.columns)].itertuples(index=False, name=None)
        ],
        dtype=bool,
    ).reshape(-1, len(team))
    eligible, place = np.unique(able, axis=0, return_inverse=True)
    return place.reshape(-1)[code], eligible


def _by_length(minutes: np.ndarray, group: np.ndarray, eligible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the groups cut into options of like length."""
    cuts = np.unique(np.quantile(minutes, np.arange(1, _LENGTHS) / _LENGTHS)) if len(minutes) else minutes
    kinds, place = np.unique(
        group * (_LENGTHS + 1) + np.searchsorted(cuts, minutes, side="left"), return_inverse=True
    )
    return place, eligible[kinds // (_LENGTHS + 1)]


def _missing(kind: tuple[str, str, str], team: tuple[Collector, ...]) -> str:
    """Return in words which of portfolio, language and skill nobody has; empty where somebody has all."""
    portfolio, language, skill = kind
    if any(c.takes(portfolio=portfolio, language=language, skill=skill) for c in team):
        return ""
    skilled = [c for c in team if c.takes(skill=skill)]
    if not skilled:
        return f"no collector does {skill} work"
    if not any(c.takes(portfolio=portfolio, skill=skill) for c in skilled):
        return f"no collector has the portfolio {portfolio}"
    if not any(c.takes(language=language, skill=skill) for c in skilled):
        return f"no collector speaks {language}"
    return f"no collector has the portfolio {portfolio} and speaks {language}"
