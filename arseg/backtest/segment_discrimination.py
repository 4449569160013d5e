"""Question (a): do the segments that each policy gave separate what came later (science 4.2).

It says that High customers went on to pay worse, and how much worse than the oldest item or the customer's mean delay
would have told. It does not say what a policy saved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.backtest.contact_errors import contact_chances, contact_errors
from arseg.backtest.contest import BacktestResult
from arseg.backtest.intervals import Draws, draw_customers
from arseg.backtest.judged_items import AGES, RANKED_BY, JudgedItems, Places, judge_items
from arseg.backtest.ranking_draws import fine_levels, rank, ranking_rows, same_sizes
from arseg.backtest.segment_table import segment_curves, segment_table
from arseg.backtest.separation import separate
from arseg.ledger import Ledger, observe_contacts
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FINE: Final = 50
SCORE: Final = "score"
_NAMES: Final = ["ranking", "against", "age", "weight"]


@dataclass(frozen=True)
class SegmentDiscrimination(Shown):
    """How well the segments of each policy told later outcomes apart.

    Parameters
    ----------
    segments
        As from ``segment_table``: observed against expected, by policy, key date and segment.
    curves
        As from ``segment_curves``.
    ranking
        ``ranking`` (a policy, or what customers can be ranked by without one), ``age, weight`` (count, amount),
        ``measure`` (somers_d, ks, capture_5%, ...), ``value, low, high, customers``.
    lift
        The same with ``against``, ``baseline`` and the paired difference in ``value``: policies against baselines cut
        into segments of the same sizes, the score against the baselines as they are.
    pairs, order
        As from ``separate``.
    errors, contacted
        As from ``contact_errors`` and ``contact_chances``; the latter empty where no contact is known.
    notes
        What has to be borne in mind.
    """

    segments: pd.DataFrame
    curves: pd.DataFrame
    ranking: pd.DataFrame
    lift: pd.DataFrame
    pairs: pd.DataFrame
    order: pd.DataFrame
    errors: pd.DataFrame
    contacted: pd.DataFrame
    notes: tuple[str, ...]

    def plot(self, name: str = "somers_d", *, ax: Axes | None = None) -> Figure:
        """Draw how well each ranking tells later outcomes apart, with its interval; see ``plots.plot_ranking``.

        Parameters
        ----------
        name
            One of the measures in ``ranking``.
        ax
            Axes of a figure of your own; a new figure where None.
        """
        from arseg.backtest.plots import plot_ranking

        return plot_ranking(self.ranking, name, ax=ax)


def discriminate_segments(
    result: BacktestResult,
    *,
    contacts: pd.DataFrame | None = None,
    loss_age: int = 90,
    draws: int = 500,
    seed: int = 0,
) -> SegmentDiscrimination:
    """Return how well the segments of a backtest told later outcomes apart.

    Parameters
    ----------
    result
        A backtest.
    contacts
        What the desk did, as from ``read_contacts``; without it nothing is said of contacts.
    loss_age
        Days after due at which what is unpaid counts as lost; no longer than the horizon.
    draws, seed
        Customer-clustered bootstrap; the same customers are drawn for everything.
    """
    judged = judge_items(result.items, result.outcomes, result.customers, loss_age=loss_age)
    drawn = draw_customers(len(judged.customers), draws=draws, seed=seed)
    segments = {policy: judged.segments(result.rows, policy) for policy in result.rows["policy"].unique()}
    pairs, order = separate(judged, segments, drawn)
    ranking, lift = _rankings(judged, segments, drawn)
    known = contacts is not None and len(contacts) > 0
    contacted, notes = (
        contact_chances(judged, segments, drawn, contacts)
        if contacts is not None and known
        else (pd.DataFrame(), ("no contact is known: how far treatment has hidden the risk cannot be said",))
    )
    return SegmentDiscrimination(
        segments=segment_table(judged, segments, drawn),
        curves=segment_curves(judged, segments),
        ranking=ranking,
        lift=lift,
        pairs=pairs,
        order=order,
        errors=contact_errors(judged, segments, drawn, contacts),
        contacted=contacted,
        notes=notes,
    )


def read_contacts(
    ledger: Ledger,
    key_dates: Sequence[dt.date],
    *,
    observed_on: dt.date | None = None,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Return the contacts about the items open on each key date, with ``key_date``.

    Parameters
    ----------
    ledger
        The ledger.
    key_dates
        The key dates of a backtest.
    observed_on
        Only contacts known by this day; the last known day where None.
    cache
        As for ``observe_outcomes``.
    """
    parts = [
        observe_contacts(ledger, day, observed_on=observed_on, cache=cache).assign(key_date=pd.Timestamp(day))
        for day in key_dates
    ]
    return pd.concat(parts, ignore_index=True)


def _rankings(
    judged: JudgedItems, segments: dict[str, Places], drawn: Draws
) -> tuple[pd.DataFrame, pd.DataFrame]:
    risks = {
        word: judged.items[f"risk_{name}"].to_numpy(dtype=np.float64)
        for name, word in RANKED_BY.items()
        if f"risk_{name}" in judged.items and judged.items[f"risk_{name}"].notna().any()
    }
    fine = {word: fine_levels(judged, risk, FINE) for word, risk in risks.items()}
    baselines = [word for word in risks if word != SCORE]
    even = {
        (policy, word): same_sizes(judged, level, risks[word])
        for policy, level in segments.items()
        for word in baselines
    }
    ranking, lift = [], []
    for age in AGES:
        for weight in ("count", "amount"):
            tags = {"age": age, "weight": weight}
            asked = partial(rank, judged, draws=drawn, age=age, by_amount=weight == "amount")
            own = {name: asked(level) for name, level in (segments | fine).items()}
            ranking += [
                ranking_rows(found, drawn).assign(ranking=name, **tags) for name, found in own.items()
            ]
            rivals = [(*pair, asked(level)) for pair, level in even.items()]
            rivals += [(SCORE, word, own[word]) for word in baselines if SCORE in own]
            lift += [
                ranking_rows(own[name], drawn, against).assign(ranking=name, against=word, **tags)
                for name, word, against in rivals
            ]
    columns = ["measure", "value", "low", "high", "customers"]
    tables = [pd.concat(parts, ignore_index=True) if parts else pd.DataFrame() for parts in (ranking, lift)]
    return (
        tables[0].reindex(columns=[name for name in _NAMES if name != "against"] + columns),
        tables[1].reindex(columns=[*_NAMES, columns[0], "baseline", *columns[1:]]),
    )
