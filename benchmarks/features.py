"""How long the feature blocks take: 1e5 and 1e6 invoices on 31 month-ends, beside what others would write.

Systems of a case, each in a process of its own, on the same book (`features_book`):

* ``arseg``: all blocks, from the stored ledger; history, snapshots and features, nothing kept from before.
* ``arseg, the peers' figures``: only the blocks that hold the 15 figures of the peers.
* ``one DuckDB query``, ``pandas by key date``: those figures by hand (`features_peers`).
* ``featuretools``: those figures by cutoff times (`features_featuretools`), with the interpreter of
  ``--featuretools-python`` (it fails under pandas 3), for small books and so many seconds only.

Loading the ledger is not timed (`ledger_load` does that); peers read Parquet. Every row says the sum of all open
balances and of all cleared invoices that its system found: they must agree. ``growth`` is seconds against the case
before. ``--quick`` takes 1e4 and 1e5 invoices on 6 month-ends; ``--ten`` adds 1e7; ``--sizes`` takes any.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from features_book import key_dates, write_book
from features_peers import FIGURES, by_one_query, by_pandas
from measuring import RESULTS, measured, report

PICTURE: Final = RESULTS / "features.png"
BUDGETS: Final = {1_000_000: 12.0, 10_000_000: 120.0}
PEERS_BLOCKS: Final = ("aging", "exposure", "payment_history", "relationship")
MONTHS: Final = 31
FEATURETOOLS_UP_TO: Final = 100_000
QUICK_UP_TO, QUICK_LIMIT, QUICK_MONTHS = 10_000, 12.0, 6

Row = dict[str, Any]


def run_arseg(ledger_path: str, days: Sequence[dt.date], blocks: Sequence[str] | None = None) -> Row:
    """Build the features of a stored ledger on every key date, one after the other into a matrix."""
    from arseg.features import build_features, find_blocks
    from arseg.ledger import read_ledger, take_snapshots

    rows = items = 0
    sums = Sums()
    with take_snapshots(read_ledger(ledger_path), days) as snapshots:
        for features in snapshots.map(lambda snapshot: build_features(snapshot, blocks=blocks)):
            rows += len(features.customers)
            items += len(features.items)
            sums.add(features.customers)
    columns = sum(len(block.columns) for block in find_blocks(blocks))
    return {"rows": rows, "items": items, "columns": columns, **sums.said()}


def run_query(book: str, days: Sequence[dt.date]) -> Row:
    """Compute the peers' figures by one query."""
    found = by_one_query(Path(book), days)
    sums = Sums()
    sums.add(found.select(["open_balance", "cleared_count_12m"]).to_pandas())
    return {"rows": found.num_rows, "columns": len(FIGURES), **sums.said()}


def run_pandas(book: str, days: Sequence[dt.date]) -> Row:
    """Compute the peers' figures date by date."""
    rows, sums = 0, Sums()
    for figures in by_pandas(Path(book), days):
        rows += len(figures)
        sums.add(figures)
    return {"rows": rows, "columns": len(FIGURES), **sums.said()}


class Sums:
    """What systems must agree on: the sum of open balances and of cleared invoices over all rows."""

    def __init__(self) -> None:
        self.balance = self.cleared = 0.0

    def add(self, figures: Any) -> None:
        """Add the figures of some rows."""
        self.balance += float(figures["open_balance"].astype("float64").sum())
        self.cleared += float(figures["cleared_count_12m"].sum())

    def said(self) -> Row:
        """Return the sums, to the cent."""
        return {"open_balance_sum": round(self.balance, 2), "cleared_count_sum": round(self.cleared)}


def write_frames(book: Path, days: Sequence[dt.date], folder: Path) -> None:
    """Write what featuretools reads: moves of balances, cleared items, invoices, and whom to ask about when."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for name in ("invoices", "postings"):
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{book / name}.parquet')")
        connection.execute("CREATE TABLE days AS SELECT unnest(?) AS key_date", [list(days)])
        connection.execute(
            "CREATE TABLE moves AS SELECT customer_id, known_on, due_date, CAST(amount AS DOUBLE) AS change, invoice_id FROM invoices "
            "UNION ALL SELECT i.customer_id, p.known_on, i.due_date, -CAST(p.amount AS DOUBLE), invoice_id "
            "FROM postings AS p JOIN invoices AS i USING (invoice_id)"
        )
        texts = {
            "moves": "SELECT customer_id, known_on, due_date, change FROM moves",
            "invoices": "SELECT customer_id, known_on, CAST(amount AS DOUBLE) AS amount FROM invoices",
            "cleared": "SELECT customer_id, s.known_on, cleared_on - due_date AS days_late, days_late <= 0 AS on_time, "
            "CAST(amount AS DOUBLE) AS amount, CASE WHEN days_late <= 0 THEN CAST(amount AS DOUBLE) ELSE 0 END AS amount_on_time "
            "FROM (SELECT invoice_id, max(known_on) AS known_on, max(value_date) AS cleared_on, sum(amount) AS posted, "
            "bool_and(kind = 'payment') AS paid FROM postings GROUP BY invoice_id) AS s JOIN invoices AS i USING (invoice_id) "
            "WHERE paid AND posted = amount",
            "cutoffs": "SELECT DISTINCT customer_id, key_date AS time FROM (SELECT customer_id, invoice_id, key_date, "
            "sum(change) AS balance FROM moves JOIN days ON key_date >= known_on GROUP BY ALL) WHERE balance > 0.01 ORDER BY time, customer_id",
        }
        for name, text in texts.items():
            connection.execute(f"COPY ({text}) TO '{folder / name}.csv' (HEADER)")


def run_featuretools(python: str, book: Path, days: Sequence[dt.date], folder: Path, limit: float) -> Row:
    """Let another interpreter compute the peers' figures, and stop it after so many seconds."""
    write_frames(book, days, folder)
    script = Path(__file__).with_name("features_featuretools.py")
    bounded: Row = {"limit_seconds": limit, "note": "windows run on the day a payment was known"}
    try:
        done = subprocess.run(  # noqa: S603 (the interpreter that the caller named)
            [python, str(script), str(folder)], capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {limit:.0f} s", **bounded}
    except OSError as problem:
        return {"failed": str(problem), **bounded}
    if done.returncode or not done.stdout:
        return {"failed": (done.stderr.strip().splitlines() or ["it said nothing"])[-1], **bounded}
    said: Row = json.loads(done.stdout.splitlines()[-1])
    if "failed" not in said:
        import pandas as pd

        sums = Sums()
        sums.add(pd.read_csv(folder / "figures.csv"))
        said |= sums.said()
    return {**said, **bounded}


def load_book(folder: str, home: str) -> Row:
    """Load a book into the ledger ``book`` of a home."""
    from arseg.ledger import load

    load([folder], "arseg", into="book", home=home)
    return {}


def measure_size(invoices: int, home: Path, given: argparse.Namespace) -> list[Row]:
    """Measure all systems on a book of so many invoices."""
    book, days = home / "book", key_dates(QUICK_MONTHS if given.quick else MONTHS)
    write_book(book, invoices)
    loaded = measured(load_book, str(book), str(home))
    print(f"{invoices:,} invoices loaded in {loaded.get('seconds')} s", file=sys.stderr)
    ledger = str(home / "data" / "ledger" / "book.duckdb")
    systems: dict[str, Callable[[], Row]] = {
        "arseg": lambda: measured(run_arseg, ledger, days),
        "arseg, the peers' figures": lambda: measured(run_arseg, ledger, days, PEERS_BLOCKS),
        "one DuckDB query": lambda: measured(run_query, str(book), days),
        "pandas by key date": lambda: measured(run_pandas, str(book), days),
    }
    if invoices <= (QUICK_UP_TO if given.quick else FEATURETOOLS_UP_TO):
        python, limit = given.featuretools_python, QUICK_LIMIT if given.quick else given.limit
        systems["featuretools"] = lambda: run_featuretools(python, book, days, home / "frames", limit)
    case = f"{invoices:.0e} invoices x {len(days)} key dates".replace("e+0", "e")
    rows = []
    for system, work in systems.items():
        rows.append({"case": case, "invoices": invoices, "system": system, **work()})
        print(json.dumps(rows[-1]), file=sys.stderr)
    return rows


def add_growth(rows: list[Row]) -> None:
    """Say of each row how many times the seconds of the same system's size before it took."""
    before: dict[str, Row] = {}
    for row in rows:
        last = before.get(row["system"])
        if "seconds" in row:
            row["growth"] = round(row["seconds"] / last["seconds"], 2) if last and last["seconds"] else None
            before[row["system"]] = row


def draw(rows: list[Row], months: int, picture: Path) -> None:
    """Draw seconds by size, a line per system, with the budget of 31 key dates."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
    for system in dict.fromkeys(row["system"] for row in rows):
        done = [row for row in rows if row["system"] == system and "seconds" in row]
        if done:
            ours = system.startswith("arseg")
            axes.plot(
                [row["invoices"] for row in done],
                [row["seconds"] for row in done],
                marker="o",
                linewidth=2.4 if ours else 1.4,
                linestyle="-" if ours else "--",
                label=f"{system} ({done[-1]['columns']} columns)",
            )
    if months == MONTHS:
        budget = {"markersize": 22, "markeredgewidth": 2, "label": "budget of all blocks"}
        axes.plot(list(BUDGETS), list(BUDGETS.values()), "k_", **budget)
    axes.set(xscale="log", yscale="log", xlabel="invoices", ylabel=f"seconds, {months} key dates")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=9)
    figure.savefig(picture, dpi=130)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="within a minute")
    parser.add_argument("--ten", action="store_true", help="1e7 invoices too; some minutes and gigabytes")
    parser.add_argument("--sizes", type=float, nargs="+", help="numbers of invoices, ascending")
    parser.add_argument("--featuretools-python", default=sys.executable, help="an interpreter that has it")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds that featuretools may take")
    given = parser.parse_args()
    sizes = [
        int(size) for size in given.sizes or ((1e4, 1e5) if given.quick else (1e5, 1e6, *[1e7] * given.ten))
    ]
    rows: list[Row] = []
    for size in sizes:
        # A book of 1e7 invoices fills gigabytes, so each is gone before the next.
        with tempfile.TemporaryDirectory() as folder:
            rows += measure_size(size, Path(folder), given)
    add_growth(rows)
    report("features", rows)
    draw(rows, QUICK_MONTHS if given.quick else MONTHS, PICTURE)


if __name__ == "__main__":
    main()
