"""The tables of the days to come; cells only, nothing is computed here."""

from __future__ import annotations

from typing import Any, Final

from arseg.report.language import known, say
from arseg.report.tables import CHIPS, Cell, Table, cell, chip, number, table

BY: Final = {"total": "In all", "segment": "By segment", "currency": "By currency", "entity": "By entity"}


def forward_tables(summary: dict[str, Any]) -> dict[str, Table]:
    """Return the tables of both bands by name."""
    forecast, provision = summary["forecast"], summary["provision"]
    return {
        "cash_sums": sums_table(forecast),
        "scenarios": scenarios_table(forecast),
        "said_and_came": accuracy_table(forecast),
        "misses": misses_table(forecast),
        "matrix": matrix_table(provision),
        "methods": methods_table(provision),
        "exclusions": steps_table(provision),
        "roll_forward": roll_table(provision),
        "lost": lost_table(provision),
    }


def sums_table(band: dict[str, Any]) -> Table:
    """Return the cash to the end of the horizon by segment, currency and entity, and from where it comes."""
    groups = []
    for by in dict.fromkeys(row["by"] for row in band["sums"]):
        rows = [
            [
                _group(row["group"], by),
                *(_source(row.get(name)) for name in ("open_items", "new_sales", "all")),
            ]
            for row in band["sums"]
            if row["by"] == by
        ]
        groups.append((known(BY.get(by, f"By {by}")), "", rows))
    caption = say("Cash over the next {count} weeks; second line: 80 % band", count=band["weeks"])
    return table(caption, ("Group", "#Items open today", "#Sales to come", "#Together"), groups, wide=True)


def _source(own: dict[str, Any] | None) -> Cell:
    """Return the expectation with its band; nothing where the group has none of that source."""
    return number("") if own is None else number(own["expected"], own["band"]["shown"])


def scenarios_table(band: dict[str, Any]) -> Table:
    """Return what each scenario changes over all weeks."""
    rows = [
        [
            cell(row["scenario"]),
            number(row["after"]),
            number(row["difference"]),
            number(row["band"]),
        ]
        for row in band["scenarios"]
    ]
    titles = ("Scenario", "#Expected then", "#Difference", "#80 % band of it")
    return table("Other courses of things, future by future", titles, [("", "", rows)])


def accuracy_table(band: dict[str, Any]) -> Table:
    """Return how accurate earlier forecasts were, beside the plain ones."""
    rows = [
        [
            cell(row["method"]),
            _group(row["group"], "segment"),
            number(row["weeks"]),
            number(row["actual"]),
            *(number(row[name]) for name in ("wape", "bias", "coverage", "crps")),
        ]
        for row in band["accuracy"]
    ]
    titles = ("Forecast", "Group", "#Weeks", "#Came", "#WAPE", "#Bias", "#In the 80 % band", "#CRPS")
    return table("What was said, what came: all weeks since", titles, [("", "", rows)], wide=True)


def misses_table(band: dict[str, Any]) -> Table:
    """Return who moved the largest misses, and why."""
    rows = [
        [
            cell(row["customer"], look="code"),
            cell(row["origin"]["shown"], sub=say("week {count}", count=row["ahead"]["shown"])),
            *(number(row[name]) for name in ("expected", "actual", "miss")),
            cell(row["why"], look="long"),
        ]
        for row in band["misses"]
    ]
    titles = ("Customer", "Said on", "#Expected", "#Came", "#Miss", "Why")
    return table("The customers behind the largest misses", titles, [("", "", rows)], wide=True)


def matrix_table(band: dict[str, Any]) -> Table:
    """Return the provision matrix: exposed, rate and allowance of each segment and bucket."""
    groups = []
    for segment in band["segments"]:
        rows = [
            [
                cell(known(own["bucket"])),
                number(own["exposed"]),
                number(own["rate"]),
                number(own["allowance"]),
            ]
            for own in band["cells"]
            if own["segment"] == segment
        ]
        groups.append((known(segment), "", rows))
    titles = ("Days past due", "#Exposed", "#Rate", "#Allowance")
    return table("Provision matrix", titles, groups)


def methods_table(band: dict[str, Any]) -> Table:
    """Return the methods beside each other, and whether they agree with the first."""
    rows = [
        [
            cell(row["method"]),
            number(row["allowance"]),
            number(row["rate"]),
            number("" if place == 0 else row["gap"]),
            cell(say("decides" if place == 0 else "agrees" if row["agrees"] else "lies apart")),
        ]
        for place, row in enumerate(band["methods"])
    ]
    titles = ("Method", "#Allowance", "#Of the exposed", "#Gap to the first", "Verdict")
    return table("What each method would provide", titles, [("", "", rows)])


def steps_table(band: dict[str, Any]) -> Table:
    """Return the waterfall from gross to what is in the pool."""
    rows = [[cell(row["step"]), number(row["amount"])] for row in band["steps"]]
    return table("From gross to the pool", ("Step", "#Amount"), [("", "", rows)])


def roll_table(band: dict[str, Any]) -> Table:
    """Return the roll-forward of the allowance."""
    names = ("opening", "charge", "written_off", "recovered", "fx", "closing")
    rows = [
        [_group(row["segment"], "segment"), *(number(row[name]) for name in names)] for row in band["rolled"]
    ]
    titles = ("Segment", "#Opening", "#Charge", "#Written off", "#Recovered", "#FX", "#Closing")
    return table("Roll-forward of the allowance", titles, [("", "", rows)], wide=True)


def lost_table(band: dict[str, Any]) -> Table:
    """Return what was expected to be lost on earlier days, and what was lost since."""
    rows = [
        [
            cell(row["origin"]["shown"], sub=row["said"]),
            number(row["followed"]["shown"]),
            *(number(row[name]["shown"]) for name in ("expected", "realised", "still_open")),
            number(row["ratio"]["shown"]),
            cell(row["verdict"]),
        ]
        for row in band["lost"]
    ]
    titles = (
        "Said on",
        "#Days since",
        "#Expected loss",
        "#Lost",
        "#Still open",
        "#Lost over expected, 95 %",
        "Verdict",
    )
    return table("What was provided for, what was lost", titles, [("", "", rows)], wide=True)


def _group(name: str, by: str) -> Cell:
    if by == "segment" and name == "none":
        return cell(say("without open items today"))
    return chip(name) if by == "segment" and name in CHIPS else cell(known(name))
