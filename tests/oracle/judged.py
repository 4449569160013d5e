"""A backtest's frames drawn from a seed, small enough for a loop over every pair."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

DATES = pd.to_datetime(["2025-01-31", "2025-02-28", "2025-03-31"])
NAMES = ("Low", "Medium", "High")


def draw_frames(seed: int = 0, customers: int = 30) -> dict[str, pd.DataFrame]:
    """Return items, outcomes, customers and rows of one policy, ``drawn``, whose segments say something."""
    rng = np.random.default_rng(seed)
    items, outcomes, scored, rows = [], [], [], []
    habit = rng.uniform(0, 1, customers)
    for day in DATES:
        for number in range(customers):
            who = {"customer_id": f"c{number:02d}", "key_date": day}
            risk = float(np.clip(habit[number] + rng.normal(0, 0.2), 0.01, 0.99))
            oldest = int(rng.integers(-30, 80))
            scored.append(
                who
                | {"p_unpaid_30": risk, "oldest_days_past_due": oldest, "mean_days_late": 40 * habit[number]}
            )
            segment = NAMES[int(np.digitize(risk, [0.4, 0.7]))]
            rows.append(who | {"policy": "drawn", "segment": segment})
            for place in range(int(rng.integers(1, 4))):
                late = int(rng.integers(-30, 80))
                day_of_pay = int(rng.integers(1, 30 + 120 * habit[number]))
                followed = 90
                event = int(rng.choice([1, 2, 3], p=[0.85, 0.1, 0.05])) if day_of_pay <= followed else 0
                key = {"invoice_id": f"{day:%m}-{number:02d}-{place}", **who}
                late_day = max(30, 30 - late)
                item = {"balance": float(rng.lognormal(5, 1)), "days_past_due": late, "late_day": late_day}
                told = {"p_unpaid_30": risk, "p_unpaid_60": risk * 0.7, "p_unpaid_90": risk * 0.5}
                items.append(key | item | told)
                came = {
                    "event": event,
                    "duration": min(day_of_pay, followed),
                    "followed_days": followed,
                }
                outcomes.append(key | came)
    frames = {"items": items, "outcomes": outcomes, "customers": scored, "rows": rows}
    return {name: pd.DataFrame(part) for name, part in frames.items()}


def unpaid(row: Mapping[str, float], day: float) -> bool | None:
    """Return whether an item was neither paid nor credited by a day; None where it was not followed so long."""
    if row["followed_days"] < day:
        return None
    return not (row["event"] in (1, 2) and row["duration"] <= day)
