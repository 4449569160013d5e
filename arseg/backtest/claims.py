"""What is commonly claimed of collections software, beside what this book shows and what of it is the policy's doing.

Every claim is a level ("80 % of first contacts succeed") or a change ("50 % lower cost") without a definition, an
interval or a count. Here each has one of its own. A level can be counted. That a policy *made* it can only be said where
history compares the policy with another one, so ``identified`` is about the effect (capabilities G18).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest import receivables_cases as cases
from arseg.backtest.claim_sums import ALL_MONTHS, cured_bounds, dso_blocks, late_items, resolved_sums
from arseg.backtest.intervals import FEWEST_CUSTOMERS, Draws, Values, draw_customers, ratio_interval
from arseg.backtest.receivables_book import ReceivablesBook
from arseg.backtest.receivables_sums import by_customer, payments
from arseg.backtest.standing import month_days
from arseg.metrics.cohorts import collected_by
from arseg.metrics.receivables import ratio, sales_weighted_dso


@dataclass(frozen=True)
class Claim:
    """A claim, and what it is measured by here.

    Parameters
    ----------
    said
        As it is made.
    unit
        Of the figure.
    effect
        The measure of ``value.worth`` that says what a policy changes of it; empty where none does.
    definition
        The figure in words.
    """

    said: str
    unit: str
    effect: str
    definition: str


CLAIMS: Final[Mapping[str, Claim]] = MappingProxyType(
    {
        "cost": Claim(
            "up to 50 % lower cost",
            "per 1,000",
            "minutes",
            "minutes of contacts x cost of a minute / cash on items past due, x 1,000",
        ),
        "early recovery": Claim(
            "15 to 20 % of debt recovered early",
            "share",
            "collection_rate",
            "cash by due + 30 / (amount - credit notes) of the invoices due in the period",
        ),
        "first contact": Claim(
            "80 % of first contacts succeed",
            "share",
            "",
            "first contacts (none in 30 days before) followed by a promise or a later payment within 7 days / all",
        ),
        "resolution days": Claim(
            "resolved 15 to 30 days sooner",
            "days",
            "",
            "mean days from due until paid or credited, at most 90, of the items late in the period",
        ),
        "self-cure": Claim(
            "70 % of self-cures told beforehand",
            "share",
            "",
            "items late in the period paid in full within 30 days without a contact / all of them, had none been contacted",
        ),
        "dso": Claim(
            "DSO down by 75 %",
            "days",
            "dso",
            f"sum over the last {ALL_MONTHS} issue months of unpaid / sales x days of the month, at the period's end",
        ),
        "paid before due": Claim(
            "3 times likelier to be paid before due",
            "share",
            "",
            "cash by the due day / (amount - credit notes) of the invoices due in the period",
        ),
    }
)
COLUMNS: Final = (
    "claim",
    "said",
    "value",
    "low",
    "high",
    "unit",
    "n",
    "customers",
    "effect",
    "effect_low",
    "effect_high",
    "effect_measure",
    "identified",
    "why",
    "window",
    "definition",
)
_NO_EFFECT: Final = "counted, but nothing here tells what the policy changed of it"
_SELF_CURE: Final = (
    "whoever had not paid was contacted, so who would have paid anyway was not seen; low and high are bounds: none"
    " or all of those contacted would have cured. A holdout left alone by lot would tell"
)
_NO_CONTACT: Final = "no contact is logged"


@dataclass(frozen=True)
class _Level:
    """The level of a claim: parts by customer, number of cases, and what is wrong with it."""

    parts: pd.DataFrame
    n: int
    missing: str = ""


def claims_table(
    book: ReceivablesBook,
    *,
    effects: pd.DataFrame | None = None,
    minute_cost: float | None = None,
    alone_by_lot: pd.Series | None = None,
    draws: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the seven claims with this book's own figure, interval, number of cases, and whether an effect is identified.

    Parameters
    ----------
    book
        The period, as from ``read_book``.
    effects
        One policy against the one in force: ``measure, difference, low, high, identified`` and, where there is one,
        ``why``; as the headline of ``counterfactual.look_back``.
    minute_cost
        Cost of a collector's minute, reporting currency.
    alone_by_lot
        The segment of each customer, where in each of them some late customers were left alone by lot: that is what makes
        self-cure known. None where they were not.
    draws, seed
        Customer-clustered bootstrap.

    Returns
    -------
    One row per claim, with the columns ``COLUMNS``; n counts what the figure is over: invoices, first contacts or late
    items. A figure that cannot be had is missing, and ``why`` says why.
    """
    customers = pd.Index(sorted(book.items["customer_id"].dropna().unique()))
    drawn = draw_customers(max(len(customers), 1), draws=draws, seed=seed)
    levels = _levels(book, minute_cost, alone_by_lot)
    window = f"{book.start:%Y-%m-%d} to {book.end:%Y-%m-%d}, as known on {book.observed_on:%Y-%m-%d}"
    rows = []
    for name, claim in CLAIMS.items():
        row: dict[str, object] = {
            "claim": name,
            "said": claim.said,
            "unit": claim.unit,
            "definition": claim.definition,
        }
        figure = _dso(book, customers, drawn) if name == "dso" else _figure(levels[name], customers, drawn)
        row |= figure | _effect(claim, effects) | {"window": window}
        row["why"] = "; ".join(text for text in (str(figure["missing"]), str(row["why"])) if text)
        rows.append(row)
    table = pd.DataFrame(rows)
    if alone_by_lot is None:
        _bound_self_cure(table, book, customers, drawn)
    return table[list(COLUMNS)]


def _levels(
    book: ReceivablesBook, minute_cost: float | None, alone_by_lot: pd.Series | None
) -> dict[str, _Level]:
    items, moves = cases.due_cohort(book)
    logged = "contacts" in book.present
    cost = payments(book, minute_cost).get("cost_to_collect")
    no_cost = "" if cost is not None else _NO_CONTACT if not logged else "no cost of a minute is declared"
    first = cases.contact_success(book).get("first_contact_success")
    late = late_items(book)
    lot = alone_by_lot is not None and logged
    cured = cases.self_cures(book, alone_by_lot)["self_cure"] if lot else None
    made = int(book.contacts["contacted_on"].between(book.start, book.end, inclusive="right").sum())
    return {
        "cost": _level(cost, made, no_cost),
        "first contact": _level(first, None, "" if logged else _NO_CONTACT),
        "resolution days": _level(resolved_sums(late), None, ""),
        "self-cure": _level(cured, None, "" if logged else _NO_CONTACT),
        **{
            name: _level(_mature(collected_by(items, moves, age), items["customer_id"]), len(items), "")
            for name, age in (("early recovery", 30), ("paid before due", 0))
        },
    }


def _level(parts: pd.DataFrame | None, n: int | None, missing: str) -> _Level:
    held = pd.DataFrame({"numerator": [], "denominator": []}, dtype=np.float64) if parts is None else parts
    return _Level(held, int(held["denominator"].sum()) if n is None else n, missing)


def _mature(parts: pd.DataFrame, customers: pd.Series) -> pd.DataFrame:
    return by_customer(parts[parts["mature"]], customers[parts["mature"]])


def _figure(level: _Level, customers: pd.Index, drawn: Draws) -> dict[str, object]:
    parts = level.parts.reindex(customers)
    unknown = parts["numerator"].isna() & (parts["denominator"] > 0)
    top, bottom = (
        parts[name].fillna(0.0).to_numpy(dtype=np.float64)[:, None] for name in ("numerator", "denominator")
    )
    low, high = ratio_interval(top, bottom, drawn)
    known = np.nan if unknown.any() else 1.0
    return {
        "value": ratio(top.sum(), bottom.sum()).item() * known,
        "low": low[0] * known,
        "high": high[0] * known,
        "n": level.n,
        "customers": int((bottom > 0).sum()),
        "missing": level.missing,
    }


def _dso(book: ReceivablesBook, customers: pd.Index, drawn: Draws) -> dict[str, object]:
    unpaid, sales, invoices = dso_blocks(book, customers)
    days = month_days(book.end.date())

    def of(left: Values, sold: Values) -> Values:
        return sales_weighted_dso(left, sold, days)

    carriers = int((sales.sum(axis=1) > 0).sum())
    low, high = drawn.interval(of(drawn.sums(unpaid), drawn.sums(sales)))
    hidden = carriers < FEWEST_CUSTOMERS or low == high
    return {
        "value": of(unpaid.sum(axis=0), sales.sum(axis=0)).item() if carriers else np.nan,
        "low": np.nan if hidden else float(low),
        "high": np.nan if hidden else float(high),
        "n": invoices,
        "customers": carriers,
        "missing": "",
    }


def _effect(claim: Claim, effects: pd.DataFrame | None) -> dict[str, object]:
    nothing = {
        "effect": np.nan,
        "effect_low": np.nan,
        "effect_high": np.nan,
        "effect_measure": "",
        "identified": False,
    }
    if not claim.effect:
        return nothing | {"why": _NO_EFFECT}
    if effects is None or claim.effect not in set(effects["measure"]):
        return nothing | {"why": "no comparison with another policy was made"}
    row = effects[effects["measure"] == claim.effect].iloc[0]
    why, identified = str(row.get("why", "")), bool(row["identified"])
    # Bounds may stand in low and high where there is no figure; a figure never stands where it is not identified.
    return {
        "effect": float(row["difference"]) if identified else np.nan,
        "effect_low": float(row["low"]),
        "effect_high": float(row["high"]),
        "effect_measure": claim.effect,
        "identified": identified,
        "why": why or ("" if identified else "history cannot say what the policy changed of it"),
    }


def _bound_self_cure(table: pd.DataFrame, book: ReceivablesBook, customers: pd.Index, drawn: Draws) -> None:
    """Put bounds in place of a self-cure that history cannot tell."""
    row = table.index[table["claim"] == "self-cure"][0]
    if "contacts" not in book.present:
        return
    bounds = [_figure(_level(parts, None, ""), customers, drawn) for parts in cured_bounds(late_items(book))]
    table.loc[row, ["value", "low", "high"]] = [np.nan, bounds[0]["value"], bounds[1]["value"]]
    table.loc[row, ["n", "customers"]] = [bounds[0]["n"], bounds[0]["customers"]]
    table.loc[row, "why"] = _SELF_CURE
