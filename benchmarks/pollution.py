"""How often readers of polluted receivables files lie: thousands of damaged files, and a strict judge.

A load is silently wrong where it raises nothing and stores something else than the clean book, or loses a row
without saying so. Peers read the same files as text or as they do by default; they are silently wrong where
their records differ from their own reading of the clean file. ``--quick`` judges a sample within a minute.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

from measuring import report

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "tests" / "ledger" / "pollution"

# No reader without control totals can know these; they are counted, and reported apart.
APART = "undetectable without control totals"
FIGURES = ("identical", "loaded", "refused", "silent", "crashed")

Read = Callable[[Path, str, str], list[tuple[Any, ...]]]


def pollution() -> ModuleType:
    """Return the generator and the judge, which live with the tests."""
    spec = importlib.util.spec_from_file_location("pollution", PACKAGE / "__init__.py")
    if spec is None or spec.loader is None:
        raise ImportError(PACKAGE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["pollution"] = module
    spec.loader.exec_module(module)
    return module


def read_with_pandas(path: Path, delimiter: str, encoding: str, **options: Any) -> list[tuple[Any, ...]]:
    """Return what pandas reads by default."""
    import pandas as pd

    frame = pd.read_csv(path, sep=delimiter, encoding=encoding, **options)
    return [tuple(map(str, row)) for row in [frame.columns, *frame.itertuples(index=False)]]


def read_with_pandas_skipping(path: Path, delimiter: str, encoding: str) -> list[tuple[Any, ...]]:
    """Return what pandas reads where it may skip bad lines."""
    return read_with_pandas(path, delimiter, encoding, on_bad_lines="skip")


def read_with_duckdb(path: Path, delimiter: str, encoding: str) -> list[tuple[Any, ...]]:
    """Return what DuckDB reads, strictly and as text."""
    import duckdb

    # Its built-in single-byte encoding has all letters of ours.
    known = "utf-8" if encoding == "utf-8" else "latin-1"
    with duckdb.connect() as connection:
        found = connection.execute(
            "FROM read_csv(?, header = true, all_varchar = true, strict_mode = true, delim = ?, quote = '\"', "
            "escape = '\"', encoding = ?)",
            [str(path), delimiter, known],
        )
        return [tuple(column[0] for column in found.description), *found.fetchall()]


PEERS: dict[str, Read] = {
    "pandas.read_csv": read_with_pandas,
    "pandas.read_csv on_bad_lines=skip": read_with_pandas_skipping,
    "duckdb read_csv strict all_varchar": read_with_duckdb,
}


class Peer:
    """A reader that knows delimiter and encoding, judged by its own reading of the clean files."""

    def __init__(self, read: Read, home: Path) -> None:
        self.read = read
        self.home = home
        self._clean: dict[tuple[str, str], list[tuple[Any, ...]]] = {}

    def clean(self, book: Any, file: str) -> list[tuple[Any, ...]]:
        """Return the records of a clean file, its header first."""
        if (book.name, file) not in self._clean:
            path = self.home / "clean.csv"
            path.write_bytes(book.files()[file])
            self._clean[book.name, file] = self.read(path, book.delimiter, book.encoding)
        return self._clean[book.name, file]

    def judge(self, variant: Any) -> tuple[str, float]:
        """Return the outcome and the share of untouched rows that were kept."""
        path = self.home / "polluted.csv"
        lost, untouched, same = 0, 0, True
        for file in set(variant.changed) & set(variant.book.tables):
            clean = self.clean(variant.book, file)
            path.write_bytes(variant.files[file])
            try:
                found = self.read(path, variant.book.delimiter, variant.book.encoding)
            except Exception:  # noqa: BLE001 (whatever it raises is a refusal)
                return "refused", 0.0
            same = same and Counter(found) == Counter(clean)
            whole = Counter(
                row for place, row in enumerate(clean[1:]) if (file, place) not in variant.touched
            )
            lost += (whole - Counter(found)).total()
            untouched += whole.total()
        return ("identical" if same else "silent"), 1 - lost / untouched if untouched else 1.0


def judged(variants: Sequence[Any], judge: Callable[[Any], tuple[str, float]]) -> dict[str, Any]:
    """Return the figures of some variants."""
    wall, cpu = time.perf_counter(), time.process_time()
    outcomes = [judge(variant) for variant in variants]
    counts = Counter(outcome for outcome, _ in outcomes)
    kept = [share for (_, share), variant in zip(outcomes, variants, strict=True) if variant.kind == "row"]
    return {
        "seconds": round(time.perf_counter() - wall, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),
        "files": len(variants),
        **{name: counts[name] for name in FIGURES},
        "row_files": len(kept),
        "kept_share": round(sum(kept) / len(kept), 4) if kept else None,
        "row_files_that_keep_98": sum(share >= 0.98 for share in kept),
    }


def total(rows: Sequence[dict[str, Any]], case: str) -> dict[str, Any]:
    """Return the sum of rows of one system."""
    kept = sum((row["kept_share"] or 0) * row["row_files"] for row in rows)
    files = sum(row["row_files"] for row in rows)
    summed = ("seconds", "cpu_seconds", "files", *FIGURES, "row_files", "row_files_that_keep_98")
    return {
        "case": case,
        "system": rows[0]["system"],
        **{name: round(sum(row[name] for row in rows), 3) for name in summed},
        "peak_gib": max(row["peak_gib"] for row in rows),
        "kept_share": round(kept / files, 4) if files else None,
    }


def main() -> None:
    """Judge and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample, within a minute")
    parser.add_argument("--share", type=float, default=0.37, help="share of all variants of each case")
    parser.add_argument("--jobs", type=int, default=1, help="processes; seconds are summed over them")
    given = parser.parse_args()
    module = pollution()
    least = 2 if given.quick else 4
    chosen = module.sample(module.variants(), 0.0 if given.quick else given.share, least=least)
    cases = defaultdict(list)
    for variant in chosen:
        cases[variant.case if variant.knowable else f"{variant.case} ({APART})"].append(variant)
    rows = []
    # Forked, because the variants need not be sent then.
    with ProcessPoolExecutor(given.jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        largest = sorted(cases, key=lambda case: -len(cases[case]))
        for found in pool.map(_rows, largest, (cases[case] for case in largest)):
            print(f"{found[0]['case']}: {found[0]['files']} files", flush=True)
            rows += found
    rows.sort(key=lambda row: row["case"])
    report("pollution", [*rows, *_totals(rows)])


def _rows(case: str, variants: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the rows of one case, ours and the peers', judged in a folder of their own."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        judge = sys.modules["pollution"].Judge(Path(folder) / "arseg")
        peers = {name: Peer(read, Path(folder)) for name, read in PEERS.items()}
        return _judge_all(case, variants, judge, peers)


def _judge_all(
    case: str, variants: Sequence[Any], judge: Any, peers: dict[str, Peer]
) -> list[dict[str, Any]]:
    def ours(variant: Any) -> tuple[str, float]:
        verdict = judge.judge(variant)
        wrong = variant.kind == "equal" and verdict.outcome not in {"identical", "crashed", "silent"}
        if verdict.outcome in {"silent", "crashed"} or wrong:
            unequal = "not loaded whole, though it says the same" if wrong else verdict.outcome
            print(
                f"  {variant.book.name}, {case}: {variant.name}: {unequal} {verdict.why[:200]}",
                file=sys.stderr,
            )
        return verdict.outcome, verdict.kept

    rows = [{"case": case, "system": "arseg", **judged(variants, ours)}]
    # A peer knows nothing of a control file.
    if "control file" not in case and APART not in case:
        rows += [
            {"case": case, "system": name, **judged(variants, peer.judge)} for name, peer in peers.items()
        ]
    return rows


def _totals(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for system in dict.fromkeys(row["system"] for row in rows):
        own = [row for row in rows if row["system"] == system]
        found.append(total([row for row in own if APART not in row["case"]], "total"))
        apart = [row for row in own if APART in row["case"]]
        if apart:
            found.append(total(apart, f"total {APART}"))
    return found


if __name__ == "__main__":
    main()
