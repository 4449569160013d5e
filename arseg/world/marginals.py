"""What a world looks like from outside, held against what is published about real books (science 6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from arseg.schema import PAID, WRITTEN_OFF
from arseg.world.draws import Floats, Ints
from arseg.world.economy import NEVER
from arseg.world.outcome import Outcome
from arseg.world.settlement import settle

# Days after due for which an invoice must have been followed.
MATURE_DAYS: Final = 100

# Lowest and highest value, by name; see ``docs/world.md`` for the sources.
BANDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "dso": (38.0, 42.0),
        "late_share": (0.40, 0.50),
        "over_90_late_share": (0.028, 0.035),
        "write_offs_to_sales": (0.0002, 0.011),
        "customer_icc": (0.4, 0.6),
        "disputed_share": (0.02, 0.05),
        "dispute_days": (8.0, 15.0),
        "mean_days_late": (2.0, 8.0),
    }
)


def marginals(outcome: Outcome) -> dict[str, float]:
    """Return the marginal figures of a world's first course.

    Returns
    -------
    By name: ``dso`` (average receivables, days), ``late_share`` and ``over_90_late_share`` of invoices (those
    still open count as late), ``write_offs_to_sales`` (net), ``customer_icc`` of days to pay, ``disputed_share``
    of invoices and the ``dispute_days`` by which they are paid later, ``days_to_pay``, ``mean_days_late``,
    ``over_60_days_share``.

    Notes
    -----
    Invoices that were followed for 100 days after due; sums over the outcome's window.
    """
    world, course = outcome.world, outcome.courses[0]
    settlement = settle(world, course.postings)
    mature = np.flatnonzero(course.issued & (world.invoices.due < outcome.end - MATURE_DAYS))
    day, cause = settlement.day[mature], settlement.cause[mature]
    still_open, paid = day == NEVER, (day < NEVER) & (cause != WRITTEN_OFF)
    late, age = day - world.invoices.due[mature], day - world.invoices.document[mature]
    disputed = np.isin(mature, course.disputes.invoice)
    plain = paid & (cause == PAID)
    return {
        "dso": outcome.dso.value,
        "late_share": float((still_open | (late > 0)).mean()),
        "over_90_late_share": float((still_open | (late > 90)).mean()),
        "write_offs_to_sales": outcome.bad_debt_ratio.value,
        "customer_icc": intraclass(age[paid], world.invoices.customer[mature[paid]]),
        "disputed_share": float(disputed.mean()),
        "dispute_days": _mean(age[plain & disputed]) - _mean(age[plain & ~disputed]),
        "days_to_pay": float(age[paid].mean()),
        "mean_days_late": float(late[paid].mean()),
        "over_60_days_share": float((still_open | (age > 60)).mean()),
    }


def _mean(values: Ints) -> float:
    return float(values.mean()) if len(values) else float("nan")


def intraclass(values: Ints | Floats, group: Ints) -> float:
    """Return the share of the variance that lies between groups: ICC(1) of a one-way analysis of variance.

    Parameters
    ----------
    values, group
        One entry per member; groups of one are left out.

    Examples
    --------
    >>> round(intraclass(np.array([1.0, 1.1, 5.0, 5.1]), np.array([0, 0, 1, 1])), 2)
    1.0
    """
    member, size = np.unique(group, return_inverse=True, return_counts=True)[1:]
    several = size[member] > 1
    member, size = np.unique(group[several], return_inverse=True, return_counts=True)[1:]
    values = values[several].astype(np.float64)
    mean, total, count = np.bincount(member, values) / size, len(values), len(size)
    between = (size * (mean - values.mean()) ** 2).sum() / (count - 1)
    within = ((values - mean[member]) ** 2).sum() / (total - count)
    usual = (total - (size**2).sum() / total) / (count - 1)
    return float((between - within) / (between + (usual - 1) * within))
