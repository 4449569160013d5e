"""The bands that hold the evidence: replay, separation, accuracy, calibration.

Questions (a) and (b) of the design stand in separate bands; (c) has a module of its own. Nothing is estimated here: rows are grouped, ordered and put beside their shown text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from arseg.report import wording
from arseg.report.findings import Row

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


def replay(measures: Sequence[Row], *, in_force: str, key_dates: Sequence[dt.date]) -> Band:
    """Return what happened to those each policy would have picked, by policy, segment, measure.

    Parameters
    ----------
    measures
        Rows of `arseg.schema.MEASURES`.
    in_force
        The policy in force; it stands first.
    key_dates
        Past key dates of the replay.
    """
    names = [name for name in _distinct(measures, "measure") if name != SEPARATION]
    policies = sorted(_distinct(measures, "policy"), key=lambda name: name != in_force)
    return {
        "missing": "" if names else NO_REPLAY,
        "title": f"Policies over {_dates(key_dates)}",
        "measures": [{"name": name, "label": wording.named(name)} for name in names],
        "windows": _distinct(measures, "window"),
        "policies": [
            {"policy": p, "in_force": p == in_force, "segments": _by_segment(measures, p, names)}
            for p in policies
        ],
        "parts": [_parts(row) for row in measures],
    }


def _dates(key_dates: Sequence[dt.date]) -> str:
    return f"the last {wording.plural(len(key_dates), 'key date')}" if key_dates else "past key dates"


def _distinct(rows: Sequence[Row], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _by_segment(measures: Sequence[Row], policy: str, names: Sequence[str]) -> list[Band]:
    ours = {(r["segment"], r["measure"]): r for r in measures if r["policy"] == policy}
    segments = sorted(dict.fromkeys(segment for segment, _ in ours), key=segment_position)
    return [
        {
            "segment": segment,
            "estimates": {n: estimate(ours[segment, n]) for n in names if (segment, n) in ours},
        }
        for segment in segments
    ]


def segment_position(segment: str) -> int:
    """Return where a segment stands: riskiest first, unknown ones after them, ``all`` last."""
    known = {name: position for position, name in enumerate(SEGMENT_ORDER)}
    return 10 if segment == "all" else known.get(segment, 5)


def _parts(row: Row) -> Band:
    return {
        "policy": row["policy"],
        "segment": row["segment"],
        "label": wording.named(row["measure"]),
        "unit": row["unit"],
        **estimate(row),
    }


def separation(measures: Sequence[Row], *, in_force: str) -> Band:
    """Return the share unpaid 30 days after due by segment and policy, with one common axis."""
    rows = [row for row in measures if row["measure"] == SEPARATION and row["segment"] != "all"]
    ends = [end for row in rows for end in (row["value"], row["high"]) if end is not None]
    policies = sorted(_distinct(rows, "policy"), key=lambda name: name != in_force)
    return {
        "missing": "" if rows else NO_REPLAY,
        "span": max(ends, default=1.0) or 1.0,
        "definitions": _distinct(rows, "definition"),
        "policies": [
            {"policy": p, "in_force": p == in_force, "segments": _by_segment(rows, p, [SEPARATION])}
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
        "missing": "" if rows else NO_ACCURACY,
        "verdict": _verdict(losses, models),
        "horizons": [{"days": h, "label": "Mean" if h == 0 else wording.days(h, 0)} for h in horizons],
        "models": [
            {"model": m, "cells": [_loss_cell(losses.get((m, h)), m in best[h]) for h in horizons]}
            for m in models
        ],
    }


def _loss(losses: dict[tuple[str, int], Row], model: str, horizon: int) -> float | None:
    row = losses.get((model, horizon))
    return None if row is None else row["log_loss"]


def _best(losses: dict[tuple[str, int], Row], models: Sequence[str], horizon: int) -> set[str]:
    known = {m: loss for m in models if (loss := _loss(losses, m, horizon)) is not None}
    return {m for m, loss in known.items() if loss == min(known.values())}


def _loss_cell(row: Row | None, best: bool) -> Band:  # noqa: FBT001 (one flag, said by its name)
    if row is None:
        return {"log_loss": beside(None, wording.UNKNOWN), "rows": None, "customers": None, "best": False}
    loss = beside(row["log_loss"], wording.plain(row["log_loss"], 4))
    return {"log_loss": loss, "rows": row["rows"], "customers": row["customers"], "best": best}


def _verdict(losses: dict[tuple[str, int], Row], models: Sequence[str]) -> str:
    known = [(loss, m) for m in models if (loss := _loss(losses, m, 0)) is not None]
    if len(known) < 2:
        return ""
    (first, winner), (second, runner_up) = sorted(known)[:2]
    lowest = f"{winner} has the lowest mean log-loss ({wording.plain(first, 4)})"
    return f"{lowest}; next is {runner_up} ({wording.plain(second, 4)})."


def calibration(rows: Sequence[Row]) -> Band:
    """Return expected against observed shares by group of predicted risk."""
    known = [row for row in rows if row["expected"] is not None and row["observed"] is not None]
    ends = [end for row in known for end in (row["expected"], row["observed"])]
    return {
        "missing": "" if known else NO_CALIBRATION,
        "span": max(ends, default=1.0) or 1.0,
        "groups": [
            {
                "group": str(row["group"]),
                "rows": beside(row["rows"], wording.count(row["rows"])),
                "expected": beside(row["expected"], wording.share(row["expected"])),
                "observed": beside(row["observed"], wording.share(row["observed"])),
            }
            for row in known
        ],
    }
