"""What if: a customer stops paying, terms grow longer, sales fall, or the desk works to another plan."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.cash_cube import QUANTILES, CashCube
from arseg.forecast.disputed_cash import later
from arseg.forecast.open_book import OpenBook
from arseg.schema import CAUSES, PAID, DataError, UsageError


def stops_paying(book: OpenBook, customers: Iterable[str]) -> OpenBook:
    """Return the book in which some customers pay nothing any more; credits and write-offs stay as they are.

    Raises
    ------
    UsageError
        If a customer has no open item.

    Examples
    --------
    >>> import datetime as dt
    >>> items = pd.DataFrame({"invoice_id": ["i", "j"], "customer_id": ["a", "b"], "balance": [100.0, 50.0]})
    >>> book = OpenBook(items, np.full((2, 3, 1), 0.3), np.array([7]), dt.date(2026, 10, 31))
    >>> stops_paying(book, ["a"]).expected_by_week(1).sum().round(6).item()
    15.0
    """
    names = set(customers)
    unknown = sorted(names - set(book.items["customer_id"]))
    if unknown:
        raise UsageError(
            "a customer has no open item",
            given=unknown[:5],
            allowed="customers of the book",
            do="check the ids",
            code="unknown_customer",
        )
    incidence = book.incidence.copy()
    incidence[book.items["customer_id"].isin(names).to_numpy(), CAUSES.index(PAID)] = 0.0
    return book.with_incidence(incidence)


def longer_terms(book: OpenBook, days: int, *, only: npt.NDArray[np.bool_] | None = None) -> OpenBook:
    """Return the book in which items are due, and leave, so many days later.

    Parameters
    ----------
    book
        Open items.
    days
        Added to the terms, >= 0.
    only
        Whose terms change, such as those not yet due; all by default. New invoices: ``collected_later`` of the baseline.

    Raises
    ------
    UsageError
        If days are negative: an earlier day than the curves know cannot be read off them.
    """
    if days < 0:
        raise UsageError(
            "the terms grow shorter",
            given=days,
            allowed="0 days or more",
            do="predict curves for them",
            code="terms",
        )
    rows = np.arange(len(book.items)) if only is None else np.flatnonzero(only)
    return book.with_incidence(later(book, rows, np.full(len(rows), days, dtype=np.int64)))


def contact_plan(book: OpenBook, items: pd.Series, incidence: npt.NDArray[np.floating]) -> OpenBook:
    """Return the book in which some items have the curves that a policy's contacts would give them.

    Parameters
    ----------
    book
        Open items.
    items
        Their ``invoice_id``.
    incidence
        Under the plan, from a model of contact effects, shape (items, causes, times).

    Raises
    ------
    DataError
        If an item is not open or the shape does not fit.
    """
    row = pd.Index(book.items["invoice_id"]).get_indexer(items)
    if (row < 0).any() or incidence.shape != (len(row), *book.incidence.shape[1:]):
        raise DataError(
            "the plan does not fit the book",
            given=f"shape {incidence.shape}, {int((row < 0).sum())} items that are not open",
            allowed=f"open items, shape ({len(row)}, {book.incidence.shape[1]}, {book.incidence.shape[2]})",
            do="predict the curves of open items at the book's times",
            code="plan_shape",
        )
    changed = book.incidence.copy()
    changed[row] = incidence
    return book.with_incidence(changed)


def compare_scenario(before: CashCube, after: CashCube) -> pd.DataFrame:
    """Return what a scenario changes by step, future by future: both must be drawn with the same seed.

    Returns
    -------
    frame
        ``ahead``, ``expected_before``, ``expected_after``, ``expected`` (the difference) and its bands, reporting
        currency; the last row, ``ahead`` 0, is the sum over all steps.

    Raises
    ------
    UsageError
        If draws or steps differ.
    """
    one, other = before.view(), after.view()
    if one.draws.shape != other.draws.shape:
        raise UsageError(
            "the two forecasts do not fit",
            given=f"draws x groups x steps {other.draws.shape}",
            allowed=f"{one.draws.shape}",
            do="draw both with the same simulation",
            code="cubes_differ",
        )
    drawn = (other.draws.astype(np.float64) - one.draws)[:, 0]
    drawn = np.column_stack([drawn, drawn.sum(axis=1)])
    was, now = (np.append(cube.expected[0], cube.expected[0].sum()) for cube in (one, other))
    frame = pd.DataFrame(
        {"ahead": [*range(1, drawn.shape[1]), 0], "expected_before": was, "expected_after": now}
    )
    frame["expected"] = now - was
    for name, level in QUANTILES.items():
        frame[name] = np.quantile(drawn, level, axis=0)
    return frame
