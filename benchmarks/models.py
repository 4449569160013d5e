"""How good the models are, beside other people's, on the same folds in one run: four public books and two worlds.

Learnt on landmark rows known by a cut, judged on later key dates: log-loss and Brier score of "paid by day h" at 7, 14, 30,
60 and 90 days on the rows followed as long (count and amount weighted, mean over the days), the integrated Brier score
under censoring, Uno's concordance at 30 days, slope of the calibration at 30 days, seconds, CPU seconds. Peers get the
same columns (`models_peers`); one that fails, or is not done in its time, says so. A last case has invoices whose incidence
is known (`models_known`). Peers need ``pip install lifelines scikit-survival hazardous lightgbm``; what is absent is left out.
``--quick`` takes two books, every fourth key date, and our models.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from measuring import measured, report
from models_books import BOOKS, Frames, frames_of
from models_known import TIMES, draw_known, explained
from models_peers import PEERS

HORIZONS: Final = (7, 14, 30, 60, 90)
DAYS: Final = (1, 3, 5, 7, 10, 14, 18, 21, 25, 30, 40, 50, 60, 75, 90)
LEFT_OUT: Final = {"CalibratedModel", "DeclaredPrior"}
LIMIT: Final = 600.0
KNOWN_ROWS: Final = 1_000_000

Row = dict[str, Any]


class Ours:
    """A model of the package behind the two verbs of the peers."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> None:
        """Learn."""
        from arseg.models import make_model

        self.model = make_model(self.name, {}).fit(X, y)

    def incidence(self, X: pd.DataFrame, times: list[int]) -> np.ndarray:
        """Return the incidence, shape (rows, 3, times)."""
        return self.model.predict_cumulative_incidence(X, times)


def made(system: str) -> Any:
    """Return an unfitted model by its name in the table."""
    return PEERS[system]() if system in PEERS else Ours(system)


def judged(frames: Frames, incidence: np.ndarray) -> Row:
    """Return all measures of predictions at ``DAYS``."""
    from arseg.metrics import (
        concordance,
        horizon_brier,
        horizon_calibration,
        horizon_log_loss,
        integrated_brier,
        mean_log_loss,
    )

    y, times = frames.y_test, list(DAYS)
    balance = y["balance"].clip(lower=0).to_numpy()
    losses = {
        name: horizon_log_loss(y, incidence, times, horizons=HORIZONS, weight=weight)
        for name, weight in (("log_loss", None), ("log_loss_amount", balance))
    }
    found = {name: round(mean_log_loss(frame), 4) for name, frame in losses.items()}
    found["log_loss_by_day"] = [round(float(value), 4) for value in losses["log_loss"]["log_loss"]]
    found["brier"] = round(float(horizon_brier(y, incidence, times, horizons=HORIZONS)["brier"].mean()), 4)
    return found | {
        "integrated_brier": _number(lambda: integrated_brier(y, incidence, times)),
        "concordance_30": _number(lambda: concordance(y, incidence[:, 0, DAYS.index(30)], tau=30)),
        "slope_30": _number(lambda: horizon_calibration(y, incidence, times, horizons=[30])["slope"].iloc[0]),
    }


def _number(work: Callable[[], Any]) -> float | None:
    """Return a measure, nothing where this book has too little for it."""
    from arseg.schema import ArsegError

    try:
        found = work()
    except ArsegError:
        return None
    value = found.iloc[0, -1] if isinstance(found, pd.DataFrame) else found
    return round(float(value), 4)


def run_system(system: str, path: str) -> Row:
    """Learn and predict, in a process of its own."""
    warnings.simplefilter("ignore")
    frames = Frames(*(pd.read_parquet(f"{path}-{part}.parquet") for part in ("X", "y", "X_test", "y_test")))
    import time

    model, cpu, wall = made(system), time.process_time(), time.perf_counter()
    try:
        model.fit(frames.X, frames.y)
    except ImportError as problem:
        return {"absent": str(problem)}
    except Exception as problem:  # noqa: BLE001 (whatever a peer fails with is its row in the table)
        return {"failed": f"{type(problem).__name__}: {problem}"[:200]}
    spent = {"fit_seconds": time.perf_counter() - wall, "fit_cpu_seconds": time.process_time() - cpu}
    incidence = np.asarray(model.incidence(frames.X_test, list(DAYS)))
    return {key: round(value, 2) for key, value in spent.items()} | judged(frames, incidence)


def run_known(rows: int) -> Row:
    """Let the default model learn invoices whose incidence is known."""
    import time

    from arseg.models import DiscreteHazard

    book, test = draw_known(rows, 1), draw_known(20_000, 2)
    X, y = book.X, book.y
    del book
    cpu = time.process_time()
    model = DiscreteHazard().fit(X, y)
    spent = time.process_time() - cpu
    found = explained(model.predict_cumulative_incidence(test.X, list(TIMES)), test.truth)
    names = ("r2_paid", "r2_credited", "r2_written_off")
    return {"fit_cpu_seconds": round(spent, 1)} | {
        name: round(value, 4) for name, value in zip(names, found, strict=True)
    }


def measure_book(name: str, home: Path, systems: list[str], every: int) -> list[Row]:
    """Return a row per system for a book."""
    frames = frames_of(name, home, every=every)
    path = str(home / "frames")
    for part in ("X", "y", "X_test", "y_test"):
        getattr(frames, part).reset_index(drop=True).to_parquet(f"{path}-{part}.parquet")
    shape = {"train_rows": len(frames.X), "test_rows": len(frames.X_test), "columns": frames.X.shape[1]}
    rows = []
    for system in systems:
        who = system if system in PEERS else f"arseg {system}"
        rows.append({"case": name, "system": who, **shape, **measured(run_system, system, path, limit=LIMIT)})
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Measure and report."""
    from arseg.models import all_models

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two books, every fourth key date, our models")
    parser.add_argument("--books", nargs="+", choices=list(BOOKS), help="some of the books")
    parser.add_argument(
        "--known", type=float, default=KNOWN_ROWS, help="invoices of known incidence; 0 for none"
    )
    given = parser.parse_args()
    ours = [kind.__name__ for kind in all_models() if kind.__name__ not in LEFT_OUT]
    systems = ours if given.quick else [*ours, *PEERS]
    books = given.books or (["ibm_ar", "highradius"] if given.quick else list(BOOKS))
    rows: list[Row] = []
    for name in books:
        with tempfile.TemporaryDirectory() as home:
            rows += measure_book(name, Path(home), systems, every=4 if given.quick else 1)
    known = min(int(given.known), 20_000) if given.quick else int(given.known)
    if known:
        case = {"case": f"{known:,} invoices of known incidence", "system": "arseg DiscreteHazard"}
        rows.append({**case, **measured(run_known, known)})
    report("models", rows)


if __name__ == "__main__":
    main()
