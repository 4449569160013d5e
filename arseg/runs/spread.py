"""How far a score might have come out otherwise: one part of the customers against another.

The chosen model is taught once more on each half of the customers it learnt from. Each half's score has twice the
variance of the whole's and the two are independent, so the squared difference of their logits is four times the
variance sought (the half-sample method, McCarthy 1969). Of a large book two smaller parts are taught instead, whose
difference is as much larger as they are smaller. One difference says little, so the squares are averaged over
customers of like risk. It costs about one more fit and measures what the choice of customers does to the model, no
more: what the model leaves out is not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.backtest.lot import drawn_by_lot
from arseg.models.same_size import thinned
from arseg.policies import Hysteresis
from arseg.policies.borderline import redrawn, segment_chances
from arseg.policies.reviews import logit
from arseg.schema import DataError, UsageError
from arseg.scores import score_chances
from arseg.side_by_side import side_by_side

if TYPE_CHECKING:
    from arseg.features import Features
    from arseg.models import TimeToPayment
    from arseg.policies import Policy
    from arseg.runs.journal import Run
    from arseg.runs.known_rows import Known

SPREAD: Final = "spread"
METHOD: Final = "one part of the customers against another"

# Rows of a part at the most: more take minutes and tell no more of how far scores scatter.
_MOST_ROWS: Final = 60_000
# Customers that are scored by both: groups of like risk are pooled, and a thousand tell of each.
_MOST_CUSTOMERS: Final = 10_000
# Groups of like risk, and customers that each holds at least.
_GROUPS: Final = 10
_FEWEST: Final = 30
_HALF: Final = 0.5
# A score of 0 or 1 has no logit; nothing is as sure as that.
_EDGE: Final = 1e-4
# Draws of the scores; fewer where a book is so large that sharing it out takes minutes.
_DRAWS: Final = 200
_LARGE: Final = 20_000


def keep_spread(run: Run, known: Known, features: Features, make: Callable[[], TimeToPayment]) -> None:
    """Save the standard error of the logit of each customer's score; none where half of the book teaches nothing.

    Parameters
    ----------
    run
        With ``customer_scores`` saved.
    known
        What the model learnt from.
    features
        Of the key date.
    make
        Returns the chosen model, unfitted, to be grown to the published one's size.
    """
    chances = run.load("customer_scores").set_index("customer_id")["p_unpaid_30"]
    drawn = drawn_by_lot(chances.index, _MOST_CUSTOMERS, day=run.key_date, seed=run.experiment.backtest.seed)
    some = features.of_customers(chances.index[drawn])
    share = min(_HALF, _MOST_ROWS / max(1, len(known.rows)))
    try:
        first, second = side_by_side(
            lambda part: _chances(
                thinned(make(), share).fit(known.X[part], known.y[part]), some, chances.index[drawn]
            ),
            parts(known.rows["customer_id"], share, run.experiment.backtest.seed),
        )
    except (DataError, UsageError):
        run.save(SPREAD, pd.DataFrame({"customer_id": [], "spread": []}))
        return
    told = pooled_spread(first, second, chances.to_numpy()[drawn], share=share)
    spread = of_like_risk(told, chances.to_numpy()[drawn], chances.to_numpy())
    run.save(SPREAD, pd.DataFrame({"customer_id": chances.index, "spread": spread}))


def parts(customers: pd.Series, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are of one part of the customers and which of another; the rows' order does not matter.

    Parameters
    ----------
    customers
        Whose each row is.
    share
        Of the customers that each part is, at most a half; at a half the second is all that the first is not.
    seed
        Of the lot.
    """
    known = np.sort(customers.unique())
    place = np.random.default_rng(seed).permutation(len(known))
    size = int(share * len(known))
    end = len(known) if share >= _HALF else 2 * size
    first, second = known[place < size], known[(place >= size) & (place < end)]
    return customers.isin(first).to_numpy(), customers.isin(second).to_numpy()


def pooled_spread(
    first: np.ndarray, second: np.ndarray, chance: np.ndarray, *, share: float = _HALF
) -> np.ndarray:
    """Return the standard error of each customer's logit, pooled over customers of like risk.

    Parameters
    ----------
    first, second
        Chances by the models of the two parts, shape (n,).
    chance
        Chances by the model of all, shape (n,); like risk is near in their order.
    share
        Of the customers that taught each part.

    Examples
    --------
    >>> pooled_spread(np.array([0.5, 0.5]), np.array([0.5, 0.5]), np.array([0.4, 0.6])).tolist()
    [0.0, 0.0]
    """
    apart = _logit(first) - _logit(second)
    groups = min(max(len(chance) // _FEWEST, 1), _GROUPS)
    rank = np.argsort(np.argsort(chance, kind="stable"), kind="stable")
    group = rank * groups // max(len(chance), 1)
    count = np.bincount(group, minlength=groups)
    mean = np.bincount(group, apart**2, groups) / np.maximum(count, 1)
    # Each part has 1 / share the variance of the whole, and the difference that of both.
    return np.asarray(np.sqrt(mean[group] * share / 2))


def of_like_risk(told: np.ndarray, chance: np.ndarray, everyone: np.ndarray) -> np.ndarray:
    """Return for everyone what was told of those with the next higher chance, of the highest where there is none.

    Parameters
    ----------
    told, chance
        Of some customers, shape (n,).
    everyone
        Chances of all, shape (m,).

    Examples
    --------
    >>> of_like_risk(np.array([7.0, 8.0]), np.array([0.2, 0.4]), np.array([0.1, 0.2, 0.3, 0.9])).tolist()
    [7.0, 7.0, 8.0, 8.0]
    """
    if len(told) == len(everyone):
        return told
    order = np.argsort(chance, kind="stable")
    place = np.searchsorted(chance[order], everyone).clip(max=len(chance) - 1)
    return np.asarray(told[order[place]])


def badges_of(run: Run, policy: Policy, scores: pd.DataFrame) -> pd.DataFrame | None:
    """Return how sure each segment is, as ``segment_chances`` does; None where no spread is known.

    Of a policy with a memory it is said of the policy inside it, which decides on the day alone.
    """
    if not (run.work / f"{SPREAD}.parquet").is_file():
        return None
    spread = run.load(SPREAD).set_index("customer_id")["spread"]
    if spread.empty or scores.empty:
        return None
    inner = policy.policy if isinstance(policy, Hysteresis) else policy
    draws = _DRAWS if len(scores) <= _LARGE else _DRAWS // 4
    # A policy that does not read the chance says the same of every draw.
    draws = draws if "p_unpaid_30" in inner.needs else 1
    seed = run.experiment.backtest.seed
    return segment_chances(inner, redrawn(scores, spread=spread, draws=draws, seed=seed))


def with_badges(customers: pd.DataFrame, badges: pd.DataFrame | None) -> pd.DataFrame:
    """Return the customers with ``chance`` (share of draws that lead to the most frequent segment) and ``borderline``."""
    if badges is None:
        return customers.assign(chance=np.nan, borderline=False)
    known = badges.set_index("customer_id").loc[customers["customer_id"]]
    return customers.assign(chance=known["chance"].to_numpy(), borderline=known["borderline"].to_numpy())


def badges_in_words(checked: pd.DataFrame) -> str:
    """Return how many segments are borderline as a sentence; empty where it was not asked.

    Examples
    --------
    >>> badges_in_words(pd.DataFrame({"chance": [1.0, 0.6], "borderline": [False, True]}))
    'The segment of 1 of 2 customers is borderline: fewer than 80 % of the redrawn scores lead to one segment (spread: one part of the customers against another).'
    """
    if checked["chance"].isna().all():
        return ""
    return (
        f"The segment of {int(checked['borderline'].sum()):,d} of {len(checked):,d} customers is borderline: fewer "
        f"than 80 % of the redrawn scores lead to one segment (spread: {METHOD})."
    )


def _chances(model: TimeToPayment, features: Features, customers: pd.Index) -> np.ndarray:
    found = score_chances(features, model).set_index("customer_id")["p_unpaid_30"]
    return found.reindex(customers).to_numpy(dtype="float64")


def _logit(chance: np.ndarray) -> np.ndarray:
    return logit(np.clip(chance, _EDGE, 1 - _EDGE))
