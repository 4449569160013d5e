"""Method C, the model: each item's incidence of write-off times what a write-off loses, discounted.

``loss_i = exposed_i x sum_u dF(u) x LGD_i x (1 + EIR)^(-u / 365)`` (science 5.6). Below a year the discount is
close to 1, and trade receivables without a significant financing component have no effective rate to speak of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import DataError, UsageError, require_columns

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LossGivenDefault:
    """What a write-off costs.

    Parameters
    ----------
    share
        Lost of the exposed balance at write-off, net of later recoveries.
    effective_rate
        Yearly effective interest rate by which losses are discounted; 0 for none.

    Raises
    ------
    UsageError
        If the share is none, or the rate is negative.
    """

    share: float = 1.0
    effective_rate: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.share <= 1 and self.effective_rate >= 0):
            raise UsageError(
                "the loss given default does not fit",
                given=f"share={self.share}, effective_rate={self.effective_rate}",
                allowed="a share from 0 to 1, a rate of 0 or more",
                do="write 0.9 for 90 %",
                code="loss_given_default",
            )


def expected_losses(
    exposed: npt.ArrayLike,
    written_off_by: Values,
    times: npt.ArrayLike,
    *,
    given_default: LossGivenDefault | None = None,
) -> Values:
    """Return the expected loss of each item.

    Parameters
    ----------
    exposed
        In the pool, per item.
    written_off_by
        P(written off by that day | open at the key date), shape (items, times).
    times
        Days after the key date, increasing.
    given_default
        What a write-off costs; all of it by default.

    Raises
    ------
    DataError
        If shapes do not fit or a curve falls or leaves [0, 1].

    Examples
    --------
    >>> expected_losses([1000.0], np.array([[0.01, 0.03]]), [180, 365]).round(6).tolist()
    [30.0]
    """
    given_default = given_default or LossGivenDefault()
    amount, days = np.asarray(exposed, dtype=np.float64), np.asarray(times, dtype=np.float64)
    curves = np.asarray(written_off_by, dtype=np.float64)
    if curves.shape != (len(amount), len(days)):
        raise DataError(
            "the incidence does not fit the items",
            given=f"shape {curves.shape}",
            allowed=f"({len(amount)}, {len(days)})",
            do="pass the curve of each item, in their order",
            code="incidence_shape",
        )
    steps = np.diff(curves, axis=1, prepend=0.0)
    if curves.size and not (steps.min() >= -1e-9 and curves.max() <= 1 + 1e-9):
        raise DataError(
            "an incidence of write-off falls or leaves [0, 1]",
            given=f"smallest step {steps.min():.3g}, largest value {curves.max():.3g}",
            allowed="cumulative shares",
            do="pass cumulative incidence, not hazards",
            code="incidence_falls",
        )
    # A loss between two days is dated in the middle.
    middle = (days + np.concatenate([[0.0], days[:-1]])) / 2
    discount = (1 + given_default.effective_rate) ** (-middle / 365)
    return np.asarray(amount * given_default.share * (steps @ discount))


def model_rates(items: pd.DataFrame, *, by_segment: bool = True, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the rate of each bucket that the items' expected losses imply: loss over exposed.

    Parameters
    ----------
    items
        ``bucket``, ``exposed`` (or ``balance``), ``expected_loss``, ``customer_id`` and, with ``by_segment``,
        ``segment``.
    by_segment
        Whether each segment has its own rates.
    names
        Of the buckets, youngest first.

    Returns
    -------
    frame
        ``segment``, ``bucket``, ``reached`` (exposed today), ``lost`` (expected), ``rate`` (NaN in an empty cell) and
        ``customers``.

    Examples
    --------
    >>> items = pd.DataFrame({"bucket": ["current"] * 2, "exposed": [100.0, 300.0], "expected_loss": [1.0, 3.0],
    ...                       "customer_id": ["a", "b"]})
    >>> model_rates(items, by_segment=False, names=("current",))["rate"].tolist()
    [0.01]
    """
    from arseg.forecast.reached_buckets import reached_rates

    amount = "exposed" if "exposed" in items else "balance"
    require_columns(items.columns, ("bucket", amount, "expected_loss", "customer_id"), frame="items")
    rows = items.drop(columns="reached", errors="ignore").rename(
        columns={amount: "reached", "expected_loss": "lost"}
    )
    rows["reached"] = rows["reached"].astype("float64")
    return reached_rates(rows, by_segment=by_segment, names=names)
