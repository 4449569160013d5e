from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from arseg.runs.past_policies import Compared, _months, _verdict
from arseg.schema import UsageError


def test_months_come_as_a_pair_or_not_at_all() -> None:
    assert _months(None, None) == ()
    assert _months("2025-01", "2025-02") == (dt.date(2025, 1, 31), dt.date(2025, 2, 28))
    for first, last in (("2025-01", None), (None, "2025-01")):
        with pytest.raises(UsageError, match="only one end of the months is given"):
            _months(first, last)


def test_a_verdict_is_a_sentence_with_its_reasons() -> None:
    assert _verdict({"policy": "A()", "identified": True, "reasons": ""}) == "A(): identified"
    assert _verdict({"policy": "A()", "identified": False, "reasons": "nobody tried"}) == (
        "A(): not identified: nobody tried"
    )


def test_the_comparison_is_one_json_object() -> None:
    found = Compared("x", (dt.date(2025, 1, 31),), "A()", (), (), Path("p/index.html"), Path("p"))
    told = json.loads(found.to_json())
    assert told["key_dates"] == ["2025-01-31"]
    assert told["report"] == "p/index.html"
