"""How long ``arseg load`` takes: a book of 1e6 invoices and 1.2e6 postings, a day's delta of 1 %, and ten times the rows.

``--quick`` loads a tenth and a hundredth; ``--ten`` adds 1e7 invoices, which takes some minutes and 6 GB of disk.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from measuring import measured, report

START = dt.date(2022, 1, 1)


def write_book(folder: Path, invoices: int, *, first: int = 0, day: int = 0, days: int = 1000) -> None:
    """Write a book in our own format: invoices of so many days, 1.2 postings each, all with their own clock.

    Parameters
    ----------
    folder
        Where it goes.
    invoices
        How many.
    first
        Number of the first one.
    day, days
        First day and number of days on which they are known.
    """
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(
            f"CREATE TABLE i AS SELECT 'INV-' || lpad(CAST({first} + n AS VARCHAR), 9, '0') AS invoice_id, "
            "'C' || lpad(CAST((n * 7919) % greatest(1, CAST(? / 10 AS BIGINT)) AS VARCHAR), 7, '0') AS customer_id, "
            "'E' || (n % 3) AS entity, "
            f"DATE '{START}' + CAST({day} + n % {days} AS INTEGER) AS document_date, document_date + 30 + CAST(n % 3 AS INTEGER) * 15 AS due_date, "
            "CAST(((n * 7907) % 9000000) / 100.0 + 1 AS DECIMAL(18,2)) AS amount, 'EUR' AS currency, document_date AS known_on "
            "FROM range(?) r(n)",
            [invoices, invoices],
        )
        connection.execute(f"COPY i TO '{folder}/invoices.csv' (HEADER)")
        connection.execute(
            f"COPY (SELECT 'P-' || substr(invoice_id, 5) || '-' || part AS posting_id, invoice_id, 'payment' AS kind, "
            "CASE WHEN parts = 2 THEN CAST(amount / 2 AS DECIMAL(18,2)) ELSE amount END AS amount, currency, "
            "document_date + CAST(part * 9 AS INTEGER) AS value_date, 'transfer' AS method, value_date + 1 AS known_on FROM ("
            "SELECT *, CASE WHEN hash(invoice_id) % 5 = 0 THEN 2 ELSE 1 END AS parts FROM i), range(1, 3) p(part) WHERE part <= parts) "
            f"TO '{folder}/postings.csv' (HEADER)"
        )


def load_book(folder: str, home: str) -> dict[str, Any]:
    """Load a folder into the ledger ``book`` of a home."""
    from arseg.ledger import load

    done = load([folder], "arseg", into="book", home=home)
    money = {key: str(value) for key, value in done.currencies["EUR"].items()}
    return {
        "rows": sum(count.rows_read for count in done.sources),
        "actions": dict(done.actions),
        "money": money,
    }


def measure_size(invoices: int, folder: Path) -> list[dict[str, Any]]:
    """Load a book and then its next day's delta of 1 %."""
    size = f"{invoices:.0e}".replace("e+0", "e")
    home = folder / size
    write_book(home / "book", invoices)
    write_book(home / "delta", invoices // 100, first=invoices, day=1020, days=1)
    rows = []
    for case in ("book", "delta"):
        figures = measured(load_book, str(home / case), str(home))
        rows.append({"case": f"{case} of {size} invoices", "system": "arseg", **figures})
    return rows


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--ten", action="store_true")
    given = parser.parse_args()
    sizes = [10_000, 100_000] if given.quick else [100_000, 1_000_000, *[10_000_000] * given.ten]
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for size in sizes for row in measure_size(size, Path(folder))]
    for small, large in zip(rows[::2], rows[2::2], strict=False):
        large["times_the_smaller"] = round(large["seconds"] / small["seconds"], 2)
    report("ledger_load", rows)


if __name__ == "__main__":
    main()
