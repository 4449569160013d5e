"""What a load did: rows per source, and the money that reached the ledger, to the cent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from arseg.ledger.store import Ledger

MONEY: Final[Mapping[str, str]] = {
    "payment": "paid",
    "credit_note": "credited",
    "write_off": "written_off",
    "recovery": "recovered",
    "reversal": "reversed",
}


@dataclass(frozen=True)
class SourceCount:
    """Rows of one source: ``rows_read == rows_loaded + rows_quarantined``, the latter by reason."""

    source: str
    sha256: str
    rows_read: int
    rows_loaded: int
    reasons: Mapping[str, int]

    @property
    def rows_quarantined(self) -> int:
        """Rows that were set aside, for whatever reason."""
        return sum(self.reasons.values())


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Parameters
    ----------
    ledger_path
        The ledger that was written.
    layout
        Name of the layout.
    sources
        One per file, by name.
    currencies
        By currency: invoiced, paid, credited, written_off, recovered, reversed and open, in that
        currency; ``invoiced = paid + credited + written_off - recovered - reversed + open``.
    notes
        What was assumed or left out, in sentences.
    """

    ledger_path: Path
    layout: str
    sources: tuple[SourceCount, ...]
    currencies: Mapping[str, Mapping[str, Decimal]]
    notes: tuple[str, ...]

    def to_json(self) -> str:
        """Return the report as JSON; amounts are decimal text."""
        sources = [
            {
                "source": count.source,
                "sha256": count.sha256,
                "rows_read": count.rows_read,
                "rows_loaded": count.rows_loaded,
                "rows_quarantined": count.rows_quarantined,
                "reasons": dict(count.reasons),
            }
            for count in self.sources
        ]
        money = {
            name: {key: str(value) for key, value in row.items()} for name, row in self.currencies.items()
        }
        report = {
            "ledger": self.ledger_path.as_posix(),
            "layout": self.layout,
            "sources": sources,
            "currencies": money,
            "notes": list(self.notes),
        }
        return json.dumps(report, indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        width = max(len(count.source) for count in self.sources)
        lines = [f"{self.ledger_path} from layout {self.layout}", ""]
        for count in self.sources:
            why = ", ".join(f"{reason} {n:,}" for reason, n in count.reasons.items())
            lines.append(
                f"  {count.source:<{width}}  {count.rows_read:>9,} rows read, {count.rows_loaded:>9,} loaded, "
                f"{count.rows_quarantined:>6,} quarantined{f' ({why})' if why else ''}"
            )
        for currency, row in self.currencies.items():
            lines += [
                "",
                *(f"  {currency} {name.replace('_', ' '):<11} {value:>20,}" for name, value in row.items()),
            ]
        return "\n".join([*lines, "", *(f"  - {note}" for note in self.notes)])


def sum_money(ledger: Ledger) -> dict[str, dict[str, Decimal]]:
    """Return, by currency, what was invoiced, paid and so on, and what is open, in that currency.

    The latest version of each invoice counts. What is open is the sum of all balances, cash on
    account included, so that conservation is an identity over the stored rows.
    """
    with closing(ledger.connect()) as connection:
        invoiced = connection.execute(
            "SELECT currency, sum(amount) FROM (SELECT invoice_id, arg_max(amount, known_on) AS amount, "
            "arg_max(currency, known_on) AS currency FROM invoices GROUP BY invoice_id) GROUP BY currency"
        ).fetchall()
        posted = connection.execute(
            "SELECT currency, kind, sum(amount) FROM postings GROUP BY ALL"
        ).fetchall()
    zero = Decimal("0.00")
    currencies = sorted({row[0] for row in [*invoiced, *posted]})
    money = {name: dict.fromkeys(("invoiced", *MONEY.values()), zero) for name in currencies}
    for currency, amount in invoiced:
        money[currency]["invoiced"] = amount
    for currency, kind, amount in posted:
        money[currency][MONEY[kind]] = amount
    for row in money.values():
        cleared = row["paid"] + row["credited"] + row["written_off"] - row["recovered"] - row["reversed"]
        row["open"] = row["invoiced"] - cleared
    return money
