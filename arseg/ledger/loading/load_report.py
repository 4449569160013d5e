"""What a load did: rows per source, and the money that reached the ledger, to the cent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from arseg.ledger.sources.matching import Matched
from arseg.ledger.storing.store import Ledger
from arseg.schema.shown import Shown

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

    def to_dict(self) -> dict[str, object]:
        """Return the counts as plain values."""
        return {
            "source": self.source,
            "sha256": self.sha256,
            "rows_read": self.rows_read,
            "rows_loaded": self.rows_loaded,
            "rows_quarantined": self.rows_quarantined,
            "reasons": dict(self.reasons),
        }


@dataclass(frozen=True)
class LoadReport(Shown):
    """What a load did.

    Parameters
    ----------
    ledger_path
        The ledger that was written.
    layout
        Name of the layout.
    sources
        One per source, by name.
    currencies
        By currency: invoiced, paid, credited, written_off, recovered, reversed and open, in that
        currency; ``invoiced = paid + credited + written_off - recovered - reversed + open``.
    notes
        What was assumed or left out, in sentences.
    actions
        How many rows of tables were new, restated, unchanged and late.
    unchanged
        Whether the ledger had had all of the sources before, so that nothing was done.
    """

    ledger_path: Path
    layout: str
    sources: tuple[SourceCount, ...]
    currencies: Mapping[str, Mapping[str, Decimal]]
    notes: tuple[str, ...]
    actions: Mapping[str, int]
    unchanged: bool = False

    def to_json(self) -> str:
        """Return the report as JSON; amounts are decimal text."""
        report = {
            "ledger": self.ledger_path.as_posix(),
            "layout": self.layout,
            "unchanged": self.unchanged,
            "sources": [count.to_dict() for count in self.sources],
            "currencies": money_text(self.currencies),
            "actions": dict(self.actions),
            "notes": list(self.notes),
        }
        return json.dumps(report, indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        width = max(len(count.source) for count in self.sources)
        head = (
            "had all of it already"
            if self.unchanged
            else ", ".join(f"{n:,} {k}" for k, n in self.actions.items() if n)
        )
        lines = [f"{self.ledger_path} from layout {self.layout}: {head or 'no row'}", ""]
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


def report_load(
    ledger: Ledger, layout: str, sources: Sequence[Matched], *, unchanged: bool = False
) -> LoadReport:
    """Return what the last load of a ledger did, source by source; of those passed over, what they did then."""
    names = [source.name for source in sources]
    counts = [count for count in count_sources(ledger) if count.source in names]
    with closing(ledger.connect()) as connection:
        new, restated, unchanged_rows, late = connection.execute(
            "SELECT rows_new, rows_restated, rows_unchanged, rows_late FROM loads ORDER BY load DESC LIMIT 1"
        ).fetchall()[0]
    actions = {"new": new, "restated": restated, "late": late, "unchanged": unchanged_rows}
    if unchanged:
        actions = dict.fromkeys(actions, 0)
    return LoadReport(ledger.path, layout, tuple(counts), sum_money(ledger), ledger.notes, actions, unchanged)


def count_sources(ledger: Ledger) -> list[SourceCount]:
    """Return the counts of every source of a ledger, by name; of one that came several times the last."""
    with closing(ledger.connect()) as connection:
        rows = connection.execute(
            "SELECT source, sha256, rows_read, rows_loaded, reasons FROM sources "
            "QUALIFY row_number() OVER (PARTITION BY source ORDER BY load DESC) = 1 ORDER BY source"
        ).fetchall()
    return [
        SourceCount(source, sha256, read or 0, loaded or 0, json.loads(reasons or "{}"))
        for source, sha256, read, loaded, reasons in rows
    ]


def money_text(money: Mapping[str, Mapping[str, Decimal]]) -> dict[str, dict[str, str]]:
    """Return amounts as decimal text."""
    return {name: {key: str(value) for key, value in row.items()} for name, row in money.items()}


def sum_money(ledger: Ledger) -> dict[str, dict[str, Decimal]]:
    """Return, by currency, what was invoiced, paid and so on, and what is open, in that currency.

    The latest version of each invoice counts. What is open is the sum of all balances, cash on
    account included, so that conservation is an identity over the stored rows.
    """
    with closing(ledger.connect()) as connection:
        # Most invoices have one version; only of the others the last is looked for.
        invoiced = connection.execute(
            "SELECT currency, sum(amount) FROM (SELECT currency, amount FROM invoices ANTI JOIN restated USING (invoice_id) "
            "UNION ALL SELECT arg_max(currency, known_on), arg_max(amount, known_on) FROM invoices "
            "SEMI JOIN restated USING (invoice_id) GROUP BY invoice_id) GROUP BY currency"
        ).fetchall()
        owed = "SELECT invoice_id, arg_max(currency, known_on) AS owed FROM invoices GROUP BY invoice_id"
        named = (
            "postings" if ledger.currencies_complete else f"postings LEFT JOIN ({owed}) USING (invoice_id)"
        )
        currency = (
            "currency" if ledger.currencies_complete else f"coalesce(currency, owed, '{ledger.currency}')"
        )
        posted = connection.execute(
            f"SELECT {currency} AS currency, kind, sum(amount) FROM {named} GROUP BY ALL"
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
