"""A model's card as one inert, offline HTML page: everything in it is text, and nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

_WORDS: Final = {
    "log_loss": "Log-loss",
    "brier": "Brier score",
    "expected": "Expected share unpaid",
    "observed": "Observed share unpaid",
    "gap": "Observed less expected",
}
_SHARES: Final = ("expected", "observed", "gap")


def draw_card(card: Mapping[str, Any]) -> str:
    """Return the page of a card; equal cards give equal bytes.

    Parameters
    ----------
    card
        From ``model_card.make_card``.
    """
    told = card["backtest"]
    return (
        _environment()
        .get_template("model_card.html.j2")
        .render(
            card=card,
            measures=_with_interval(told["measures"]),
            by_horizon=_calibrated(told["by_horizon"]),
            by_state=_calibrated(told["by_state"]),
            judged=next(iter(told["measures"]), None),
            log_loss=[row for row in told["log_loss"] if row["horizon"] == 0],
        )
    )


def _with_interval(records: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return every measure with its interval as text."""
    return [{"name": _WORDS[row["measure"]], "value": written_value(row)} for row in records]


def _calibrated(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per group: items, customers, expected, observed and their gap as text."""
    groups = dict.fromkeys(row["group"] for row in records)
    rows = []
    for group in groups:
        own = {row["measure"]: row for row in records if row["group"] == group}
        texts = {name: written_value(own[name]) for name in _SHARES}
        rows.append(
            {"group": group, "count": own["gap"]["items"], "customers": own["gap"]["customers"], **texts}
        )
    return rows


def written_value(row: Mapping[str, Any]) -> str:
    """Return a value with its interval.

    Examples
    --------
    >>> written_value({"measure": "gap", "value": 0.012, "low": -0.004, "high": 0.03})
    '1.2 % (-0.4 % to 3.0 %)'
    >>> written_value({"measure": "brier", "value": 0.1, "low": None, "high": None})
    '0.1000 (interval not known: too few customers)'
    """
    form = "{:.1%}" if row["measure"] in _SHARES else "{:.4f}"

    def text(value: float) -> str:
        return form.format(value).replace("%", " %")

    if row["value"] is None:
        return "not known"
    if row["low"] is None:
        return f"{text(row['value'])} (interval not known: too few customers)"
    return f"{text(row['value'])} ({text(row['low'])} to {text(row['high'])})"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("arseg.runs", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
