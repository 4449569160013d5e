"""The files of an edition that a month-end and a daily refresh share: lists, tables, the page that names its version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg.report import render_page, summarise
from arseg.report.findings import plain_value
from arseg.report.summary import PAGE_BANDS, named
from arseg.runs.assigning import published_policy
from arseg.runs.drawing import propensities
from arseg.runs.publication import version_of
from arseg.schema import ASSIGNMENTS, SEGMENTS
from arseg.schema.inert_text import guard
from arseg.treatments import write_worklist

if TYPE_CHECKING:
    from arseg.report import Findings
    from arseg.runs.journal import Run

FORMATS: Final = ("csv", "parquet", "json", "xlsx")
# A longer list is no sheet that anybody reads, and takes minutes to write as one.
SHEET: Final = 20_000
PAGE: Final = "index.html"
# The page's numbers as data, and the facts behind them that stand in no table.
NUMBERS: Final = "page.json"
FACTS: Final = "facts.json"


def leave_tables(run: Run, names: Iterable[str], *, sometimes: Iterable[str] = ()) -> None:
    """Leave tables that stages saved among the files to publish; those of ``sometimes`` where there are any."""
    present = [name for name in sometimes if (run.work / f"{name}.parquet").is_file()]
    for name in (*names, *present):
        run.load(name).to_parquet(run.to_publish / f"{name}.parquet", index=False)


def leave_assignments(run: Run) -> None:
    """Leave the published segments, exact as Parquet and safe to open as CSV."""
    assignments = assignments_of(run)
    assignments.to_parquet(run.to_publish / "assignments.parquet", index=False)
    # A spreadsheet may open this one; the Parquet file beside it holds the texts as they are.
    texts = assignments.select_dtypes("str").columns
    assignments.assign(**{name: assignments[name].map(guard, na_action="ignore") for name in texts}).to_csv(
        run.to_publish / "assignments.csv", index=False
    )


def leave_worklist(run: Run) -> None:
    """Leave the worklist in the formats that its length allows."""
    worklist = run.load("worklist")
    formats = FORMATS if len(worklist) <= SHEET else FORMATS[:-1]
    write_worklist(worklist, run.to_publish / "worklist", formats=formats)


def leave_facts(run: Run, findings: Findings) -> None:
    """Leave what the page says and no table has: the day's capacity, the check, the edition before, the provision."""
    told = {
        "capacity": findings.capacity,
        "checked": findings.checked,
        "changed": findings.changed,
        "reaching": findings.reaching,
        "provision": dict(findings.forward).get("facts"),
    }
    text = json.dumps(plain_value(told), ensure_ascii=False, indent=0)
    (run.to_publish / FACTS).write_text(text, encoding="utf-8")


def leave_page(
    run: Run, findings: Findings, *, bands: tuple[str, ...] = PAGE_BANDS
) -> tuple[Path, dict[str, Any]]:
    """Draw the page over the files that were left, and return it with its summary, which names the version."""
    folder = run.to_publish
    page = folder / PAGE
    drawn = {page, folder / NUMBERS}
    draft = summarise(findings, bands=bands)
    # The page names its own version, so the version is that of the page before it did.
    left = sorted(path for path in folder.rglob("*") if path.is_file() and path not in drawn)
    tables = {path.relative_to(folder).as_posix(): path for path in left}
    version = version_of(run.key_date.isoformat(), {**tables, PAGE: render_page(draft).encode()})
    summary = named(draft, version)
    (folder / NUMBERS).write_text(json.dumps(summary, ensure_ascii=False, indent=0), encoding="utf-8")
    page.write_text(render_page(summary), encoding="utf-8", newline="\n")
    return page, summary


def segments_table(run: Run, policy: str, seen: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return size, exposure, risk expected now and seen before, and treatment of each segment.

    Parameters
    ----------
    run
        With segments and treatments.
    policy
        The published one, as written.
    seen
        The replay's measures; what was seen is unknown where None.
    """
    segmentations = run.load("segmentations")
    own = segmentations[segmentations["policy"] == policy].merge(
        run.load("customer_scores"), on="customer_id"
    )
    own["expected"] = own["p_unpaid_30"] * own["open_balance"]
    sums = own.groupby("segment")[["open_balance", "overdue_balance", "expected"]].sum()
    found = pd.DataFrame(columns=["segment", "value", "low", "high"]) if seen is None else seen
    if seen is not None:
        found = seen[(seen["policy"] == policy) & (seen["measure"] == "unpaid_30_share")]
    found = found.set_index("segment")[["value", "low", "high"]].astype("float64")
    treatments = (
        run.load("prescribed").groupby("segment")["treatment"].agg(lambda names: names.mode().iloc[0])
    )
    names = [segment for segment in SEGMENTS if segment in sums.index]
    return pd.DataFrame(
        {
            "segment": names,
            "customers": own["segment"].value_counts().reindex(names).to_numpy(),
            "exposure": sums["open_balance"].reindex(names).to_numpy(),
            "overdue": sums["overdue_balance"].reindex(names).to_numpy(),
            "expected_unpaid_30": (sums["expected"] / sums["open_balance"]).reindex(names).to_numpy(),
            "observed_unpaid_30": found["value"].reindex(names).to_numpy(),
            "observed_low": found["low"].reindex(names).to_numpy(),
            "observed_high": found["high"].reindex(names).to_numpy(),
            "treatment": treatments.reindex(names).to_numpy(),
        }
    )


def assignments_of(run: Run) -> pd.DataFrame:
    """Return the published segments in the shape of the ledger's own table, to be loaded back next month."""
    segmentations = run.load("segmentations")
    policy = repr(published_policy(run))
    own = segmentations[segmentations["policy"] == policy].merge(
        run.load("prescribed")[["customer_id", "treatment"]], on="customer_id", how="left"
    )
    own = own.merge(run.load("needs_human")[["customer_id", "borderline"]], on="customer_id", how="left")
    chance = propensities(run)
    drawn = None if chance is None else own["customer_id"].map(chance)
    frame = own.assign(key_date=run.key_date, known_on=run.key_date, propensity=drawn, publication=None)
    return frame[[*ASSIGNMENTS.names, "why", "borderline"]].sort_values("customer_id", ignore_index=True)
