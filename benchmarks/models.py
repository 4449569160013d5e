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
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from measuring import RESULTS, measured, report
from models_books import BOOKS, Frames, frames_of, read_frames, write_frames
from models_floors import FLOORS, run_floor
from models_known import TIMES, draw_known, explained
from models_page import draw, write_page
from models_peers import MODULES, PEERS

HORIZONS: Final = (7, 14, 30, 60, 90)
DAYS: Final = (1, 3, 5, 7, 10, 14, 18, 21, 25, 30, 40, 50, 60, 75, 90)
LEFT_OUT: Final = {"CalibratedModel", "DeclaredPrior"}
# CPU seconds to learn and to answer, however busy the machine.
LIMIT: Final = 240
OWN_MODULES: Final = ("xgboost", "statsmodels.api", "sklearn.linear_model", "arseg.models", "arseg.metrics")

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
        "concordance_30": _number(lambda: concordance(y, _area(incidence[:, 0]), tau=30)),
        "slope_30": _number(lambda: horizon_calibration(y, incidence, times, horizons=[30])["slope"].iloc[0]),
    }


def _area(paid: np.ndarray) -> np.ndarray:
    """Return the days paid within 30: they order items by when they pay, also where all but a few pay by then."""
    days = [day for day in DAYS if day <= 30]
    return np.trapezoid(np.column_stack([np.zeros(len(paid)), paid[:, : len(days)]]), [0, *days], axis=1)


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
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 30))
    signal.signal(signal.SIGXCPU, _stop)
    try:
        # Not the model's time: what it takes to import its library.
        for module in MODULES[system.split(maxsplit=1)[0]] if system in PEERS else OWN_MODULES:
            import_module(module)
        return _fitted_and_judged(system, read_frames(path))
    except ImportError as problem:
        return {"absent": str(problem)}
    except TimeoutError:
        return {"failed": f"not done after {LIMIT} CPU seconds"}
    except Exception as problem:  # noqa: BLE001 (whatever a peer fails with is its row in the table)
        return {"failed": f"{type(problem).__name__}: {problem}"[:200]}


def _stop(*_: Any) -> None:
    raise TimeoutError


def _fitted_and_judged(system: str, frames: Frames) -> Row:
    model, cpu, wall = made(system), time.process_time(), time.perf_counter()
    model.fit(frames.X, frames.y)
    spent = {"fit_seconds": time.perf_counter() - wall, "fit_cpu_seconds": time.process_time() - cpu}
    cpu = time.process_time()
    incidence = np.asarray(model.incidence(frames.X_test, list(DAYS)))
    spent["predict_cpu_seconds"] = time.process_time() - cpu
    learnt = {"learnt_from": model.learnt_from} if getattr(model, "learnt_from", None) else {}
    return {key: round(value, 2) for key, value in spent.items()} | learnt | judged(frames, incidence)


def run_known(rows: int, seed: int) -> Row:
    """Let the default model learn invoices whose incidence is known."""
    from arseg.models import DiscreteHazard

    book, test = draw_known(rows, seed), draw_known(20_000, 1000 + seed)
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


def measure_book(name: str, keep: Path, systems: list[str], every: int) -> Iterator[Row]:
    """Yield a row per system for a book."""
    path = keep / name.replace(" ", "_") / str(every)
    if not path.exists():
        with tempfile.TemporaryDirectory() as home:
            write_frames(frames_of(name, Path(home), every=every), path)
    frames = read_frames(str(path))
    shape = {"train_rows": len(frames.X), "test_rows": len(frames.X_test), "columns": frames.X.shape[1]}
    for system in systems:
        who = system if system in PEERS else f"arseg {system}"
        found = measured(run_system, system, str(path))
        if found == {"failed": "the process died"}:
            found = {"failed": f"not done after {LIMIT} CPU seconds"}
        yield {"case": name, "system": who, **shape, **found}


def earlier() -> list[Row]:
    """Return the rows of earlier runs."""
    path = RESULTS / "models.json"
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


def merged(old: list[Row], new: list[Row]) -> list[Row]:
    """Return the old rows, those measured anew replaced; books in their order, each from the lowest log-loss on."""
    known = {(row["case"], row["system"]): row for row in [*old, *new]}
    order = [*BOOKS, *(row["case"] for row in known.values())]
    return sorted(known.values(), key=lambda row: (order.index(row["case"]), row.get("log_loss", 9.0)))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two books, every fourth key date, our models")
    parser.add_argument("--books", nargs="*", choices=list(BOOKS), help="some of the books, or none")
    parser.add_argument("--systems", nargs="+", help="some of the systems: names, `ours` or `peers`")
    parser.add_argument("--floors", action="store_true", help="the floors of the public data, too")
    parser.add_argument("--known", type=float, default=0, help="so many invoices of known incidence")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="of these invoices")
    parser.add_argument(
        "--frames", type=Path, help="folder in which the rows of the books are kept for a next run"
    )
    return parser.parse_args()


def main() -> None:
    """Measure and report; rows of earlier runs that are not measured anew stay."""
    from arseg.models import all_models

    given = _asked()
    ours = [kind.__name__ for kind in all_models() if kind.__name__ not in LEFT_OUT]
    groups = {"ours": ours, "peers": list(PEERS)}
    asked = given.systems or (["ours"] if given.quick else ["ours", "peers"])
    systems = [name for one in asked for name in groups.get(one, [one])]
    first: list[Row] = []

    def note(row: Row) -> None:
        """Write a row as soon as it is known: nothing is lost if a later one fails."""
        print(json.dumps(row), file=sys.stderr, flush=True)
        first.append(row)
        report("models", first if given.quick else merged(earlier(), [row]))

    quick_books = ["ibm_ar", "highradius"] if given.quick else list(BOOKS)
    with tempfile.TemporaryDirectory() as scratch:
        kept = given.frames or Path(scratch)
        for name in quick_books if given.books is None else given.books:
            for row in measure_book(name, kept, systems, 4 if given.quick else 1):
                note(row)
    if given.floors:
        for row in FLOORS:
            note({**row, **measured(run_floor, row["case"])})
    known = 20_000 if given.quick else int(given.known)
    for seed in given.seeds if known else []:
        case = {
            "case": f"{known:,} invoices of known incidence, seed {seed}",
            "system": "arseg DiscreteHazard",
        }
        note({**case, **measured(run_known, known, seed)})
    if not given.quick:
        write_page(earlier())
        draw(earlier(), RESULTS / "models.png")


if __name__ == "__main__":
    main()
