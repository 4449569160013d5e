"""Where the money stands: today's segments, who moved between them, and the cash expected."""

from __future__ import annotations

from typing import Final

from arseg.report import masking, wording
from arseg.report.evidence import Band, beside, segment_position
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import known, say

NO_CASH: Final = "No cash forecast: it needs open items and a fitted model, and this run lacked one of them."
CASH_ELSEWHERE: Final = (
    "No cash forecast on this page: a daily refresh makes none. It stands on the page of the last month-end."
)
NO_SEGMENTS: Final = "No segments: no customer had an open item at the key date."
NO_MOVES: Final = "No moves are shown: there is no earlier publication to compare with."
NOBODY_MOVED: Final = "No customer changed segment."
CASH: Final = ("expected", "low_50", "high_50", "low_80", "high_80")


def cash(findings: Findings, missing: str = NO_CASH) -> Band:
    """Return the cash expected by week, in the currency and scaled for the chart, or why it is missing."""
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
    shown = wording.money_short(total, findings.currency)
    return {
        "missing": "" if plot else say(missing),
        "title": _title(len(weeks)),
        "unit": say("{unit} a week", unit=" ".join(part for part in (symbol, word and say(word)) if part)),
        "weeks": weeks,
        "plot": plot,
        "total": beside(total, shown),
    }


def cash_caption(cash: Band, forecast: Band) -> str:
    """Return what stands under the chart of cash: its unit, the sum, and the band of the sum where one is known."""
    said = {"unit": cash["unit"], "total": cash["total"]["shown"]}
    if forecast["missing"]:
        return say(
            "{unit}; {total} expected in all from the items open today; sales to come are not in it.", **said
        )
    return say(
        "{unit}; {total} expected in all from the items open today, 80 % of outcomes within {band}; sales to come are"
        " not in it.",
        band=forecast["whole"]["band"]["shown"],
        **said,
    )


def _title(weeks: int) -> str:
    if not weeks:
        return say("Cash expected")
    if weeks == 1:
        return say("Cash expected from open items, next week")
    return say("Cash expected from open items, next {count} weeks", count=wording.count(weeks))


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
    told = [_segment(row, findings.currency, total) for row in rows]
    away = masking.hidden([row["customers"] for row in rows], findings.fewest)
    shown = [masking.withheld(own) if gone else own for own, gone in zip(told, away, strict=True)]
    stack = _stack(told, away)
    return {
        "missing": "" if rows else say(NO_SEGMENTS),
        "rows": shown,
        "stack": stack,
        "stack_label": say(
            "Exposure by segment: {segments}; in all {total}",
            segments="; ".join(f"{piece['label']} {piece['share']['shown']}" for piece in stack),
            total=wording.money_short(total, findings.currency),
        ),
        "total": {
            "customers": beside(customers, wording.count(customers)),
            "exposure": beside(total, wording.money_short(total, findings.currency)),
            "overdue": beside(overdue, wording.money_short(overdue, findings.currency)),
        },
    }


def _stack(told: list[Band], away: list[bool]) -> list[Band]:
    """Return the pieces of the bar: one per segment shown, and one for all that are hidden."""
    pieces = [
        {"segment": own["segment"], "label": known(own["segment"]), "share": own["exposure_share"]}
        for own, gone in zip(told, away, strict=True)
        if not gone
    ]
    if any(away):
        part = sum(own["exposure_share"]["raw"] for own, gone in zip(told, away, strict=True) if gone)
        pieces.append(
            {
                "segment": "",
                "label": say("Small groups together"),
                "share": beside(part, wording.share(part, 0)),
            }
        )
    return pieces


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
    shown = masking.cells([row["customers"] for row in rows], findings.fewest)
    missing = NOBODY_MOVED if findings.compared_with and findings.moves is not None else NO_MOVES
    return {
        "missing": "" if rows else say(missing),
        "rows": [
            {
                **row,
                "customers": beside(
                    None if masking.is_small(row["customers"], findings.fewest) else row["customers"], text
                ),
            }
            for row, text in zip(rows, shown, strict=True)
        ],
    }
