"""The decisions the page asks for, composed from today's worklist, moves and evidence."""

from __future__ import annotations

from typing import Final

from arseg.report import masking, wording
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import known, say
from arseg.report.value_basis import ASSUMED, basis
from arseg.schema import SEGMENTS

Decision = dict[str, str]

RISK: Final = {segment: position for position, segment in enumerate(reversed(SEGMENTS))}


def decide(findings: Findings) -> list[Decision]:
    """Return the decisions asked for, the most urgent first; empty where nothing is asked.

    Returns
    -------
    list of dict
        ``strong`` is what to do, ``rest`` how much it concerns and why.
    """
    parts = (
        _data(rows_of(findings.quality, "quality")),
        _contact(rows_of(findings.worklist, "worklist"), findings),
        _moves(rows_of(findings.moves, "moves"), findings.fewest),
        _policy(rows_of(findings.measures, "measures"), findings),
        _identification(findings),
    )
    return [part for part in parts if part is not None]


def _data(quality: list[Row]) -> Decision | None:
    errors = [row for row in quality if row["severity"] == "error"]
    if not errors:
        return None
    first = str(errors[0]["message"]).rstrip(".")
    return {
        "strong": say("Settle {errors} before you act", errors=wording.plural(len(errors), "data error")),
        "rest": f": {known(first)}.",
    }


def _contact(worklist: list[Row], findings: Findings) -> Decision | None:
    today = [row for row in worklist if row["on_today"] and row["handling"] != "automatic"]
    if not today:
        return None
    calls = sum(row["channel"] == "call" for row in today)
    customers = wording.plural(len(today), "customer")
    balance = sum(row["open_balance"] or 0.0 for row in today)
    strong = say(
        "Call {customers} first" if calls == len(today) else "Work {customers} first", customers=customers
    )
    phone = "" if calls in {0, len(today)} else say(", {count} of them by phone", count=wording.count(calls))
    amount = wording.money_short(balance, findings.currency, 2)
    return {
        "strong": strong,
        "rest": f" ({say('{amount} open', amount=amount)}){phone}: {_hour(findings)}.",
    }


def _hour(findings: Findings) -> str:
    price = (findings.capacity or {}).get("shadow_price")
    if price is None:
        return say("what one more collector hour is worth is not known")
    if price <= 0:
        return say("today's hours cover every case that is worth one")
    said = basis(findings)
    worth = wording.money_short(price, findings.currency)
    return say(
        "one more collector hour is worth {worth} ({basis})",
        worth=worth,
        basis=say("assumed lift" if said == ASSUMED else said),
    )


def _moves(moves: list[Row], fewest: int) -> Decision | None:
    changed = [row for row in moves if row["from_segment"] != row["to_segment"] and row["customers"]]
    up = [row for row in changed if _rises(row)]
    if not up:
        return None
    counts = [row["customers"] for row in up]
    relaxed = [row["customers"] for row in changed if not _rises(row)]
    shown = masking.cells(counts, fewest)
    detail = wording.listed([_move(row, text) for row, text in zip(up, shown, strict=True)])
    back = say("; {count} relax", count=masking.total(relaxed, fewest)) if relaxed else ""
    return {
        "strong": say(
            "Confirm {customers} moving to higher risk", customers=masking.customers_in_words(counts, fewest)
        ),
        "rest": f": {detail}{back}.",
    }


def _move(row: Row, shown: str) -> str:
    return say(
        "{count} from {before} to {after}",
        count=shown,
        before=known(row["from_segment"]),
        after=known(row["to_segment"]),
    )


def _rises(row: Row) -> bool:
    before, after = RISK.get(row["from_segment"]), RISK.get(row["to_segment"])
    return before is not None and after is not None and after > before


def _policy(measures: list[Row], findings: Findings) -> Decision | None:
    if not findings.policy or findings.policy == findings.in_force:
        return None
    ours, theirs = (_unpaid(measures, policy) for policy in (findings.policy, findings.in_force))
    rest = say(": this page segments by it, while {in_force} is in force.", in_force=findings.in_force)
    if ours is not None and theirs is not None and None not in (ours["value"], theirs["value"]):
        rest += say(
            " Of what it put in High, {ours} stayed unpaid 30 days after due; of what the policy in force put there,"
            " {theirs}.",
            ours=_with_interval(ours),
            theirs=_with_interval(theirs),
        )
    return {"strong": say("Decide on {policy}", policy=findings.policy), "rest": rest}


def _unpaid(measures: list[Row], policy: str) -> Row | None:
    wanted = (policy, "High", "unpaid_30_share")
    return next((r for r in measures if (r["policy"], r["segment"], r["measure"]) == wanted), None)


def _with_interval(row: Row) -> str:
    span = wording.interval(row["low"], row["high"], row["unit"], like=row["value"])
    return f"{wording.measure(row['value'], row['unit'])} ({span})"


def _identification(findings: Findings) -> Decision | None:
    if not findings.identification:
        return None
    return {
        "strong": say("Keep a small random holdout and log every contact"),
        "rest": say(": without both nobody can say what another policy would have changed."),
    }
