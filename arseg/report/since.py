"""What changed since the month before, in a few sentences of page one."""

from __future__ import annotations

from typing import Final

from arseg.report import masking, wording
from arseg.report.evidence import Band, segment_position
from arseg.report.findings import Findings, Row, plain_value, rows_of
from arseg.report.language import known, say

NOTHING_BEFORE: Final = "Nothing to compare with: the book knows no month-end before this one."
CAUSES: Final = {
    "time": "Time passed",
    "data": "New data",
    "model": "Model",
    "policy": "Policy",
    "override": "Override",
}


def since(findings: Findings) -> Band:
    """Return the changes of the key measures, who moved, who came and left, and what moved most.

    Returns
    -------
    dict
        ``title``, ``missing``, and ``lines`` with ``text`` and its ``numbers``.
    """
    lines = [line for row in rows_of(findings.headline, "headline") for line in _measure(row)]
    lines += _moves(rows_of(findings.moves, "moves"), findings)
    lines += _editions(findings)
    day = findings.compared_with
    return {
        "title": say("What changed since {day}", day=wording.day(day)) if day else say("What changed"),
        "missing": "" if lines else say(NOTHING_BEFORE),
        "lines": lines,
    }


def _measure(row: Row) -> list[Band]:
    value, before, unit = row["value"], row["before"], row["unit"]
    if value is None or before is None:
        return []
    shown = wording.change(value - before, unit, like=value)
    if shown == say("unchanged"):
        return []
    sense = say("better" if (value < before) == (row["better"] == "lower") else "worse")
    text = say(
        "{measure}: {change} {sense}, from {before}",
        measure=known(row["label"]),
        change=shown,
        sense=sense,
        before=wording.measure(before, unit),
    )
    return [{"text": text, "numbers": [value - before, before]}]


def _moves(moves: list[Row], findings: Findings) -> list[Band]:
    if findings.moves is None or findings.compared_with is None:
        return []
    changed = [row for row in moves if row["from_segment"] != row["to_segment"]]
    if not changed:
        return [{"text": say("No customer changed segment."), "numbers": []}]
    ups = [segment_position(row["to_segment"]) < segment_position(row["from_segment"]) for row in changed]
    up, down = (
        [row["customers"] for row, rises in zip(changed, ups, strict=True) if rises is wanted]
        for wanted in (True, False)
    )
    shown = [masking.customers_in_words(each, findings.fewest) for each in (up, down)]
    text = say("Moved to higher risk: {up}; to lower: {down}", up=shown[0], down=shown[1])
    return [{"text": text, "numbers": [sum(up), sum(down)]}]


def _customers(number: int, findings: Findings) -> str:
    if masking.is_small(number, findings.fewest):
        return masking.fewer(findings.fewest)
    return wording.plural(number, "customer")


def _editions(findings: Findings) -> list[Band]:
    told = dict(findings.changed or {})
    if not told.get("since"):
        return []
    came, left = (int(told.get(name, 0)) for name in ("came", "left"))
    shown = [_customers(number, findings) for number in (came, left)]
    lines = [
        {
            "text": say("New with open items: {came}; gone: {left}", came=shown[0], left=shown[1]),
            "numbers": [came, left],
        }
    ]
    steps = {name: plain_value(each).get("steps_up") or 0 for name, each in told.get("by_cause", {}).items()}
    most = max(steps, key=lambda name: (steps[name], name), default="")
    if most in CAUSES and steps[most]:
        cause = say(CAUSES[most])
        count = wording.count(steps[most])
        lines.append(
            {
                "text": say("Most steps to higher risk: {cause} ({count})", cause=cause, count=count),
                "numbers": [steps[most]],
            }
        )
    return lines
