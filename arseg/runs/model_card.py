"""The card of a model: what it learnt from, how good it was, what it cannot know, and until when it may be used.

Plain data first; ``card_page`` draws it. Nothing in it depends on the run's id or on today, so the same inputs give
the same card.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg import __version__
from arseg.backtest.foretold import foretold, horizon_class, measure_foretold
from arseg.runs.card_limits import stand_ins, what_it_cannot_know
from arseg.runs.card_page import draw_card
from arseg.runs.plain import write_plain
from arseg.schema import CAUSE_NAMES, CAUSES, OPEN, DataError, parse_day

if TYPE_CHECKING:
    from arseg.backtest import BacktestResult, Walk
    from arseg.runs.journal import Run
    from arseg.runs.known_rows import Known

CARD: Final = "model_card.json"
PAGE: Final = "model_card.html"

# States of an item at the key date within which a model must be right too, and the figure that says it.
STATES: Final[Mapping[str, str]] = {"in dispute": "item_disputed", "partly paid": "item_part_paid"}


def observed_window(known: Known) -> dict[str, Any]:
    """Return how much a model learnt from: rows (and how many it could have), customers, key dates, days followed, events by cause.

    Parameters
    ----------
    known
        From ``known_rows.known_rows``.
    """
    days = pd.to_datetime(known.rows["key_date"])
    followed = known.rows["followed_days"]
    events = known.y["event"].value_counts()
    return {
        "rows": len(known.y),
        "drawn_from": max(known.of, len(known.y)),
        "customers": int(known.rows["customer_id"].nunique()),
        "key_dates": int(days.nunique()),
        "first_key_date": days.min().date() if len(days) else None,
        "last_key_date": days.max().date() if len(days) else None,
        "followed_days_most": int(followed.max()) if len(days) else 0,
        "followed_days_half": int(followed.quantile(0.5, interpolation="lower")) if len(days) else 0,
        "events": {CAUSE_NAMES[cause]: int(events.get(cause, 0)) for cause in CAUSES},
        "still_open": int(events.get(OPEN, 0)),
    }


def make_card(run: Run, walk: Walk, result: BacktestResult) -> dict[str, Any]:
    """Return the card of the model that the run publishes, as plain data.

    Parameters
    ----------
    run
        A run whose training stage is done.
    walk
        Its walk.
    result
        The backtest in which the model was fitted anew on what each key date knew.
    """
    selection, known = run.load("selection"), run.load("known")
    dictionary = run.load("dictionary")
    read = dictionary[dictionary["name"].isin(known["reads"])]
    valid_days = run.experiment.training.valid_days
    return {
        "model": selection["model"],
        "asked_for": selection["asked"],
        "chosen_because": selection["why"],
        "compared": selection["compared"],
        "arseg": __version__,
        "experiment": run.experiment.name,
        "experiment_hash": run.experiment.experiment_hash,
        "key_date": run.key_date,
        "valid_until": run.key_date + dt.timedelta(days=valid_days),
        "valid_days": valid_days,
        "data": {"ledger": walk.ledger.name, "ledger_hash": walk.ledger.content_hash, **known["window"]},
        "features": read[["name", "unit", "meaning", "block"]].to_dict("records"),
        "features_offered": len(dictionary),
        "what_counts": run.load("what_counts"),
        "protected": stand_ins(read, own_blocks=run.blocks_folder is not None),
        "limits": what_it_cannot_know(run, known["window"], horizon_days=result.horizon_days),
        "backtest": _judged(walk, result),
    }


def _judged(walk: Walk, result: BacktestResult) -> dict[str, Any]:
    """Return what the walk-forward backtest says of the model."""
    rows = foretold(result.items, result.outcomes)
    drawn = {"draws": walk.plan.draws, "seed": walk.plan.seed}
    told = {
        "key_dates": list(result.key_dates),
        "observed_on": result.observed_on,
        "horizon_days": result.horizon_days,
        "log_loss": _records(result.accuracy),
        "tenths": _records(result.calibration),
    }
    if rows.empty:
        return told | {"measures": [], "by_horizon": [], "by_state": []}
    return told | {
        "measures": _records(measure_foretold(rows, **drawn)),
        "by_horizon": _records(measure_foretold(rows, horizon_class(rows["late_day"]), **drawn)),
        "by_state": [
            record
            for name, figure in STATES.items()
            if (groups := _state(walk, rows, name, figure)) is not None
            for record in _records(measure_foretold(rows, groups, **drawn))
        ],
    }


def _state(walk: Walk, rows: pd.DataFrame, name: str, figure: str) -> pd.Series | None:
    """Return whether each item was in a state at its key date; None where the book does not know or none was."""
    marks = [walk.landmark(parse_day(day)).features for day in rows["key_date"].unique()]
    if any(figure not in mark.items for mark in marks):
        return None
    keys = ["invoice_id", "key_date"]
    states = [
        mark.items[["invoice_id", figure]].assign(key_date=pd.Timestamp(mark.key_date)) for mark in marks
    ]
    found = rows[keys].merge(pd.concat(states), on=keys, how="left")[figure]
    if not (found > 0).any():
        return None
    return pd.Series(found.gt(0).map({True: name, False: f"not {name}"}).to_numpy(), index=rows.index)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain data, None where a value is not known."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def keep_card(run: Run, card: Mapping[str, Any]) -> None:
    """Leave the card for the publication, and beside the stored model, so that it goes wherever the model goes.

    Parameters
    ----------
    run
        The run.
    card
        From ``make_card``.
    """
    for folder in (run.to_publish, run.work / "model"):
        write_plain(folder / CARD, card)
        (folder / PAGE).write_text(draw_card(card), encoding="utf-8")


def overdue(card: Mapping[str, Any], day: str | dt.date) -> str:
    """Return by how much a model is past its use on a day, in words; empty while it may be used.

    Parameters
    ----------
    card
        A card, as kept.
    day
        The day on which the model is asked.

    Raises
    ------
    DataError
        If the card does not say until when the model may be used.

    Examples
    --------
    >>> card = {"model": "DiscreteHazard()", "valid_until": "2026-03-31"}
    >>> overdue(card, "2026-03-31"), overdue(card, "2026-04-02")
    ('', 'OVERDUE: DiscreteHazard() may be used until 2026-03-31; 2026-04-02 is 2 days later')
    """
    if not card.get("valid_until"):
        raise DataError(
            "the card does not say until when the model may be used",
            given=sorted(card),
            allowed="valid_until, an ISO day",
            do="train the model again",
        )
    until, asked = parse_day(card["valid_until"]), parse_day(day)
    late = (asked - until).days
    if late <= 0:
        return ""
    days = f"{late} day{'' if late == 1 else 's'}"
    return f"OVERDUE: {card['model']} may be used until {until}; {asked} is {days} later"
