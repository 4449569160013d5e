"""Write cox.json: what lifelines and statsmodels make of a small set with one event a day.

Run ``python make_cox.py`` with a Python that has lifelines and statsmodels; the versions are written
down with the figures. One event a day, because lifelines breaks ties by Efron's rule only.
"""

from __future__ import annotations

import json
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import statsmodels
from statsmodels.duration.hazard_regression import PHReg

ROWS = 60


def main() -> None:
    """Draw the set, fit it twice, write both."""
    rng = np.random.default_rng(11)
    x = np.round(np.column_stack([rng.normal(size=ROWS), rng.integers(0, 2, ROWS)]), 3)
    speed = np.exp(0.8 * x[:, 0] - 0.5 * x[:, 1])
    duration = np.argsort(np.argsort(rng.exponential(1 / speed))) * 3 + 1
    event = (rng.random(ROWS) < 0.75).astype(int)
    entry = np.minimum(rng.integers(0, 40, ROWS), duration - 1)
    weight = rng.integers(1, 4, ROWS)
    frame = pd.DataFrame(
        {"a": x[:, 0], "b": x[:, 1], "duration": duration, "event": event, "entry": entry, "weight": weight}
    )
    exact = {"precision": 1e-12, "r_precision": 1e-14}
    columns = ["a", "b", "duration", "event"]
    plain = lifelines.CoxPHFitter().fit(frame[columns], "duration", "event", fit_options=exact)
    late = lifelines.CoxPHFitter().fit(
        frame[[*columns, "entry"]], "duration", "event", entry_col="entry", fit_options=exact
    )
    twice = frame.loc[frame.index.repeat(weight)]
    heavy = PHReg(twice["duration"], twice[["a", "b"]], status=twice["event"], ties="breslow").fit(disp=0)
    # Curves of lifelines stand at the mean of the columns.
    written = {
        "made_with": {"lifelines": lifelines.__version__, "statsmodels": statsmodels.__version__},
        "rows": frame.to_dict("list"),
        "coefficients": plain.params_.tolist(),
        "cumulative_at_mean": {
            str(int(day)): value for day, value in plain.baseline_cumulative_hazard_.iloc[:, 0].items()
        },
        "coefficients_with_entry": late.params_.tolist(),
        "coefficients_with_weight": np.asarray(heavy.params).tolist(),
    }
    Path(__file__).with_name("cox.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
