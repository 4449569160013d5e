"""The worklist's band: the first customers, and how far today's hours reach down the list."""

from __future__ import annotations

from typing import Final

from arseg.report import wording
from arseg.report.evidence import Band, beside
from arseg.report.findings import Findings, Row, plain_value, rows_of
from arseg.report.language import say
from arseg.report.value_basis import basis, basis_sentence

SHOWN_CUSTOMERS: Final = 15
NO_WORKLIST: Final = (
    "No worklist: no open item asks for a treatment at this key date, or no playbook was given."
)


def worklist(findings: Findings) -> Band:
    """Return the first customers of the worklist by id, and its coverage."""
    rows = sorted(rows_of(findings.worklist, "worklist"), key=lambda row: row["rank"])
    names = _names(rows, findings)
    return {
        "missing": "" if rows else say(NO_WORKLIST),
        "rows": [
            _case(row, findings.currency) | {"name": names.get(row["customer_id"], "")}
            for row in rows[:SHOWN_CUSTOMERS]
        ],
        "count": beside(len(rows), wording.count(len(rows))),
        "said": _said(len(rows), findings),
        "basis": basis_sentence(findings),
        "worth": basis(findings),
        "coverage": _coverage(rows, findings),
    }


def _said(count: int, findings: Findings) -> str:
    shown = {"shown": wording.count(min(count, SHOWN_CUSTOMERS)), "all": wording.count(count)}
    if findings.names:
        return say("The first {shown} of {all}.", **shown)
    return say("The first {shown} of {all}, by customer id; names stand in the worklist file only.", **shown)


def _case(row: Row, currency: str) -> Band:
    money = {
        c: beside(row[c], wording.money(row[c], currency))
        for c in ("open_balance", "overdue_balance", "expected_value")
    }
    texts = {
        c: str(row[c] or "")
        for c in ("customer_id", "segment", "stage", "treatment", "channel", "handling", "why")
    }
    return {
        "rank": row["rank"],
        **texts,
        "deadline": beside(row["deadline"], wording.day_short(row["deadline"])),
        "minutes": row["minutes"],
        **money,
        "on_today": bool(row["on_today"]),
    }


def _names(rows: list[Row], findings: Findings) -> dict[str, str]:
    """Return the names of the customers shown, where the run asks for them."""
    frame = findings.worklist
    if not findings.names or frame is None or "name" not in frame.columns:
        return {}
    shown = {row["customer_id"] for row in rows[:SHOWN_CUSTOMERS]}
    own = frame[frame["customer_id"].isin(shown)]
    pairs = zip(own["customer_id"].tolist(), own["name"].tolist(), strict=True)
    return {str(customer): str(plain_value(name) or "") for customer, name in pairs}


def _coverage(rows: list[Row], findings: Findings) -> list[Band]:
    """Return label and number pairs: how much of the list today's hours reach."""
    manual = [row for row in rows if row["handling"] != "automatic"]
    today = [row for row in manual if row["on_today"]]
    value, reached = (sum(max(r["expected_value"] or 0.0, 0.0) for r in some) for some in (manual, today))
    capacity = dict(findings.capacity or {})
    part = reached / value if value else None
    hours, used, price = (plain_value(capacity.get(key)) for key in ("hours", "used_hours", "shadow_price"))
    return [
        {"label": say("Customers on the list"), **beside(len(rows), wording.count(len(rows)))},
        {
            "label": say("handled automatically"),
            **beside(len(rows) - len(manual), wording.count(len(rows) - len(manual))),
        },
        {"label": say("need a collector"), **beside(len(manual), wording.count(len(manual)))},
        {"label": say("of them within today's hours"), **beside(len(today), wording.count(len(today)))},
        {
            "label": say("value within today's hours ({basis})", basis=say(basis(findings))),
            **beside(part, wording.share(part)),
        },
        {"label": say("Collector hours today"), **beside(hours, wording.hours(hours))},
        {"label": say("hours used"), **beside(used, wording.hours(used))},
        {
            "label": say("worth of one more hour"),
            **beside(price, wording.money_short(price, findings.currency)),
        },
    ]
