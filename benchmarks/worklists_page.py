"""The page of whom to call first: docs/worklists.md, from the result of ``worklists``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "worklists.md"

_HEAD: Final = """\
# Whom to call first

Made by `make worklists` (`benchmarks/worklists.py`); figures in `benchmarks/results/worklists.json`. Do not edit.

Does a worklist by expected incremental value per minute (`arseg.uplift`) bring more than the rules of thumb, *at the same
collector minutes*? On {case}: a hazard and the effect of contacts are learnt from what the first review day knew, with the
desk's log; on every review day all customers with something past due are ordered by each rule and called in that order until
{budget:.0%} of the minutes are used up that calling all of them would take: {decisions:,} customers and days in all. What a call truly brings
comes from the world itself, run with and without the call under the same luck (`arseg.world`): cash within 60 days, interest on
less outstanding, less written off, before the cost of the call, which is the same for all. Size and share were declared
before the first look{missing}, and what is reported comes from worlds that nothing was tuned on (seeds {first} to {last}; 1 to 7 were
looked at while this was built).

**{reading}**

![True value by collector minutes](../benchmarks/results/worklists.png)

| order | true value, EUR | EUR a minute | % of calling everybody | ours brings more, EUR (95 %) | worlds ahead |
|---|---|---|---|---|---|
"""

_LIMITS: Final = """\
- **random** is not drawn but averaged over. **assumed lift** is what the worklist does without an estimate: the
  playbook's share of the overdue balance times the risk; it is none of the five rules of thumb. The **oracle** knows the true
  effects from half of the {courses} courses and is judged by the other half, so that it cannot pick its luck; it is as noisy as so few
  courses are, and therefore no bound.
- Intervals draw worlds anew, and within them whole customers with all their review days ({draws:,} times). *Worlds ahead* says in
  how many of them ours brings more.

## What the effect was learnt from

The desk of this world decides partly by lot and logs also whom it left alone. Four things had to be right before the log
spoke the truth; with the plain log of contacts the effect came out *negative*, because whoever is up for a contact pays
later than others:

- contacts count for items that were past due on their day (`overdue_contacts`), not for all of a customer's items;
- decisions to leave a customer alone stand in the log (channel and tone `none`): a call is compared with no call among
  those who were up for one;
- an item is followed until the next key date only, about (`followed`): after that its figures are stale;
- a call is added to the course that the book's practice leads to. Added to a course without any contact, it hung on what
  the stock of earlier contacts tells of a customer in trouble, and brought too little where the risk is high.

A log without decisions to do nothing, from a desk that follows a rule, does not identify the effect: a run then keeps the
playbook's assumption and says so.

| world | half-life, days | {names} |
|---|---|{lines}|
"""

_MORE: Final = """\

Calling everybody truly brings {all:,} EUR, {estimated:,} EUR by the estimate. The order is what the worklist needs, and that is
less demanding than the amount: in this world much of what a call brings is a promise that is kept days later, for which
a stock that decays from the first day on is only a likeness.

## What this does not say

- Worlds of our own making, with one treatment (a call). What a real desk's calls bring nobody knows without a holdout.
- The effect is one number per channel and tone. Who pays anyway, who cannot pay and who takes offence are told apart by the hazard
  alone: a call moves little of what comes soon or never. Customers of equal risk are taken to answer alike.
- The tone of a call follows its age in this world, so that the effects of tones are not told apart from those of age.
- Learnt once per world, on the first review day, and used on the later ones.
"""


def write_page(result: dict[str, Any], page: Path = PAGE) -> None:
    """Write the page of a full run."""
    worlds = len(result["effects"])
    lines = [
        f"| {row['rule']} | {row['value']:,} | {row['per_minute']:.1f} | {row['share_of_all']:.0%} | {_more(row)} "
        f"| {_ahead(row, worlds)} |\n"
        for row in result["rules"]
    ]
    names = list(
        dict.fromkeys(name for effect in result["effects"] for name in effect if name != "half_life")
    )
    effects = [
        f"| {seed} | {effect['half_life']:g} | {' | '.join(_number(effect.get(name)) for name in names)} |\n"
        for seed, effect in zip(result["seeds"], result["effects"], strict=True)
    ]
    page.write_text(
        _head(result)
        + "".join(lines)
        + "\n"
        + _LIMITS.format(
            draws=result["draws"],
            courses=result["courses"],
            names=" | ".join(names),
            lines="|".join(["---"] * len(names)),
        )
        + "".join(effects)
        + _MORE.format(all=result["value_of_all"], estimated=result["estimated_of_all"]),
        encoding="utf-8",
    )


def _head(result: dict[str, Any]) -> str:
    seeds, declared = result["seeds"], result["declared"]
    missing = (
        "" if len(seeds) == declared else f" ({declared} worlds, of which {len(seeds)} have been run so far)"
    )
    told = {name: result[name] for name in ("case", "budget", "decisions")}
    return _HEAD.format(**told, missing=missing, first=seeds[0], last=seeds[-1], reading=reading(result))


def reading(result: dict[str, Any]) -> str:
    """Say in a sentence what the intervals say.

    Examples
    --------
    >>> rules = [{"rule": "incremental value"}, {"rule": "random", "low": 1, "high": 9}, {"rule": "oldest first", "low": -2, "high": 3}]
    >>> reading({"rules": rules})
    'Incremental value beats random; it is not told apart from oldest first.'
    """
    told: dict[str, list[str]] = {"beats": [], "is not told apart from": [], "loses to": []}
    for row in result["rules"][1:]:
        if row["rule"] != "oracle":
            said = "beats" if row["low"] > 0 else "loses to" if row["high"] < 0 else "is not told apart from"
            told[said].append(row["rule"])
    parts = [f"{said} {_listed(rules)}" for said, rules in told.items() if rules]
    return f"Incremental value {'; it '.join(parts)}."


def _listed(rules: list[str]) -> str:
    return rules[0] if len(rules) == 1 else f"{', '.join(rules[:-1])} and {rules[-1]}"


def _more(row: dict[str, Any]) -> str:
    if row["rule"] == "incremental value":
        return "-"
    return f"{row['ours_more']:+,} ({row['low']:+,} to {row['high']:+,})"


def _ahead(row: dict[str, Any], worlds: int) -> str:
    return "-" if row["rule"] == "incremental value" else f"{row['worlds_ahead']} of {worlds}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"
