"""What other policies would have changed: figures where history can speak, the reason where it cannot.

Replay and this band are never one chart: that one shows what came under the treatments given, this one what others
would have caused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arseg.report import wording
from arseg.report.evidence import Band, beside
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import known, say

NOT_IDENTIFIED: Final = (
    "Not identified: what a policy would have changed is not estimated here. The replay shows what happened "
    "under the treatments actually given; it does not show what other treatments would have caused."
)
CHARTED: Final = "dso"
LABELS: Final = {
    "value": "Value per decision",
    "dso": "DSO",
    "bad_debt_ratio": "Bad debt to sales",
    "collection_rate": "Collection rate",
    "minutes": "Minutes per decision",
}


def third_question(findings: Findings) -> Band:
    """Return what each policy would have changed against what the desk did, or why that cannot be known.

    Parameters
    ----------
    findings
        What the run found; only ``counterfactual``, ``verdicts``, ``currency`` and ``identification`` are read.

    Returns
    -------
    dict
        ``text``, a verdict in a sentence that begins with ``Not identified`` where no policy is; ``policies``, one
        per verdict, with ``estimates`` by measure; ``measures`` in their order.
    """
    verdicts = rows_of(findings.verdicts, "verdicts")
    if not verdicts:
        return {"text": _silent(findings.identification), "policies": [], "measures": [], "chart": _chart([])}
    rows = rows_of(findings.counterfactual, "counterfactual")
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    policies = [_policy(verdict, rows, findings.currency) for verdict in verdicts]
    return {
        "text": _verdict(verdicts),
        "measures": [{"name": name, "label": known(LABELS.get(name, name))} for name in measures],
        "policies": policies,
        "chart": _chart(policies),
    }


def _chart(policies: Sequence[Band]) -> Band:
    """Return what the chart of one measure draws, the rows of the table, and no other number."""
    drawn = [
        {"policy": policy["policy"], "identified": policy["identified"], **policy["estimates"][CHARTED]}
        for policy in policies
        if CHARTED in policy["estimates"]
        and None not in (policy["estimates"][CHARTED]["interval"][end] for end in ("low", "high"))
    ]
    return {"title": say("What other policies would have done to DSO"), "unit": say("days"), "rows": drawn}


def _silent(identification: str) -> str:
    reason = identification.strip()
    if reason and not reason.lower().startswith("not identified"):
        reason = say("Not identified: {reason}", reason=known(reason))
    return reason or say(NOT_IDENTIFIED)


def _verdict(verdicts: Sequence[Row]) -> str:
    spoken_of = [verdict["policy"] for verdict in verdicts if verdict["identified"]]
    decisions = wording.count(max(verdict["decisions"] for verdict in verdicts))
    if not spoken_of:
        return say(
            "Not identified: of {decisions} decisions of the desk none says what another policy would have changed.",
            decisions=decisions,
        )
    return say(
        "History can speak of {told} of {count} policies: {decisions} decisions of the desk, each with the chance that"
        " it had. Differences are to what the desk did, with 95 % intervals; elsewhere stand the ends of what is"
        " possible.",
        told=wording.count(len(spoken_of)),
        count=wording.count(len(verdicts)),
        decisions=decisions,
    )


def _policy(verdict: Row, rows: Sequence[Row], currency: str) -> Band:
    own = {row["measure"]: row for row in rows if row["policy"] == verdict["policy"]}
    strength = verdict["break_even_lambda"]
    return {
        "policy": verdict["policy"],
        "identified": bool(verdict["identified"]),
        "reasons": verdict["reasons"] or "",
        "break_even": beside(strength, wording.NOTHING if strength is None else wording.plain(strength, 2)),
        "estimates": {name: _estimate(row, currency) for name, row in own.items()},
    }


def _estimate(row: Row, currency: str) -> Band:
    ends = [wording.NOTHING if row[end] is None else _end(row[end], row, currency) for end in ("low", "high")]
    value = row["difference"]
    return {
        "value": beside(value, say(wording.UNKNOWN) if value is None else _shown(value, row, currency)),
        "interval": {"low": row["low"], "high": row["high"], "shown": wording.span(*ends)},
        "in_force": beside(row["in_force"], _level(row, currency)),
    }


def _shown(value: float, row: Row, currency: str) -> str:
    """Write a difference with its sign, in the unit of its measure."""
    unit = row["unit"]
    if unit.startswith("currency"):
        return ("+" if value > 0 else "") + wording.money_short(value, currency)
    shown = wording.change(value, unit.partition(" ")[0], like=row["in_force"])
    return "0" if shown == say("unchanged") else shown


def _end(value: float, row: Row, currency: str) -> str:
    """Write an end of an interval: its unit stands with the value."""
    unit = row["unit"]
    if unit.startswith("currency"):
        return _shown(value, row, currency)
    share = unit == "share"
    digits = wording.share_digits(row["in_force"]) if share else 1
    return wording.signed(100 * value if share else value, digits) or "0"


def _level(row: Row, currency: str) -> str:
    value, unit = row["in_force"], row["unit"]
    if unit.startswith("currency"):
        return wording.money_short(value, currency)
    return wording.measure(value, unit.partition(" ")[0])
