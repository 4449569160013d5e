"""How good predicted payment curves are, at horizons whose truth is known (science 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.predicted import Incidence
from arseg.schema import PAID, DataError, require_columns

Values = npt.NDArray[np.float64]

_SMALLEST = 1e-6


def known_at(y: pd.DataFrame, horizon: int) -> npt.NDArray[np.bool_]:
    """Return which rows were followed for at least the horizon.

    Follow-up is known in advance from the key date, so the mature rows are complete data and need
    neither weights nor an assumption. A row that was paid early but not followed to the horizon is
    not mature: counting it would favour early payers.

    Parameters
    ----------
    y
        ``event``, ``duration`` and ``followed_days`` (days).
    horizon
        Days after the key date.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0], "duration": [3, 20], "followed_days": [40, 20]})
    >>> known_at(y, 30).tolist()
    [True, False]
    """
    require_columns(y.columns, ("event", "duration", "followed_days"), frame="y")
    return y["followed_days"].to_numpy() >= horizon


def horizon_log_loss(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    horizons: Sequence[int],
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the log-loss of "paid by h" on the rows mature at h.

    ``- sum_i w_i [Y_i ln F_i + (1 - Y_i) ln(1 - F_i)] / sum_i w_i`` with Y = paid by h and F clipped
    to [1e-6, 1 - 1e-6].

    Parameters
    ----------
    y
        ``event``, ``duration`` and ``followed_days`` (days).
    incidence
        Predicted cumulative incidence, shape (rows, causes, times); cause 1 stands first.
    times
        Days after the key date of the last axis.
    horizons
        Days to judge; each must be one of the times.
    weight
        Of each row, such as its balance; equal where not given.

    Returns
    -------
    ``horizon, rows, weight, log_loss``; NaN where no row is mature.

    Raises
    ------
    DataError
        If shapes differ, a prediction is missing, or a horizon was not predicted.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0], "duration": [3, 40], "followed_days": [40, 40]})
    >>> horizon_log_loss(y, np.full((2, 1, 1), 0.5), [30], horizons=[30]).round(3).to_dict("list")
    {'horizon': [30], 'rows': [2], 'weight': [2.0], 'log_loss': [0.693]}
    """
    predicted = Incidence.read(incidence, times, len(y))
    return _by_horizon(y, predicted, horizons, weight, log_loss=_log_loss)


def horizon_brier(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    horizons: Sequence[int],
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the Brier score of "paid by h" on the rows mature at h.

    ``sum_i w_i (Y_i - F_i)^2 / sum_i w_i``; parameters and errors as ``horizon_log_loss``.

    Returns
    -------
    ``horizon, rows, weight, brier``; NaN where no row is mature.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0], "duration": [3, 40], "followed_days": [40, 40]})
    >>> horizon_brier(y, np.full((2, 1, 1), 0.5), [30], horizons=[30])["brier"].tolist()
    [0.25]
    """
    predicted = Incidence.read(incidence, times, len(y))
    return _by_horizon(y, predicted, horizons, weight, brier=lambda paid, p: (paid - p) ** 2)


def mean_log_loss(frame: pd.DataFrame) -> float:
    """Return the plain mean of ``log_loss`` over the horizons that have mature rows.

    NaN where none has.

    Examples
    --------
    >>> mean_log_loss(pd.DataFrame({"horizon": [7, 30], "log_loss": [0.2, 0.4]}))
    0.3...
    """
    return float(frame["log_loss"].mean())


def _log_loss(paid: Values, p: Values) -> Values:
    inside = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    return -(paid * np.log(inside) + (1 - paid) * np.log1p(-inside))


def _by_horizon(
    y: pd.DataFrame,
    predicted: Incidence,
    horizons: Sequence[int],
    weight: npt.ArrayLike | None,
    **loss: Callable[[Values, Values], Values],
) -> pd.DataFrame:
    absent = sorted(set(horizons) - set(predicted.days.tolist()))
    if absent:
        raise DataError(
            "horizons were not predicted",
            given=absent,
            allowed=predicted.days.tolist(),
            do="predict those days too",
        )
    ((name, measure),) = loss.items()
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    event, duration = y["event"].to_numpy(), y["duration"].to_numpy()
    rows = []
    for horizon in horizons:
        mature = known_at(y, horizon)
        paid = ((event == PAID) & (duration <= horizon)).astype(np.float64)[mature]
        own, total = weights[mature], float(weights[mature].sum())
        losses = measure(paid, predicted.at(PAID, horizon)[mature])
        mean = float((own * losses).sum() / total) if total > 0 else np.nan
        rows.append({"horizon": int(horizon), "rows": int(mature.sum()), "weight": total, name: mean})
    return pd.DataFrame(rows, columns=["horizon", "rows", "weight", name])
