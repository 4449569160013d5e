from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.exclusions import WATERFALL, exclusion_totals, pool_exposures
from arseg.schema import DataError

amount = st.integers(0, 10**6)
row = st.fixed_dictionaries(
    {
        "balance": st.integers(-(10**6), 10**6),
        "related_party": st.booleans(),
        "dilution": amount,
        "vat": amount,
        "secured": amount,
        "collected_after": amount,
    }
)
PARTS = ["in_credit", *(f"out_{name}" for name in WATERFALL[1:]), "exposed"]


@settings(deadline=None, max_examples=40)
@given(st.lists(row, min_size=1), st.booleans())
def test_what_is_taken_out_and_what_stays_is_the_balance_to_the_cent(
    rows: list[dict],
    subsequent: bool,  # noqa: FBT001 (hypothesis fills it in by place)
) -> None:
    items = pd.DataFrame(rows)
    items[["balance", "dilution", "vat", "secured", "collected_after"]] /= 100
    out = pool_exposures(items, subsequent_collections=subsequent)
    for place, left in enumerate(out[PARTS].itertuples(index=False)):
        assert sum(left) == Decimal(rows[place]["balance"]) / 100
        assert all(value >= 0 for value in left[1:])
    if not subsequent:
        assert not any(out["out_collected_after"])
    totals = exclusion_totals(out)["amount"].tolist()
    assert totals[0] - sum(totals[1:-1]) == totals[-1]


def test_an_item_judged_alone_leaves_the_pool_whole_even_at_no_allowance() -> None:
    items = pd.DataFrame({"balance": [100.0, 100.0, 100.0], "specific_allowance": [60.0, 0.0, None]})
    assert pool_exposures(items)["exposed"].map(str).tolist() == ["0.00", "0.00", "100.00"]


def test_money_owed_to_a_customer_is_set_aside_and_not_netted() -> None:
    out = pool_exposures(pd.DataFrame({"balance": [-40.0, 100.0]}))
    assert out["exposed"].map(str).tolist() == ["0.00", "100.00"]
    assert out["in_credit"].map(str).tolist() == ["-40.00", "0.00"]


def test_the_steps_take_in_their_order_only_what_is_left() -> None:
    items = pd.DataFrame({"balance": [100.0], "dilution": [30.0], "vat": [50.0], "secured": [50.0]})
    out = pool_exposures(items)
    assert out[["out_dilution", "out_vat", "out_secured", "exposed"]].astype(str).to_numpy().tolist() == [
        ["30.00", "50.00", "20.00", "0.00"]
    ]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(DataError, match="secured is negative"):
        pool_exposures(pd.DataFrame({"balance": [1.0], "secured": [-1.0]}))
    with pytest.raises(DataError, match="a specific allowance is above what is open"):
        pool_exposures(pd.DataFrame({"balance": [1.0], "specific_allowance": [2.0]}))
    with pytest.raises(DataError, match="items lacks columns"):
        pool_exposures(pd.DataFrame({"amount": [1.0]}))
