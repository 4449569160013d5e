"""Whether rows leave where along their predicted curve they should: D- and A-calibration (science 3.6).

If the curves are true, P(still open) at the moment a row leaves is spread evenly over [0, 1]. Both tests
cut that range into equal bins and differ in what they do with rows whose follow-up ended first. A curve
is known on a grid of days only; a row that leaves between two of them is placed at random between their
values, which is exact where the curves are true, and its follow-up ends on the last grid day within
``followed_days``, which was known before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.followed import Flags, Outcome, Values
from arseg.metrics.predicted import Incidence
from arseg.schema import OPEN, DataError, require_columns
from arseg.schema.shown import AsWritten

_SMALLEST = 1e-9
# Expected rows below which the chi-square law is no guide.
_FEW = 5.0


@dataclass(frozen=True, eq=False)
class CurveTest(AsWritten):
    """The result of a test of whole curves.

    Parameters
    ----------
    statistic
        ``X2 = sum_b (O_b - E_b)^2 / E_b``.
    degrees
        Of freedom.
    p_value
        P(a chi-square variable exceeds the statistic). It takes rows as independent, and with 1e6 rows
        any model is rejected: judge by the effect.
    effect
        ``sqrt(X2 / sum_b E_b)``: by what share a bin's count typically departs from its expectation; 0.1 is
        10 % too many or too few.
    bins
        ``low, high, observed, expected`` by bin of P(left), earliest first.
    """

    statistic: float
    degrees: int
    p_value: float
    effect: float
    bins: pd.DataFrame


def d_calibration(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    bins: int = 10,
    seed: int = 0,
) -> CurveTest:
    """Test that S(T|x) is uniform, rows lost to follow-up spread evenly over what was left of theirs.

    ``E_b = n / bins``; a row lost at S counts in each bin with the bin's share of [0, S]; bins - 1 degrees
    of freedom (Haider et al. 2020). The spreading hides errors: with much censoring it sees less than
    ``a_calibration``.

    Parameters
    ----------
    y
        ``event``, ``duration`` and ``followed_days`` (days).
    incidence
        Predicted cumulative incidence of all causes, shape (rows, causes, times).
    times
        Days after the key date.
    bins
        Number of equal bins of [0, 1].
    seed
        Of the places between two days.

    Raises
    ------
    DataError
        If shapes differ, a column or prediction is missing, or no row was followed to the first time.

    Examples
    --------
    >>> y = pd.DataFrame({"event": 1, "duration": [1, 2, 3, 4], "followed_days": 9})
    >>> curve = np.tile([0.25, 0.5, 0.75, 1.0], (4, 1, 1))
    >>> d_calibration(y, curve, [1, 2, 3, 4], bins=2).bins["observed"].tolist()
    [2.0, 2.0]
    """
    place, left = _places(y, incidence, times, seed)
    edges = np.linspace(0, 1, bins + 1)
    observed = np.bincount(_bin(place[left], bins), minlength=bins).astype(np.float64)
    lost = np.minimum(place[~left], 1 - _SMALLEST)
    for number in range(bins):
        within = np.clip(edges[number + 1] - np.maximum(edges[number], lost), 0, None)
        observed[number] += float((within / (1 - lost)).sum())
    expected = np.full(bins, len(place) / bins)
    return _judge(observed, expected, edges, degrees=bins - 1)


def a_calibration(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    bins: int = 10,
    seed: int = 0,
) -> CurveTest:
    """Test that the rows leaving in each part of their curves are as many as the curves say.

    ``O_b`` counts rows seen to leave in the bin, ``E_b`` sums over all rows the cumulative hazard
    ``-ln S`` that they passed in it while followed; one degree of freedom per bin with ``E_b >= 5``, the
    others are left out (Akritas 1988; Simonsen and Waagepetersen 2025). Nothing is imputed.

    Parameters
    ----------
    y, incidence, times, bins, seed
        As in ``d_calibration``.

    Raises
    ------
    DataError
        As ``d_calibration``, or if no bin expects five rows.

    Examples
    --------
    >>> y = pd.DataFrame({"event": 1, "duration": np.repeat([1, 2], 50), "followed_days": 9})
    >>> curve = np.tile([0.5, 1.0], (100, 1, 1))
    >>> a_calibration(y, curve, [1, 2], bins=2).bins["observed"].tolist()
    [50.0, 50.0]
    """
    place, left = _places(y, incidence, times, seed)
    edges = np.linspace(0, 1, bins + 1)
    observed = np.bincount(_bin(place[left], bins), minlength=bins).astype(np.float64)
    passed = np.minimum(place, 1 - _SMALLEST)
    hazard = [float(-np.log1p(-np.minimum(passed, edge)).sum()) for edge in edges]
    return _judge(observed, np.diff(hazard), edges, degrees=None)


def _places(
    y: pd.DataFrame, incidence: npt.ArrayLike, times: Sequence[int], seed: int
) -> tuple[Values, Flags]:
    """Return P(left) where each row left or was lost, and whether it left; rows never followed drop out."""
    require_columns(y.columns, ("event", "duration", "followed_days"), frame="y")
    outcome, predicted = Outcome.read(y), Incidence.read(incidence, times, len(y))
    if not np.isin(outcome.event, (OPEN, *predicted.causes)).all():
        raise DataError(
            "rows left by causes that were not predicted",
            given=sorted(set(outcome.event.tolist()) - {OPEN, *predicted.causes}),
            allowed=list(predicted.causes),
            do="pass the incidence of all causes",
        )
    followed = np.searchsorted(predicted.days, y["followed_days"].to_numpy(), side="right")
    if not followed.any():
        raise DataError(
            "no row was followed to the first time",
            given=f"{int(y['followed_days'].max())} days",
            allowed=f"at least {int(predicted.days[0])} days",
            do="ask for earlier days or older key dates",
        )
    interval = np.searchsorted(predicted.days, outcome.duration)
    left = (outcome.event != OPEN) & (interval < followed)
    # P(left) rises with the days; rounding may bend it by 1e-17.
    gone = np.maximum.accumulate(np.column_stack([np.zeros(len(y)), 1 - predicted.survival]), axis=1)
    row = np.arange(len(y))
    upper, lower = gone[row, np.where(left, interval + 1, followed)], gone[row, np.where(left, interval, 0)]
    share = np.random.default_rng(seed).random(len(y))
    place = np.where(left, lower + share * (upper - lower), upper)
    return place[followed > 0], left[followed > 0]


def _bin(place: Values, bins: int) -> npt.NDArray[np.int64]:
    return np.minimum((place * bins).astype(np.int64), bins - 1)


def _judge(observed: Values, expected: Values, edges: Values, *, degrees: int | None) -> CurveTest:
    from scipy.stats import chi2

    used = expected >= (_FEW if degrees is None else 0.0)
    if not used.any():
        raise DataError(
            "no bin expects five rows",
            given=f"{expected.max():.3g} at most",
            allowed=">= 5",
            do="pass more rows or fewer bins",
        )
    statistic = float(((observed - expected)[used] ** 2 / expected[used]).sum())
    freedom = int(used.sum()) if degrees is None else degrees
    table = {"low": edges[:-1], "high": edges[1:], "observed": observed, "expected": expected}
    effect = float((statistic / expected[used].sum()) ** 0.5)
    return CurveTest(statistic, freedom, float(chi2.sf(statistic, freedom)), effect, pd.DataFrame(table))
