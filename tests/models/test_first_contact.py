from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models.first_contact import uncontacted, uncontacted_before
from arseg.schema import DataError

DAYS = 12


def slowly(contact, leaves, days) -> list[float]:
    """Return P(not contacted before t) by a loop over days and items."""
    found, stays = [], 1.0
    for u in range(1, days + 1):
        found.append(stays)
        at_risk = [i for i in range(len(leaves)) if leaves[i] > u and not contact[i] < u]
        hit = [i for i in at_risk if contact[i] == u]
        stays *= 1 - len(hit) / len(at_risk) if at_risk else 1.0
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_curve_equals_a_plain_loop(seed) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 60))
    contact = np.where(rng.random(rows) < 0.6, rng.integers(1, 20, rows), np.nan)
    leaves = np.where(rng.random(rows) < 0.7, rng.integers(1, 20, rows), np.inf)
    np.testing.assert_allclose(uncontacted(contact, leaves, DAYS), slowly(contact, leaves, DAYS))


def test_without_contacts_everybody_is_left_alone() -> None:
    assert uncontacted(np.full(3, np.nan), np.array([1.0, 5.0, np.inf]), 4).tolist() == [1.0] * 4


@pytest.mark.parametrize("seed", range(5))
def test_weights_of_the_seen_are_the_incidence_of_curing_with_contact_as_censoring(seed) -> None:
    # The inverse-probability identity: weighted sum of the cured / all items = Aalen-Johansen.
    rng = np.random.default_rng(seed)
    rows = 300
    contact = np.where(rng.random(rows) < 0.7, rng.integers(1, 25, rows), np.inf)
    leaves, paid = rng.integers(1, 40, rows).astype(float), rng.random(rows) < 0.8
    alone = uncontacted(np.where(np.isinf(contact), np.nan, contact), leaves, DAYS)
    seen = (contact >= leaves) & (leaves <= DAYS) & paid
    weighted = (seen / alone[np.minimum(leaves, DAYS).astype(int) - 1]).sum() / rows
    incidence, stays = 0.0, 1.0
    for u in range(1, DAYS + 1):
        at_risk = ((leaves >= u) & (contact >= u)).sum()
        gone = (leaves == u) & (contact >= u)
        incidence += stays * (gone & paid).sum() / at_risk
        stays *= 1 - gone.sum() / at_risk
    assert weighted == pytest.approx(incidence)


def items_of(contact_day, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"contact_day": contact_day, "leaves": np.inf, **columns})


def test_each_stratum_has_its_own_curve() -> None:
    items = items_of([2.0, np.nan, np.nan, np.nan], stratum=["call", "call", "mail", "mail"])
    found = uncontacted_before(items, pd.Series(5, index=items.index), 5, least=0.05)
    assert found.tolist() == [0.5, 0.5, 1.0, 1.0]


def test_where_nobody_is_left_alone_nothing_is_identified() -> None:
    items = items_of([2.0, 3.0, 3.0])
    message = r"self-cure by day 9 is not identified.*0.000 not contacted.*at most 3 days"
    with pytest.raises(DataError, match=message):
        uncontacted_before(items, pd.Series(9, index=items.index), 9, least=0.05)


def test_a_contact_before_the_first_day_is_refused() -> None:
    with pytest.raises(DataError, match=r"a first contact is not after the key date. Given: 0.0"):
        uncontacted_before(items_of([0.0]), pd.Series([5]), 5, least=0.05)
