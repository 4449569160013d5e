"""Promises in the forecast: a promised item is paid on its promised day with the chance that promises are kept."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.open_book import OpenBook
from arseg.schema import CAUSES, PAID, DataError, require_columns

# A customer's own promises are mixed with this many of the book's (a Beta prior).
PRIOR_PROMISES: Final = 5.0


def kept_chances(promises: pd.DataFrame, *, prior: float = PRIOR_PROMISES) -> pd.DataFrame:
    """Return of each customer the chance that a promise is kept, and the share of its amount that comes.

    Parameters
    ----------
    promises
        Matured promises: ``customer_id``, ``kept`` (true where cash reached 95 % of it in time) and ``paid_share``
        (cash within its window over the promised amount, at most 1).
    prior
        Promises of the book that are mixed into a customer's own.

    Returns
    -------
    frame
        ``customer_id``, ``promises``, ``p_kept`` and ``amount_kept``. The row of the book itself has ``customer_id``
        empty: what to take for a customer who never promised.

    Raises
    ------
    DataError
        If there is no matured promise: nothing can be said.

    Examples
    --------
    >>> past = pd.DataFrame({"customer_id": ["a", "a", "b", "b"], "kept": [True, True, False, True],
    ...                      "paid_share": [1.0, 1.0, 0.0, 1.0]})
    >>> kept_chances(past, prior=2)["p_kept"].tolist()
    [0.75, 0.875, 0.625]
    """
    require_columns(promises.columns, ("customer_id", "kept", "paid_share"), frame="promises")
    if promises.empty:
        raise DataError(
            "there is no matured promise",
            given="none",
            allowed="one or more",
            do="leave promises out",
            code="no_promise",
        )
    rows = promises.assign(
        kept=promises["kept"].astype("float64"), paid_share=promises["paid_share"].clip(0, 1)
    )
    book = rows[["kept", "paid_share"]].mean()
    sums = rows.groupby("customer_id")[["kept", "paid_share"]].agg("sum")
    count = rows.groupby("customer_id").size()
    frame = pd.DataFrame(
        {
            "customer_id": sums.index,
            "promises": count.to_numpy(),
            "p_kept": ((sums["kept"] + prior * book["kept"]) / (count + prior)).to_numpy(),
            "amount_kept": ((sums["paid_share"] + prior * book["paid_share"]) / (count + prior)).to_numpy(),
        }
    )
    first = pd.DataFrame(
        {
            "customer_id": [""],
            "promises": [len(rows)],
            "p_kept": [book["kept"]],
            "amount_kept": [book["paid_share"]],
        }
    )
    return pd.concat([first, frame], ignore_index=True)


def with_promises(book: OpenBook, promises: pd.DataFrame) -> OpenBook:
    """Return the book with the curves that its open promises imply.

    Of the promised share of an item, ``p_kept`` comes on the promised day; the rest, and what was not promised,
    follows the item's own curve. A promise that is overdue says nothing any more.

    Parameters
    ----------
    book
        Open items.
    promises
        Open promises: ``invoice_id``, ``due_on``, ``p_kept``, and ``amount`` where not the whole item was promised.
        At most one per item.

    Raises
    ------
    DataError
        If an item is promised twice or a chance is none.
    """
    require_columns(promises.columns, ("invoice_id", "due_on", "p_kept"), frame="promises")
    if promises["invoice_id"].duplicated().any() or not promises["p_kept"].between(0, 1).all():
        raise DataError(
            "open promises are not one per item with a chance",
            given=f"{int(promises['invoice_id'].duplicated().sum())} items twice",
            allowed="one promise per item, p_kept from 0 to 1",
            do="keep the newest promise of each item",
            code="promises_open",
        )
    row = pd.Index(book.items["invoice_id"]).get_indexer(promises["invoice_id"])
    day = (pd.to_datetime(promises["due_on"]) - pd.Timestamp(book.key_date)).dt.days.to_numpy()
    counts = (row >= 0) & (day >= 1)
    row, day = row[counts], day[counts]
    balance = book.balance[row]
    amount = promises["amount"].to_numpy(dtype=np.float64)[counts] if "amount" in promises else balance
    promised = np.clip(
        np.where(np.isfinite(amount), amount, balance) / np.where(balance > 0, balance, 1), 0, 1
    )
    surely = promised * promises["p_kept"].to_numpy(dtype=np.float64)[counts]
    incidence = book.incidence.copy()
    incidence[row] *= (1 - surely)[:, None, None]
    incidence[row, CAUSES.index(PAID)] += surely[:, None] * (book.times >= day[:, None])
    return book.with_incidence(incidence)


def promise_scores(p_kept: npt.ArrayLike, kept: npt.ArrayLike) -> dict[str, float]:
    """Return the Brier score of the chances, that of the base rate, and the skill (1 - their ratio).

    Examples
    --------
    >>> promise_scores([0.9, 0.1], [1, 0])
    {'brier': 0.01, 'base_rate': 0.25, 'skill': 0.96}
    """
    chance, came = np.asarray(p_kept, dtype=np.float64), np.asarray(kept, dtype=np.float64)
    brier, base = float(np.mean((chance - came) ** 2)), float(np.mean((came.mean() - came) ** 2))
    skill = 1 - brier / base if base > 0 else float("nan")
    return {"brier": round(brier, 12), "base_rate": round(base, 12), "skill": round(skill, 12)}
