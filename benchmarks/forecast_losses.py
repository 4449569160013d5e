"""The four provision methods against the known loss of a book: steady, growing, and under a shock.

Every invoice's fate is drawn: 85 % pay about the due day, 12 % slowly, 3 % badly, and half of those are written off 180
days after due. What the open items of the key day will lose is therefore known. The model's part is played by one that knows the
chance of loss by age from finished invoices: what it is told here is how the method turns curves into rates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from arseg.forecast.aging import aging_bucket
from arseg.forecast.model_loss import expected_losses, model_rates
from arseg.forecast.provision import allowance_of, provision_matrix
from arseg.forecast.reached_buckets import reached_rates, standing_buckets
from arseg.forecast.reconciliation import in_coarse_buckets
from arseg.forecast.roll_rates import roll_rates, track_step
from arseg.forecast.transitions import transition_rates
from arseg.schema import AGING_NAMES

DAYS, TERMS, WRITTEN_OFF, STEPS = 1500, 30, 180, 24
KEY_DAY: Final = DAYS - WRITTEN_OFF - TERMS
EDGES: Final = (1, 31, 61, 91, 121, 151)
NAMES: Final = (*AGING_NAMES[:4], "91-120", "121-150", "over 150")
BOOKS: Final = {"steady": (0.0, 1.0), "growth of 4 % a month": (0.04, 1.0), "shock, losses x 2.5": (0.0, 2.5)}


@dataclass(frozen=True)
class Fates:
    """Of each invoice: day of issue, days past due on which it ends, whether by write-off, amount."""

    issued: np.ndarray
    ends: np.ndarray
    lost: np.ndarray
    amount: np.ndarray

    def outcomes(self, day: int, followed: int) -> tuple[pd.DataFrame, pd.Series]:
        """Return what came of the items open on a day within so many days, and their days past due."""
        rows = np.flatnonzero((self.issued <= day) & (self.issued + TERMS + self.ends > day))
        over = day - self.issued[rows] - TERMS
        ended, amount = self.ends[rows] - over <= followed, self.amount[rows]
        frame = pd.DataFrame(
            {
                "invoice_id": rows.astype(str),
                "customer_id": rows.astype(str),
                "balance": amount,
                "cash": np.where(ended & ~self.lost[rows], amount, 0.0),
                "credited": 0.0,
                "written_off": np.where(ended & self.lost[rows], amount, 0.0),
                "followed_days": followed,
            }
        )
        return frame, pd.Series(over)


def drawn(growth: float, shock: float, seed: int) -> Fates:
    """Draw a book; a shock strikes who was invoiced in the last 100 days before the key day."""
    rng = np.random.default_rng(seed)
    daily = 150 * (1 + growth) ** (np.arange(DAYS) / 30) / (1 + growth) ** (DAYS / 60)
    issued = np.repeat(np.arange(DAYS), rng.poisson(daily))
    n = len(issued)
    bad = 0.03 * np.where(issued > KEY_DAY - 100, shock, 1.0)
    kind = rng.random(n)
    prompt, slow = np.round(rng.normal(2, 6, n)), np.round(rng.exponential(35, n))
    late = rng.integers(40, 170, n)
    lost = (kind < bad) & (rng.random(n) < 0.5)
    ends = np.where(kind < bad, np.where(lost, WRITTEN_OFF, late), np.where(kind < bad + 0.12, slow, prompt))
    return Fates(issued, np.maximum(ends, 1 - TERMS).astype(int), lost, np.round(rng.lognormal(6, 0.5, n), 2))


def _vintages(fates: Fates, _: pd.DataFrame) -> pd.DataFrame:
    days = [KEY_DAY - WRITTEN_OFF - TERMS - 30 * back for back in range(STEPS)]
    parts = [fates.outcomes(day, WRITTEN_OFF + TERMS) for day in days]
    frame, over = pd.concat([p[0] for p in parts]), pd.concat([p[1] for p in parts])
    return reached_rates(standing_buckets(frame, over), by_segment=False)


def _chained(method: Callable[..., pd.DataFrame]) -> Callable[[Fates, pd.DataFrame], pd.DataFrame]:
    def rates(fates: Fates, items: pd.DataFrame) -> pd.DataFrame:
        days = [KEY_DAY - 30 * back for back in range(1, STEPS + 1)]
        tracked = pd.concat([track_step(*fates.outcomes(d, 30), edges=EDGES, names=NAMES) for d in days])
        own = items.assign(fine_bucket=aging_bucket(items["over"].to_numpy(), edges=EDGES, names=NAMES))
        return in_coarse_buckets(own, method(tracked, by_segment=False, names=NAMES), names=AGING_NAMES)

    return rates


def _model(fates: Fates, items: pd.DataFrame) -> pd.DataFrame:
    done = fates.issued + TERMS + WRITTEN_OFF < KEY_DAY
    ages = np.arange(-TERMS, WRITTEN_OFF)
    reached = np.array([(done & (fates.ends > age)).sum() for age in ages])
    curves = np.interp(items["over"], ages, (done & fates.lost).sum() / reached)[:, None]
    loss = expected_losses(items["balance"], curves, [WRITTEN_OFF])
    return model_rates(items.assign(expected_loss=loss), by_segment=False, names=AGING_NAMES)


METHODS: Final[dict[str, Callable[[Fates, pd.DataFrame], pd.DataFrame]]] = {
    "vintages": _vintages,
    "roll rates": _chained(roll_rates),
    "transition matrix": _chained(transition_rates),
    "model": _model,
}


def losses(seeds: int) -> dict[str, Any]:
    """Return, by book and method, the allowance over the loss that came, less one: mean, least and most over seeds."""
    found: dict[str, Any] = {"seeds": seeds, "allowance_over_loss": {}}
    for book, (growth, shock) in BOOKS.items():
        errors: dict[str, list[float]] = {name: [] for name in METHODS}
        for seed in range(1, seeds + 1):
            fates = drawn(growth, shock, seed)
            outcomes, over = fates.outcomes(KEY_DAY, WRITTEN_OFF + TERMS)
            items = outcomes[["customer_id", "balance"]].assign(
                bucket=aging_bucket(over.to_numpy()), over=over
            )
            for name, method in METHODS.items():
                allowance = float(allowance_of(provision_matrix(items, method(fates, items))))
                errors[name].append(allowance / float(outcomes["written_off"].sum()) - 1)
        found["allowance_over_loss"][book] = {
            name: {
                "mean": round(float(np.mean(seen)), 4),
                "least": round(min(seen), 4),
                "most": round(max(seen), 4),
            }
            for name, seen in errors.items()
        }
    return found
