"""Whether a replay of what was really in force is the ledger's own history, to the cent.

Flows are observed by customer, put into segments frozen at each key date, and added up; the book is added up from its
rows, in exact decimals and without a customer. Nothing may be lost between the two, nor between one window and the
next. A backtest that cannot reproduce what happened has no say on what did not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.recorded import Recorded
from arseg.backtest.replay import UNSCORED
from arseg.ledger import Ledger, observe_flows
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.visibility import attached, day_literal, visible_invoices, visible_postings
from arseg.schema import BALANCE_SIGN, FLOWS, UsageError
from arseg.side_by_side import side_by_side

ONE: Final = "all"
_KINDS: Final = {
    "cash": "payment",
    "credited": "credit_note",
    "written_off": "write_off",
    "recovered": "recovery",
    "reversed": "reversal",
}
FLOW_NAMES: Final = FLOWS.names[1:]

Segments = Callable[[dt.date], pd.Series]


def reproduce_history(
    ledger: Ledger,
    key_dates: Sequence[dt.date],
    *,
    recorded: Recorded | None = None,
    observed_on: dt.date | None = None,
) -> pd.DataFrame:
    """Return each flow of each window, as the segments add up to it and as the book has it.

    Parameters
    ----------
    ledger
        The ledger.
    key_dates
        Ends of windows, rising, two or more: the first window goes from the first to the second.
    recorded
        The segments really in force; all customers are one segment where None.
    observed_on
        The day whose knowledge counts; the last day of the ledger where None.

    Returns
    -------
    ``key_date, until, flow, segments, replayed, book, cents``: how many segments carried it, the sum over them, that of
    the book's rows, and the difference in whole cents. Flows are those of ``schema.FLOWS`` and ``carried``: what customers
    hold at the end of the window before and at the start of this one.

    Raises
    ------
    UsageError
        If there is no window.
    """
    if len(key_dates) < 2:
        raise UsageError(
            "there is no window to reproduce",
            given=f"{len(key_dates)} key dates",
            allowed="two or more",
            do="name the end of the last window too",
        )
    seen = ledger.last_known if observed_on is None else observed_on

    def read(window: tuple[dt.date, dt.date]) -> pd.DataFrame:
        start, end = window
        return observe_flows(ledger, start, until=end, observed_on=seen).set_index("customer_id")

    parts, closing = [], None
    windows = list(pairwise(key_dates))
    books = book_flows(ledger, windows, observed_on=seen)
    for (start, end), flows, book in zip(windows, side_by_side(read, windows), books, strict=True):
        held = _by_segment(flows, start, recorded)
        part = pd.DataFrame({"flow": FLOW_NAMES, "replayed": held.sum()[list(FLOW_NAMES)].to_numpy()})
        part["book"] = [book[name] for name in FLOW_NAMES]
        if closing is not None:
            part.loc[len(part)] = ["carried", closing.sum(), _carried(closing, flows["opening"])]
        closing = flows["closing"]
        parts.append(part.assign(key_date=pd.Timestamp(start), until=pd.Timestamp(end), segments=len(held)))
    found = pd.concat(parts, ignore_index=True)
    found["cents"] = np.rint((found["replayed"] - found["book"]) * 100).astype(np.int64)
    return found[["key_date", "until", "flow", "segments", "replayed", "book", "cents"]]


def _by_segment(flows: pd.DataFrame, day: dt.date, recorded: Recorded | None) -> pd.DataFrame:
    if recorded is None:
        segment = pd.Series(ONE, index=flows.index)
    else:
        segment = recorded.segments_on(day).reindex(flows.index).fillna(UNSCORED)
    return flows.groupby(segment)[list(FLOW_NAMES)].sum()


def _carried(closing: pd.Series, opening: pd.Series) -> float:
    """Return what the customers of one window hold when the next begins; infinite where one of them holds another amount."""
    after = opening.reindex(closing.index.union(opening.index)).fillna(0.0)
    before = closing.reindex(after.index).fillna(0.0)
    same = np.rint((after - before) * 100) == 0
    return float(after.sum()) if same.all() else float(after.sum() + (after - before).abs().sum())


def book_flows(
    ledger: Ledger, windows: Sequence[tuple[dt.date, dt.date]], *, observed_on: dt.date | None = None
) -> list[dict[str, float]]:
    """Return the flows of each window from the rows of the book, in exact decimals and without a customer.

    Parameters
    ----------
    ledger
        The ledger.
    windows
        Each begins on the day after its first.
    observed_on
        The day whose knowledge counts; the last day of the ledger where None.
    """
    seen = ledger.last_known if observed_on is None else observed_on
    sign = " ".join(f"WHEN '{kind}' THEN {sign} * amount" for kind, sign in BALANCE_SIGN.items())
    with attached(ledger) as engine:
        engine.execute(f"CREATE TABLE invoices AS {visible_invoices(ledger, seen)}")
        engine.execute(f"CREATE TABLE postings AS {visible_postings(ledger, seen)}")
        engine.execute(
            f"""
            CREATE TABLE entries AS SELECT *, CASE kind WHEN 'sale' THEN amount {sign} END AS change FROM (
                SELECT document_date AS day, 'sale' AS kind, amount FROM invoices
                UNION ALL
                SELECT value_date, kind, amount FROM postings AS p
                WHERE p.customer_id IS NOT NULL OR p.invoice_id IN (SELECT invoice_id FROM invoices)
            )
            """
        )
        return [_window(engine, start, end) for start, end in windows]


def _window(engine: DuckDBEngine, start: dt.date, end: dt.date) -> dict[str, float]:
    first, last = day_literal(start), day_literal(end)
    sums = {name: f"sum(amount) FILTER (kind = '{kind}' AND day > {first})" for name, kind in _KINDS.items()}
    sums |= {"sales": f"sum(amount) FILTER (kind = 'sale' AND day > {first})"}
    sums |= {"opening": f"sum(change) FILTER (day <= {first})", "closing": "sum(change)"}
    picked = ", ".join(f"CAST(coalesce({text}, 0) AS DOUBLE) AS {name}" for name, text in sums.items())
    upto = f"FROM entries WHERE day <= {last}"
    row = engine.frame(f"SELECT {picked} {upto}").iloc[0].to_dict()
    by_day = engine.frame(f"SELECT day, CAST(sum(change) AS DOUBLE) AS change {upto} GROUP BY day")
    change = by_day.assign(day=pd.to_datetime(by_day["day"])).set_index("day")["change"].sort_index()
    # The balance at the end of each day of the window, added up day by day.
    days = pd.date_range(start, end)[1:]
    balance = change.cumsum().round(2).reindex(change.index.union(days)).ffill().fillna(0.0)
    return {**row, "amount_days": float(balance.loc[days].sum())}
