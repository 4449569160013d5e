"""What a publication says of the days to come: as lines for a terminal, as plain data, and as an auditor's export."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arseg.runs.editions import last_month_end, one_per_day
from arseg.runs.publication import read_manifest, verify, versions
from arseg.runs.standing import published_folder
from arseg.schema import DataError, UsageError, parse_day
from arseg.schema.inert_text import guard

if TYPE_CHECKING:
    import pandas as pd

INPUTS: Final = {
    "items": "provision_items",
    "rates": "provision_rates",
    "exclusions": "provision_exclusions",
    "reconciliation": "provision_reconciliation",
    "roll_forward": "provision_roll_forward",
    "loss_backtest": "loss_backtest",
}
FORECAST: Final = (
    "cash_by_week",
    "cash_to_date",
    "cash_scenarios",
    "cash_reconciliation",
    "cash_dependence",
    "aging_cash",
    "said_and_came",
    "forecast_accuracy",
    "largest_misses",
)
_STAMPS: Final = ["key_date", "data_sha256", "experiment_sha256"]


@dataclass(frozen=True)
class Told:
    """A publication that holds a forecast and a provision.

    Parameters
    ----------
    folder
        Of the version.
    facts
        Of its manifest.
    """

    folder: Path
    facts: dict[str, Any]

    def table(self, name: str) -> pd.DataFrame:
        """Return a published table."""
        import pandas as pd

        return pd.read_parquet(self.folder / f"{name}.parquet")

    def has(self, name: str) -> bool:
        """Return whether the publication holds a table: an earlier release published fewer."""
        return (self.folder / f"{name}.parquet").is_file()

    @property
    def provision(self) -> dict[str, Any]:
        """What stands beside the provision's tables."""
        found: dict[str, Any] = json.loads((self.folder / "provision.json").read_text(encoding="utf-8"))
        return found


def find_told(home: Path, experiment: str, key_date: str | dt.date | None = None) -> Told:
    """Return the publication of a key date, every byte as it was published; the one in force where None is named.

    Raises
    ------
    UsageError
        If nothing was published on that day, or without a forecast.
    DataError
        If a byte differs.
    """
    folder = published_folder(home, experiment)
    if key_date is None:
        target = last_month_end(folder)
    else:
        day = parse_day(key_date, name="key_date").isoformat()
        next_day = (parse_day(day) + dt.timedelta(days=1)).isoformat()
        target = one_per_day(folder, next_day).get(day)
    if target is None or not (target / "provision.json").is_file():
        days = sorted({version[:10] for version in versions(folder)})
        raise UsageError(
            "no forecast was published on that day",
            given=key_date or "the publication in force",
            allowed=", ".join(days) or "none",
            do=f"run it: arseg run experiments/{folder.name}.yaml --key-date {key_date or 'YYYY-MM-DD'}",
        )
    problems = verify(folder, target.name)
    if problems:
        raise DataError(
            f"version {target.name} is damaged",
            given="; ".join(problems[:3]),
            allowed="the bytes that were published",
            do="run it again into an empty folder, or name another key date",
        )
    return Told(target, read_manifest(target)["facts"])


def forecast_lines(told: Told, by: str | None = None) -> list[str]:
    """Return the cash forecast as a table: by week in all, or to the end of the horizon by a column.

    Parameters
    ----------
    told
        From ``find_told``.
    by
        ``segment``, ``currency``, ``entity`` or ``portfolio``.

    Raises
    ------
    UsageError
        If the forecast was not made by that column.
    """
    head = f"Cash expected by {told.facts['experiment']} on {told.facts['key_date']}, {told.provision['currency']}"
    weekly, to_date = told.table("cash_by_week"), told.table("cash_to_date")
    last = int(to_date["ahead"].max())
    ends = to_date[to_date["ahead"] == last]
    if by is not None:
        rows = ends[ends["by"] == by]
        if rows.empty:
            raise UsageError(
                "the forecast was not made by that column",
                given=by,
                allowed=", ".join(sorted(set(to_date["by"]) - {"total"})),
                do="name one of those",
            )
        own = [(row.group, row.source, *_band(row)) for row in rows.itertuples()]
        return [f"{head}; {last} weeks", *_columns([(by, "from", "expected", "80 % band"), *own], left=2)]
    rows = weekly[weekly["by"] == "total"]
    body = [
        (f"{row.week:%Y-%m-%d}", *_band(row)) for row in rows[rows["source"] == "open items"].itertuples()
    ]
    sums = [(f"{last} weeks, {row.source}", *_band(row)) for row in ends[ends["by"] == "total"].itertuples()]
    return [head, *_columns([("week of", "expected", "80 % band"), *body, *sums])]


def provision_lines(told: Told) -> list[str]:
    """Return the provision as tables: the matrix, the methods side by side, and what it follows."""
    facts, matrix = told.provision, told.table("provision_matrix")
    cells = [
        (
            row.segment,
            row.bucket,
            _money(row.exposed),
            f"{100 * row.outlook_rate:.2f} %",
            _money(row.allowance),
        )
        for row in matrix.itertuples()
    ]
    totals = told.table("provision_reconciliation").query("bucket == 'total'")
    methods = [
        (
            row.method,
            _money(row.allowance),
            f"{100 * row.gap_share:+.1f} %",
            "agrees" if row.agrees else "lies apart",
        )
        for row in totals.itertuples()
    ]
    return [
        f"Provision of {told.facts['experiment']} on {told.facts['key_date']}, {facts['currency']}",
        *_columns([("segment", "past due", "exposed", "rate", "allowance"), *cells], left=2),
        f"allowance {_money(Decimal(facts['allowance']))}, of which judged alone {_money(Decimal(facts['specific']))}",
        "",
        *_columns([("method", "allowance", "gap", ""), *methods]),
        "",
        *_lost(told),
        "",
        f"method: {facts['in_words']}",
        f"outlook: {facts['outlook']}",
        *facts["notes"],
    ]


def lost_since(told: Told) -> pd.DataFrame:
    """Return what was provided for on earlier days and lost of it since, in all; no row where nothing was followed."""
    import pandas as pd

    if not told.has("loss_backtest"):
        return pd.DataFrame()
    frame = told.table("loss_backtest")
    return frame[frame["by"] == "total"].drop(columns=["by", "group", *_STAMPS])


def _lost(told: Told) -> list[str]:
    """Return expected against realised loss as a table."""
    rows = [
        (
            f"{row.origin:%Y-%m-%d}",
            row.said,
            f"{row.followed_days}",
            f"{row.expected:,.0f}",
            f"{row.realised:,.0f}",
            f"{row.still_open:,.0f}",
            "" if math.isnan(row.low) else f"{row.low:.2f} to {row.high:.2f}",
            row.verdict,
        )
        for row in lost_since(told).itertuples()
    ]
    if not rows:
        return ["No earlier provision can be held against losses yet."]
    titles = ("said on", "by", "days since", "expected loss", "lost", "still open", "lost / expected", "")
    return _columns([titles, *rows], left=2)


def export_forecast(told: Told, folder: Path) -> Path:
    """Write the forecast's tables as CSV files into a new or empty folder, and return it.

    Raises
    ------
    UsageError
        If the folder holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            "the folder holds something", given=folder, allowed="a new or empty folder", do="choose another"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in filter(told.has, FORECAST):
        _inert(told.table(name)).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    return folder


def _inert(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with no text in it that a spreadsheet would run."""
    return table.map(lambda value: guard(value) if isinstance(value, str) else value)


def export_audit(told: Told, folder: Path) -> Path:
    """Write matrix, inputs, method, date and hashes as CSV files, a statement and a workbook; return the statement.

    Raises
    ------
    UsageError
        If the folder holds something.
    """
    from arseg.forecast import Statement, export_provision
    from arseg.forecast.audit_workbook import write_workbook

    facts = told.provision
    statement = Statement(
        key_date=dt.date.fromisoformat(told.facts["key_date"]),
        method=facts["in_words"],
        outlook=facts["outlook"],
        currency=facts["currency"],
        specific=Decimal(facts["specific"]),
        parameters={
            **facts["declared"],
            "publication": told.folder.name,
            "ledger_sha256": told.facts["ledger_hash"],
            "experiment_sha256": told.facts["experiment_hash"],
            "arseg": told.facts["arseg"],
        },
    )
    # The hashes stand in the statement once; in every row they would only hide the figures.
    held = {name: table for name, table in INPUTS.items() if told.has(table)}
    inputs = {name: told.table(table).drop(columns=_STAMPS) for name, table in held.items()}
    matrix = told.table("provision_matrix").drop(columns=_STAMPS)
    path = export_provision(folder, statement, matrix, inputs)
    write_workbook(folder)
    return path


def _band(row: Any) -> tuple[str, str]:
    return f"{row.expected:,.0f}", f"{row.low_80:,.0f} to {row.high_80:,.0f}"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _columns(rows: Sequence[tuple[str, ...]], *, left: int = 1) -> list[str]:
    """Return rows as lines with aligned columns: the first ``left`` to the left, figures to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
