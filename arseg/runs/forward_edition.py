"""What a run's page and publication say of the days to come: the tables of the forecast and of the provision."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg.runs import cash_stage, provision_stage, said_before

if TYPE_CHECKING:
    from arseg.runs.journal import Run

TABLES: Final = (*cash_stage.TABLES, *provision_stage.TABLES)
_CASH: Final = ("week", "expected", "low_50", "high_50", "low_80", "high_80")


def is_told(run: Run) -> bool:
    """Return whether the forecast's notebook has reached its end in this run."""
    return all((run.work / f"{name}.parquet").is_file() for name in TABLES)


def cash_ahead(run: Run) -> pd.DataFrame:
    """Return the cash of the items open today, by week with its bands, as the page draws it."""
    return cash_stage.whole(run.load("cash_by_week"))[list(_CASH)]


def forward_findings(run: Run) -> dict[str, Any]:
    """Return what the page shows of the days to come: frames by name, and plain facts; empty where none was told."""
    if not is_told(run):
        return {}
    told = {name: run.load(name) for name in TABLES if name != "provision_items"}
    return told | {"facts": run.load("provision"), "notes": run.load("forecast_notes")}


def publish_forward(run: Run, folder: Path) -> None:
    """Leave the tables, the facts and the frozen forecast among the files to publish."""
    if not is_told(run):
        return
    for name in (*TABLES, said_before.ITEMS):
        run.load(name).to_parquet(folder / f"{name}.parquet", index=False)
    shutil.copyfile(run.work / "provision.json", folder / "provision.json")
    for path in sorted((run.work / "frozen").iterdir()):
        shutil.copyfile(path, folder / path.name)
