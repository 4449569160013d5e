"""Person-period rows: what they know, and which are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from arseg.models.cause import fit_rough
from arseg.models.contact_stock import read_contacts
from arseg.models.grid import ROW_COLUMNS
from arseg.models.growing import UNKNOWN
from arseg.models.habit import book_mean
from arseg.models.person_period import Items, Layout, batches, training_rows
from arseg.models.row_order import row_keys
from arseg.models.row_sample import Sampling


@pytest.fixture(scope="module", name="items")
def _items(draw) -> tuple[Layout, Items]:
    book = draw(6000, seed=3)
    values = book.X.to_numpy(dtype=float)
    event, duration = (book.y[name].to_numpy() for name in ("event", "duration"))
    layout = Layout(list(book.X.columns), book_mean(book.X, np.ones(len(values))))
    return layout, Items(values, event, duration, np.ones(len(values)), row_keys(values))


def test_every_event_is_in_one_row_and_no_day_is_lost(items: tuple[Layout, Items]) -> None:
    layout, book = items
    rows, cut = training_rows(layout, book, Sampling(10**9, 1.0, 0))
    assert np.bincount(rows.event)[1:].tolist() == np.bincount(book.event)[1:].tolist()
    last = np.zeros(len(book.event), dtype=int)
    last[cut.periods.item] = cut.periods.end
    assert (last >= book.duration).all()
    assert rows.names[-len(ROW_COLUMNS) :] == list(ROW_COLUMNS)
    assert "key_day" not in rows.names


def test_a_sample_keeps_all_events_and_the_weight_of_the_rest(items: tuple[Layout, Items]) -> None:
    layout, book = items
    every, _ = training_rows(layout, book, Sampling(10**9, 0.25, 0))
    some, _ = training_rows(layout, book, Sampling(1, 0.25, 0))
    assert (some.event > 0).sum() == (every.event > 0).sum()
    assert len(some.event) < 0.5 * len(every.event)
    assert some.weight.sum() == pytest.approx(every.weight.sum(), rel=0.02)


def test_rows_that_paid_unlikely_are_mostly_left_out_and_stand_for_each_other(
    items: tuple[Layout, Items],
) -> None:
    layout, book = items
    every, _ = training_rows(layout, book, Sampling(10**9, 1.0, 0))
    rough = fit_rough(every, 1)
    some, _ = training_rows(layout, book, Sampling(1, 0.25, 0, rough, causes=(1,)))
    assert some.chance is not None
    assert every.chance is None
    assert (some.event == 1).sum() == (every.event == 1).sum()
    assert len(some.event) < 0.3 * len(every.event)
    assert some.weight.sum() == pytest.approx(every.weight.sum(), rel=0.03)
    # What is kept is likelier to have been paid than what is not.
    assert rough.hazard(some.matrix).mean() > 1.5 * rough.hazard(every.matrix).mean()


def test_of_many_rows_holes_are_filled_below_all_values(items: tuple[Layout, Items]) -> None:
    layout, book = items
    features = book.features.copy()
    features[:10, layout.features.index("cleared_days_late_mean_12m")] = np.nan
    book = replace(book, features=features)
    few, _ = training_rows(layout, book, Sampling(10**9, 0.5, 0))
    many, _ = training_rows(layout, book, Sampling(1, 1.0, 0))
    assert np.isnan(few.matrix).any()
    assert not few.filled
    assert many.filled
    holes = np.isnan(few.matrix)
    assert (many.matrix[holes] == np.float32(UNKNOWN)).all()
    np.testing.assert_array_equal(many.matrix[~holes], few.matrix[~holes])
    assert few.matrix[~holes].min() > UNKNOWN


def test_parts_of_an_interval_know_what_the_whole_knows(items: tuple[Layout, Items]) -> None:
    layout, book = items
    random = np.random.default_rng(0)
    log = pd.DataFrame({"row": random.integers(0, 6000, 900), "day": random.integers(1, 150, 900)})
    contacts = read_contacts(log.assign(channel="call", tone="firm"), rows=6000)
    whole, _ = training_rows(layout, book, Sampling(10**9, 1.0, 0))
    parts, cut = training_rows(layout, book, Sampling(10**9, 1.0, 0), contacts)
    assert len(parts.event) > len(whole.event)
    assert np.isclose(cut.share, 1).mean() < 1
    known = {row.tobytes() for row in np.nan_to_num(whole.matrix)}
    assert {row.tobytes() for row in np.nan_to_num(parts.matrix)} == known


def test_parts_cover_all_places() -> None:
    assert [(one.start, one.stop) for one in batches(5000)] == [(0, 4096), (4096, 5000)]
    assert list(batches(0)) == []


def test_the_latest_rows_are_a_fifth_by_weight_and_need_some_key_dates(items: tuple[Layout, Items]) -> None:
    layout, book = items
    key_day = layout.features.index("key_day")
    dated = book.features.copy()
    dated[:, key_day] = 20_000 + np.arange(len(dated)) % 6 * 28
    rows, cut = training_rows(layout, replace(book, features=dated), Sampling(10**9, 1.0, 0))
    assert rows.latest is not None
    assert rows.weight[rows.latest].sum() == pytest.approx(0.2 * rows.weight.sum(), rel=0.1)
    age, day = layout.clocks(dated)
    due = (day - age)[cut.periods.item]
    assert due[rows.latest].min() > due[~rows.latest].max()
    old = dated.copy()
    old[:, layout.features.index("days_past_due")] += 365
    rows, _ = training_rows(layout, replace(book, features=old), Sampling(10**9, 1.0, 0))
    assert rows.latest is None
    dated[:, key_day] = 20_000
    rows, _ = training_rows(layout, replace(book, features=dated), Sampling(10**9, 1.0, 0))
    assert rows.latest is None


def test_only_many_rows_of_rare_causes_are_cut_finer(items: tuple[Layout, Items]) -> None:
    layout, book = items
    samplings = (
        Sampling(10**9, 1.0, 0, causes=(2, 3)),
        Sampling(1, 0.25, 0),
        Sampling(1, 0.25, 0, causes=(2, 3)),
    )
    assert [training_rows(layout, book, one)[0].bins for one in samplings] == [256, 256, 1024]
