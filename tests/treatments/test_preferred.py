from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import SEGMENTS, DataError, UsageError
from arseg.treatments.preferred import PREFERRED, preferred

SEGMENTATION = pd.DataFrame({"customer_id": ["A", "B", "C"], "segment": ["High", "High", "Low"]})


def counts(rows: list[tuple], kind: str = "channel") -> pd.DataFrame:
    columns = ["customer_id", kind, "count", "answered"][: len(rows[0])]
    return pd.DataFrame(rows, columns=columns)


def test_the_share_answered_is_a_ratio_of_sums_with_its_n() -> None:
    # A mean of shares would be 0.60 for e-mail; the ratio of sums is 0.29.
    rows = [("A", "email", 90, 18), ("B", "email", 10, 10), ("A", "call", 50, 20), ("C", "letter", 5, 5)]
    found = preferred(SEGMENTATION, counts(rows), "channel").set_index("segment")
    assert found.loc["High", ["preferred", "n", "share", "evidence"]].tolist() == [
        "call",
        50,
        0.4,
        "descriptive",
    ]
    assert found.loc["High", "why"] == "answered most of the 2 channels of 30 contacts or more"
    assert found.loc["Low", ["preferred", "n", "evidence", "why"]].tolist() == [
        "",
        0,
        "",
        "too little is known",
    ]
    assert found["share"].isna().tolist() == [False, True, True]


def test_without_answers_the_method_used_most_is_preferred() -> None:
    rows = [("A", "check", 3), ("B", "transfer", 5), ("B", "", 50), ("C", "card", 1)]
    found = preferred(SEGMENTATION, counts(rows, "payment_method"), "payment_method").set_index("segment")
    assert found.loc["High", ["preferred", "n", "share"]].tolist() == ["transfer", 5, 5 / 8]
    assert found.loc["Low", ["preferred", "n", "evidence"]].tolist() == ["card", 1, "descriptive"]
    assert found.loc["High", "why"] == "used most of the 2 payment methods seen"


def test_only_an_estimate_that_is_identified_says_so() -> None:
    rows = [("A", "email", 100, 10), ("A", "call", 100, 40)]
    effects = pd.DataFrame(
        {
            "segment": ["High", "High", "High", "Low"],
            "channel": ["email", "letter", "call", "email"],
            "effect": [0.05, 0.02, 0.30, 0.40],
            "n": [400, 380, 90, 70],
            "identified": [True, True, False, None],
        }
    )
    found = preferred(SEGMENTATION, counts(rows), "channel", effects=effects).set_index("segment")
    assert found.loc["High"].tolist() == [
        "channel",
        "email",
        400,
        0.05,
        "identified",
        "largest of 2 identified effects",
    ]
    assert found.loc["Low", "evidence"] == ""


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABC"), st.sampled_from(["call", "email"]), st.integers(0, 90), st.integers(0, 90)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_segment_stands_once_and_nothing_is_called_identified_without_an_estimate(rows) -> None:
    found = preferred(SEGMENTATION, counts([(c, k, n, min(n, a)) for c, k, n, a in rows]), "channel")
    assert tuple(found.columns) == PREFERRED
    assert found["segment"].tolist() == list(SEGMENTS)
    assert set(found["evidence"]) <= {"descriptive", ""}
    known = found[found["preferred"] != ""]
    assert (known["n"] >= 30).all()
    assert known["share"].between(0, 1).all()


def test_an_unknown_kind_and_missing_columns_are_refused() -> None:
    rows = counts([("A", "email", 1)])
    with pytest.raises(UsageError, match=r"Given: colour. Allowed: channel, payment_method"):
        preferred(SEGMENTATION, rows, "colour")
    with pytest.raises(DataError, match=r"counts lacks columns \['payment_method'\]"):
        preferred(SEGMENTATION, rows, "payment_method")
    with pytest.raises(DataError, match=r"effects lacks columns"):
        preferred(SEGMENTATION, rows, "channel", effects=pd.DataFrame({"segment": ["High"]}))
