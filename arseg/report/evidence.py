"""The bands that hold the evidence: replay, separation, accuracy, calibration.

Questions (a) and (b) of the design stand in separate bands; (c) has a module of its own. Nothing is estimated here: rows are grouped, ordered and put beside their shown text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from arseg.report import masking, wording
from arseg.report.findings import Row
from arseg.report.language import known, say

Band = dict[str, Any]

SEPARATION: Final = "unpaid_30_share"
SEGMENT_ORDER: Final = ("High", "Medium", "Low", "all")
NO_REPLAY: Final = (
    "No backtest: it needs at least one past key date whose outcomes were followed to the end of the "
    "window, and this run had none."
)
NO_ACCURACY: Final = (
    "No accuracy table: the models are compared on past key dates with known outcomes, and this run had none."
)
NO_CALIBRATION: Final = (
    "No calibration: it needs predictions for past key dates whose outcomes are known, and this run had none."
)


def beside(raw: Any, shown: str) -> Band:
    """Return a raw value beside its shown text."""
    return {"raw": raw, "shown": shown}


def estimate(row: Row) -> Band:
    """Return a measure's row as value, interval and the sums it came from."""
    value, unit = row["value"], row["unit"]
    return {
        "value": beside(value, wording.measure(value, unit)),
        "interval": {
            "low": row["low"],
            "high": row["high"],
            "shown": wording.interval(row["low"], row["high"], unit, like=value),
        },
        "customers": beside(row["customers"], wording.count(row["customers"])),
        "numerator": beside(row["numerator"], wording.total(row["numerator"])),
        "denominator": beside(row["denominator"], wording.total(row["denominator"])),
    }


def replay(
    measures: Sequence[Row], *, in_force: str, key_dates: Sequence[dt.date], fewest: int = masking.FEWEST
) -> Band:
    """Return what happened to those each policy would have picked, by policy, segment, measure.

    Parameters
    ----------
    measures
        Rows of `arseg.schema.MEASURES`.
    in_force
        The policy in force; it stands first.
    key_dates
        Past key dates of the replay.
    fewest
        Customers from which a group is shown.
    """
    names = [name for name in _distinct(measures, "measure") if name != SEPARATION]
    policies = sorted(_distinct(measures, "policy"), key=lambda name: name != in_force)
    away = _hidden(measures, fewest)
    return {
        "missing": "" if names else say(NO_REPLAY),
        "title": _title(key_dates),
        "measures": [{"name": name, "label": wording.named(name)} for name in names],
        "windows": [known(window) for window in _distinct(measures, "window")],
        "policies": [
            {"policy": p, "in_force": p == in_force, "segments": _by_segment(measures, p, names, fewest)}
            for p in policies
        ],
        "parts": [_parts(row, away) for row in measures],
    }


def _title(key_dates: Sequence[dt.date]) -> str:
    if not key_dates:
        return say("Policies over past key dates")
    if len(key_dates) == 1:
        return say("Policies over the last key date")
    return say("Policies over the last {count} key dates", count=wording.count(len(key_dates)))


def _distinct(rows: Sequence[Row], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _by_segment(measures: Sequence[Row], policy: str, names: Sequence[str], fewest: int) -> list[Band]:
    away = _hidden([row for row in measures if row["policy"] == policy], fewest)
    ours = {(r["segment"], r["measure"]): r for r in measures if r["policy"] == policy}
    segments = sorted(dict.fromkeys(segment for segment, _ in ours), key=segment_position)
    return [
        {
            "segment": segment,
            "estimates": {
                n: _estimate_or_words(ours[segment, n], away) for n in names if (segment, n) in ours
            },
        }
        for segment in segments
    ]


def _hidden(measures: Sequence[Row], fewest: int) -> set[tuple[str, str, str]]:
    """Return the groups too small to be shown, as policy, segment and measure."""
    found: set[tuple[str, str, str]] = set()
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in measures:
        if row["segment"] != "all":
            groups.setdefault((row["policy"], row["measure"]), []).append(row)
    for rows in groups.values():
        away = masking.hidden([row["customers"] for row in rows], fewest)
        for row, gone in zip(rows, away, strict=True):
            if gone:
                found.add((row["policy"], row["segment"], row["measure"]))
    return found


def _estimate_or_words(row: Row, away: set[tuple[str, str, str]]) -> Band:
    own = estimate(row)
    return masking.withheld(own) if (row["policy"], row["segment"], row["measure"]) in away else own


def segment_position(segment: str) -> int:
    """Return where a segment stands: riskiest first, unknown ones after them, ``all`` last."""
    places = {name: position for position, name in enumerate(SEGMENT_ORDER)}
    return 10 if segment == "all" else places.get(segment, 5)


def _parts(row: Row, away: set[tuple[str, str, str]]) -> Band:
    return {
        "policy": row["policy"],
        "segment": row["segment"],
        "label": wording.named(row["measure"]),
        "unit": row["unit"],
        **_estimate_or_words(row, away),
    }


def separation(measures: Sequence[Row], *, in_force: str, fewest: int = masking.FEWEST) -> Band:
    """Return the share unpaid 30 days after due by segment and policy, with one common axis."""
    rows = [row for row in measures if row["measure"] == SEPARATION and row["segment"] != "all"]
    ends = [end for row in rows for end in (row["value"], row["high"]) if end is not None]
    policies = sorted(_distinct(rows, "policy"), key=lambda name: name != in_force)
    return {
        "missing": "" if rows else say(NO_REPLAY),
        "span": max(ends, default=1.0) or 1.0,
        "definitions": _distinct(rows, "definition"),
        "policies": [
            {"policy": p, "in_force": p == in_force, "segments": _by_segment(rows, p, [SEPARATION], fewest)}
            for p in policies
        ],
    }


def accuracy(rows: Sequence[Row]) -> Band:
    """Return the log-loss of every model by horizon and which is best at each.

    Horizon 0, the mean over horizons, stands first.
    """
    horizons = sorted({row["horizon"] for row in rows})
    losses = {(row["model"], row["horizon"]): row for row in rows}
    models = _distinct(rows, "model")
    best = {h: _best(losses, models, h) for h in horizons}
    return {
        "missing": "" if rows else say(NO_ACCURACY),
        "verdict": _verdict(losses, models),
        "horizons": [{"days": h, "label": say("Mean") if h == 0 else wording.days(h, 0)} for h in horizons],
        "models": [
            {"model": m, "cells": [_loss_cell(losses.get((m, h)), m in best[h]) for h in horizons]}
            for m in models
        ],
    }


def _loss(losses: dict[tuple[str, int], Row], model: str, horizon: int) -> float | None:
    row = losses.get((model, horizon))
    return None if row is None else row["log_loss"]


def _best(losses: dict[tuple[str, int], Row], models: Sequence[str], horizon: int) -> set[str]:
    own = {m: loss for m in models if (loss := _loss(losses, m, horizon)) is not None}
    return {m for m, loss in own.items() if loss == min(own.values())}


def _loss_cell(row: Row | None, best: bool) -> Band:  # noqa: FBT001 (one flag, said by its name)
    if row is None:
        return {
            "log_loss": beside(None, say(wording.UNKNOWN)),
            "rows": None,
            "customers": None,
            "best": False,
        }
    loss = beside(row["log_loss"], wording.plain(row["log_loss"], 4))
    return {"log_loss": loss, "rows": row["rows"], "customers": row["customers"], "best": best}


def _verdict(losses: dict[tuple[str, int], Row], models: Sequence[str]) -> str:
    means = [(loss, m) for m in models if (loss := _loss(losses, m, 0)) is not None]
    if len(means) < 2:
        return ""
    (first, winner), (second, runner_up) = sorted(means)[:2]
    return say(
        "{first} has the lowest mean log-loss ({loss}); next is {second} ({more}).",
        first=winner,
        loss=wording.plain(first, 4),
        second=runner_up,
        more=wording.plain(second, 4),
    )


def calibration(rows: Sequence[Row]) -> Band:
    """Return expected against observed shares by group of predicted risk."""
    followed = [row for row in rows if row["expected"] is not None and row["observed"] is not None]
    ends = [row[end] for row in followed for end in ("expected", "observed", "high") if row[end] is not None]
    return {
        "missing": "" if followed else say(NO_CALIBRATION),
        "span": max(ends, default=1.0) or 1.0,
        "groups": [
            {
                "group": str(row["group"]),
                "rows": beside(row["rows"], wording.count(row["rows"])),
                "expected": beside(row["expected"], wording.share(row["expected"])),
                "observed": beside(row["observed"], wording.share(row["observed"])),
                "interval": {
                    "low": row["low"],
                    "high": row["high"],
                    "shown": wording.interval(row["low"], row["high"], "share", like=row["observed"]),
                },
            }
            for row in followed
        ],
    }
