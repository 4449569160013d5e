from __future__ import annotations

import pandas as pd
import pytest

from arseg.schema import DataError
from arseg.treatments.worklist_options import options_of

DAY = pd.Timestamp("2026-10-31")


def test_every_treatment_has_its_value_deadline_and_words(draw_book, standard) -> None:
    segmentation, scores = draw_book(3, 12)
    scores = scores.assign(language=None)
    options = options_of(standard.prescribe(segmentation, scores), scores, key_date=DAY)
    assert options["customer_id"].is_monotonic_increasing
    assert (options["value_basis"] == "assumed").all()
    assert options[["value_low", "value_high"]].isna().all().all()
    assert (options[["held", "portfolio", "language"]] == "").all().all()
    assert (options["deadline"] >= DAY).all()


def test_a_treatment_twice_is_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(3, 4)
    prescribed = standard.prescribe(segmentation, scores)
    twice = pd.concat([prescribed, prescribed.tail(1)], ignore_index=True)
    with pytest.raises(DataError, match=r"do not match\. Given: \['C003'\]"):
        options_of(twice, scores, key_date=DAY)
