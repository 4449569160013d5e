"""The same figures with featuretools and cutoff times, by an interpreter of its own: it is no dependency of ours, and 1.31 fails under pandas 3.

``python features_featuretools.py FOLDER`` reads ``moves.csv``, ``cleared.csv``, ``invoices.csv`` and
``cutoffs.csv``, computes, writes ``figures.csv`` beside them and prints seconds, CPU seconds and peak memory as
its last line; reading and writing are not timed.

What it can say by itself (count, mean, median, share, sum in a training window) is a primitive of its own; the 90th
percentile and balances by days past due are custom primitives. Its training window runs on the time index, the day
on which a payment was *known*: where that is later than the value date, payments at the window's edge differ from ours.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from features_peers import BANDS, FIGURES

WINDOW = "365 days"


def primitives() -> tuple[Any, Any]:
    """Return a sum over a band of days past due at the cutoff, and the 90th percentile."""
    import numpy as np
    from featuretools.primitives import AggregationPrimitive
    from woodwork.column_schema import ColumnSchema
    from woodwork.logical_types import Datetime

    number = ColumnSchema(semantic_tags={"numeric"})

    class Band(AggregationPrimitive):  # type: ignore[misc]
        name = "band"
        input_types = [number, ColumnSchema(logical_type=Datetime)]  # noqa: RUF012 (read by featuretools)
        return_type = number
        uses_calc_time = True

        def __init__(self, low: int | None = None, high: int | None = None) -> None:
            self.low, self.high = low, high

        def get_function(self) -> Any:
            low = -np.inf if self.low is None else self.low
            high = np.inf if self.high is None else self.high

            def total(change: Any, due: Any, time: Any = None) -> float:
                days = (np.datetime64(time, "D") - due.to_numpy().astype("datetime64[D]")).astype("int64")
                return float(change.to_numpy()[(days >= low) & (days <= high)].sum())

            return total

    class Percentile90(AggregationPrimitive):  # type: ignore[misc]
        name = "percentile_90"
        input_types = [number]  # noqa: RUF012 (read by featuretools)
        return_type = number

        def get_function(self) -> Any:
            return lambda values: values.quantile(0.9)

    return Band, Percentile90


def entity_set(frames: dict[str, Any]) -> Any:
    """Return customers with their moves, cleared items and invoices."""
    import featuretools as ft
    import pandas as pd

    book = ft.EntitySet("book")
    customers = pd.DataFrame({"customer_id": frames["invoices"]["customer_id"].unique()})
    book = book.add_dataframe(dataframe_name="customers", dataframe=customers, index="customer_id")
    for name, frame in frames.items():
        book = book.add_dataframe(
            dataframe_name=name, dataframe=frame, index="row", make_index=True, time_index="known_on"
        )
        book = book.add_relationship("customers", "customer_id", name, "customer_id")
    return book


def figures(frames: dict[str, Any], cutoffs: Any) -> Any:
    """Return the feature matrix of all cutoffs: without a window for balances, with one for the last year."""
    import featuretools as ft
    from featuretools import Feature
    from featuretools.primitives import Count, Mean, Median, PercentTrue, Sum

    book = entity_set(frames)
    band, percentile_90 = primitives()
    column = {
        (name, at): Feature(book[name].ww[at]) for name, frame in frames.items() for at in frame.columns
    }
    moved = [column["moves", "change"], column["moves", "due_date"]]
    late = column["cleared", "days_late"]

    def of(what: Any, primitive: Any) -> Any:
        return Feature(what, parent_dataframe_name="customers", primitive=primitive)

    balances = {
        "open_balance": of(column["moves", "change"], Sum),
        "open_overdue_balance": of(moved, band(1, None)),
        **{name: of(moved, band(*edges)) for name, edges in BANDS.items()},
    }
    paid_amount = of(column["cleared", "amount"], Sum)
    year = {
        "cleared_count_12m": of(Feature(book["cleared"].ww["row"]), Count),
        "cleared_days_late_mean_12m": of(late, Mean),
        "cleared_days_late_median_12m": of(late, Median),
        "cleared_days_late_p90_12m": of(late, percentile_90),
        "cleared_on_time_share_12m": of(column["cleared", "on_time"], PercentTrue),
        "cleared_on_time_amount_share_12m": of(column["cleared", "amount_on_time"], Sum) / paid_amount,
        "customer_sales_12m": of(column["invoices", "amount"], Sum),
        "customer_invoice_count_12m": of(Feature(book["invoices"].ww["row"]), Count),
    }
    parts = []
    for chosen, window in ((balances, None), (year, WINDOW)):
        wanted = [feature.rename(name) for name, feature in chosen.items()]
        parts.append(
            ft.calculate_feature_matrix(
                wanted, book, cutoff_time=cutoffs, training_window=window, cutoff_time_in_index=True
            )
        )
    return parts[0].join(parts[1])[list(FIGURES)]


def main() -> None:
    """Read, compute, write, and say what it took."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    try:
        import featuretools as ft
        import pandas as pd

        dates = {
            "moves": ["known_on", "due_date"],
            "cleared": ["known_on"],
            "invoices": ["known_on"],
            "cutoffs": ["time"],
        }
        frames = {name: pd.read_csv(folder / f"{name}.csv", parse_dates=days) for name, days in dates.items()}
        cutoffs = frames.pop("cutoffs")
        wall, cpu = time.perf_counter(), time.process_time()
        found = figures(frames, cutoffs)
        said: dict[str, Any] = {
            "seconds": round(time.perf_counter() - wall, 3),
            "cpu_seconds": round(time.process_time() - cpu, 3),
            "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),
            "rows": len(found),
            "columns": found.shape[1],
            "version": f"featuretools {ft.__version__}, pandas {pd.__version__}",
        }
        found.reset_index().rename(columns={"time": "key_date"}).to_csv(folder / "figures.csv", index=False)
    except ModuleNotFoundError as problem:
        said = {"failed": "not installed" if problem.name == "featuretools" else str(problem)}
    except Exception as problem:  # noqa: BLE001 (whatever a peer dies of stands in its row)
        said = {"failed": f"{type(problem).__name__}: {problem}".splitlines()[0]}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
