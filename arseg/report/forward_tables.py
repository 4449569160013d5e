"""The tables of the days to come; cells only, nothing is computed here."""

from __future__ import annotations

from typing import Any, Final

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
        groups.append((BY.get(by, f"By {by}"), "", rows))
    caption = f"Cash over the next {band['weeks']} weeks; second line: 80 % band"
    return table(caption, ("Group", "#Items open today", "#Sales to come", "#Together"), groups, wide=True)


def _source(own: dict[str, Any] | None) -> Cell:
    """Return the expectation with its band; nothing where the group has none of that source."""
    return number("") if own is None else number(own["expected"]["shown"], own["band"]["shown"])


def scenarios_table(band: dict[str, Any]) -> Table:
    """Return what each scenario changes over all weeks."""
    rows = [
        [
            cell(row["scenario"]),
            number(row["after"]["shown"]),
            number(row["difference"]["shown"]),
            number(row["band"]["shown"]),
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
            number(row["weeks"]["shown"]),
            number(row["actual"]["shown"]),
            *(number(row[name]["shown"]) for name in ("wape", "bias", "coverage", "crps")),
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
            cell(row["origin"]["shown"], sub=f"week {row['ahead']['shown']}"),
            *(number(row[name]["shown"]) for name in ("expected", "actual", "miss")),
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
                cell(own["bucket"]),
                number(own["exposed"]["shown"]),
                number(own["rate"]["shown"]),
                number(own["allowance"]["shown"]),
            ]
            for own in band["cells"]
            if own["segment"] == segment
        ]
        groups.append((segment, "", rows))
    titles = ("Days past due", "#Exposed", "#Rate", "#Allowance")
    return table("Provision matrix", titles, groups)


def methods_table(band: dict[str, Any]) -> Table:
    """Return the methods beside each other, and whether they agree with the first."""
    rows = [
        [
            cell(row["method"]),
            number(row["allowance"]["shown"]),
            number(row["rate"]["shown"]),
            number("" if place == 0 else row["gap"]["shown"]),
            cell("decides" if place == 0 else "agrees" if row["agrees"] else "lies apart"),
        ]
        for place, row in enumerate(band["methods"])
    ]
    titles = ("Method", "#Allowance", "#Of the exposed", "#Gap to the first", "")
    return table("What each method would provide", titles, [("", "", rows)])


def steps_table(band: dict[str, Any]) -> Table:
    """Return the waterfall from gross to what is in the pool."""
    rows = [[cell(row["step"]), number(row["amount"]["shown"])] for row in band["steps"]]
    return table("From gross to the pool", ("Step", "#Amount"), [("", "", rows)])


def roll_table(band: dict[str, Any]) -> Table:
    """Return the roll-forward of the allowance."""
    names = ("opening", "charge", "written_off", "recovered", "fx", "closing")
    rows = [
        [_group(row["segment"], "segment"), *(number(row[name]["shown"]) for name in names)]
        for row in band["rolled"]
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
        "",
    )
    return table("What was provided for, what was lost", titles, [("", "", rows)], wide=True)


def _group(name: str, by: str) -> Cell:
    return chip(name) if by == "segment" and name in CHIPS else cell(name)
