from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.reached_buckets import Vintages, reached_buckets, reached_rates, standing_buckets
from arseg.schema import AGING_EDGES, AGING_NAMES, DataError

DUE = pd.Timestamp("2024-01-31")
LATER = Vintages(DUE + pd.Timedelta(days=500))


def _invoices(amounts: list[float]) -> pd.DataFrame:
    ids = [f"i{place}" for place in range(len(amounts))]
    return pd.DataFrame({"invoice_id": ids, "customer_id": ids, "due_date": DUE, "amount": amounts})


def _postings(rows: list[tuple[str, str, float, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["invoice_id", "kind", "amount", "day"])
    frame["value_date"] = DUE + pd.to_timedelta(frame["day"].astype("int64"), unit="D")
    return frame


def test_the_books_of_science_5_6_come_from_invoices_and_postings() -> None:
    invoices = _invoices([50_000, 27_000, 15_000, 6_000, 2_000])
    postings = _postings(
        [
            ("i0", "payment", 50_000, -5),
            ("i1", "payment", 27_000, 20),
            ("i2", "payment", 15_000, 45),
            ("i3", "payment", 6_000, 80),
        ]
    )
    rates = reached_rates(reached_buckets(invoices, postings, LATER), by_segment=False)
    assert rates["reached"].tolist() == [100_000, 50_000, 23_000, 8_000, 2_000]
    assert rates["lost"].tolist() == [2_000] * 5


def test_a_credit_note_is_no_loss_and_a_recovery_takes_one_off() -> None:
    postings = _postings(
        [("i0", "credit_note", 40, 10), ("i0", "write_off", 60, 200), ("i0", "recovery", 15, 300)]
    )
    reached = reached_buckets(_invoices([100]), postings, LATER).set_index("bucket")
    assert reached["lost"].tolist() == [45] * 5
    assert reached.loc["current", "reached"] == 100
    assert reached.loc["31-60", "reached"] == 60


def test_what_is_still_open_is_lost_unless_it_may_still_come() -> None:
    postings = _postings([])
    patient = Vintages(LATER.followed_to, unpaid_is_lost=False)
    assert reached_buckets(_invoices([100]), postings, LATER)["lost"].tolist() == [100] * 5
    assert reached_buckets(_invoices([100]), postings, patient)["lost"].tolist() == [0] * 5


def test_young_invoices_are_left_out() -> None:
    invoices = _invoices([100, 100])
    invoices.loc[1, "due_date"] = DUE + pd.Timedelta(days=300)
    assert set(reached_buckets(invoices, _postings([]), LATER)["invoice_id"]) == {"i0"}
    with pytest.raises(DataError, match="no invoice is finished"):
        reached_buckets(invoices, _postings([]), Vintages(DUE))


moves = st.lists(
    st.tuples(
        st.sampled_from(["i0", "i1"]),
        st.sampled_from(["payment", "credit_note", "write_off", "reversal"]),
        st.integers(1, 40),
        st.integers(-20, 600),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=40)
@given(moves)
def test_reached_and_lost_are_what_a_walk_over_the_days_finds(rows: list[tuple[str, str, int, int]]) -> None:
    invoices = _invoices([100.0, 100.0])
    found = reached_buckets(invoices, _postings([(i, k, float(a), d) for i, k, a, d in rows]), LATER)
    found = found.set_index(["invoice_id", "bucket"])
    for name in ("i0", "i1"):
        own = [(k, a, d) for i, k, a, d in rows if i == name and d <= 365]
        left = 100 - sum(-a if k == "reversal" else a for k, a, d in own)
        for start, bucket in zip((-np.inf, *AGING_EDGES), AGING_NAMES, strict=True):
            reached = 100 - sum(-a if k == "reversal" else a for k, a, d in own if d <= start)
            lost = sum(a for k, a, d in own if k == "write_off" and d > start) + max(left, 0)
            if reached <= 0:
                assert (name, bucket) not in found.index
            else:
                assert found.loc[(name, bucket), "reached"] == pytest.approx(reached)
                assert found.loc[(name, bucket), "lost"] == pytest.approx(min(lost, reached))


def test_a_bucket_that_nothing_reached_has_no_rate() -> None:
    rates = reached_rates(
        pd.DataFrame(
            {
                "segment": ["High"],
                "bucket": ["current"],
                "reached": [10.0],
                "lost": [1.0],
                "customer_id": ["a"],
            }
        )
    )
    assert rates["rate"].isna().tolist() == [False, True, True, True, True]
    assert rates["customers"].tolist() == [1, 0, 0, 0, 0]


def test_what_stands_is_worse_than_what_enters_where_most_pay_early() -> None:
    # Nine of ten pay on day 2 past due; the tenth never does and is met in the bucket on every day of it.
    outcomes = pd.DataFrame(
        {"invoice_id": ["bad"], "customer_id": ["b"], "balance": [100.0], "written_off": [100.0]}
    )
    standing = reached_rates(standing_buckets(outcomes, pd.Series([15])), by_segment=False)
    entered = reached_rates(
        pd.DataFrame({"bucket": ["1-30"] * 10, "reached": 100.0, "lost": [100.0, *[0.0] * 9]}),
        by_segment=False,
    )
    assert standing.loc[1, "rate"] == 1.0
    assert entered.loc[1, "rate"] == 0.1


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(DataError, match=r"unknown kind\. Given: \['gift'\]"):
        reached_buckets(_invoices([1]), _postings([("i0", "gift", 1, 1)]), LATER)


@pytest.mark.parametrize("unpaid_is_lost", [True, False])
def test_many_invoices_reach_what_one_after_the_other_reaches(*, unpaid_is_lost: bool) -> None:
    rng = np.random.default_rng(11)
    invoices = _invoices(rng.integers(1, 500, 60).astype(float).tolist())
    kinds = rng.choice(["payment", "credit_note", "write_off", "recovery", "reversal"], 240).tolist()
    whose = [f"i{place}" for place in rng.integers(0, 70, 240)]
    days, amounts = rng.integers(-40, 450, 240).tolist(), rng.integers(1, 200, 240).astype(float).tolist()
    postings = _postings(list(zip(whose, kinds, amounts, days, strict=True)))
    known = Vintages(LATER.followed_to, unpaid_is_lost=unpaid_is_lost)
    found = reached_buckets(invoices, postings, known).set_index(["bucket", "invoice_id"])[
        ["reached", "lost"]
    ]
    expected = {}
    signs = {"payment": 1, "credit_note": 1, "write_off": 1, "recovery": 0, "reversal": -1}
    for row in invoices.itertuples():
        own = postings[(postings["invoice_id"] == row.invoice_id) & (postings["day"] <= 365)]
        off = own["amount"] * [signs[kind] for kind in own["kind"]]
        gone = own["amount"] * [{"write_off": 1, "recovery": -1}.get(kind, 0) for kind in own["kind"]]
        for name, start in zip(AGING_NAMES, (-np.inf, *AGING_EDGES), strict=True):
            left = row.amount - off[own["day"] <= start].sum()
            unpaid = max(row.amount - off.sum(), 0.0) if unpaid_is_lost else 0.0
            if left > 0.005:
                expected[name, row.invoice_id] = left, min(gone[own["day"] > start].sum() + unpaid, left)
    assert found.to_dict("index") == {
        key: {"reached": pytest.approx(left), "lost": pytest.approx(lost)}
        for key, (left, lost) in expected.items()
    }


@pytest.mark.parametrize("named", [True, False])
def test_rates_are_those_of_plain_groups(*, named: bool) -> None:
    rng = np.random.default_rng(5)
    seen = pd.DataFrame(
        {
            "segment": rng.choice(["High", "Low"], 300),
            "bucket": rng.choice(AGING_NAMES[:-1], 300),
            "reached": rng.uniform(0, 100, 300),
            "lost": rng.uniform(-1, 9, 300),
            "customer_id": rng.choice([f"c{place}" for place in range(40)], 300),
        }
    )
    rows = seen if named else seen.drop(columns="customer_id")
    found = reached_rates(rows).set_index(["segment", "bucket"])
    groups = seen.groupby(["segment", "bucket"])
    assert found.index.tolist() == [(one, name) for one in ("High", "Low") for name in AGING_NAMES]
    for name in ("reached", "lost"):
        assert found[name].to_dict() == pytest.approx(
            groups[name].sum().reindex(found.index).fillna(0).to_dict()
        )
    counted = groups["customer_id"].nunique() if named else groups.size().clip(upper=1)
    assert found["customers"].tolist() == counted.reindex(found.index).fillna(0).tolist()
    assert found.loc[("Low", AGING_NAMES[-1]), "rate"] != found.loc[("Low", AGING_NAMES[-1]), "rate"]
