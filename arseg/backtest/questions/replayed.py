"""Question (b): what came to those each policy would have picked, under the treatments actually given."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from arseg.backtest.contest import BacktestResult
from arseg.backtest.history_check import reproduce_history
from arseg.backtest.questions.answer import Answer
from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.receivables_change import explain_dso
from arseg.backtest.receivables_report import report_receivables
from arseg.backtest.recorded import Recorded
from arseg.ledger import Ledger
from arseg.schema import SEGMENTS, DataError
from arseg.schema.days import month_end


def last_window_end(result: BacktestResult) -> dt.date:
    """Return the day on which the last window of a replay ends: the next month-end, as far as it is known."""
    return min(month_end(max(result.key_dates), back=-1), result.observed_on)


def period_of(ledger: Ledger, result: BacktestResult, *, cache: Path | None = None) -> ReceivablesBook:
    """Return the whole period of a replay as one reporting period; ``cache`` as in ``take_snapshots``."""
    start, end = min(result.key_dates), last_window_end(result)
    return read_book(ledger, start, end, observed_on=result.observed_on, cache=cache)


def ask_replay(
    ledger: Ledger,
    result: BacktestResult,
    *,
    period: ReceivablesBook | None = None,
    minute_cost: float | None = None,
    draws: int = 500,
    seed: int = 0,
) -> Answer:
    """Return the receivables measures by segment, and whether history is reproduced to the cent.

    Parameters
    ----------
    ledger
        The ledger.
    result
        A backtest.
    period
        As from ``period_of``, where it was read already.
    minute_cost
        Cost of a collector's minute, reporting currency.
    draws, seed
        Customer-clustered bootstrap.

    Returns
    -------
    answer
        Tables ``receivables`` (every measure of the period by segment of the policy in force, frozen at its start),
        ``roll_rates``, ``dso_change``, ``reproduced`` (each flow of each window, replayed and as the book has it),
        ``measures_apart`` (before and in the final window), ``chosen_cuts``.
    """
    book = period_of(ledger, result) if period is None else period
    frozen = _segments_at(result, min(result.key_dates))
    report = report_receivables(book, frozen, minute_cost=minute_cost, draws=draws, seed=seed)
    recorded, whose = really_in_force(ledger, result)
    history = reproduce_history(
        ledger,
        [*result.key_dates, last_window_end(result)],
        recorded=recorded,
        observed_on=result.observed_on,
    )
    change, notes = _change(book, frozen)
    return Answer(
        "replay",
        {
            "receivables": report.measures,
            "roll_rates": report.rolls,
            "dso_change": change,
            "reproduced": history,
            "measures_apart": result.measures_apart,
            "chosen_cuts": result.choices.astype({"chosen_on": "str"}),
        },
        (*result.protocol, history_words(history, whose), *notes),
    )


def history_words(history: pd.DataFrame, whose: str) -> str:
    """Return whether history was reproduced, in a sentence.

    Examples
    --------
    >>> history_words(pd.DataFrame({"key_date": ["2025-01-31"] * 2, "flow": ["cash", "sales"], "cents": [0, -3]}), "AgingBuckets()")
    'the segments of AgingBuckets() miss the book: 1 of 2 flows are off, by up to 3 cents'
    """
    off = history.loc[history["cents"] != 0, "cents"].abs()
    if not len(off):
        windows = history["key_date"].nunique()
        return f"the segments of {whose} reproduce the book to the cent: {len(history)} flows in {windows} windows"
    return (
        f"the segments of {whose} miss the book: {len(off)} of {len(history)} flows are off, by up to"
        f" {int(off.max())} cents"
    )


def really_in_force(ledger: Ledger, result: BacktestResult) -> tuple[Recorded, str]:
    """Return the segments that were given: those the ledger recorded, else those of the policy in force; and whose."""
    try:
        recorded = Recorded.read(ledger, known_by=result.observed_on)
    except DataError:
        pass
    else:
        known = pd.to_datetime(recorded.table["known_on"]) <= pd.Timestamp(min(result.key_dates))
        if known.any():
            return recorded, "the desk, as recorded,"
    own = result.rows[(result.rows["policy"] == result.in_force) & result.rows["segment"].isin(SEGMENTS)]
    table = own[["customer_id", "key_date", "segment"]].assign(known_on=own["key_date"])
    return Recorded(result.in_force, table.reset_index(drop=True)), result.in_force


def _segments_at(result: BacktestResult, day: dt.date) -> pd.Series:
    rows = result.rows
    own = rows[(rows["policy"] == result.in_force) & (rows["key_date"] == pd.Timestamp(day))]
    given = own[own["segment"].isin(SEGMENTS)]
    return given.set_index("customer_id")["segment"]


def _change(book: ReceivablesBook, frozen: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    try:
        return explain_dso(book, frozen), ()
    except DataError as problem:
        empty = pd.DataFrame(columns=["factor", "before", "after", "effect"])
        return empty, (f"the change of DSO is not explained: {problem.what}",)
