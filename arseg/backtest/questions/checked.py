"""Question (d): does the tool find the truth where it is known.

Either small worlds are drawn and analysed beside the client's book, or the figures of the benchmark stand in for them.
Both say how far this tool's figures may be trusted, and nothing about the client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from arseg.backtest.questions.answer import Answer
from arseg.backtest.small_worlds import SmallWorld, call_effect, draw_small, on_log, true_gains
from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.scored import HEADLINE
from arseg.backtest.value.worth import MEASURES, weigh

COLUMNS: Final = ("desk", "figure", "worlds", "found", "low", "high", "should", "meaning")
CUSTOMERS: Final = 150
MONTHS: Final = 10
EVENINGS: Final = 12
# What differs, by measure: column of ``DIFFERS``.
_TRUE: Final[Mapping[str, int]] = {"collection_rate": 0, "dso": 1, "minutes": 3}
_NORMAL: Final = 1.959963984540054
DRAWN, RULE = "draws by lot", "follows a rule"


def ask_self_check(*, worlds: int, reference: Sequence[Mapping[str, Any]] = (), seed: int = 0) -> Answer:
    """Return what the analysis says of books whose truth is known, beside that truth.

    Parameters
    ----------
    worlds
        How many small worlds are drawn and analysed; some seconds each. None is drawn where 0.
    reference
        Rows of the coverage benchmark; shown where no world is drawn.
    seed
        Of the first world.

    Returns
    -------
    answer
        Table ``self_check``, as ``COLUMNS``.
    """
    if worlds:
        rows = _analysed(worlds, seed)
        note = f"{worlds} small worlds of {CUSTOMERS} customers and {MONTHS} months, drawn and analysed in this run"
    else:
        rows = from_reference(reference)
        note = "figures of the coverage benchmark (benchmarks/coverage.py), not of this run" if rows else ""
    return Answer(
        "self_check", {"self_check": pd.DataFrame(rows, columns=list(COLUMNS))}, (note,) * bool(note)
    )


def _analysed(worlds: int, seed: int) -> list[dict[str, object]]:
    drawn = [draw_small(customers=CUSTOMERS, months=MONTHS, seed=seed + at) for at in range(worlds)]
    ruled = [
        draw_small(customers=CUSTOMERS, months=MONTHS, seed=seed + at, desk="deterministic")
        for at in range(worlds)
    ]
    tables = [_weighed(small.log, seed) for small in drawn]
    true = _truth(drawn, seed)
    rows = [_difference(tables, true, measure) for measure in _TRUE]
    printed = np.mean([_weighed(small.log, seed)["difference"].notna().any() for small in ruled])
    rows.append(
        {
            "desk": RULE,
            "figure": "point estimates printed",
            "worlds": worlds,
            "found": float(printed),
            "should": "0",
            "meaning": "share of worlds; nothing was drawn by lot there, so nothing may be claimed",
        }
    )
    return rows + _calls(drawn, seed)


def _weighed(log: DecisionLog, seed: int) -> pd.DataFrame:
    table, _ = weigh(log, {"call the old": on_log(log)}, estimators=(HEADLINE,), kind="linear", seed=seed)
    return table.set_index("measure")


def _truth(drawn: Sequence[SmallWorld], seed: int) -> dict[str, float]:
    """Return the true difference per decision by measure, as a ratio of sums over all worlds."""
    found = [true_gains(small, evenings=EVENINGS, seed=seed + at) for at, small in enumerate(drawn)]
    reviewed = sum(count for count, _ in found)
    gains = np.sum([gain for _, gain in found], axis=0) / max(reviewed, 1)
    decisions = sum(len(small.log.logged) for small in drawn)
    below = {
        "one": 1.0,
        "sales": sum(float(small.log.sales.sum()) for small in drawn) / decisions,
        "balance": sum(float(small.log.balance.sum()) for small in drawn) / decisions,
    }
    return {measure: float(gains[at]) / below[MEASURES[measure][1]] for measure, at in _TRUE.items()}


def _difference(tables: Sequence[pd.DataFrame], true: Mapping[str, float], measure: str) -> dict[str, object]:
    rows = pd.DataFrame([table.loc[measure, ["difference", "low", "high"]] for table in tables])
    known = rows.astype(np.float64).dropna()
    held = int(((known["low"] <= true[measure]) & (true[measure] <= known["high"])).sum())
    # Worlds are independent: the error of a mean of n is that of one by the root of n.
    reach = float((known["high"] - known["low"]).mean()) / 2 / np.sqrt(max(len(known), 1))
    mean = float(known["difference"].mean())
    return {
        "desk": DRAWN,
        "figure": f"{measure}: a policy less the desk",
        "worlds": len(known),
        "found": mean,
        "low": mean - reach,
        "high": mean + reach,
        "should": f"{true[measure]:.4g}",
        "meaning": f"{MEASURES[measure][2]}; {held} of {len(known)} intervals of one world hold it",
    }


def _calls(drawn: Sequence[SmallWorld], seed: int) -> list[dict[str, object]]:
    found = [call_effect(small.log, seed=seed) for small in drawn]
    naive = np.array([(one.naive, one.naive_low, one.naive_high) for one in found])
    ours = np.array([(one.ours, one.low, one.high) for one in found])
    said = (
        (
            "days open, called less left alone: comparison of means",
            naive,
            "a desk calls the riskiest, who pay late either way",
        ),
        ("days open, called less left alone: by logged chances", ours, "what the page uses"),
    )
    rows: list[dict[str, object]] = []
    for figure, values, meaning in said:
        mean = float(values[:, 0].mean())
        reach = float((values[:, 2] - values[:, 1]).mean()) / 2 / np.sqrt(len(values))
        row = {"desk": DRAWN, "figure": figure, "worlds": len(values), "found": mean}
        rows.append(
            row | {"low": mean - reach, "high": mean + reach, "should": "below 0", "meaning": meaning}
        )
    return rows


def from_reference(reference: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return the rows of the coverage benchmark that speak of the headline estimator, worst policy first.

    Parameters
    ----------
    reference
        Its rows; those of another shape are passed over.

    Examples
    --------
    >>> row = {"case": "stochastic", "figure": "coverage, clustered", "estimator": "SNDR", "measure": "dso", "share": 0.95,
    ...        "bias_in_errors": -0.1, "n": 200}
    >>> [(one["figure"], one["found"]) for one in from_reference([row])]
    [('dso: intervals that hold the truth', 0.95), ('dso: bias in standard errors', 0.1)]
    """
    frame = pd.DataFrame([dict(row) for row in reference])
    if frame.empty or not {"case", "figure", "share"} <= set(frame.columns):
        return []
    rows: list[dict[str, object]] = []
    head = frame[(frame["case"] == "stochastic") & (frame.get("estimator") == HEADLINE)]
    head = head[head["figure"].astype(str).str.contains("clustered")]
    for measure, own in head.groupby("measure") if len(head) else ():
        worst = {"desk": DRAWN, "worlds": int(own["n"].max())}
        share = float(own.loc[(own["share"] - 0.95).abs().idxmax(), "share"])
        rows.append(
            worst
            | {
                "figure": f"{measure}: intervals that hold the truth",
                "found": share,
                "should": "0.92 to 0.97",
                "meaning": "share of worlds, of the policy that is furthest off",
            }
        )
        rows.append(
            worst
            | {
                "figure": f"{measure}: bias in standard errors",
                "found": float(own["bias_in_errors"].abs().max()),
                "should": "below 0.25",
                "meaning": "largest over the policies",
            }
        )
    return rows + _printed(frame)


def _printed(frame: pd.DataFrame) -> list[dict[str, object]]:
    own = frame[(frame["figure"] == "point estimates printed") & (frame["case"] == "deterministic")]
    if own.empty:
        return []
    return [
        {
            "desk": RULE,
            "figure": "point estimates printed",
            "worlds": int(own["worlds"].max()) if "worlds" in own else 0,
            "found": float(own["share"].max()),
            "should": "0",
            "meaning": "share of worlds; nothing was drawn by lot there, so nothing may be claimed",
        }
    ]
