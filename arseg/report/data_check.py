"""The band on data quality: what was found, what was read, how old it is, how much of its history moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from arseg.report import wording
from arseg.report.evidence import Band, beside
from arseg.report.findings import Findings, Row, plain_value, rows_of
from arseg.report.language import known, say

NO_QUALITY: Final = "No data check: its findings were not handed to this report."
CLEAN: Final = "The data check found nothing to report."
SEVERITIES: Final = ("error", "warning", "note")

# More sources than a page can show are summed up; those that lost rows come first.
SOURCES_SHOWN: Final = 12


def data_check(findings: Findings) -> Band:
    """Return the band: findings by severity, sources, freshness by table, and the audit's sentences.

    Neither a debtor's name nor the text of a row is among them.
    """
    rows = rows_of(findings.quality, "quality")
    ranks = {severity: place for place, severity in enumerate(SEVERITIES)}
    rows.sort(key=lambda row: ranks.get(row["severity"], len(ranks)))
    checked = plain_value(findings.checked or {})
    moved = checked.get("restatements", {}).get("sentences", [])
    return {
        "missing": "" if rows else say(NO_QUALITY) if findings.quality is None else say(CLEAN),
        "rows": [_finding(row, findings.currency) for row in rows],
        "sources": _sources(checked.get("sources", [])),
        "ages": [_age(row) for row in checked.get("freshness", [])],
        "as_of": wording.day(checked.get("as_of")),
        "moved": [known(str(sentence)) for sentence in moved],
    }


def _finding(row: Row, currency: str) -> Band:
    return {
        **{name: str(row[name] or "") for name in ("severity", "code", "message")},
        "count": beside(row["count"], wording.count(row["count"])),
        "amount": beside(row["amount"], wording.money(row["amount"], currency)),
    }


def _sources(rows: Sequence[Mapping[str, Any]]) -> list[Band]:
    ordered = sorted(rows, key=lambda row: (-row["rows_quarantined"], row["source"]))
    shown, rest = ordered[:SOURCES_SHOWN], ordered[SOURCES_SHOWN:]
    if rest:
        names = ("rows_read", "rows_loaded", "rows_quarantined")
        sums = {name: sum(row[name] for row in rest) for name in names}
        reasons: dict[str, int] = {}
        for row in rest:
            for reason, count in row["reasons"].items():
                reasons[reason] = reasons.get(reason, 0) + count
        source = wording.plural(len(rest), "other source")
        shown = [*shown, {"source": source, **sums, "reasons": reasons}]
    return [_source(row) for row in shown]


def _source(row: Mapping[str, Any]) -> Band:
    counts = {
        name: beside(row[name], wording.count(row[name]))
        for name in ("rows_read", "rows_loaded", "rows_quarantined")
    }
    reasons = [f"{known(reason)} {wording.count(count)}" for reason, count in sorted(row["reasons"].items())]
    return {"source": str(row["source"]), **counts, "reasons": wording.listed(reasons)}


def _age(row: Mapping[str, Any]) -> Band:
    age, most = row["age_days"], row["max_age_days"]
    return {
        "table": str(row["table"]),
        "rows": beside(row["rows"], wording.count(row["rows"])),
        "first": beside(row["first_known"], wording.day(row["first_known"])),
        "last": beside(row["last_known"], wording.day(row["last_known"])),
        "age": beside(age, wording.days(age, 0)),
        "allowed": beside(most, say("no limit") if most is None else wording.days(most, 0)),
        "state": "STALE" if row["stale"] else "fresh" if most is not None else wording.NOTHING,
    }
