from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import RiskTiers
from arseg.policies.overrides import Override, apply_overrides, checked_text, standing_overrides
from arseg.schema import SEGMENTATION, SEGMENTS, DataError, UsageError

MADE, UNTIL = dt.date(2026, 10, 1), dt.date(2026, 12, 31)
DAY = dt.date(2026, 10, 31)


def one(customer: str = "C0", segment: str = "Low", made: dt.date = MADE, until: dt.date = UNTIL) -> Override:
    return Override(customer, segment, "pays by instalments", "M. Ruiz", made, until)


def assigned(*risks: float) -> pd.DataFrame:
    ids = [f"C{place}" for place in range(len(risks))]
    return RiskTiers().assign(pd.DataFrame({"customer_id": ids, "p_unpaid_30": list(risks)}))


def test_it_says_who_why_until_when_and_what_the_policy_said() -> None:
    done = apply_overrides(assigned(0.5, 0.2), [one()], DAY)
    assert done.segmentation["segment"].tolist() == ["Low", "Medium"]
    assert done.segmentation["why"][0] == (
        "Low by M. Ruiz until 2026-12-31: pays by instalments "
        "(the policy says High: 50.0 % likely unpaid in 30 days, High from 35 %)"
    )
    assert done.applied.iloc[0].tolist() == [
        "C0",
        "Low",
        "High",
        "pays by instalments",
        "M. Ruiz",
        MADE,
        UNTIL,
    ]
    assert done.unknown == ()


@pytest.mark.parametrize(
    ("day", "segment"),
    [("2026-09-30", "High"), ("2026-10-01", "Low"), ("2026-12-31", "Low"), ("2027-01-01", "High")],
)
def test_it_counts_from_its_day_to_its_end_both_included(day, segment) -> None:
    done = apply_overrides(assigned(0.5), [one()], dt.date.fromisoformat(day))
    assert done.segmentation["segment"].tolist() == [segment]


def test_a_customer_who_is_not_there_is_reported() -> None:
    done = apply_overrides(assigned(0.5), [one("C9")], DAY)
    pd.testing.assert_frame_equal(done.segmentation, assigned(0.5))
    assert done.unknown == (one("C9"),)
    assert apply_overrides(assigned(0.5), [one("C9")], dt.date(2027, 1, 1)).unknown == ()


def test_the_last_one_decides_and_what_it_replaced_does_not_come_back() -> None:
    short = one(segment="High", made=dt.date(2026, 10, 10), until=dt.date(2026, 10, 20))
    made = [one(), short]
    segments = [
        apply_overrides(assigned(0.2), made, dt.date(2026, 10, day)).segmentation["segment"][0]
        for day in (9, 10, 20, 21)
    ]
    assert segments == ["Low", "High", "High", "Medium"]


def test_what_was_withdrawn_counts_until_the_day_before() -> None:
    gone = Override("C0", "Low", "x", "y", MADE, UNTIL, withdrawn_on=dt.date(2026, 10, 15))
    assert standing_overrides([gone], dt.date(2026, 10, 14)) == {"C0": gone}
    assert standing_overrides([gone], dt.date(2026, 10, 15)) == {}


def test_the_axes_of_a_cell_stay() -> None:
    crossed = assigned(0.5).assign(cell="High / paper")
    assert apply_overrides(crossed, [one()], DAY).segmentation["cell"].tolist() == ["Low / paper"]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.lists(
        st.builds(
            one,
            customer=st.sampled_from([f"C{place}" for place in range(6)]),
            segment=st.sampled_from(SEGMENTS),
            made=st.dates(dt.date(2026, 9, 1), dt.date(2026, 12, 1)),
        ),
        max_size=8,
    )
)
def test_every_customer_still_has_one_segment_and_only_overridden_ones_moved(overrides) -> None:
    base = assigned(0.5, 0.2, 0.1, 0.4)
    done = apply_overrides(base, overrides, DAY)
    assert tuple(done.segmentation.columns) == SEGMENTATION.names
    assert done.segmentation["customer_id"].tolist() == base["customer_id"].tolist()
    assert (done.segmentation.dtypes == "str").all()
    moved = done.segmentation["why"] != base["why"]
    assert base.loc[moved, "customer_id"].tolist() == done.applied["customer_id"].tolist()
    standing = standing_overrides(overrides, DAY)
    assert len(done.applied) + len(done.unknown) == len(standing)
    again = apply_overrides(base, overrides, DAY)
    pd.testing.assert_frame_equal(done.segmentation, again.segmentation)


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (("C0", "Lo", "r", "b", MADE, UNTIL), r"segment is 'Lo'.*High, Medium, Low.*write 'Low'"),
        (("C0", "Low", "  ", "b", MADE, UNTIL), r"override: reason is empty.*Do: say reason in words"),
        (("C0", "Low", "r", "", MADE, UNTIL), "override: by is empty"),
        (("", "Low", "r", "b", MADE, UNTIL), "override: customer_id is empty"),
        (("C0", "Low", "x" * 501, "b", MADE, UNTIL), "1 to 500 characters"),
        (("C0", "Low", "a\x1b[31m", "b", MADE, UNTIL), "no plain text"),
        (("C0", "Low", "r", "b", MADE, dt.date(2026, 9, 30)), r"until is past.*Allowed: 2026-10-01 or later"),
    ],
)
def test_what_is_wrong_is_refused(words, match) -> None:
    with pytest.raises(UsageError, match=match):
        Override(*words)


def test_a_reason_is_one_line() -> None:
    assert checked_text("pays\n by\tinstalments ", name="reason") == "pays by instalments"


def test_a_segmentation_without_its_columns_is_refused() -> None:
    with pytest.raises(DataError, match="segmentation lacks"):
        apply_overrides(assigned(0.5).drop(columns="cell"), [one()], DAY)
