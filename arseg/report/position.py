"""Where the money stands: today's segments, who moved between them, and the cash expected."""

from __future__ import annotations

from typing import Final

from arseg.report import wording
from arseg.report.evidence import Band, beside, segment_position
from arseg.report.findings import Findings, Row, rows_of

NO_CASH: Final = "No cash forecast: it needs open items and a fitted model, and this run lacked one of them."
NO_SEGMENTS: Final = "No segments: no customer had an open item at the key date."
NO_MOVES: Final = "No moves are shown: there is no earlier publication to compare with."
NOBODY_MOVED: Final = "No customer changed segment."
CASH: Final = ("expected", "low_50", "high_50", "low_80", "high_80")


def cash(findings: Findings) -> Band:
    """Return the cash expected by week, in the currency and scaled for the chart."""
    rows = rows_of(findings.cash, "cash")
    scale, word = _scale(rows)
    weeks = [
        {
            "week": beside(row["week"], wording.day_short(row["week"])),
            **{c: beside(row[c], wording.money_short(row[c], findings.currency)) for c in CASH},
        }
        for row in rows
    ]
    plot = [
        {"label": week["week"]["shown"], **{c: week[c]["raw"] / scale for c in CASH}}
        for week in weeks
        if all(week[c]["raw"] is not None for c in CASH)
    ]
    symbol = wording.SYMBOLS.get(findings.currency, findings.currency)
    total = sum(row["expected"] or 0.0 for row in rows)
    return {
        "missing": "" if plot else NO_CASH,
        "title": f"Cash expected from open items, next {wording.plural(len(weeks), 'week')}"
        if weeks
        else "Cash expected",
        "unit": " ".join(part for part in (symbol, word, "a week") if part),
        "weeks": weeks,
        "plot": plot,
        "total": beside(total, wording.money_short(total, findings.currency)),
    }


def _scale(rows: list[Row]) -> tuple[float, str]:
    largest = max((abs(row[c]) for row in rows for c in CASH if row[c] is not None), default=0.0)
    if largest >= 5e6:
        return 1e6, "million"
    return (1e3, "thousand") if largest >= 5e3 else (1.0, "")


def segments(findings: Findings) -> Band:
    """Return customers, exposure, expected and observed lateness per segment, riskiest first."""
    rows = sorted(rows_of(findings.segments, "segments"), key=lambda r: segment_position(r["segment"]))
    total = sum(row["exposure"] or 0.0 for row in rows)
    customers = sum(row["customers"] or 0 for row in rows)
    overdue = sum(row["overdue"] or 0.0 for row in rows)
    return {
        "missing": "" if rows else NO_SEGMENTS,
        "rows": [_segment(row, findings.currency, total) for row in rows],
        "total": {
            "customers": beside(customers, wording.count(customers)),
            "exposure": beside(total, wording.money_short(total, findings.currency)),
            "overdue": beside(overdue, wording.money_short(overdue, findings.currency)),
        },
    }


def _segment(row: Row, currency: str, total: float) -> Band:
    part = (row["exposure"] or 0.0) / total if total else 0.0
    observed = row["observed_unpaid_30"]
    low, high = row["observed_low"], row["observed_high"]
    return {
        "segment": row["segment"],
        "customers": beside(row["customers"], wording.count(row["customers"])),
        "exposure": beside(row["exposure"], wording.money_short(row["exposure"], currency)),
        "exposure_share": beside(part, wording.share(part, 0)),
        "overdue": beside(row["overdue"], wording.money_short(row["overdue"], currency)),
        "expected": beside(row["expected_unpaid_30"], wording.share(row["expected_unpaid_30"])),
        "observed": beside(observed, wording.share(observed)),
        "interval": {"low": low, "high": high, "shown": wording.interval(low, high, "share", like=observed)},
        "treatment": row["treatment"] or "",
    }


def moves(findings: Findings) -> Band:
    """Return how many customers changed segment, without those who stayed."""
    rows = [r for r in rows_of(findings.moves, "moves") if r["from_segment"] != r["to_segment"]]
    rows.sort(key=lambda r: (segment_position(r["from_segment"]), segment_position(r["to_segment"])))
    missing = NOBODY_MOVED if findings.compared_with and findings.moves is not None else NO_MOVES
    return {
        "missing": "" if rows else missing,
        "rows": [
            {**row, "customers": beside(row["customers"], wording.count(row["customers"]))} for row in rows
        ],
    }
