from __future__ import annotations

import pandas as pd
import pytest

from arseg.policies import OneSizeFitsAll
from arseg.schema import SEGMENTS, UsageError


@pytest.mark.parametrize("segment", SEGMENTS)
def test_everyone_gets_the_one_segment(segment) -> None:
    assigned = OneSizeFitsAll(segment).assign(pd.DataFrame({"customer_id": ["B", "A"]}))
    assert assigned.to_numpy().tolist() == [
        [c, segment, f"every customer is {segment}", segment] for c in "AB"
    ]


def test_a_misspelt_segment_names_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"no segment 'hihg'.*Allowed: High, Medium, Low\. Do: write 'High'"):
        OneSizeFitsAll("hihg")


def test_what_is_no_segment_at_all_is_answered_with_the_choice() -> None:
    with pytest.raises(UsageError, match="Do: choose one of those allowed"):
        OneSizeFitsAll(None)
