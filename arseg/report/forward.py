"""The days to come, as the page says them: cash against what was said before, and what is provided for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from arseg.report import wording
from arseg.report.evidence import Band, beside, segment_position
from arseg.report.findings import Findings, plain_value
from arseg.report.language import known, say
from arseg.schema import require_columns

NO_FORECAST: Final = "No forecast was published with this run."
NO_PROVISION: Final = "No provision was published with this run."
NOTHING_LOST: Final = (
    "No earlier provision can be held against losses yet: a publication counts from four weeks on, a key date of the"
    " backtest once its items are old enough to tell their loss."
)
NOTHING_CAME: Final = (
    "No earlier forecast can be held against what came yet: the first is kept with this publication, and a week"
    " counts once the book has had its days to learn of it."
)
WORDS: Final = {
    "vintages": "vintages",
    "roll_rates": "roll rates",
    "transitions": "transition matrix",
    "model": "model",
}
STEPS: Final = {
    "gross": "Gross",
    "in_credit": "less in credit",
    "related_party": "less related parties",
    "specific": "less judged alone",
    "dilution": "less credit notes expected",
    "vat": "less recoverable VAT",
    "secured": "less insured",
    "collected_after": "less cash after the key date",
    "exposed": "In the pool",
}
_CASH: Final = ("source", "by", "group", "ahead", "expected", "low_80", "high_80")


def forecast(findings: Findings) -> Band:
    """Return the cash to the end of the horizon by what it is asked by, scenarios, and what was said before."""
    told, currency = findings.forward, findings.currency
    if not told:
        return {"missing": say(NO_FORECAST), "came_missing": say(NOTHING_CAME), "sums": [], "scenarios": [], "accuracy": []} | {
            "misses": [], "fan": [], "notes": [], "weeks": 0, "unit": "", "whole": {}
        }  # fmt: skip
    to_date = told["cash_to_date"]
    require_columns(to_date.columns, _CASH, frame="cash_to_date")
    weeks = int(to_date["ahead"].max())
    ends = to_date[to_date["ahead"] == weeks]
    rows = [_sum(row, currency) for row in _rows(ends)]
    scale, word = _scale(float(to_date["high_80"].max()))
    return {
        "missing": "",
        "weeks": weeks,
        "sums": _sources(rows),
        "whole": next(row for row in rows if row["source"] == "open items" and row["by"] == "total"),
        "scenarios": [_scenario(row, currency) for row in _rows(_last(told["cash_scenarios"]))],
        "came_missing": "" if len(told["forecast_accuracy"]) else say(NOTHING_CAME),
        "accuracy": [_accuracy(row, currency) for row in _rows(told["forecast_accuracy"])],
        "misses": [_miss(row, currency) for row in _rows(told["largest_misses"])],
        "fan": _said(told["said_and_came"], scale),
        "unit": " ".join(
            part for part in (wording.SYMBOLS.get(currency, currency), word and say(word)) if part
        ),
        "notes": [known(str(note)) for note in told.get("notes", ())],
    }


def provision(findings: Findings) -> Band:
    """Return the matrix, the methods held together, the waterfall, the roll-forward and the bridge."""
    told, currency = findings.forward, findings.currency
    if not told:
        return {"missing": say(NO_PROVISION), "cells": [], "methods": [], "steps": [], "rolled": [], "bridge": []} | {
            "segments": [], "buckets": [], "facts": {}, "notes": [], "lost": [], "lost_missing": say(NOTHING_LOST), "allowance": beside(None, say(wording.UNKNOWN))
        }  # fmt: skip
    matrix, facts = told["provision_matrix"], told["facts"]
    lost = _of_all(told.get("loss_backtest", pd.DataFrame()))
    allowance = float(facts["allowance"])
    return {
        "missing": "",
        "allowance": beside(allowance, wording.money_short(allowance, currency)),
        "facts": {
            "method": known(facts["in_words"]),
            "outlook": known(facts["outlook"]),
            "specific": wording.money_short(float(facts["specific"]), currency),
        },
        "segments": sorted(dict.fromkeys(matrix["segment"]), key=segment_position),
        "buckets": list(dict.fromkeys(matrix["bucket"])),
        "cells": [_cell(row, currency) for row in _rows(matrix)],
        "methods": [_method(row, currency) for row in _rows(_totals(told["provision_reconciliation"]))],
        "steps": [_step(row, currency, STEPS) for row in _rows(told["provision_exclusions"]) if _shown(row)],
        "rolled": [
            _rolled(row, currency)
            for row in sorted(
                _rows(told["provision_roll_forward"]), key=lambda row: segment_position(row["segment"])
            )
        ],
        "bridge": [_step(row, currency, {}) for row in _rows(told["provision_bridge"])],
        "lost": [_lost(row, currency) for row in _rows(lost)],
        "lost_missing": "" if len(lost) else say(NOTHING_LOST),
        "notes": [known(str(note)) for note in facts["notes"]],
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: plain_value(v) for name, v in row.items()} for row in frame.to_dict("records")]


def _last(scenarios: pd.DataFrame) -> pd.DataFrame:
    """Return each scenario's sum over all weeks."""
    return scenarios[scenarios["ahead"] == 0] if "ahead" in scenarios else scenarios


def _totals(reconciliation: pd.DataFrame) -> pd.DataFrame:
    return reconciliation[reconciliation["bucket"] == "total"]


def _of_all(losses: pd.DataFrame) -> pd.DataFrame:
    return losses[losses["by"] == "total"] if len(losses) else losses


def _shown(row: Mapping[str, Any]) -> bool:
    """Return whether a step of the waterfall took anything; its ends always stand."""
    return row["step"] in ("gross", "exposed") or bool(row["amount"])


def _money(row: Mapping[str, Any], name: str, currency: str) -> Band:
    return beside(row[name], wording.money_short(row[name], currency))


def _sum(row: Mapping[str, Any], currency: str) -> Band:
    low, high = (wording.money_short(row[name], currency) for name in ("low_80", "high_80"))
    return {
        "source": row["source"],
        "by": row["by"],
        "group": row["group"],
        "expected": _money(row, "expected", currency),
        "band": {"low": row["low_80"], "high": row["high_80"], "shown": wording.span(low, high)},
    }


def _sources(rows: list[Band]) -> list[Band]:
    """Return one row per group with what comes from where, riskiest segments first."""
    found: dict[tuple[str, str], Band] = {}
    for row in rows:
        own = found.setdefault((row["by"], row["group"]), {"by": row["by"], "group": row["group"]})
        own[str(row["source"]).replace(" ", "_")] = {"expected": row["expected"], "band": row["band"]}
    order = list(dict.fromkeys(by for by, _ in found))
    return sorted(found.values(), key=lambda own: (order.index(own["by"]), segment_position(own["group"])))


def _scenario(row: Mapping[str, Any], currency: str) -> Band:
    low, high = (wording.money_short(row[name], currency) for name in ("low_80", "high_80"))
    return {
        "scenario": known(str(row["scenario"]).replace("_", " ")),
        "after": _money(row, "expected_after", currency),
        "difference": _money(row, "expected", currency),
        "band": {"low": row["low_80"], "high": row["high_80"], "shown": wording.span(low, high)},
    }


def _accuracy(row: Mapping[str, Any], currency: str) -> Band:
    covered = row["coverage_80"]
    return {
        "method": known(row["method"]),
        "group": row["group"],
        "weeks": beside(row["weeks"], wording.count(row["weeks"])),
        "actual": _money(row, "actual", currency),
        "wape": beside(row["wape"], wording.share(row["wape"])),
        "bias": beside(row["bias"], wording.share(row["bias"])),
        "coverage": beside(covered, wording.NOTHING if covered is None else wording.share(covered, 0)),
        "crps": beside(row["crps"], wording.share(row["crps"])),
    }


def _miss(row: Mapping[str, Any], currency: str) -> Band:
    return {
        "origin": beside(row["origin"], wording.day(row["origin"])),
        "ahead": beside(row["ahead"], wording.count(row["ahead"])),
        "customer": row["customer_id"],
        **{name: _money(row, name, currency) for name in ("expected", "actual", "miss")},
        "why": known(row["why"]),
    }


def _said(scored: pd.DataFrame, scale: float) -> list[Band]:
    """Return the newest forecast that has a week behind it: what it said by then and what came by then."""
    own = scored[(scored["method"] == "arseg") & (scored["group"] == "all")]
    if own.empty:
        return []
    rows = own[own["origin"] == own["origin"].max()].sort_values("ahead")
    said, came = rows["expected"].cumsum() / scale, rows["actual"].cumsum() / scale
    origin = wording.day(plain_value(rows["origin"].iloc[0]))
    return [
        {"label": str(int(ahead)), "said": float(a), "came": float(b), "origin": origin}
        for ahead, a, b in zip(rows["ahead"], said, came, strict=True)
    ]


def _scale(largest: float) -> tuple[float, str]:
    if largest >= 5e6:
        return 1e6, "million"
    return (1e3, "thousand") if largest >= 5e3 else (1.0, "")


def _cell(row: Mapping[str, Any], currency: str) -> Band:
    return {
        "segment": row["segment"],
        "bucket": row["bucket"],
        "exposed": _money(row, "exposed", currency),
        "rate": beside(row["outlook_rate"], wording.share(row["outlook_rate"])),
        "allowance": _money(row, "allowance", currency),
    }


def _method(row: Mapping[str, Any], currency: str) -> Band:
    return {
        "method": known(WORDS.get(row["method"], row["method"])),
        "allowance": _money(row, "allowance", currency),
        "rate": beside(row["rate"], wording.share(row["rate"])),
        "gap": beside(row["gap_share"], wording.share(row["gap_share"])),
        "agrees": bool(row["agrees"]),
    }


def _lost(row: Mapping[str, Any], currency: str) -> Band:
    low, high = row["low"], row["high"]
    told = low is not None and high is not None
    return {
        "origin": beside(row["origin"], wording.day(row["origin"])),
        "said": known(str(row["said"])),
        "followed": beside(row["followed_days"], wording.count(row["followed_days"])),
        **{name: _money(row, name, currency) for name in ("expected", "realised", "still_open")},
        "ratio": {
            "low": low,
            "high": high,
            "shown": wording.span(wording.plain(low, 2), wording.plain(high, 2)) if told else wording.NOTHING,
        },
        "verdict": known(str(row["verdict"])),
    }


def _step(row: Mapping[str, Any], currency: str, words: Mapping[str, str]) -> Band:
    name = row["step"]
    return {"name": name, "step": known(words.get(name, name)), "amount": _money(row, "amount", currency)}


def _rolled(row: Mapping[str, Any], currency: str) -> Band:
    names = ("opening", "charge", "written_off", "recovered", "fx", "closing")
    return {"segment": row["segment"], **{name: _money(row, name, currency) for name in names}}
