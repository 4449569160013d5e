"""The runs that MLflow holds for a home, and what two of them differ in beyond noise."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from arseg.runs.lab.workspace import lab_home
from arseg.runs.tracking import local_store, store_path
from arseg.schema import UsageError
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOW, _HIGH = "_low", "_high"
BEYOND: Final = "beyond noise"
WITHIN: Final = "within noise"
UNKNOWN: Final = "no interval"


@dataclass(frozen=True)
class RunsCompared(Shown):
    """Two runs side by side.

    Parameters
    ----------
    first, second
        Their ids.
    parameters
        ``parameter, first, second``: those that differ; an absent one is empty.
    metrics
        ``metric, first, first_low, first_high, second, second_low, second_high, change, noise, verdict``.
        ``noise`` is the half-width of the difference of two independent estimates,
        ``sqrt(h1^2 + h2^2)`` with half-widths ``h`` of their 95 % intervals. Runs on one book share its
        customers, so it is wide rather than narrow there.
    same_data
        Whether both read the same rows.
    """

    first: str
    second: str
    parameters: pd.DataFrame
    metrics: pd.DataFrame
    same_data: bool

    def plot(self, *, ax: Axes | None = None) -> Figure:
        """Draw the change of each metric in units of its noise; see ``plots.plot_changes``."""
        from arseg.runs.lab.plots import plot_changes

        return plot_changes(self.metrics, ax=ax)


def list_tracked(home: str | Path = "") -> pd.DataFrame:
    """Return the runs that a home's MLflow store holds, newest first.

    Parameters
    ----------
    home
        The home folder; that of the opened lab where empty.

    Returns
    -------
    frame
        ``run, experiment, key_date, started, model, data_hash``, then a column per metric.

    Raises
    ------
    UsageError
        If nothing is tracked yet.
    """
    rows = [
        {
            "run": run.info.run_id,
            "experiment": run.data.params.get("name", ""),
            "key_date": run.data.tags.get("arseg.key_date", ""),
            "started": pd.Timestamp(run.info.start_time, unit="ms", tz="UTC"),
            "model": run.data.params.get("training.model", ""),
            "data_hash": run.data.tags.get("arseg.data_hash", ""),
            **run.data.metrics,
        }
        for run in _runs(lab_home(home))
    ]
    return pd.DataFrame(rows)


def compare_runs(first: str, second: str, *, home: str | Path = "") -> RunsCompared:
    """Return what two runs differ in: parameters, metrics with intervals, and whether that is beyond noise.

    Parameters
    ----------
    first, second
        Ids as in ``list_tracked``; their first letters do where they are unique.
    home
        The home folder; that of the opened lab where empty.

    Raises
    ------
    UsageError
        If there is no such run.
    """
    runs = _runs(lab_home(home))
    one, other = _found(runs, first), _found(runs, second)
    hashes = [each.data.tags.get("arseg.data_hash", "") for each in (one, other)]
    return RunsCompared(
        first=one.info.run_id,
        second=other.info.run_id,
        parameters=differing(one.data.params, other.data.params),
        metrics=metrics_beside(one.data.metrics, other.data.metrics),
        same_data=hashes[0] == hashes[1] != "",
    )


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> pd.DataFrame:
    """Return the parameters that differ, by name.

    Examples
    --------
    >>> differing({"seed": "7", "trees": "40"}, {"seed": "7", "trees": "80"}).to_dict("records")
    [{'parameter': 'trees', 'first': '40', 'second': '80'}]
    """
    names = sorted(name for name in {*first, *second} if first.get(name) != second.get(name))
    return pd.DataFrame(
        [(name, first.get(name, ""), second.get(name, "")) for name in names],
        columns=["parameter", "first", "second"],
    )


def metrics_beside(first: Mapping[str, float], second: Mapping[str, float]) -> pd.DataFrame:
    """Return the metrics of two runs side by side, with what can be said of their difference.

    Examples
    --------
    >>> found = metrics_beside({"dso": 40.0, "dso_low": 38.0, "dso_high": 42.0},
    ...                        {"dso": 44.0, "dso_low": 42.5, "dso_high": 45.5})
    >>> print(*found.loc[0, ["change", "noise", "verdict"]])
    4.0 2.5 beyond noise
    """
    ends = {f"{name}{end}" for name in {*first, *second} for end in (_LOW, _HIGH)}
    names = sorted(name for name in {*first, *second} if name not in ends)
    table = pd.DataFrame({"metric": names})
    for side, values in (("first", first), ("second", second)):
        for end in ("", _LOW, _HIGH):
            table[f"{side}{end}"] = [values.get(f"{name}{end}", np.nan) for name in names]
    halves = [(table[f"{side}{_HIGH}"] - table[f"{side}{_LOW}"]) / 2 for side in ("first", "second")]
    table["change"] = table["second"] - table["first"]
    table["noise"] = np.hypot(*halves)
    beyond = np.where(table["change"].abs() > table["noise"], BEYOND, WITHIN)
    table["verdict"] = np.where(table["noise"].isna() | table["change"].isna(), UNKNOWN, beyond)
    return table


def _runs(home: Path) -> list[Any]:
    if not store_path(home).is_file():
        raise UsageError(
            "nothing is tracked yet",
            given=store_path(home),
            allowed="a home with a run",
            do="run an experiment first: arseg run experiments/demo.yaml",
        )
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow

    client = mlflow.MlflowClient(local_store(home))
    ids = [each.experiment_id for each in client.search_experiments()]
    return list(client.search_runs(ids, order_by=["attributes.start_time DESC"], max_results=1000))


def _found(runs: list[Any], start: str) -> Any:
    fitting = [run for run in runs if start and run.info.run_id.startswith(start)]
    if len(fitting) != 1:
        raise UsageError(
            "no run has that id" if not fitting else "several runs start so",
            given=start,
            allowed=", ".join(run.info.run_id for run in runs[:10]) or "none",
            do="take an id from list_tracked()",
        )
    return fitting[0]
