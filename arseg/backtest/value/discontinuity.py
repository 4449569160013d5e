"""What a treatment does to those who stand at a cut: regression discontinuity (science 4.4).

Where a rule decides, those just above its cut and those just below it differ in little but the treatment. This
says what the whole bundle of treatments that change at the cut does there, and nothing about anybody further away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from arseg.backtest.value.logged import Values
from arseg.schema import DataError

# Imbens and Kalyanaraman 2012, triangular kernel at a boundary.
_IK_CONSTANT: Final = 3.4375
FEWEST: Final = 30
_NORMAL: Final = 1.959963984540054


@dataclass(frozen=True)
class Jump:
    """A jump of the outcome at a cut, from below to above.

    Parameters
    ----------
    estimate
        Local linear with a triangular kernel, bias-corrected: with the same bandwidth for the bias this is the
        local quadratic fit (Calonico, Cattaneo, Titiunik 2014).
    low, high
        Robust 95 % interval, clustered by customer.
    bandwidth
        How far from the cut rows count, in units of the running variable.
    below, above
        Rows within the bandwidth.
    """

    estimate: float
    low: float
    high: float
    bandwidth: float
    below: int
    above: int


def jump_at(
    running: ArrayLike,
    outcome: ArrayLike,
    customer: ArrayLike,
    *,
    cut: float,
    bandwidth: float | None = None,
    donut: float = 0.0,
) -> Jump:
    """Return the jump of an outcome at a cut; rows at the cut count as above.

    Parameters
    ----------
    running
        What the rule cuts: days past due, balance, a score; shape ``(n,)``.
    outcome
        Shape ``(n,)``.
    customer
        Who; rows of one are not independent.
    cut
        Where the treatment changes.
    bandwidth
        Chosen for least squared error (Imbens, Kalyanaraman 2012) where None.
    donut
        Rows closer to the cut than this are left out, where somebody may have helped a customer across it.

    Raises
    ------
    DataError
        If fewer than 30 rows lie within the bandwidth on a side.
    """
    x, y = np.asarray(running, dtype=np.float64) - cut, np.asarray(outcome, dtype=np.float64)
    who = np.unique(np.asarray(customer), return_inverse=True)[1]
    kept = (np.abs(x) >= donut) & np.isfinite(x) & np.isfinite(y)
    x, y, who = x[kept], y[kept], who[kept]
    width = best_bandwidth(x, y) if bandwidth is None else float(bandwidth)
    near = np.abs(x) < width
    below, above = int((near & (x < 0)).sum()), int((near & (x >= 0)).sum())
    if min(below, above) < FEWEST:
        raise DataError(
            "too few decisions lie near the cut",
            given=f"{below} below and {above} above, within {width:.3g} of {cut:g}",
            allowed=f"at least {FEWEST} on each side",
            do="choose a cut that more customers cross, or bring more history",
            code="few_at_cut",
        )
    estimate, error = _fit(x[near], y[near], who[near], width)
    return Jump(estimate, estimate - _NORMAL * error, estimate + _NORMAL * error, width, below, above)


def best_bandwidth(x: Values, y: Values) -> float:
    """Return the bandwidth of least squared error of the local linear fit at 0 (Imbens, Kalyanaraman 2012).

    ``C [2 s2 / (f ((m+ - m-)^2 + r))]^(1/5) n^(-1/5)``: variance and density at the cut by a pilot, second
    derivatives by quadratics on each side, and a term that keeps a straight line from an endless bandwidth.
    """
    count, spread = len(x), float(x.std())
    widest = float(np.abs(x).max(initial=1.0)) * (1 + 1e-9)
    pilot = 1.84 * spread * count ** (-1 / 5)
    left, right = (x < 0) & (x >= -pilot), (x >= 0) & (x <= pilot)
    if min(left.sum(), right.sum()) < 3 or spread == 0:
        return widest
    density = (left.sum() + right.sum()) / (2 * count * pilot)
    variance = (y[left].var() * left.sum() + y[right].var() * right.sum()) / (left.sum() + right.sum())
    if variance <= 0:
        return widest
    third = _cubic(x, y)
    curves, slack = [], 0.0
    for side in (x < 0, x >= 0):
        reach = 3.56 * (variance / (density * max(third**2, 1e-12))) ** (1 / 7) * side.sum() ** (-1 / 7)
        near = side & (np.abs(x) <= min(reach, float(np.abs(x[side]).max())))
        if near.sum() < 4:
            near = side
        curves.append(2 * float(np.polynomial.polynomial.polyfit(x[near], y[near], 2)[2]))
        slack += 2160 * variance / (near.sum() * max(float(np.abs(x[near]).max()), 1e-12) ** 4)
    bend = (curves[1] - curves[0]) ** 2 + slack
    width = _IK_CONSTANT * (2 * variance / (density * max(bend, 1e-300))) ** (1 / 5) * count ** (-1 / 5)
    return float(min(width, widest))


def density_jump(running: ArrayLike, *, cut: float, bandwidth: float, bins: int = 20) -> tuple[float, float]:
    """Return the log ratio of the densities just above and just below a cut, and its standard error (McCrary 2008).

    A rule that people can work around shows a heap on one side; a discontinuity then compares those who did
    with those who did not.

    Parameters
    ----------
    running, cut, bandwidth
        As in ``jump_at``.
    bins
        On each side.
    """
    x = np.asarray(running, dtype=np.float64) - cut
    step = bandwidth / bins
    found = []
    for sign in (-1, 1):
        edges = np.arange(bins + 1) * step
        side = x[x >= 0] if sign > 0 else -x[x < 0]
        counts = np.histogram(side, edges)[0].astype(np.float64)
        middle = edges[:-1] + step / 2
        weight = 1 - middle / bandwidth
        design = np.column_stack([np.ones(bins), middle])
        bread = np.linalg.inv(design.T @ (design * weight[:, None]))
        hat = bread[0] @ (design * weight[:, None]).T
        level = float(hat @ counts)
        # A count varies by its mean.
        found.append((level, float(np.sqrt((hat**2) @ np.maximum(counts, 1.0)))))
    (low, low_error), (high, high_error) = found
    if min(low, high) <= 0:
        return float("nan"), float("nan")
    return float(np.log(high / low)), float(np.hypot(low_error / low, high_error / high))


def covariate_jumps(
    running: ArrayLike,
    state: pd.DataFrame,
    customer: ArrayLike,
    *,
    cut: float,
    bandwidth: float | None = None,
) -> pd.DataFrame:
    """Return the jump of everything that was known before: ``name, estimate, low, high``; none should be clear of zero."""
    rows = []
    for name in state.columns:
        try:
            found = jump_at(running, state[name].to_numpy(), customer, cut=cut, bandwidth=bandwidth)
        except DataError:
            # Of what is seldom known nothing can be said at the cut.
            found = Jump(np.nan, np.nan, np.nan, np.nan, 0, 0)
        rows.append((name, found.estimate, found.low, found.high))
    return pd.DataFrame(rows, columns=["name", "estimate", "low", "high"])


def _cubic(x: Values, y: Values) -> float:
    """Return the third derivative at 0 of a cubic with a jump."""
    design = np.column_stack([np.ones(len(x)), x >= 0, x, x**2, x**3])
    return 6 * float(np.linalg.lstsq(design, y, rcond=None)[0][4])


def _fit(x: Values, y: Values, who: np.ndarray, width: float) -> tuple[float, float]:
    """Return the jump of a local quadratic with a triangular kernel, and its customer-clustered error."""
    up = (x >= 0).astype(np.float64)
    scaled = x / width
    design = np.column_stack([up, np.ones(len(x)), scaled, scaled**2, up * scaled, up * scaled**2])
    weight = 1 - np.abs(scaled)
    weighted = design * weight[:, None]
    bread = np.linalg.pinv(design.T @ weighted)
    beta = bread @ (weighted.T @ y)
    scores = weighted * (y - design @ beta)[:, None]
    groups = np.unique(who, return_inverse=True)[1]
    count = int(groups.max()) + 1
    sums = np.stack([np.bincount(groups, column, count) for column in scores.T], axis=1)
    meat = sums.T @ sums * count / max(1, count - 1)
    return float(beta[0]), float(np.sqrt(max(0.0, (bread @ meat @ bread)[0, 0])))
