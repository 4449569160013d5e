"""The receivables measures of a period, by segment, with membership frozen at its start.

A customer stays in the segment in which the period found it, so nothing is transferred and each segment obeys
``closing = opening + sales - cash - credited - written off + recovered + reversed`` to the cent (science 1.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from arseg.backtest import receivables_cases as cases
from arseg.backtest import receivables_sums as sums_of
from arseg.backtest.intervals import draw_customers, ratio_interval
from arseg.backtest.receivables_book import ReceivablesBook
from arseg.backtest.receivables_definitions import DEFINITIONS
from arseg.backtest.receivables_pooled import pooled_measures
from arseg.backtest.receivables_rolls import lifetime_loss, roll_table
from arseg.metrics.receivables import ratio
from arseg.metrics.roll_up import LARGEST_SHARE, concentration
from arseg.schema import SEGMENTS
from arseg.schema.shown import Shown

UNSEGMENTED: Final = "none"
ALL: Final = "all"
_NEEDS: Final[Mapping[str, str]] = {
    "promises_kept": "promises",
    "promised_amount_kept": "promises",
    "self_cure": "contacts",
    "first_contact_success": "contacts",
    "cost_to_collect": "contacts",
}
COLUMNS: Final = (
    "measure",
    "label",
    "segment",
    "numerator",
    "denominator",
    "value",
    "text",
    "low",
    "high",
    "unit",
    "roll_up",
    "customers",
    "largest_share",
    "note",
    "window",
    "definition",
)


@dataclass(frozen=True)
class ReceivablesReport(Shown):
    """The measures of a period.

    Parameters
    ----------
    measures
        One row per measure and segment, with the columns ``COLUMNS``; the segment ``all`` is the book, ``none`` holds the
        customers that had no segment at the start.
    rolls
        As from ``receivables_rolls.roll_table``.
    lifetime_loss
        Share of each state's balance that is written off in the end, states by segment.
    """

    measures: pd.DataFrame
    rolls: pd.DataFrame
    lifetime_loss: pd.DataFrame

    def value(self, measure: str, segment: str = ALL) -> float:
        """Return one figure."""
        rows = self.measures
        return float(rows.loc[(rows["measure"] == measure) & (rows["segment"] == segment), "value"].item())


def report_receivables(
    book: ReceivablesBook,
    segment: pd.Series,
    *,
    minute_cost: float | None = None,
    draws: int = 500,
    seed: int = 0,
) -> ReceivablesReport:
    """Return every receivables measure of a period by segment.

    Parameters
    ----------
    book
        As from ``read_book``.
    segment
        The segment at the start of the period, by customer_id.
    minute_cost
        Cost of a collector's minute, reporting currency; the cost to collect has no value without it.
    draws, seed
        Customer-clustered bootstrap of the measures that are ratios of sums over customers.
    """
    sums = sums_of.customer_sums(book)
    members = _members(book, sums, segment)
    parts = sums_of.amounts(sums) | sums_of.ratios(sums, book.days) | sums_of.payments(book, minute_cost)
    parts |= sums_of.cohort_bad_debt(book) | cases.self_cures(book, members)
    parts |= cases.kept_promises(book) | cases.contact_success(book)
    rows = pd.concat(
        [
            _additive(parts, members, draws=draws, seed=seed),
            pooled_measures(book, members, [*_order(members), ALL]),
        ],
        ignore_index=True,
    )
    rolls = roll_table(book, members)
    return ReceivablesReport(_described(rows, members, book), rolls, lifetime_loss(rolls))


def _members(book: ReceivablesBook, sums: pd.DataFrame, segment: pd.Series) -> pd.Series:
    """Return the segment of every customer that the book knows of."""
    known = pd.Index(sums.index).union(book.items["customer_id"].unique())
    return segment.reindex(known).fillna(UNSEGMENTED).astype(str).rename_axis("customer_id")


def _order(members: pd.Series) -> list[str]:
    found = set(members)
    known = [name for name in SEGMENTS if name in found]
    return known + sorted(found - {*known, UNSEGMENTED}) + sorted(found & {UNSEGMENTED})


def _additive(parts: sums_of.Parts, members: pd.Series, *, draws: int, seed: int) -> pd.DataFrame:
    """Return the measures whose sums over customers add up, with intervals."""
    segments = [*_order(members), ALL]
    belongs = np.column_stack([(members == name) | (name == ALL) for name in segments]).astype(np.float64)
    own = {measure: part.reindex(members.index, fill_value=0.0) for measure, part in parts.items()}
    # All measures in one product with the drawn customers, who are the same for each.
    top, bottom = (
        np.hstack([part[name].fillna(0.0).to_numpy()[:, None] * belongs for part in own.values()])
        for name in ("numerator", "denominator")
    )
    low, high = ratio_interval(top, bottom, draw_customers(max(len(members), 1), draws=draws, seed=seed))
    unknown = [belongs[part["numerator"].isna().to_numpy()].any(axis=0) for part in own.values()]
    found = pd.DataFrame(
        {
            "measure": np.repeat(list(own), len(segments)),
            "segment": segments * len(own),
            "numerator": top.sum(axis=0),
            "denominator": bottom.sum(axis=0),
            "low": low,
            "high": high,
            "customers": ((top != 0) | (bottom != 0)).sum(axis=0),
            "largest_share": np.concatenate(
                [_largest(part, members, segments, measure) for measure, part in own.items()]
            ),
            "text": "",
            "method": "",
        }
    )
    return _valued(found, np.concatenate(unknown))


def _valued(found: pd.DataFrame, unknown: np.ndarray) -> pd.DataFrame:
    """Return the rows with their values; none where a part of the sum is not known."""
    summed = found["measure"].map(lambda name: DEFINITIONS[name].roll_up == "sum")
    value = pd.Series(ratio(found["numerator"], found["denominator"]), index=found.index)
    found = found.assign(
        value=found["numerator"].where(summed, value), denominator=found["denominator"].mask(summed)
    )
    found.loc[unknown, ["numerator", "value", "low", "high"]] = np.nan
    found.loc[unknown, "method"] = "not identified: nobody was left alone long enough"
    return found


def _largest(own: pd.DataFrame, members: pd.Series, segments: list[str], measure: str) -> np.ndarray:
    """Return the share of each segment's denominator (of an amount: of itself) that its largest customer makes."""
    weighed = own["numerator" if DEFINITIONS[measure].roll_up == "sum" else "denominator"]
    by_segment = concentration(weighed, members)["largest_share"].reindex(segments)
    by_segment[ALL] = concentration(weighed, np.full(len(members), ALL))["largest_share"].get(ALL, np.nan)
    return by_segment.to_numpy(dtype=np.float64)


def _described(rows: pd.DataFrame, members: pd.Series, book: ReceivablesBook) -> pd.DataFrame:
    """Return every measure of every segment in order, with what it is called and what to mind."""
    segments = [*_order(members), ALL]
    grid = pd.MultiIndex.from_product([DEFINITIONS, segments], names=["measure", "segment"])
    whole = rows.set_index(["measure", "segment"]).reindex(grid).reset_index()
    said = whole["measure"].map(DEFINITIONS.get)
    notes = [_note(row, book.present) for row in whole.to_dict("records")]
    whole = whole.assign(
        label=[definition.label for definition in said],
        unit=[definition.unit for definition in said],
        roll_up=[definition.roll_up for definition in said],
        definition=[definition.formula for definition in said],
        window=f"{(book.start + pd.Timedelta(days=1)).date()} to {book.end.date()}, known by {book.observed_on.date()}",
        note=notes,
        text=whole["text"].fillna(""),
        customers=whole["customers"].fillna(0).astype(np.int64),
    )
    return whole[list(COLUMNS)]


def _note(row: dict[str, Any], present: frozenset[str]) -> str:
    """Return what to mind about a figure."""
    said = []
    needed = _NEEDS.get(row["measure"])
    if needed and needed not in present:
        said.append(f"the ledger holds no {needed}")
    elif row["measure"] == "cost_to_collect" and pd.isna(row["denominator"]):
        said.append("no cost of a minute is declared")
    if isinstance(row["method"], str) and row["method"]:
        said.append(row["method"])
    if row["largest_share"] > LARGEST_SHARE:
        said.append(f"one customer makes {100 * row['largest_share']:.0f} %")
    return "; ".join(said)
