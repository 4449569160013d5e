"""Published forecasts, kept as they were said: what they are later held against what came."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.cash_cube import CashCube, Single
from arseg.schema import DataError, UsageError
from arseg.schema.shown import Shown

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FrozenForecast(Shown):
    """What was said on one day of the weeks after it.

    Parameters
    ----------
    origin
        The key date.
    groups
        Names of the groups, such as segments; ``all`` for the total.
    expected
        Reporting currency, shape (groups, weeks).
    draws
        Futures, shape (draws, groups, weeks); one draw, the expectation, where a method gives no band.
    """

    origin: dt.date
    groups: tuple[str, ...]
    expected: Values
    draws: Single

    def __post_init__(self) -> None:
        shape = (len(self.groups), self.expected.shape[-1])
        if self.expected.shape != shape or self.draws.shape[1:] != shape or not len(self.draws):
            raise DataError(
                "the forecast's parts do not fit",
                given=f"{len(self.groups)} groups, expected {self.expected.shape}, draws {self.draws.shape}",
                allowed="(groups, weeks) and (draws, groups, weeks)",
                do="freeze a cube",
                code="frozen_shape",
            )

    @property
    def has_bands(self) -> bool:
        """Whether more than an expectation was said."""
        return len(self.draws) > 1

    def save(self, folder: str | Path) -> Path:
        """Write the forecast as ``<origin>.npz`` with its SHA-256 beside it.

        Raises
        ------
        UsageError
            If a forecast of that day is there: what was said is not said again.
        """
        path = Path(folder) / f"{self.origin.isoformat()}.npz"
        if path.exists():
            raise UsageError(
                "a forecast of that day was published",
                given=path.name,
                allowed="one per day",
                do="keep it",
                code="frozen_exists",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path, groups=np.array(self.groups, dtype=np.str_), expected=self.expected, draws=self.draws
        )
        path.with_suffix(".sha256").write_text(_hash(path) + "\n", encoding="ascii")
        return path


def load_frozen(path: str | Path) -> FrozenForecast:
    """Return a published forecast.

    Raises
    ------
    DataError
        If it is not what was written.
    """
    path = Path(path)
    stated = path.with_suffix(".sha256")
    if not stated.is_file() or stated.read_text(encoding="ascii").strip() != _hash(path):
        raise DataError(
            "the forecast is not what was published",
            given=path.name,
            allowed="a file with its stated hash",
            do="restore it",
        )
    with np.load(path, allow_pickle=False) as parts:
        groups = tuple(str(name) for name in parts["groups"])
        return FrozenForecast(dt.date.fromisoformat(path.stem), groups, parts["expected"], parts["draws"])


def freeze(cube: CashCube, *, by: str | None = None) -> FrozenForecast:
    """Return the forecast of a cube's total, and of each group of one column beside it.

    Parameters
    ----------
    cube
        By week; a daily one is summed up.
    by
        A column of the cube.
    """
    weekly = cube.by_week()
    whole = weekly.view()
    names, expected, draws = ["all"], [whole.expected], [whole.draws]
    if by is not None:
        parts = weekly.view([by])
        names += [str(name) for name in parts.groups[by]]
        expected.append(parts.expected)
        draws.append(parts.draws)
    return FrozenForecast(
        cube.key_date, tuple(names), np.concatenate(expected), np.concatenate(draws, axis=1)
    )


def freeze_point(origin: dt.date, expected: pd.DataFrame) -> FrozenForecast:
    """Return the forecast of a method that gives no band: groups as rows, weeks as columns.

    Examples
    --------
    >>> freeze_point(dt.date(2026, 10, 31), pd.DataFrame([[1.0, 2.0]], index=["all"])).has_bands
    False
    """
    values = expected.to_numpy(dtype=np.float64)
    return FrozenForecast(origin, tuple(map(str, expected.index)), values, values[None].astype(np.float32))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
