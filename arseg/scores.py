"""Features x model -> one row of risk per open item, and one per customer.

The horizon of ``p_unpaid_30`` is 30 days after the due date, or 30 days from the key date where that
is later: an item already 40 days past due still gets a probability that says something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.explain import contributions, customer_reasons, item_reasons
from arseg.models.asked_once import AskedBook, ask, parts
from arseg.schema import CAUSES, CREDITED, CUSTOMER_SCORES, ITEM_SCORES, PAID, PROFILE, WRITTEN_OFF
from arseg.schema.shown import Shown
from arseg.side_by_side import side_by_side

if TYPE_CHECKING:
    import pyarrow as pa

    from arseg.features import Features
    from arseg.models import TimeToPayment
    from arseg.models.asked_once import Reading

Values = NDArray[np.float64]

HORIZON: Final = 365
GRACE: Final = 30
# Paid amounts of so many invoices of the book's habit are mixed into a customer's own.
PRIOR_INVOICES: Final = 5.0
WEEKS: Final = 13

# What policies and playbooks read of a customer as the blocks give it: column of the scores, figure.
_FIGURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "credit_utilisation": "credit_utilisation",
        "credit_score_change": "credit_score_change_90d",
        "industry_late_rate": "industry_late_rate",
        "account_age_days": "customer_account_age_days",
        "cleared_count": "cleared_count_12m",
        "credit_score": "credit_score",
        "failure_risk": "credit_failure_risk",
        "margin": "credit_margin",
        "payer_jumped": "payer_jumped",
        "promised_balance": "promise_open_amount",
        "promise_broken_days": "promise_broken_last_days",
        "legal": "stage_legal_180d",
        "last_contact_days": "contact_last_days",
        "contacts_7d": "contact_count_7d",
        "contacts_30d": "contact_count_30d",
        "reminder_offset_days": "payment_reminder_offset_12m",
    }
)

# What ``score_batches`` gives, as Spark writes a schema.
SCORED: Final = ", ".join(
    f"{column.name} {'STRING' if column.type == 'text' else 'BIGINT' if column.type == 'integer' else 'DOUBLE'}"
    for column in ITEM_SCORES.columns
    if column.name != "reasons"
)

# What is read off a curve beyond the late day.
FARTHER: Final = ("p_write_off", "expected_days", "expected_loss")

# The days at which every item is read: fine at first, coarse later.
_GRID: Final = np.unique(
    np.concatenate(
        [
            np.arange(1, 31),
            np.arange(35, 95, 5),
            7 * np.arange(1, WEEKS + 1),
            np.arange(100, 361, 20),
            [HORIZON],
        ]
    )
)


@dataclass(frozen=True)
class Scores(Shown):
    """What a model says of a book on one day.

    Parameters
    ----------
    items
        One row per open item, as ``schema.ITEM_SCORES``.
    customers
        One row per customer with an open item, as ``schema.CUSTOMER_SCORES``.
    paid_by_week
        Probability that each item is paid by the end of week 1 to 13, in the order of ``items``.
    """

    items: pd.DataFrame
    customers: pd.DataFrame
    paid_by_week: Values


def score(
    features: Features, model: TimeToPayment, *, reasons: bool = True, said: AskedBook | None = None
) -> Scores:
    """Score every open item and every customer who has one.

    Parameters
    ----------
    features
        What the blocks say at the key date.
    model
        A fitted model of time to payment.
    reasons
        Whether to put the model's reasons into words; a backtest does not need them.
    said
        What the model says of the same items, where it is asked for more than scores; it is asked here where None.

    Returns
    -------
    scores
        Sorted by ``invoice_id`` and by ``customer_id``.
    """
    asked = AskedBook(model, features.matrix(), keep=False) if said is None else said
    matrix = asked.matrix
    curves = list(asked.each(lambda rows, reading: _read_curves(matrix.iloc[rows], reading)))
    keys = features.items.set_index("invoice_id").loc[matrix.index, ["customer_id"]]
    weekly = np.vstack([week for _, week in curves])
    items = keys.join(pd.concat([frame for frame, _ in curves])).reset_index()
    customers = by_customer(items, features)
    items["reasons"], customers["reasons"] = "", ""
    added = contributions(matrix, model) if reasons else None
    if added is not None:
        items["reasons"] = item_reasons(added, matrix, features.dictionary).to_numpy()
        customers["reasons"] = customer_reasons(added, matrix, items, features.dictionary).to_numpy()
    shown = [name for name in CUSTOMER_SCORES.names if name in customers]
    return Scores(items[list(ITEM_SCORES.names)], customers[shown], weekly)


def score_chances(features: Features, model: TimeToPayment) -> pd.DataFrame:
    """Return the customers' scores as ``score`` does, without reasons and the columns of ``FARTHER``: half the work.

    An item's chance hangs on its late day, which is soon; a model of hazards is asked no farther than that.

    Parameters
    ----------
    features, model
        As ``score`` takes them.
    """
    matrix = features.matrix()
    late = late_day(matrix["days_past_due"].to_numpy())
    order = np.argsort(late, kind="stable")  # so that a part is asked up to the last of its own late days

    def unpaid(rows: slice) -> Values:
        part = order[rows]
        times = np.unique(late[part])
        said = model.predict_cumulative_incidence(matrix.iloc[part], times)
        return np.asarray(1 - _cleared(said)[np.arange(len(part)), np.searchsorted(times, late[part])])

    chance = np.empty(len(matrix))
    chance[order] = np.concatenate(list(side_by_side(unpaid, parts(len(matrix)))))
    read = {"balance": matrix["balance"].to_numpy(dtype=np.float64), "p_unpaid_30": chance}
    items = features.items[["customer_id"]].assign(**read, **dict.fromkeys(FARTHER, np.nan))
    return by_customer(items, features).drop(columns=list(FARTHER))


def score_batches(folder: str | Path) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a function that scores batches of a matrix, for Spark's ``mapInArrow`` or any other stream.

    Parameters
    ----------
    folder
        Of the stored model (``arseg.models.save_model``), where every worker can read it; it is refused
        unless its hash is in the manifest.

    Returns
    -------
    function
        Takes Arrow batches with ``invoice_id``, ``customer_id`` and the figures of a matrix, and gives
        batches of ``SCORED``: the columns of ``schema.ITEM_SCORES`` without the reasons.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from arseg.models import load_model

        model = load_model(folder)
        names = [name for name in ITEM_SCORES.names if name != "reasons"]
        for batch in batches:
            rows = batch.to_pandas().set_index("invoice_id")
            matrix = rows.drop(columns="customer_id")
            scored, _ = _read_curves(matrix, ask(model, matrix))
            scored = scored.assign(customer_id=rows["customer_id"]).reset_index()
            yield pa.RecordBatch.from_pandas(
                scored[names].astype({"customer_id": object, "invoice_id": object})
            )

    return run


def late_day(days_past_due: Values) -> NDArray[np.int64]:
    """Return the days from the key date to max(due + 30, key date + 30), within the horizon.

    Examples
    --------
    >>> late_day(np.array([-10.0, 5.0])).tolist()
    [40, 30]
    """
    days = np.maximum(GRACE - np.asarray(days_past_due, dtype=np.float64), GRACE)
    return np.minimum(days, HORIZON).astype(np.int64)


def _read_curves(matrix: pd.DataFrame, said: Reading) -> tuple[pd.DataFrame, Values]:
    """Read the numbers that the scores need off the curves of one part of the items."""
    late = late_day(matrix["days_past_due"].to_numpy())
    times = _times(late)
    incidence = said.at(times)
    paid, cleared = incidence[:, CAUSES.index(PAID)], _cleared(incidence)
    written_off = incidence[:, CAUSES.index(WRITTEN_OFF), -1]
    frame = pd.DataFrame(
        {
            "balance": matrix["balance"].to_numpy(dtype=np.float64),
            "days_past_due": matrix["days_past_due"].to_numpy(dtype=np.int64),
            "late_day": late,
            "p_unpaid_30": 1 - cleared[np.arange(len(matrix)), np.searchsorted(times, late)],
            "p_write_off": written_off,
            # Over the days of every item alone: what else is in the batch must not move it.
            "expected_days": _restricted_mean(1 - cleared[:, np.isin(times, _GRID)], _GRID),
        },
        index=matrix.index,
    )
    frame["expected_loss"] = frame["balance"] * frame["p_write_off"]
    return frame, paid[:, np.searchsorted(times, 7 * np.arange(1, WEEKS + 1))]


def _cleared(incidence: Values) -> Values:
    # A write-off closes an item without the money: it stays unpaid.
    return np.asarray(incidence[:, CAUSES.index(PAID)] + incidence[:, CAUSES.index(CREDITED)])


def _times(late: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the days at which a batch is read: those of every item, and its late days."""
    return np.unique(np.concatenate([_GRID, late])).astype(np.int64)


def _restricted_mean(survival: Values, times: NDArray[np.int64]) -> Values:
    """Return the mean days until paid or credited, capped at the horizon: the area under the curve."""
    left = np.column_stack([np.ones(len(survival)), survival[:, :-1]])
    steps = np.diff(times, prepend=0)
    # Row by row: a matrix product rounds otherwise with other rows beside it.
    return np.asarray(((left + survival) / 2 * steps).sum(axis=1))


def by_customer(items: pd.DataFrame, features: Features) -> pd.DataFrame:
    """Sum the items of each customer, weighted by balance, and add what policies read; reasons are not among it.

    Parameters
    ----------
    items
        Scores of all items of the book, as ``schema.ITEM_SCORES``.
    features
        Of the same items.
    """
    weighted = items[["customer_id", "balance"]].copy()
    for name in ("p_unpaid_30", "p_write_off", "expected_days"):
        weighted[name] = items[name] * items["balance"]
    weighted["expected_loss"] = items["expected_loss"]
    sums = weighted.groupby("customer_id", sort=True).sum()
    for name in ("p_unpaid_30", "p_write_off", "expected_days"):
        sums[name] = sums[name] / sums["balance"]
    own = features.customers.set_index("customer_id").loc[sums.index]
    # An experiment that leaves a block out does not know its figures.
    read = own.reindex(columns=[*_FIGURES.values(), "cleared_on_time_share_12m"])
    words = features.profile.set_index("customer_id").loc[sums.index]
    frame = sums.drop(columns="balance").assign(
        open_count=own["open_count"].astype("int64"),
        open_balance=own["open_balance"].astype("float64"),
        overdue_balance=own["open_overdue_balance"].astype("float64"),
        disputed_balance=own["open_disputed_balance"].fillna(0.0).astype("float64"),
        oldest_days_past_due=own["open_oldest_days_past_due"].astype("int64"),
        on_time_share=_shrunk_on_time(own),
        late_share=1 - read["cleared_on_time_share_12m"],
        **{name: read[figure] for name, figure in _FIGURES.items()},
        **{name: words[name] for name in PROFILE},
    )
    return frame.reset_index()


def _shrunk_on_time(own: pd.DataFrame) -> pd.Series:
    """Return the share paid by the due date, pulled to the book's where there is little history."""
    count = own["cleared_count_12m"].fillna(0.0).astype("float64")
    share = own["cleared_on_time_amount_share_12m"].astype("float64")
    known = count.where(share.notna(), 0.0)
    if not known.sum():
        return pd.Series(np.nan, index=own.index)
    book = float((known * share.fillna(0.0)).sum() / known.sum())
    return (known * share.fillna(0.0) + PRIOR_INVOICES * book) / (known + PRIOR_INVOICES)
