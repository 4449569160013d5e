"""A strict judge: what a load of a polluted book stored, against the clean book, row for row and cent for cent."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import arseg.ledger as door
from arseg.schema import LEDGER, ArsegError

from .books import Book
from .variant import Variant

Rows = dict[str, Counter[tuple[Any, ...]]]
Outcome = Literal["identical", "loaded", "refused", "silent", "crashed"]


@dataclass(frozen=True)
class Verdict:
    """What a load did: nothing lost, some rows set aside, refused; or silently wrong, or a raw traceback."""

    outcome: Outcome
    why: str = ""
    kept: float = 0.0
    aside: int = 0


def stored_rows(path: Path) -> tuple[Rows, list[tuple[Any, ...]], dict[str, tuple[int, int, int]]]:
    """Return the rows of the nine tables, of the quarantine, and the three counts by source."""
    with closing(door.read_ledger(path).connect()) as connection:
        rows = {name: Counter(connection.execute(f"FROM {name}").fetchall()) for name in LEDGER}
        aside = connection.execute("SELECT source, line, reason, text FROM quarantine").fetchall()
        counts = connection.execute(
            "SELECT source, rows_read, rows_loaded, rows_quarantined FROM sources"
        ).fetchall()
    return rows, aside, {source: tuple(three) for source, *three in counts}  # type: ignore[misc]


class Judge:
    """Loads variants of clean books into one home and compares."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._clean: dict[str, Rows] = {}

    def clean(self, book: Book) -> Rows:
        """Return what the clean book stores; it must load whole."""
        if book.name not in self._clean:
            source, layout = book.store(self.home / f"clean-{book.name}", book.files())
            report = door.load([source], layout, into=f"clean-{book.name}", home=self.home)
            assert all(count.rows_quarantined == 0 for count in report.sources), str(report)
            self._clean[book.name] = stored_rows(report.ledger_path)[0]
        return self._clean[book.name]

    def judge(self, variant: Variant) -> Verdict:
        """Load a variant and say what became of it."""
        clean = self.clean(variant.book)
        source, layout = variant.book.store(self.home / "polluted", variant.files)
        # A load adds to a ledger that is there, so each has a home of its own.
        shutil.rmtree(self.home / "house", ignore_errors=True)
        try:
            report = door.load([source], layout, into="polluted", home=self.home / "house")
        except ArsegError as refusal:
            return Verdict("refused", str(refusal))
        except Exception as problem:  # noqa: BLE001 (any other exception is the finding)
            return Verdict("crashed", f"{type(problem).__name__}: {problem}")
        stored, aside, counts = stored_rows(report.ledger_path)
        if variant.blanked:
            stored, clean = (_without(rows, variant.blanked) for rows in (stored, clean))
            if variant.blanked[1] not in " ".join(report.notes):
                return Verdict("silent", f"no note says that column {variant.blanked[1]!r} is not there")
        wrong = _wrong_counts(variant, report, aside, counts) or _wrong_money(report, stored)
        extra = {name: rows - clean[name] for name, rows in stored.items()}
        wrong = wrong or next((f"stored in {n}: {next(iter(r))}" for n, r in extra.items() if r), "")
        missing = {name: rows - stored[name] for name, rows in clean.items()}
        lost = _lost(variant, missing, aside)
        if wrong or isinstance(lost, str):
            return Verdict("silent", wrong or str(lost))
        total = sum(len(rows) - 1 for rows in variant.book.tables.values())
        untouched = total - len(variant.touched)
        kept = 1 - len(lost - set(variant.touched)) / untouched if untouched else 1.0
        whole = not lost and all(reason == "duplicate_row" for _, _, reason, _ in aside)
        return Verdict("identical" if whole else "loaded", "", kept, len(aside))


def _without(rows: Rows, blanked: tuple[str, str]) -> Rows:
    table, column = blanked
    place = LEDGER[table].names.index(column)
    changed: Counter[tuple[Any, ...]] = Counter()
    for row, count in rows[table].items():
        changed[(*row[:place], None, *row[place + 1 :])] += count
    return rows | {table: changed}


def bare(text: str) -> str:
    """Return a row's text without what a reader may leave out: quotes, its end, and all beyond 400 characters."""
    return text.replace('"', "").rstrip("\r\n")[:400]


def _wrong_counts(
    variant: Variant,
    report: Any,
    aside: Sequence[tuple[Any, ...]],
    counts: Mapping[str, tuple[int, int, int]],
) -> str:
    """Return a complaint where rows were not read, not accounted for, or quarantined with another's text."""
    by_source = Counter(row[0] for row in aside)
    for count in report.sources:
        three = (count.rows_read, count.rows_loaded, count.rows_quarantined)
        if counts[count.source] != three or three[0] != three[1] + three[2]:
            return f"{count.source}: counts {counts[count.source]} and {three}"
        if by_source[count.source] != three[2]:
            return f"{count.source}: {by_source[count.source]} rows in quarantine, {three[2]} counted"
        lines = variant.lines(count.source)
        if lines is None:
            return f"{count.source}: loaded, and is not {variant.book.encoding}"
        # A line of nothing but delimiters may count as a row, or as a blank line.
        most = sum(bool(line) for line in lines[1:])
        least = sum(bool(line.strip(variant.book.delimiter)) for line in lines[1:])
        if not least <= three[0] <= most:
            return f"{count.source}: {three[0]} rows read of {most}"
        for source, line, _, text in aside:
            if source == count.source and bare(lines[line - 1]) != bare(text):
                return f"{source}: line {line} is {lines[line - 1]!r}, in quarantine {text!r}"
    return ""


def _wrong_money(report: Any, stored: Rows) -> str:
    """Return a complaint where the report's money is not the stored rows' money."""
    kinds = {"payment": "paid", "credit_note": "credited", "write_off": "written_off", "recovery": "recovered",
             "reversal": "reversed"}  # fmt: skip
    sums: Counter[tuple[str, str]] = Counter()
    place = {name: LEDGER[name].names.index for name in LEDGER}
    for row, count in stored["invoices"].items():
        key = (row[place["invoices"]("currency")], "invoiced")
        sums[key] += count * row[place["invoices"]("amount")]
    for row, count in stored["postings"].items():
        key = (row[place["postings"]("currency")], kinds[row[place["postings"]("kind")]])
        sums[key] += count * row[place["postings"]("amount")]
    for currency, money in report.currencies.items():
        told = {name: money[name] for name in ("invoiced", *kinds.values())}
        if any(sums[currency, name] != amount for name, amount in told.items()):
            return f"{currency}: the report says {told}, stored is {dict(sums)}"
        cleared = money["paid"] + money["credited"] + money["written_off"] - money["recovered"]
        if money["invoiced"] != cleared - money["reversed"] + money["open"]:
            return f"{currency}: money is not conserved"
    return ""


def _lost(variant: Variant, missing: Rows, aside: Sequence[tuple[Any, ...]]) -> set[tuple[str, int]] | str:
    """Return the clean rows that are in quarantine instead of the ledger, or a complaint of one that is in neither."""
    texts = {(source, bare(text)) for source, _, _, text in aside}
    # Who says that the file is cut says that what follows is not in it.
    cut = {source for source, _, reason, _ in aside if reason == "cut_off"}
    found = set()
    for table, rows in missing.items():
        if not rows:
            continue
        file = variant.book.places[table][0]
        by_key = variant.book.rows_by_key(table)
        clean = variant.book.lines(file)
        for row in rows:
            for index in by_key[row[0]]:
                became = variant.touched.get((file, index), (clean[index + 1],))
                said = file in cut if not became else any((file, bare(text)) in texts for text in became)
                if not said:
                    return (
                        f"{file}: row {index} ({clean[index + 1]!r}) is neither in {table} nor in quarantine"
                    )
                found.add((file, index))
    return found
