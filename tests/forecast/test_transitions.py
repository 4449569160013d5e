from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.roll_rates import roll_rates
from arseg.forecast.transitions import Transitions, transition_matrix, transition_rates
from arseg.schema import AGING_NAMES, DataError

shares = st.lists(st.integers(1, 50), min_size=6, max_size=6)


@settings(deadline=None, max_examples=40)
@given(st.lists(shares, min_size=3, max_size=3))
def test_the_lifetime_is_where_a_long_walk_ends(rows: list[list[int]]) -> None:
    matrix = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    chain = Transitions(("a", "b", "c"), np.ones(3), matrix)
    whole = np.vstack([matrix, np.hstack([np.zeros((3, 3)), np.eye(3)])])
    walked = np.linalg.matrix_power(whole, 4000)[:3, 3:]
    assert chain.lifetime() == pytest.approx(walked, abs=1e-9)


def _tracked() -> pd.DataFrame:
    rows = []
    for place, share in enumerate((0.2, 0.5, 0.6, 0.7)):
        rows.append(
            (AGING_NAMES[place], AGING_NAMES[place + 1], 1000.0, 1000 * (1 - share), 0.0, 0.0, 1000 * share)
        )
    rows.append(("over 90", "over 90", 1000.0, 300.0, 0.0, 300.0, 400.0))
    columns = ["bucket", "next_bucket", "balance", "cash", "credited", "written_off", "open"]
    return pd.DataFrame(rows, columns=columns).assign(customer_id="a", segment="High")


def test_without_cures_the_chain_and_the_rolls_agree() -> None:
    chain, rolls = transition_rates(_tracked()), roll_rates(_tracked())
    assert chain["rate"].tolist() == pytest.approx(rolls["rate"].tolist())


def test_an_item_that_was_re_dated_goes_back_and_may_still_be_lost() -> None:
    cured = _tracked()
    cured.loc[1, "next_bucket"] = "current"
    chain = transition_rates(cured)["rate"]
    # From current 20 % roll to 1-30, of which half come back: nobody gets beyond, nothing is lost there.
    assert chain.tolist()[:2] == pytest.approx([0.0, 0.0])
    assert chain.tolist()[2:] == pytest.approx([0.21, 0.35, 0.5])


def test_a_bucket_without_history_is_unknown_and_so_is_whoever_leads_there() -> None:
    lifetime = transition_matrix(_tracked().iloc[:1]).lifetime()
    assert np.isnan(lifetime).all()
    alone = transition_matrix(_tracked().iloc[4:]).lifetime()
    assert np.isfinite(alone[4]).all()
    assert alone[4].sum() == pytest.approx(1)


def test_money_that_never_leaves_is_refused() -> None:
    stuck = _tracked().iloc[[0]].assign(next_bucket="current", open=1000.0, cash=0.0)
    with pytest.raises(DataError, match="money circles without ever leaving the book"):
        transition_rates(stuck)


def test_segments_have_chains_of_their_own() -> None:
    both = pd.concat(
        [
            _tracked(),
            _tracked().assign(segment="Low", written_off=0.0, cash=lambda f: f["balance"] - f["open"]),
        ]
    )
    rates = transition_rates(both).set_index(["segment", "bucket"])["rate"]
    assert rates["High", "over 90"] == pytest.approx(0.5)
    assert rates["Low", "over 90"] == 0
