"""How sure a segment is: the share of redrawn scores that lead to it, and a badge where it is low (G20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.admission import admit
from arseg.policies.levels import levels_under, segments_of
from arseg.policies.policy import Policy
from arseg.policies.reviews import logit
from arseg.schema import SEGMENTS, DataError, UsageError

SURE_FROM: Final = 0.8


def redrawn(
    scores: pd.DataFrame, *, spread: float | pd.Series, draws: int = 200, seed: int = 20260131
) -> Iterator[pd.DataFrame]:
    """Yield the customer scores with ``p_unpaid_30`` redrawn, normal on the logit scale, once per draw.

    Parameters
    ----------
    scores
        Customer scores.
    spread
        Standard error of the logit: one for all, or by customer_id.
    draws
        How often.
    seed
        Of the draws; the rows' order does not matter.

    Raises
    ------
    DataError
        If the probability or the spread of a customer is unknown.
    UsageError
        If a spread is negative.
    """
    table = admit(scores, ("customer_id", "p_unpaid_30"), complete=("p_unpaid_30",))
    errors = _errors(spread, table["customer_id"])
    centre = logit(table["p_unpaid_30"].to_numpy())
    ordered = scores.sort_values("customer_id", ignore_index=True)
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        moved = centre + errors * rng.standard_normal(len(centre))
        yield ordered.assign(p_unpaid_30=_chance(moved))


def segment_chances(
    policy: Policy, replicates: Iterable[pd.DataFrame], *, sure_from: float = SURE_FROM
) -> pd.DataFrame:
    """Return how often each customer falls into each segment over score frames that might as well have been.

    Parameters
    ----------
    policy
        What assigns.
    replicates
        Score frames of the same customers: from ``redrawn``, or by models of resampled books.
    sure_from
        Share from which the most frequent segment is sure.

    Returns
    -------
    frame
        customer_id, High, Medium, Low (shares, together 1), segment (the most frequent; of equals the
        riskier), chance (its share), borderline (chance < sure_from).

    Raises
    ------
    DataError
        If the frames are not of the same customers.
    UsageError
        If there is no frame, or sure_from is not between 0 and 1.

    Examples
    --------
    >>> from arseg.policies.risk_tiers import RiskTiers
    >>> scores = pd.DataFrame({"customer_id": ["A", "B"], "p_unpaid_30": [0.36, 0.9]})
    >>> segment_chances(RiskTiers(), redrawn(scores, spread=0.3))["borderline"].tolist()
    [True, False]
    """
    if not 0 <= sure_from <= 1:
        raise UsageError("sure_from is no share", given=sure_from, allowed="0 to 1", do="write 0.8")
    customers, counts, draws = None, np.zeros((0, len(SEGMENTS))), 0
    for scores in replicates:
        ids = np.sort(scores["customer_id"].to_numpy(dtype="object"))
        if customers is None:
            customers, counts = ids, np.zeros((len(ids), len(SEGMENTS)))
        if not np.array_equal(ids, customers):
            raise DataError(
                "the redrawn scores are not of the same customers",
                given=f"{len(ids)} and {len(customers)} customers",
                allowed="every customer in every draw",
                do="score the same book each time",
            )
        counts[np.arange(len(ids)), levels_under(policy, scores)] += 1
        draws += 1
    if customers is None:
        raise UsageError("no scores were redrawn", given="0 draws", allowed="1 or more", do="draw 200 times")
    return _as_frame(customers, counts / draws, sure_from)


def _as_frame(customers: np.ndarray, shares: np.ndarray, sure_from: float) -> pd.DataFrame:
    # From the right, so that of equal shares the riskier segment is named.
    top = shares.shape[1] - 1 - shares[:, ::-1].argmax(axis=1)
    chance = shares[np.arange(len(top)), top]
    columns = {segment: shares[:, -1 - place] for place, segment in enumerate(SEGMENTS)}
    frame = pd.DataFrame({"customer_id": pd.Series(customers, dtype="str"), **columns})
    return frame.assign(
        segment=pd.Series(segments_of(top), dtype="str"), chance=chance, borderline=chance < sure_from
    )


def _errors(spread: float | pd.Series, customers: pd.Series) -> np.ndarray:
    by_customer = (
        customers.map(spread) if isinstance(spread, pd.Series) else pd.Series(spread, customers.index)
    )
    errors = by_customer.to_numpy(dtype="float64")
    if np.isnan(errors).any():
        raise DataError(
            "the spread of a score is unknown",
            given=customers[np.isnan(errors)].head(3).tolist(),
            allowed="a standard error for every customer",
            do="estimate it, or give one for all",
        )
    if (errors < 0).any():
        raise UsageError("a spread is negative", given=errors.min(), allowed="0 or more", do="write 0.3")
    return errors


def _chance(logits: np.ndarray) -> np.ndarray:
    # Beyond 700 the logistic is 0 or 1 in any float, and exp would overflow.
    return 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
