"""The four methods against the truth of a book whose every invoice's fate is known: steady, growing, shocked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.aging import aging_bucket
from arseg.forecast.model_loss import expected_losses, model_rates
from arseg.forecast.provision import allowance_of, provision_matrix
from arseg.forecast.reached_buckets import Vintages, reached_buckets, reached_rates, standing_buckets
from arseg.forecast.reconciliation import in_coarse_buckets
from arseg.forecast.roll_rates import roll_rates, track_step
from arseg.forecast.transitions import transition_rates
from arseg.schema import AGING_NAMES

FIRST = pd.Timestamp("2020-01-01")
DAYS, TERMS, WRITTEN_OFF = 1500, 30, 180
KEY_DAY = DAYS - WRITTEN_OFF - TERMS


@dataclass(frozen=True)
class Fates:
    """Of each invoice: day of issue, days past due on which it ends, whether by write-off, amount."""

    issued: np.ndarray
    ends: np.ndarray
    lost: np.ndarray
    amount: np.ndarray

    def open_on(self, day: int) -> np.ndarray:
        return np.flatnonzero((self.issued <= day) & (self.issued + TERMS + self.ends > day))

    def past_due(self, rows: np.ndarray, day: int) -> np.ndarray:
        return day - self.issued[rows] - TERMS


@cache
def _draw(*, growth: float = 0.0, shock: float = 1.0, seed: int = 11) -> Fates:
    """Draw 85 % prompt payers, 12 % slow ones, 3 % bad ones of whom half are written off on day 180."""
    rng = np.random.default_rng(seed)
    daily = 150 * (1 + growth) ** (np.arange(DAYS) / 30) / (1 + growth) ** (DAYS / 60)
    issued = np.repeat(np.arange(DAYS), rng.poisson(daily))
    n = len(issued)
    # The shock strikes who was invoiced in the last 100 days.
    bad = 0.03 * np.where(issued > KEY_DAY - 100, shock, 1.0)
    kind = rng.random(n)
    prompt, slow = np.round(rng.normal(2, 6, n)), np.round(rng.exponential(35, n))
    late = rng.integers(40, 170, n)
    lost = (kind < bad) & (rng.random(n) < 0.5)
    ends = np.where(kind < bad, np.where(lost, WRITTEN_OFF, late), np.where(kind < bad + 0.12, slow, prompt))
    return Fates(issued, np.maximum(ends, 1 - TERMS).astype(int), lost, np.round(rng.lognormal(6, 0.5, n), 2))


# Followed in steps to the day of write-off: within a bucket older money is worse, and a chain takes it as alike.
FINE_EDGES = (1, 31, 61, 91, 121, 151)
FINE_NAMES = (*AGING_NAMES[:4], "91-120", "121-150", "over 150")


def _outcomes(fates: Fates, day: int, followed: int) -> tuple[pd.DataFrame, pd.Series]:
    rows = fates.open_on(day)
    over = fates.past_due(rows, day)
    ended = fates.ends[rows] - over <= followed
    amount = fates.amount[rows]
    frame = pd.DataFrame(
        {
            "invoice_id": rows.astype(str),
            "customer_id": rows.astype(str),
            "balance": amount,
            "cash": np.where(ended & ~fates.lost[rows], amount, 0.0),
            "credited": 0.0,
            "written_off": np.where(ended & fates.lost[rows], amount, 0.0),
            "followed_days": followed,
        }
    )
    return frame, pd.Series(over)


def _items(fates: Fates) -> tuple[pd.DataFrame, float]:
    outcomes, over = _outcomes(fates, KEY_DAY, WRITTEN_OFF + TERMS)
    items = outcomes[["customer_id", "balance"]].assign(bucket=aging_bucket(over.to_numpy()), over=over)
    return items, float(outcomes["written_off"].sum())


def _vintages(fates: Fates, _: pd.DataFrame) -> pd.DataFrame:
    ids = np.arange(len(fates.issued)).astype(str)
    due = FIRST + pd.to_timedelta(fates.issued + TERMS, unit="D")
    invoices = pd.DataFrame({"invoice_id": ids, "customer_id": ids, "due_date": due, "amount": fates.amount})
    postings = pd.DataFrame(
        {
            "invoice_id": ids,
            "kind": np.where(fates.lost, "write_off", "payment"),
            "amount": fates.amount,
            "value_date": due + pd.to_timedelta(fates.ends, unit="D"),
        }
    )
    # A third of the invoices says it as well.
    invoices, postings = invoices.iloc[::3], postings.iloc[::3]
    known = Vintages(FIRST + pd.Timedelta(days=KEY_DAY), mature_days=WRITTEN_OFF)
    return reached_rates(reached_buckets(invoices, postings, known), by_segment=False)


def _standing(fates: Fates, _: pd.DataFrame) -> pd.DataFrame:
    days = [KEY_DAY - WRITTEN_OFF - TERMS - 30 * back for back in range(24)]
    parts = [_outcomes(fates, day, WRITTEN_OFF + TERMS) for day in days]
    frame, over = pd.concat([p[0] for p in parts]), pd.concat([p[1] for p in parts])
    return reached_rates(standing_buckets(frame, over), by_segment=False)


def _tracked(fates: Fates) -> pd.DataFrame:
    days = [KEY_DAY - 30 * back for back in range(1, 25)]
    return pd.concat([track_step(*_outcomes(fates, d, 30), edges=FINE_EDGES, names=FINE_NAMES) for d in days])


def _coarse(items: pd.DataFrame, fine: pd.DataFrame) -> pd.DataFrame:
    own = items.assign(fine_bucket=aging_bucket(items["over"].to_numpy(), edges=FINE_EDGES, names=FINE_NAMES))
    return in_coarse_buckets(own, fine, names=AGING_NAMES)


def _rolls(fates: Fates, items: pd.DataFrame) -> pd.DataFrame:
    return _coarse(items, roll_rates(_tracked(fates), by_segment=False, names=FINE_NAMES))


def _chain(fates: Fates, items: pd.DataFrame) -> pd.DataFrame:
    return _coarse(items, transition_rates(_tracked(fates), by_segment=False, names=FINE_NAMES))


def _coarse_chain(fates: Fates, _: pd.DataFrame) -> pd.DataFrame:
    days = [KEY_DAY - 30 * back for back in range(1, 25)]
    tracked = pd.concat([track_step(*_outcomes(fates, day, 30)) for day in days])
    return transition_rates(tracked, by_segment=False)


def _model(fates: Fates, items: pd.DataFrame) -> pd.DataFrame:
    """Return the rates of a model that knows the chance of loss by days past due, from finished invoices."""
    done = fates.issued + TERMS + WRITTEN_OFF < KEY_DAY
    ages = np.arange(-TERMS, WRITTEN_OFF)
    reached = np.array([(done & (fates.ends > age)).sum() for age in ages])
    chance = (done & fates.lost).sum() / reached
    curves = np.interp(items["over"], ages, chance)[:, None]
    loss = expected_losses(items["balance"], curves, [WRITTEN_OFF])
    return model_rates(items.assign(expected_loss=loss), by_segment=False, names=AGING_NAMES)


METHODS: dict[str, Callable[[Fates, pd.DataFrame], pd.DataFrame]] = {
    "standing": _standing,
    "rolls": _rolls,
    "chain": _chain,
    "model": _model,
}


def _error(method: Callable[[Fates, pd.DataFrame], pd.DataFrame], fates: Fates) -> float:
    items, truth = _items(fates)
    return float(allowance_of(provision_matrix(items, method(fates, items)))) / truth - 1


@pytest.mark.parametrize("name", METHODS)
def test_in_a_steady_book_every_method_is_within_a_tenth_of_the_loss(name: str) -> None:
    assert abs(_error(METHODS[name], _draw())) < 0.10


def test_a_chain_whose_last_bucket_is_wide_understates_it() -> None:
    assert _error(_coarse_chain, _draw()) < _error(_chain, _draw()) - 0.03


def test_vintages_of_what_entered_a_bucket_understate_what_stands_in_it() -> None:
    assert _error(_vintages, _draw()) < -0.2


@pytest.mark.parametrize("name", METHODS)
def test_a_shock_that_history_has_not_seen_is_understated_by_every_method(name: str) -> None:
    assert _error(METHODS[name], _draw(shock=2.5)) < -0.10
