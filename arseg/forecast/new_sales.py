"""Cash from invoices that do not exist yet: sales by a plain seasonal baseline, collected as past invoices were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.cash_cube import CashCube, groups_of
from arseg.forecast.dependence import gamma_of
from arseg.forecast.open_book import WEEK
from arseg.schema import DataError, require_columns
from arseg.schema.places import places_of

Values = npt.NDArray[np.float64]

YEAR: Final = 52
# A month's season is mixed with this many years of no season.
PRIOR_YEARS: Final = 1.0
FEWEST_WEEKS: Final = 8


@dataclass(frozen=True)
class SalesBaseline:
    """Sales to come, by group and week.

    Parameters
    ----------
    groups
        One row per group, with the columns asked by.
    expected
        Per group and week, reporting currency.
    noise
        Variance of a week's sales around the baseline, relative; common to all groups.
    collected
        Share of an invoice's amount that is paid by so many days after issue, from day 0.
    key_date
        The weeks start on the following day.
    """

    groups: pd.DataFrame
    expected: Values
    noise: float
    collected: Values
    key_date: dt.date

    def scaled(self, factor: float) -> SalesBaseline:
        """Return the baseline with sales times a factor: 0.8 is 20 % less."""
        return replace(self, expected=self.expected * factor)

    def collected_later(self, days: int) -> SalesBaseline:
        """Return the baseline with every invoice paid so many days later, as under longer terms."""
        moved = np.concatenate([np.zeros(days), self.collected])[: len(self.collected)]
        return replace(self, collected=moved)

    def cash(self, *, draws: int, seed: int) -> CashCube:
        """Return the cash that the sales bring within the weeks, in every simulated future.

        Parameters
        ----------
        draws, seed
            As in ``Simulation``.
        """
        weeks = self.expected.shape[1]
        brought = self._brought(weeks)
        rng = np.random.default_rng([seed, 1])
        pace = gamma_of(rng, self.noise, (draws, 1, weeks))
        drawn = (self.expected * pace) @ brought
        return CashCube(self.groups, drawn.astype(np.float32), self.expected @ brought, self.key_date, WEEK)

    def _brought(self, weeks: int) -> Values:
        """Return the share of sales of week j (row) that is paid in week k (column): issued evenly over the week."""
        days = np.arange(1, WEEK + 1)
        by_end = np.zeros((weeks, weeks))
        for sold in range(weeks):
            for paid in range(sold, weeks):
                age = np.minimum((paid - sold + 1) * WEEK - days, len(self.collected) - 1)
                by_end[sold, paid] = self.collected[age].mean()
        return np.diff(by_end, axis=1, prepend=0.0)


def sales_baseline(
    sales: pd.DataFrame, collected: Values, *, key_date: dt.date, weeks: int = 13, by: Sequence[str] = ()
) -> SalesBaseline:
    """Return the sales to come: the level of the last year, times the season of the month, without trend.

    Parameters
    ----------
    sales
        Invoices known at the key date: ``day`` of issue, ``amount`` (reporting currency), and the columns of ``by``.
    collected
        From ``collection_curve``.
    key_date
        The weeks start on the following day.
    weeks
        Weeks ahead.
    by
        Columns; each group has its own level, the season is the book's.

    Raises
    ------
    DataError
        With less than eight weeks of sales.
    """
    require_columns(sales.columns, ("day", "amount", *by), frame="sales")
    ago = (pd.Timestamp(key_date) - pd.to_datetime(sales["day"])).dt.days.to_numpy() // WEEK
    past = sales[ago >= 0].assign(ago=ago[ago >= 0])
    # The oldest week may have begun before the book did.
    whole = int(past["ago"].max()) if len(past) else 0
    if whole < FEWEST_WEEKS:
        raise DataError(
            "too few weeks of sales for a baseline",
            given=f"{whole} weeks",
            allowed=f"{FEWEST_WEEKS} or more",
            do="switch new sales off, or load more history",
            code="few_sales_weeks",
        )
    total: Values = np.bincount(past["ago"], past["amount"].astype("float64"), whole + 1)[:whole].astype(
        np.float64
    )
    season = _season(total, key_date)
    ahead = season[[(_middle(key_date, -week - 1)).month - 1 for week in range(weeks)]]
    behind = season[[(_middle(key_date, week)).month - 1 for week in range(whole)]]
    year = min(whole, YEAR)
    code, groups = groups_of(past, by)
    recent = (past["ago"] < year).to_numpy()
    sums = np.bincount(code[recent], past["amount"].to_numpy(dtype=np.float64)[recent], len(groups))
    level = sums / behind[:year].sum()
    fitted = total[:year].sum() / behind[:year].sum() * behind[:year]
    noise = float(np.mean((total[:year] / np.where(fitted > 0, fitted, 1) - 1) ** 2)) if total.any() else 0.0
    return SalesBaseline(groups, level[:, None] * ahead[None, :], noise, collected, key_date)


def collection_curve(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, known_to: dt.date, days: int = 13 * WEEK
) -> Values:
    """Return the share of invoiced money paid by each day after issue, from day 0 on.

    Each day's share of what was still unpaid is taken over the invoices that are old enough to have seen it
    (amount-weighted Kaplan-Meier of cash, science 1.2), so young invoices count as far as they go.

    Parameters
    ----------
    invoices
        ``invoice_id``, ``day`` of issue, ``amount``.
    payments
        ``invoice_id``, ``day`` of value, ``amount``.
    known_to
        Last day that the payments cover.
    days
        Length of the curve.

    Raises
    ------
    DataError
        If no invoice was followed.
    """
    issued = pd.to_datetime(invoices["day"])
    followed = (pd.Timestamp(known_to) - issued).dt.days.clip(upper=days)
    if not (followed >= 1).any():
        raise DataError(
            "no invoice was followed",
            given=f"{len(invoices)} invoices",
            allowed="one or more",
            do="load more history",
        )
    amount = invoices["amount"].to_numpy(dtype=np.float64)
    row = places_of(payments["invoice_id"], invoices["invoice_id"])
    paid, row = payments[row >= 0], row[row >= 0]
    age = (pd.to_datetime(paid["day"]) - issued.to_numpy()[row]).dt.days.clip(lower=0).to_numpy()
    money = paid["amount"].to_numpy(dtype=np.float64)
    seen = age <= days
    came = np.bincount(age[seen], money[seen], days + 1)
    # At risk on day u: all that was followed so long, less what they had paid before.
    length = followed.clip(lower=-1).to_numpy()
    old = np.bincount(length[length >= 0], amount[length >= 0], days + 1)[::-1].cumsum()[::-1]
    limit = length[row]
    inside = seen & (age <= limit)
    grid = np.zeros(days + 2)
    np.add.at(grid, age[inside] + 1, money[inside])
    np.subtract.at(grid, np.minimum(limit[inside], days) + 1, money[inside])
    risk = old - grid.cumsum()[: days + 1]
    hazard = np.clip(np.where(risk > 0, came / np.where(risk > 0, risk, 1), 0.0), 0.0, 1.0)
    return np.asarray(1 - np.cumprod(1 - hazard))


def _middle(key_date: dt.date, weeks_ago: int) -> dt.date:
    return key_date - dt.timedelta(days=weeks_ago * WEEK + WEEK // 2)


def _season(total: Values, key_date: dt.date) -> Values:
    """Return the factor of each month around one, from whole years only; ones with less than a year."""
    years = len(total) // YEAR
    if not years:
        return np.ones(12)
    used = total[: years * YEAR]
    month = np.array([_middle(key_date, week).month - 1 for week in range(len(used))])
    mean = used.mean()
    if mean <= 0:
        return np.ones(12)
    count = np.bincount(month, minlength=12)
    sums = np.bincount(month, used / mean, 12)
    prior = PRIOR_YEARS * YEAR / 12
    season = (sums + prior) / (count + prior)
    return np.asarray(season / season[month].mean())
