"""The experiment's classifier beside the curves: taught by earlier key dates, judged on the latest, read as a card.

A ``Scorecard`` adds up to points that a credit manager can follow by hand. What it gives away for that is measured:
a small booster, taught and judged on the same rows, stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.backtest.customer_rows import CustomerRows, customer_matrix, customer_rows
from arseg.backtest.intervals import draw_customers
from arseg.metrics import somers_d
from arseg.models import BoostedClassifier, Scorecard, make_classifier
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    import datetime as dt

    from arseg.backtest import Walk
    from arseg.models import Classifier
    from arseg.runs.journal import Run
    from arseg.runs.sections import Classifying

JUDGED: Final = ("classifier", "auc", "low", "high", "customers", "bad", "first_key_date", "last_key_date")
CARD: Final = ("feature", "bin", "share", "bad_rate", "woe", "iv", "points")
# Customers and bad ones among them below which a card would be made of single fates.
FEWEST: Final = (50, 10)
_LATEST: Final = 3


@dataclass(frozen=True)
class Classified(Shown):
    """What the classifier says of the book, and how far it can be believed.

    Parameters
    ----------
    customers
        ``customer_id``, ``p_bad``, and ``points`` where the classifier is a card; one row per customer with an open
        item; no row where none was taught.
    card
        The binning table of a ``Scorecard``; no row for another classifier.
    judged
        Area under the ROC curve on the latest key dates, by classifiers that were taught before these, with
        95 % intervals over customers.
    note
        What a reader must know.
    """

    customers: pd.DataFrame
    card: pd.DataFrame
    judged: pd.DataFrame
    note: str


def classify(asked: Classifying, walk: Walk, key_date: dt.date) -> Classified:
    """Teach the experiment's classifier, judge it on later key dates, and put its figure to every customer.

    Parameters
    ----------
    asked
        Which, and what counts as bad.
    walk
        The walk.
    key_date
        The day stood on.
    """
    rows = customer_rows(walk, key_date, days=asked.days, min_share=asked.min_share)
    empty = Classified(
        pd.DataFrame(columns=["customer_id", "p_bad"]),
        pd.DataFrame(columns=list(CARD)),
        pd.DataFrame(columns=list(JUDGED)),
        "",
    )
    lacking = _lacking(rows)
    if lacking:
        return replace(empty, note=f"no {asked.name} was taught: {lacking}")
    rows = replace(rows, X=rows.X[_telling(rows)])
    model = _made(asked).fit(rows.X, rows.y)
    X = customer_matrix(walk.landmark(key_date))[list(rows.X.columns)]
    found = pd.DataFrame({"customer_id": X.index, "p_bad": model.predict_probability(X)})
    judged, note = _judge(asked, rows, draws=walk.plan.draws, seed=walk.plan.seed)
    if not isinstance(model, Scorecard):
        return replace(empty, customers=found, judged=judged, note=note)
    return Classified(found.assign(points=model.points(X)), model.table(), judged, note)


def keep_classified(run: Run, walk: Walk) -> Classified | None:
    """Save what the experiment's classifier says, its columns beside the customers' scores; None where it has none."""
    asked = run.experiment.classifier
    if asked is None:
        return None
    found = classify(asked, walk, run.key_date)
    scores = run.load("customer_scores")
    run.save("customer_scores", scores.merge(found.customers, on="customer_id", how="left", validate="1:1"))
    run.save("scorecard", found.card)
    run.save("classifier_judged", found.judged)
    return found


def _telling(rows: CustomerRows) -> list[str]:
    """Return the columns that differ between customers of one key date: the others are the calendar's and rank nobody."""
    differ = rows.X.groupby(pd.to_datetime(rows.keys["key_date"])).nunique().max() > 1
    return [str(name) for name in rows.X.columns[differ.to_numpy()]]


def _made(asked: Classifying) -> Classifier:
    return make_classifier(asked.name, asked.parameters)


def _lacking(rows: CustomerRows) -> str:
    """Say what a fit would need, where it needs more than there is."""
    customers = rows.keys["customer_id"].nunique()
    bad = rows.keys.loc[rows.y == 1, "customer_id"].nunique()
    if customers >= FEWEST[0] and bad >= FEWEST[1] and (rows.y == 0).any():
        return ""
    return (
        f"{customers} customers could be followed, {bad} of them turned bad;"
        f" {FEWEST[0]} and {FEWEST[1]} are the fewest"
    )


def _judge(asked: Classifying, rows: CustomerRows, *, draws: int, seed: int) -> tuple[pd.DataFrame, str]:
    """Teach on the early key dates, whose labels were known by the first late one, and rank the customers of the late."""
    early, late = _apart(rows, asked.days)
    nothing = pd.DataFrame(columns=list(JUDGED))
    if _lacking(early) or late.y.nunique() < 2:
        return nothing, f"{asked.name}: too few key dates to judge it on later ones"
    models = {type(one).__name__: one for one in (_made(asked), BoostedClassifier())}
    risks = {name: one.fit(early.X, early.y).predict_probability(late.X) for name, one in models.items()}
    places, customers = pd.factorize(late.keys["customer_id"])
    drawn = draw_customers(len(customers), draws=draws, seed=seed)
    bad = late.y.to_numpy()
    areas = {
        name: np.array([_area(risk, bad, weights[places]) for weights in drawn.weights])
        for name, risk in risks.items()
    }
    days = pd.to_datetime(late.keys["key_date"]).dt.date
    table = pd.DataFrame(
        [
            (
                name,
                _area(risk, bad),
                *_ends(areas[name]),
                len(customers),
                int(bad.sum()),
                days.min(),
                days.max(),
            )
            for name, risk in risks.items()
        ],
        columns=list(JUDGED),
    )
    return table, _compared(table, areas)


def _area(risk: np.ndarray, bad: np.ndarray, weight: np.ndarray | None = None) -> float:
    return (1 + somers_d(risk, bad, weight)) / 2


def _ends(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _apart(rows: CustomerRows, days: int) -> tuple[CustomerRows, CustomerRows]:
    """Return the rows whose label windows ended by the first of the latest key dates, and those of the latest."""
    key_days = pd.to_datetime(rows.keys["key_date"])
    kept = sorted(key_days.unique())
    for latest in range(min(_LATEST, len(kept) - 1), 0, -1):
        first = kept[-latest]
        early = key_days + pd.Timedelta(days=days) <= first
        if bool(early.any()):
            return rows.of(early), rows.of(key_days >= first)
    return rows.of(key_days.isna()), rows


def _compared(table: pd.DataFrame, areas: dict[str, np.ndarray]) -> str:
    """Say what the card gives away against the booster, if that is more than chance."""
    own, booster = (str(name) for name in (table["classifier"].iloc[0], "BoostedClassifier"))
    if own == booster:
        return ""
    low, high = _ends(areas[booster] - areas[own])
    value = float(table.set_index("classifier")["auc"].diff().iloc[-1])
    said = f"{own}: a booster ranks by {value:+.3f} of AUC ({low:+.3f} to {high:+.3f}) differently"
    return f"{said}; consider it in the card's place" if low > 0 else said
