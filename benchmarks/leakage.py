"""Whether anything that becomes known later moves a figure, and whether each figure is what its rows say.

Two sweeps over random books. In the first all that is known after a key date is replaced, deleted, added to
and posted late, and every figure of that date must stay the same to the bit. In the second every figure of
every customer who has an open item is compared with a slow reading of the ledger's rows. Each writes rows of
work done and of figures that differed, which must be none.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "features")]

from measuring import measured, report  # noqa: E402
from test_blocks_reference import agree  # noqa: E402

from arseg.features import Features, build_features, find_blocks  # noqa: E402
from arseg.ledger import Ledger, take_snapshot, take_snapshots  # noqa: E402
from conftest import build_ledger  # noqa: E402
from oracle.edges import edge_book  # noqa: E402
from oracle.known import Known, Rows, raw_rows  # noqa: E402
from oracle.poison import assigned, changed_features, cut, poison  # noqa: E402

DAY = dt.date(2025, 6, 16)
END = DAY + dt.timedelta(days=500)
# The poisons of one book share its honest features, once made.
POISONS = 4
SHOWN = 5


def book_of(seed: int, invoices: int, customers: int) -> Rows:
    """Return a random book around the key date."""
    return assigned(edge_book(seed, DAY, invoices, customers), np.random.default_rng(seed), DAY)


def features_on(ledger: Ledger, *, shared: bool) -> Features:
    """Return the features of the key date, of a snapshot of its own or of a history that holds what comes later."""
    if not shared:
        with take_snapshot(ledger, DAY) as snapshot:
            return build_features(snapshot)
    with take_snapshots(ledger, [DAY]) as snapshots, snapshots.on(DAY) as snapshot:
        return build_features(snapshot)


def poisoned(seeds: range) -> dict[str, Any]:
    """Return how many perturbed ledgers were read and how many of them moved a figure."""
    figures = {"ledgers": 0, "open_items": 0, "figures": 0, "changed_ledgers": 0}
    changed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            book = book_of(seed, 120, 12)
            before = features_on(
                build_ledger(Path(folder) / "plain.duckdb", cut(book, DAY), complete_to=DAY), shared=False
            )
            for number in range(POISONS):
                rows = poison(book, np.random.default_rng([seed, number]), DAY)
                ledger = build_ledger(Path(folder) / "poisoned.duckdb", rows, complete_to=END)
                moved = changed_features(before, features_on(ledger, shared=number % 2 == 0))
                changed += [f"{name} of book {seed}, poison {number}" for name in moved[:1]]
                figures["ledgers"] += 1
                figures["open_items"] += len(before.items)
                figures["figures"] += before.items.size + before.customers.size
                figures["changed_ledgers"] += bool(moved)
    return {**figures, "changed": changed[:SHOWN]}


def compared(seeds: range, invoices: int, customers: int, days: int) -> dict[str, Any]:
    """Return how many customers were compared on how many key dates, and what was not as a slow reading says."""
    blocks = find_blocks()
    figures = {"books": 0, "key_dates": 0, "pairs": 0, "mismatched_key_dates": 0}
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            rows = book_of(seed, invoices, customers)
            ledger = build_ledger(Path(folder) / "book.duckdb", rows, complete_to=END)
            told = raw_rows(ledger)
            with take_snapshots(ledger, key_dates(days)) as snapshots:
                for features in snapshots.map(build_features, workers=1):
                    try:
                        agree(features, Known(told, ledger.rates, features.key_date), blocks)
                    except AssertionError as problem:
                        figures["mismatched_key_dates"] += 1
                        said = (str(problem) or "other rows").splitlines()[0]
                        wrong.append(f"book {seed}, {features.key_date}: {said}")
                    else:
                        figures["pairs"] += len(features.customers)
                    figures["key_dates"] += 1
            figures["books"] += 1
    return {**figures, "mismatches": wrong[:SHOWN]}


def key_dates(days: int) -> list[dt.date]:
    """Return the key date, the days beside it, and days between them and the ends of the windows."""
    shifts = (0, -1, 1, -31, -30, 30, 7, -91, -182, 61)
    return sorted(DAY + dt.timedelta(days=shift) for shift in shifts[:days])


def sweep(
    case: str,
    needed: int,
    count: str,
    limit: float,
    work: Callable[..., dict[str, Any]],
    *args: Any,
    size: int,
) -> Iterator[dict[str, Any]]:
    """Yield rows of work, each in a process of its own, until so many of something have been done."""
    total, part, start = 0, 0, time.monotonic()
    while total < needed and time.monotonic() - start < limit:
        row = {"case": case, **measured(work, range(part * size, (part + 1) * size), *args)}
        if "failed" in row:
            raise SystemExit(f"{case}, part {part}: {row['failed']}")
        total += row[count]
        part += 1
        print(f"{case}: {total} of {needed} {count}, {row['seconds']} s", file=sys.stderr, flush=True)
        yield row


def summed(case: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sum of rows of one sweep."""
    total: dict[str, Any] = {"case": f"{case}, in all"}
    for name, value in rows[0].items():
        if isinstance(value, list):
            total[name] = [text for row in rows for text in row[name]][:SHOWN]
        elif name != "case":
            values = [row[name] for row in rows]
            total[name] = max(values) if name == "peak_gib" else round(sum(values), 3)
    return total


def main() -> None:
    """Sweep, report, and fail where a figure moved or differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample, within a minute")
    parser.add_argument("--ledgers", type=int, default=2_000, help="perturbed ledgers")
    parser.add_argument("--pairs", type=int, default=100_000, help="pairs of a customer and a key date")
    given = parser.parse_args()
    limit = 12.0 if given.quick else float("inf")
    ledgers, pairs = (8, 100) if given.quick else (given.ledgers, given.pairs)
    size, book = (2, (300, 20, 2)) if given.quick else (50, (6_000, 400, 10))
    rows = []
    for sweep_rows in (
        sweep("poison", ledgers, "ledgers", limit, poisoned, size=size),
        sweep("slow readings", pairs, "pairs", limit, compared, *book, size=1 if given.quick else 2),
    ):
        found = list(sweep_rows)
        rows += [summed(found[0]["case"], found)]
    report("leakage", rows)
    if any(row.get("changed_ledgers") or row.get("mismatched_key_dates") for row in rows):
        raise SystemExit("a figure moved, or is not what its rows say")


if __name__ == "__main__":
    main()
