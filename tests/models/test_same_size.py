"""What was found on the whole is grown on a part, and nothing is searched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models import CustomerMeanDelay, DiscreteHazard, cause, load_model, save_model
from arseg.models.same_size import SETTLED_ROWS, anew, sized_like, thinned


@pytest.fixture(scope="module", name="rows")
def _rows() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(5)
    X = pd.DataFrame({"days_past_due": rng.integers(-30, 30, 900), "terms_days": 30.0, "key_day": 20_000.0})
    days = 1 + rng.poisson(np.clip(20 - X["days_past_due"] / 2, 2, None))
    return X.astype("float64"), pd.DataFrame({"event": rng.integers(0, 2, 900), "duration": days})


def test_a_part_is_grown_to_the_size_of_the_whole(
    rows: tuple[pd.DataFrame, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = rows
    whole = DiscreteHazard(trees=30).fit(X, y)
    unfitted = DiscreteHazard(trees=30)
    monkeypatch.setattr(cause, "best_size", None)
    part = sized_like(unfitted, whole)
    assert isinstance(part, DiscreteHazard)
    part.fit(X[::2], y[::2])
    assert part.hazards_[1].trees == whole.hazards_[1].trees > 0
    assert unfitted.sizes_ == {}


def test_on_the_same_rows_it_is_the_same_model(rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    X, y = rows
    whole = DiscreteHazard(trees=30).fit(X, y)
    again = sized_like(DiscreteHazard(trees=30), whole).fit(X, y)
    times = [7, 30, 60]
    first, second = (model.predict_cumulative_incidence(X, times) for model in (whole, again))
    assert np.array_equal(first, second)


def test_a_model_read_from_its_file_has_no_size_to_tell(
    rows: tuple[pd.DataFrame, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("kept") / "model"
    save_model(DiscreteHazard(trees=30).fit(*rows), folder)
    sized = sized_like(DiscreteHazard(trees=30), load_model(folder))
    assert isinstance(sized, DiscreteHazard)
    assert sized.sizes_ == {}


def test_other_models_stay_as_they_are() -> None:
    model = CustomerMeanDelay()
    assert sized_like(model, DiscreteHazard()) is model


def test_a_small_book_searches_its_size_anew_and_a_large_one_keeps_it(
    rows: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    before, unfitted = DiscreteHazard(trees=30).fit(*rows), DiscreteHazard(trees=30)
    small, large, first = (
        anew(unfitted, known, rows=count)
        for known, count in ((before, SETTLED_ROWS - 1), (before, SETTLED_ROWS), (None, SETTLED_ROWS))
    )
    assert [bool(each.sizes_) for each in (small, large, first) if isinstance(each, DiscreteHazard)] == [
        False,
        True,
        False,
    ]
    assert len({id(each) for each in (unfitted, small, large, first)}) == 4
    mean = CustomerMeanDelay()
    assert anew(mean, CustomerMeanDelay(), rows=SETTLED_ROWS) is not mean


def test_a_part_draws_its_rows_as_thinly_as_the_whole_and_keeps_its_grid(
    rows: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    X, y = rows
    whole = DiscreteHazard(trees=5, row_limit=4_000)
    part = thinned(whole, 0.5)
    assert isinstance(part, DiscreteHazard)
    assert (part.row_limit, whole.row_limit) == (2_000, 4_000)
    assert part.fit(X[::2], y[::2]).fine_ == whole.fit(X, y).fine_
    plain = CustomerMeanDelay()
    assert thinned(plain, 0.5) is plain
