"""Whether any figure knows more than its key date: other futures, slow readings and planted leaks, by the thousand.

*Another future*: ledgers in which all that is known after a key date is different; no figure may change by a
bit. *Slow reading*: every figure of a customer on a key date against plain Python over the raw rows. *Planted
leaks*: readers that err as people have erred; the comparison of futures must catch each. ``--quick`` takes a
sample within a minute.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(Path(__file__).resolve().parent)]

from measuring import report  # noqa: E402 (the tests' own readings are found first)

from arseg.features import Block, Features, build_features, find_blocks  # noqa: E402
from arseg.ledger import Ledger, take_snapshot, take_snapshots  # noqa: E402
from oracle.edges import edge_book  # noqa: E402
from oracle.known import Known, Rows, raw_rows  # noqa: E402
from oracle.leaks import LEAKS, Reader  # noqa: E402
from oracle.poison import assigned, changed_features, cut, differing, poison, unheard, unsaid  # noqa: E402

FUTURES = 4
EXACT = {"currency", "count"}
AROUND = (-91, -31, -30, -2, -1, 0, 1, 2, 7, 9)
HEARD_OF_LATER = ("contacts", "credit", "disputes", "promises", "indicators", "assignments")

Work = Callable[[int, Path], Counter[str]]


def loaded(path: Path) -> ModuleType:
    """Return a module of the tests, which are no package."""
    if path.stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise ImportError(path)
        sys.modules[path.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[path.stem])
    return sys.modules[path.stem]


def written(path: Path, book: Rows, end: dt.date) -> Ledger:
    """Return a ledger of rows, complete to a day."""
    path.unlink(missing_ok=True)
    ledger: Ledger = loaded(TESTS / "conftest.py").build_ledger(path, book, complete_to=end)
    return ledger


def drawn(seed: int, *, invoices: int, customers: int) -> tuple[Rows, dt.date]:
    """Return a random book and the key date around which its days lie."""
    rng = np.random.default_rng(seed)
    day = dt.date(2024, 1, 1) + dt.timedelta(days=int(rng.integers(0, 1000)))
    return assigned(edge_book(seed, day, invoices=invoices, customers=customers), rng, day), day


def with_another_future(seed: int, folder: Path) -> Counter[str]:
    """Compare a book without a future to several with one, in turn by both ways to a snapshot."""
    book, day = drawn(seed, invoices=80, customers=10)
    rng = np.random.default_rng(seed)
    if seed % 3 == 1:
        book = unheard(book, day, *rng.choice(HEARD_OF_LATER, 3, replace=False))
    if seed % 3 == 2:
        book = unsaid(book, day)
    counts: Counter[str] = Counter()
    before = built(written(folder / "plain.duckdb", cut(book, day), day), day)
    for number in range(FUTURES):
        end = day + dt.timedelta(days=int(rng.integers(0, 900)))
        ledger = written(folder / "poisoned.duckdb", poison(book, rng, day), end)
        after = built(ledger, day) if number % 2 else built_of_history(ledger, day)
        moved = changed_features(before, after)
        if moved:
            print(f"  book {seed}, future {number}: {', '.join(moved)[:200]}", file=sys.stderr)
        counts += Counter(ledgers=1, ledgers_changed=int(bool(moved)), figures=figures_of(before))
    return counts


def by_slow_reading(seed: int, folder: Path) -> Counter[str]:
    """Compare every figure on several days of a book with a plain reading of its rows."""
    book, day = drawn(seed, invoices=1_300, customers=200)
    ledger = written(folder / "book.duckdb", book, day + dt.timedelta(days=9))
    rows, blocks, counts = raw_rows(ledger), find_blocks(), Counter[str]()
    with take_snapshots(ledger, [day + dt.timedelta(days=shift) for shift in AROUND]) as snapshots:
        for features in snapshots.map(build_features, workers=1):
            known = Known(rows, ledger.rates, features.key_date)
            wrong = [text for block in blocks for text in unlike(features, known, block)]
            for text in wrong[:3]:
                print(f"  book {seed}, {features.key_date}: {text}", file=sys.stderr)
            counts += Counter(key_dates=1, pairs=len(features.customers), figures=figures_of(features))
            counts["figures_wrong"] += len(wrong)
    return counts


def unlike(features: Features, known: Known, block: Block) -> Iterator[str]:
    """Yield the figures of a block that a slow reading gives otherwise, and the keys that only one of them has."""
    figures = importlib.import_module(f"oracle.{block.name}").figures
    frame = features.items if block.grain == "invoice" else features.customers
    keys = sorted({row[block.key] for row in known.open})
    if frame[block.key].tolist() != keys:
        yield f"the keys of {block.name}"
        return
    found = {column.name: frame[column.name].to_numpy() for column in block.columns}
    for place, key in enumerate(keys):
        wanted = figures(known, key)
        for column in block.columns:
            value, given = wanted[column.name], float(found[column.name][place])
            value = math.nan if value is None else float(value)
            same = math.isnan(given) if math.isnan(value) else given == value
            near = column.unit not in EXACT and math.isclose(given, value, rel_tol=1e-9, abs_tol=1e-9)
            if not same and not near:
                yield f"{column.name} of {key}: {given} is not {value}"


def by_planted_leaks(seed: int, folder: Path) -> Counter[str]:
    """Return which leaks a pair of futures catches, and which of their honest readings it flags."""
    book, day = drawn(seed, invoices=150, customers=20)
    if seed % 2:
        book = unheard(book, day, "contacts", "credit", "disputes", "promises")
    futures = (cut(book, day), poison(book, np.random.default_rng(seed), day))
    end = day + dt.timedelta(days=400)
    readers = [
        Reader(written(folder / f"{place}.duckdb", rows, end), day) for place, rows in enumerate(futures)
    ]
    counts: Counter[str] = Counter()
    for name, text in LEAKS.items():
        for honest in (False, True):
            frames = [reader.read(text, honest=honest) for reader in readers]
            counts[f"{'flagged' if honest else 'caught'} {name}"] += int(bool(differing(*frames)))
    for reader in readers:
        reader.close()
    return counts


def built(ledger: Ledger, day: dt.date) -> Features:
    """Return the features of a snapshot in which nothing later is."""
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot)


def built_of_history(ledger: Ledger, day: dt.date) -> Features:
    """Return the features of a key date of a history that holds what came later."""
    with take_snapshots(ledger, [day]) as snapshots, snapshots.on(day) as snapshot:
        return build_features(snapshot)


def figures_of(features: Features) -> int:
    """Return how many figures there are."""
    return int(features.items.iloc[:, 2:].size + features.customers.iloc[:, 1:].size)


def worked(work: Work, seeds: range) -> dict[str, Any]:
    """Do work for some seeds in a folder of its own; runs in a process of its own."""
    wall, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        counts: Counter[str] = Counter()
        for seed in seeds:
            counts.update(work(seed, Path(folder)))
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "counts": counts,
    }


def swept(pool: ProcessPoolExecutor, work: Work, books: int, size: int) -> Iterator[dict[str, Any]]:
    """Start work for so many seeds, in parts, and return an iterator of what the parts give, in order."""
    parts = [range(start, min(start + size, books)) for start in range(0, books, size)]
    started = pool.map(worked, [work] * len(parts), parts)

    def announced() -> Iterator[dict[str, Any]]:
        for part, found in zip(parts, started, strict=True):
            print(f"{work.__name__}: {part.stop} of {books} books", flush=True)
            yield found

    return announced()


def row(case: str, parts: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], Counter[str]]:
    """Return the row of a case, and all that was counted."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part["counts"])
    sums = {name: round(sum(part[name] for part in parts), 3) for name in ("seconds", "cpu_seconds")}
    peak = round(max(part["peak_gib"] for part in parts), 3)
    return {"case": case, "system": "arseg", **sums, "peak_gib": peak}, counts


def main() -> None:
    """Sweep and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample, within a minute")
    parser.add_argument("--ledgers", type=int, default=2_000, help="ledgers with another future")
    parser.add_argument(
        "--books", type=int, default=55, help="books for the slow reading, some 1,900 pairs each"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes; seconds are summed over them")
    given = parser.parse_args()
    ledgers, books, pairs = (8, 1, 2) if given.quick else (given.ledgers, given.books, 40)
    columns = {"columns": sum(len(block.columns) for block in find_blocks())}
    with ProcessPoolExecutor(given.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        # All are started before any is waited for, the longest first.
        slow = swept(pool, by_slow_reading, books, 1)
        futures = swept(pool, with_another_future, ledgers // FUTURES, 1 if given.quick else 10)
        leaks = swept(pool, by_planted_leaks, pairs, 1)
        rows = []
        for case, parts, names in (
            ("slow reading", slow, ("pairs", "key_dates", "figures", "figures_wrong")),
            ("another future", futures, ("ledgers", "ledgers_changed", "figures")),
        ):
            found, counts = row(case, list(parts))
            rows.append(found | columns | {name: counts[name] for name in names})
        found, counts = row("planted leaks", list(leaks))
        caught = {
            "leaks": len(LEAKS),
            "caught": sum(counts[f"caught {name}"] > 0 for name in LEAKS),
            "flagged_though_honest": sum(counts[f"flagged {name}"] > 0 for name in LEAKS),
        }
        rows.append(found | caught)
    report("leakage", rows)


if __name__ == "__main__":
    main()
