"""A desk whose calls bring payment forward by a known amount, and that logs whom it left alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import desk_rows
from arseg.features import Features
from arseg.schema import PROFILE

HALF_LIFE = 7.0
DAYS = 40


@dataclass(frozen=True)
class Desk:
    """Items at their key date, what became of them, and the log of the desk."""

    X: pd.DataFrame
    y: pd.DataFrame
    log: pd.DataFrame


def draw_desk(rows: int, *, call: float = 0.8, email: float = 0.0, seed: int = 0) -> Desk:
    """Draw a desk that decides by lot every week on what is past due: to call, to write, or to leave it alone.

    A fifth of the items is not due for months; 1 in 200 is written off each day once it is 20 days late.
    """
    rng = np.random.default_rng(seed)
    age = np.where(rng.random(rows) < 0.2, -90, rng.integers(1, 30, rows))
    slow = rng.normal(size=rows)
    turn, stock, is_open = rng.integers(1, 8, rows), np.zeros(rows), np.ones(rows, bool)
    duration, event, made = np.full(rows, DAYS), np.zeros(rows, int), []
    for day in range(1, DAYS + 1):
        rate = 0.05 * np.exp(-0.8 * slow + stock) * (age + day > 0)
        paid = is_open & (rng.random(rows) < -np.expm1(-rate))
        lost = is_open & ~paid & (age + day > 20) & (rng.random(rows) < 0.005)
        duration[paid | lost] = day
        event[paid], event[lost] = 1, 3
        is_open &= ~(paid | lost)
        action = rng.choice(3, rows, p=[0.4, 0.3, 0.3])
        due = np.flatnonzero(is_open & (age + day > 0) & (day % 7 == turn % 7))
        made.append(np.column_stack([due, np.full(len(due), day), action[due]]))
        stock = stock * 2 ** (-1 / HALF_LIFE)
        stock[due] += np.array([0.0, email, call])[action[due]]
    table = np.vstack(made)
    words = np.array([["none", "none"], ["email", "nudge"], ["call", "firm"]])[table[:, 2]]
    log = pd.DataFrame(
        {"row": table[:, 0], "day": table[:, 1], "channel": words[:, 0], "tone": words[:, 1]}
    ).assign(invoice_id=lambda frame: frame["row"].map("I{:06d}".format))
    X = pd.DataFrame(
        {
            "days_past_due": age.astype(float),
            "terms_days": 30.0,
            "key_day": 19_800.0,
            "balance": rng.lognormal(7, 1, rows),
            "slow": slow,
        },
        index=pd.Index([f"I{row:06d}" for row in range(rows)], name="invoice_id"),
    )
    return Desk(X, pd.DataFrame({"event": event, "duration": duration}), log)


@dataclass
class FakeWalk:
    """A walk with one month-end, which is the key date's as well."""

    features: Features
    ledger: object = None
    cache: None = None
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    plan: Any = field(default_factory=lambda: SimpleNamespace(seed=0))

    def landmarks(self, key_date: dt.date) -> list[Any]:
        return [SimpleNamespace(key_date=key_date - dt.timedelta(days=61), features=self.features)]

    def landmark(self, key_date: dt.date) -> Any:
        del key_date
        return SimpleNamespace(features=self.features)

    def known_until(self, key_date: dt.date) -> dt.date:
        return key_date - dt.timedelta(days=10)

    def known(self, mark: Any, key_date: dt.date, *, most: int | None = None) -> pd.DataFrame:
        del key_date
        return mark.features.matrix().join(self.outcomes, how="inner").head(most or len(self.outcomes))


def fake_walk(seen: Desk) -> FakeWalk:
    """Return a walk over what a desk saw."""
    items = seen.X.reset_index()
    items.insert(1, "customer_id", [f"C{place % 100:03d}" for place in range(len(items))])
    customers = pd.DataFrame({"customer_id": sorted(set(items["customer_id"]))})
    profile = customers.assign(**dict.fromkeys(PROFILE, ""))
    blocks = pd.DataFrame({"block": []})
    features = Features(dt.date(2025, 11, 30), items, customers, blocks, profile)
    return FakeWalk(features, outcomes=seen.y.set_index(seen.X.index))


def tell(monkeypatch: pytest.MonkeyPatch, seen: Desk, *, propensity: float = 0.4, share: float = 1.0) -> None:
    """Let the ledger tell of a desk."""
    log = seen.log[seen.log["row"] < share * len(seen.X)].drop(columns="row")
    alone = log["channel"] == "none"
    made, left = log[~alone], log.loc[alone, ["invoice_id", "day"]].assign(propensity=propensity)
    for name, frame in {"observe_contacts": made, "observe_left_alone": left}.items():
        monkeypatch.setattr(desk_rows, name, lambda *_, frame=frame, **__: frame)
