"""Question (a): do segments of a past day separate what came later."""

from __future__ import annotations

from pathlib import Path

from arseg.backtest.contest import BacktestResult
from arseg.backtest.questions.answer import Answer
from arseg.backtest.segment_discrimination import discriminate_segments, read_contacts
from arseg.backtest.warned import WITHIN_DAYS, warn_early
from arseg.ledger import Ledger

LONGEST: int = 90


def ask_discrimination(
    ledger: Ledger,
    result: BacktestResult,
    *,
    draws: int = 500,
    seed: int = 0,
    warn_within_days: int = WITHIN_DAYS,
    cache: Path | None = None,
) -> Answer:
    """Return how well segments told later outcomes apart, and how early risk warned.

    Parameters
    ----------
    ledger
        The ledger, for the contacts that the desk made.
    result
        A backtest.
    draws, seed
        Customer-clustered bootstrap.
    warn_within_days
        How long an alarm may precede its loss.
    cache
        As for ``observe_outcomes``.

    Returns
    -------
    answer
        Tables ``segment_shares`` and ``segment_curves`` (observed against expected), ``ranking`` and ``lift``,
        ``separation_pairs`` and ``separation_order``, ``contact_errors`` (over- and under-contact), ``contacted``,
        ``early_warning``.
    """
    contacts = read_contacts(ledger, result.key_dates, observed_on=result.observed_on, cache=cache)
    found = discriminate_segments(
        result, contacts=contacts, loss_age=min(LONGEST, result.horizon_days), draws=draws, seed=seed
    )
    warned = warn_early(result, within_days=warn_within_days)
    notes = list(found.notes)
    if not warned["alarms"].any():
        notes.append(
            f"early warning: no alarm could be followed for {warn_within_days} days, so none can be called false"
        )
    return Answer(
        "discrimination",
        {
            "segment_shares": found.segments,
            "segment_curves": found.curves,
            "ranking": found.ranking,
            "lift": found.lift,
            "separation_pairs": found.pairs,
            "separation_order": found.order,
            "contact_errors": found.errors,
            "contacted": found.contacted,
            "early_warning": warned,
        },
        tuple(notes),
    )
