"""A candidate beside the champion: horizon log-loss, calibration, and what the policy made of each, on the same days.

Both are judged on the same customers of the last key dates whose outcomes were known when the candidate was taught. A
candidate has learnt from those outcomes, so its kind is taught anew on what each day knew. The champion stands as it
was approved wherever it was taught before those days, and is else taught anew as well. The difference is paired by
item, with an interval over customers (science 7.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd

from arseg.backtest import BacktestResult, contest, mature_key_dates
from arseg.backtest.foretold import foretold, measure_foretold
from arseg.backtest.intervals import draw_customers, ratio_interval
from arseg.models import load_model
from arseg.runs.assigning import published_policy
from arseg.runs.learning import LATER, chosen_model, made, patient
from arseg.runs.sections import Part
from arseg.runs.stages import open_walk
from arseg.runs.walked import load_walk
from arseg.schema import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from arseg.backtest import Walk
    from arseg.models import TimeToPayment
    from arseg.runs.journal import Run

_TINY: Final = 1e-6
# Of the policy's replay, what a reader of a promotion asks for.
_POLICY: Final = ["measure", "segment", "value", "low", "high", "unit"]
_JUDGED: Final = ("log_loss", "brier", "gap")


@dataclass(frozen=True)
class Champ:
    """The champion as a comparison needs it: how it is declared, where it is stored, and what taught it."""

    part: Part
    folder: Path
    key_date: dt.date


class AsTaught:
    """A stored model where a backtest would teach one: it stays as it is.

    Parameters
    ----------
    model
        Fitted.
    """

    def __init__(self, model: TimeToPayment) -> None:
        self.model = model
        self.causes_ = model.causes_

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: Any = None) -> Self:  # noqa: ARG002
        """Return it unchanged."""
        return self

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Any) -> Any:
        """Return what the stored model says."""
        return self.model.predict_cumulative_incidence(X, times)

    def to_dict(self) -> dict[str, Any]:
        """Return the stored model as plain data."""
        return self.model.to_dict()

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Refuse: it is never stored itself."""
        raise NotImplementedError(stored.get("model"))


def compare_with(run: Run, champ: Champ | None) -> dict[str, Any]:
    """Return how the model of a finished run does beside the champion, or beside a baseline where there is none.

    Parameters
    ----------
    run
        Of the candidate, with the month-ends that it kept.
    champ
        The champion.

    Returns
    -------
    dict
        ``candidate, against, basis, key_dates, observed_on, difference`` (log-loss of the candidate less that of the
        other, with ``low`` and ``high``; below 0 is better), ``verdict``, and of both ``judged`` and ``policy``.
        Where no key date could be judged, ``note`` says why and nothing else is there.
    """
    walk = patient(run, load_walk(run, open_walk(run)))
    days = _days(run, walk)
    candidate = made(chosen_model(run))
    other, words, days = _other(run, champ, days)
    told: dict[str, Any] = {"candidate": repr(candidate), "against": words, "observed_on": run.key_date}
    try:
        own, its = (_judged(run, walk, model, days) for model in (candidate, other))
        rows = _paired(own, its)
    except DataError as problem:
        return told | {"note": f"nothing could be compared: {problem.what} ({problem.given})"}
    difference = paired_loss(rows, draws=walk.plan.draws, seed=walk.plan.seed)
    return told | {
        "key_dates": list(own.key_dates),
        "difference": difference,
        "verdict": verdict(difference),
        "in_words": in_words(difference),
        "sides": {"candidate": _side(own, walk), "other": _side(its, walk)},
    }


def paired_loss(rows: pd.DataFrame, *, draws: int, seed: int) -> dict[str, Any]:
    """Return the amount-weighted log-loss of one model less that of another, on the same items.

    Parameters
    ----------
    rows
        ``customer_id, balance, came, said, said_other``.
    draws, seed
        Of customers.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["a", "b"], "balance": 1.0, "came": 1.0, "said": 0.9, "said_other": 0.6})
    >>> paired_loss(rows, draws=10, seed=1)["value"]
    -0.405465
    """
    weight = rows["balance"].to_numpy(dtype=np.float64)
    apart = (_loss(rows, "said") - _loss(rows, "said_other")) * weight
    code, names = pd.factorize(rows["customer_id"])
    top, under = (np.bincount(code, each, len(names)).astype(np.float64)[:, None] for each in (apart, weight))
    low, high = ratio_interval(top, under, draw_customers(len(names), draws=draws, seed=seed))
    ends = [None if np.isnan(end) else round(float(end), 6) for end in (low[0], high[0])]
    value = round(float(apart.sum() / weight.sum()), 6)
    return {"value": value, "low": ends[0], "high": ends[1], "items": len(rows), "customers": len(names)}


def verdict(difference: Mapping[str, Any]) -> str:
    """Return whether the candidate is better, worse, or not told apart from the other.

    Examples
    --------
    >>> verdict({"value": -0.1, "low": -0.2, "high": -0.05}), verdict({"value": 0.1, "low": None, "high": None})
    ('better', 'not told apart')
    """
    low, high = difference["low"], difference["high"]
    if low is None or low <= 0 <= high:
        return "not told apart"
    return "worse" if low > 0 else "better"


def in_words(difference: Mapping[str, Any]) -> str:
    """Return the difference as a sentence.

    Examples
    --------
    >>> in_words({"value": -0.1, "low": -0.2, "high": -0.05, "items": 90, "customers": 30})
    'log-loss -0.1000 (-0.2000 to -0.0500) on 90 items of 30 customers: better'
    """
    ends = (
        "no interval"
        if difference["low"] is None
        else f"{difference['low']:+.4f} to {difference['high']:+.4f}"
    )
    items = f"{difference['items']:,d} items of {difference['customers']:,d} customers"
    return f"log-loss {difference['value']:+.4f} ({ends}) on {items}: {verdict(difference)}"


def _days(run: Run, walk: Walk) -> tuple[dt.date, ...]:
    """Return the last mature key dates of the candidate's book."""
    first = walk.ledger.first_posting
    asked = mature_key_dates(walk.plan, run.key_date, count=LATER)
    return tuple(day for day in asked if first is not None and day >= first)


def _other(
    run: Run, champ: Champ | None, days: Sequence[dt.date]
) -> tuple[TimeToPayment, str, tuple[dt.date, ...]]:
    """Return what the candidate is compared with, in words too, and the days on which that is fair."""
    if champ is None:
        baselines = [part for part in run.experiment.baselines if part != chosen_model(run)]
        model = made(baselines[0] if baselines else Part(name="KaplanMeierByTerms"))
        return (
            model,
            f"{model!r}, as there is no champion yet; both taught on what each day knew",
            tuple(days),
        )
    unseen = tuple(day for day in days if day >= champ.key_date)
    if unseen:
        words = f"the champion of {champ.key_date} as it was approved; the candidate's kind taught on what each day knew"
        return AsTaught(load_model(champ.folder)), words, unseen
    words = f"the champion of {champ.key_date}, which had learnt from these days: both kinds taught on what each knew"
    return made(champ.part), words, tuple(days)


def _judged(run: Run, walk: Walk, model: TimeToPayment, days: Sequence[dt.date]) -> BacktestResult:
    patient_plan = replace(walk, plan=replace(walk.plan, refit_every=LATER))
    return contest(
        patient_plan, [published_policy(run)], {repr(model): model}, observed_on=run.key_date, key_dates=days
    )


def _paired(own: BacktestResult, its: BacktestResult) -> pd.DataFrame:
    keys = ["invoice_id", "key_date"]
    other = foretold(its.items, its.outcomes)[[*keys, "said"]].rename(columns={"said": "said_other"})
    rows = foretold(own.items, own.outcomes).merge(other, on=keys, validate="1:1")
    if rows.empty:
        raise DataError(
            "no item was judged by both", given="no rows", allowed="one or more", do="promote later"
        )
    return rows


def _side(result: BacktestResult, walk: Walk) -> dict[str, Any]:
    """Return how good one side's probabilities were, and what the policy made of them."""
    drawn = {"draws": walk.plan.draws, "seed": walk.plan.seed}
    judged = measure_foretold(foretold(result.items, result.outcomes), **drawn)
    judged = judged[judged["measure"].isin(_JUDGED)]
    return {
        "judged": _records(judged[["measure", "value", "low", "high"]]),
        "policy": _records(result.measures[_POLICY]),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    numbers = frame.select_dtypes("number").columns
    plain = frame.assign(**{name: frame[name].round(6) for name in numbers}).astype(object)
    return [
        {str(name): value for name, value in row.items()}
        for row in plain.where(frame.notna(), None).to_dict("records")
    ]


def _loss(rows: pd.DataFrame, name: str) -> np.ndarray:
    came = rows["came"].to_numpy(dtype=np.float64)
    inside = np.clip(rows[name].to_numpy(dtype=np.float64), _TINY, 1 - _TINY)
    return np.asarray(-(came * np.log(inside) + (1 - came) * np.log1p(-inside)))
