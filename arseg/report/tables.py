"""The summary's bands as tables: titles, rows and cells, still without a tag.

One macro (``templates/tables.html.j2``) draws them all. great-tables is not used here: it repeats
9 kB of style sheet in every table, paints ``#333333`` on ``#FFFFFF`` (unreadable in the dark), sets
``tr`` for the whole page, and its row titles are plain cells that a screen reader cannot announce.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from arseg.report import wording
from arseg.report.language import known, say

Cell = dict[str, Any]
Table = dict[str, Any]

STAGES: Final = {"before_due": "before due"}
CHIPS: Final = {"High": "hi", "Medium": "me", "Low": "lo"}


def cell(text: str, *, sub: str = "", look: str = "") -> Cell:
    """Return a cell: its text, a second line, and a look.

    Parameters
    ----------
    text, sub
        What it says.
    look
        Empty, ``n`` (a number), ``chip hi`` and the like, ``long`` and ``mid`` (wrap), ``best``, ``code``.
    """
    return {"text": text, "sub": sub, "look": look, "raw": None}


def number(told: str | dict[str, Any], sub: str = "") -> Cell:
    """Return a right-aligned cell of a shown text, or of a raw value beside its shown text.

    A raw value goes with the cell, so that rows can be put in its order.
    """
    if isinstance(told, str):
        return cell(told, sub=sub, look="n")
    raw = told.get("raw")
    return cell(told["shown"], sub=sub, look="n") | {"raw": raw if isinstance(raw, int | float) else None}


def chip(segment: str) -> Cell:
    """Return a segment's name with its mark; the name says all the mark says."""
    return cell(known(segment), look=f"chip {CHIPS.get(segment, 'no')}")


def table(
    caption: str, columns: Sequence[str], groups: Sequence[Any], *, wide: bool = False, code: bool = False
) -> Table:
    """Return a table.

    Parameters
    ----------
    caption
        What it holds; announced to a screen reader and shown where it scrolls.
    columns
        Titles; one that starts with ``#`` heads numbers.
    groups
        Pairs of a title (may be empty) with a remark, and rows of cells.
    wide
        Whether it needs room before it may shrink.
    code
        Whether the titles of its groups are code: policies as written.
    """
    heads = [{"title": say(title.lstrip("#")), "n": title.startswith("#")} for title in columns]
    parts = [{"title": title, "remark": remark, "rows": rows, "code": code} for title, remark, rows in groups]
    return {"caption": say(caption), "columns": heads, "groups": parts, "wide": wide, "more": ""}


def segment_table(band: dict[str, Any]) -> Table:
    """Return today's segments with their lateness, expected and observed."""
    rows = [
        [
            chip(row["segment"]),
            number(row["customers"]),
            number(row["exposure"], _of_all(row["exposure_share"])),
            number(row["overdue"]),
            number(row["expected"]),
            number(row["observed"], row["interval"]["shown"]),
            cell(known(row["treatment"])),
        ]
        for row in band["rows"]
    ]
    total = band["total"]
    sums = [number(total[name]) for name in ("customers", "exposure", "overdue")]
    rows.append([cell(say("All"), look="total"), *sums, cell(""), cell(""), cell("")])
    columns = ("Segment", "#Customers", "#Exposure", "#Overdue", "#Expected", "#Observed", "Treatment")
    return table(
        "Segments today. Expected and observed: share unpaid 30 days after due, with its 95 % interval",
        columns,
        [("", "", rows)],
        wide=True,
    )


def _of_all(share: dict[str, Any]) -> str:
    return "" if share["raw"] is None else say("{share} of all", share=share["shown"])


def cash_table(band: dict[str, Any]) -> Table:
    """Return the numbers behind the fan."""
    rows = [
        [
            cell(week["week"]["shown"]),
            number(week["expected"]),
            number(wording.span(week["low_50"]["shown"], week["high_50"]["shown"])),
            number(wording.span(week["low_80"]["shown"], week["high_80"]["shown"])),
        ]
        for week in band["weeks"]
    ]
    return table(
        "Cash expected by week", ("Week of", "#Expected", "#50 % band", "#80 % band"), [("", "", rows)]
    )


def moves_table(band: dict[str, Any]) -> Table:
    """Return how many customers went from which segment to which."""
    rows = [
        [chip(row["from_segment"]), chip(row["to_segment"]), number(row["customers"])] for row in band["rows"]
    ]
    return table("Customers who changed segment", ("From", "To", "#Customers"), [("", "", rows)])


def replay_table(band: dict[str, Any]) -> Table:
    """Return what happened, by policy and segment: every measure with its interval."""
    groups = [
        (
            policy["policy"],
            say("in force") if policy["in_force"] else "",
            [_replay_row(segment, band["measures"]) for segment in policy["segments"]],
        )
        for policy in band["policies"]
    ]
    titles = ["Segment", "#Customers", *(f"#{measure['label']}" for measure in band["measures"])]
    return table(
        "What happened, by policy and segment, with 95 % intervals", titles, groups, wide=True, code=True
    )


def _replay_row(segment: dict[str, Any], measures: Sequence[dict[str, Any]]) -> list[Cell]:
    estimates = segment["estimates"]
    counts = sorted({e["customers"]["raw"] or 0 for e in estimates.values()})
    ends = [wording.count(each) for each in ([counts[0], counts[-1]] if counts[1:] else counts)]
    shown = wording.span(*ends) if ends[1:] else "".join(ends)
    name = segment["segment"]
    head = cell(say("All"), look="total") if name == "all" else chip(name)
    cells = [_estimate_cell(estimates.get(measure["name"])) for measure in measures]
    return [head, number(shown), *cells]


def _estimate_cell(estimate: dict[str, Any] | None) -> Cell:
    if estimate is None:
        return number(wording.NOTHING, say("not measured"))
    return number(estimate["value"], estimate["interval"]["shown"])


def counterfactual_table(band: dict[str, Any]) -> Table:
    """Return what each policy would have changed, or why that cannot be known."""
    names = [measure["name"] for measure in band["measures"]]
    groups = []
    for policy in band["policies"]:
        remark = say("identified")
        if not policy["identified"]:
            remark = say("not identified: {reasons}", reasons=known(policy["reasons"]))
        cells = [_estimate_cell(policy["estimates"].get(name)) for name in names]
        groups.append((policy["policy"], remark, [[*cells, number(policy["break_even"])]]))
    titles = [*(f"#{measure['label']}" for measure in band["measures"]), "#Lambda*"]
    caption = "Differences to what the desk did, with 95 % intervals"
    return table(caption, titles, groups, wide=True, code=True)


def parts_table(band: dict[str, Any]) -> Table:
    """Return numerator and denominator of every measure of the replay."""
    rows = [
        [
            cell(part["policy"], look="code"),
            cell(known(part["segment"])),
            cell(part["label"]),
            number(part["numerator"]),
            number(part["denominator"]),
            number(part["value"], part["interval"]["shown"]),
            number(part["customers"]),
        ]
        for part in band["parts"]
    ]
    columns = ("Policy", "Segment", "Measure", "#Numerator", "#Denominator", "#Value", "#Customers")
    return table("Numerators and denominators of the replay", columns, [("", "", rows)], wide=True)


def headline_table(band: dict[str, Any]) -> Table:
    """Return numerator and denominator of the key measures."""
    rows = [
        [
            cell(card["label"]),
            number(card["numerator"]),
            number(card["denominator"]),
            number(card["value"], card["interval"]["shown"]),
            number(card["customers"]),
        ]
        for card in band["cards"]
    ]
    columns = ("Measure", "#Numerator", "#Denominator", "#Value", "#Customers")
    return table("Numerators and denominators of the key measures", columns, [("", "", rows)])


def worklist_table(band: dict[str, Any]) -> Table:
    """Return the first customers of the worklist, by id."""
    rows = [
        [
            cell(str(case["rank"])),
            cell(case["customer_id"], sub=case["name"], look="code"),
            chip(case["segment"]),
            cell(known(case["treatment"]), sub=known(STAGES.get(case["stage"], case["stage"])), look="mid"),
            cell(case["deadline"]["shown"], sub=say("today") if case["on_today"] else say("not today")),
            number(case["open_balance"], say("{amount} overdue", amount=case["overdue_balance"]["shown"])),
            number(case["expected_value"]),
            cell(known(case["why"]), look="long"),
        ]
        for case in band["rows"]
    ]
    columns = (
        "Rank",
        "Customer",
        "Segment",
        "Treatment",
        "Act by",
        "#Open",
        f"#Value ({band['worth']})",
        "Why",
    )
    return table("First customers of the worklist", columns, [("", "", rows)], wide=True)


def accuracy_table(band: dict[str, Any]) -> Table:
    """Return every model's log-loss by horizon; the best of a column says so."""
    rows = [
        [cell(model["model"], look="code"), *(_loss(each) for each in model["cells"])]
        for model in band["models"]
    ]
    titles = ["Model", *(f"#{horizon['label']}" for horizon in band["horizons"])]
    return table("Log-loss by horizon; lower is better", titles, [("", "", rows)], wide=True)


def _loss(each: dict[str, Any]) -> Cell:
    own = number(each["log_loss"])
    return own | {"sub": say("best"), "look": "n best"} if each["best"] else own


def calibration_table(band: dict[str, Any]) -> Table:
    """Return the numbers behind the calibration figure."""
    rows = [
        [
            cell(each["group"]),
            number(each["rows"]),
            number(each["expected"]),
            number(each["observed"], each["interval"]["shown"]),
        ]
        for each in band["groups"]
    ]
    return table("Calibration by risk group", ("Group", "#Rows", "#Expected", "#Observed"), [("", "", rows)])


def answer_table(band: dict[str, Any]) -> Table:
    """Return a further table of one of the four questions."""
    rows = [[_answer_cell(each) for each in row] for row in band["rows"]]
    return table(band["caption"], band["columns"], [("", "", rows)], wide=True) | {"more": band["more"]}


def _answer_cell(each: dict[str, Any]) -> Cell:
    raw = each["raw"] if each["look"] == "n" and isinstance(each["raw"], int | float) else None
    return cell(each["shown"], sub=each["sub"], look=each["look"]) | {"raw": raw}
