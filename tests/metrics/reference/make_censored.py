"""Writes censored.json: what other libraries say of a small censored book with three causes.

Run with a Python that has hazardous (MIT) and lifelines (MIT); the tests read the JSON only. No two rows end
on one day and no time is a day of censoring: where days tie, the libraries differ from each other.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from hazardous.metrics import (
    aj_calibration_per_event,
    brier_score_incidence,
    concordance_index_incidence,
    integrated_brier_score_incidence,
)
from lifelines import AalenJohansenFitter, KaplanMeierFitter

ROWS, CAUSES = 90, (1, 2, 3)


def draw() -> tuple[pd.DataFrame, np.ndarray]:
    """Return outcomes whose durations are distinct, and predicted daily incidence to day 90."""
    rng = np.random.default_rng(6)
    speed = rng.gamma(3.0, 1 / 3, ROWS)
    duration = np.argsort(np.argsort(rng.exponential(1 / speed))) + 1
    event = rng.choice([0, 1, 2, 3], ROWS, p=[0.35, 0.4, 0.15, 0.1])
    # The last row leaves, so that every day is supported.
    event[duration == ROWS] = 1
    level = 1 - np.exp(-np.outer(speed * rng.lognormal(0, 0.3, ROWS), np.arange(1, ROWS + 1)) / 40)
    shares = rng.dirichlet([6, 2, 2], ROWS)
    return pd.DataFrame({"event": event, "duration": duration}), shares[:, :, None] * level[:, None, :]


def main() -> None:
    """Write the JSON beside this script."""
    y, daily = draw()
    lost = set(y.loc[y["event"] == 0, "duration"])
    times = [day for day in range(20, 80) if day not in lost][::8]
    incidence = np.round(daily[:, :, np.array(times) - 1], 5)
    found: dict = {"brier": {}, "integrated": {}, "concordance": {}, "observed": {}, "calibration": {}}
    for cause in CAUSES:
        own = incidence[:, cause - 1]
        found["brier"][cause] = brier_score_incidence(y, y, own, times, event_of_interest=cause).tolist()
        found["integrated"][cause] = float(
            integrated_brier_score_incidence(y, y, own, np.array(times), event_of_interest=cause)
        )
        found["concordance"][cause] = concordance_index_incidence(
            y, own, y_train=y, time_grid=times, taus=times, event_of_interest=cause
        ).tolist()
        curve = AalenJohansenFitter().fit(y["duration"], y["event"], event_of_interest=cause)
        steps = curve.cumulative_density_.iloc[:, 0]
        found["observed"][cause] = [float(steps[steps.index <= day].iloc[-1]) for day in times]
    with_zero = np.concatenate([np.zeros((ROWS, 3, 1)), incidence], axis=2)
    whole = np.concatenate([1 - with_zero.sum(axis=1, keepdims=True), with_zero], axis=1)
    scores = aj_calibration_per_event(y, [0, *times], whole, min_prop_at_risk=0)
    found["calibration"] = {cause: float(scores[cause]) for cause in CAUSES}
    km = KaplanMeierFitter().fit(y["duration"], y["event"] == 0)
    found["followed"] = [float(km.predict(day)) for day in times]
    content = {
        "libraries": {name: version(name) for name in ("hazardous", "lifelines")},
        "event": y["event"].tolist(),
        "duration": y["duration"].tolist(),
        "times": times,
        "incidence": incidence.tolist(),
        **found,
    }
    Path(__file__).with_name("censored.json").write_text(
        json.dumps(content, allow_nan=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
