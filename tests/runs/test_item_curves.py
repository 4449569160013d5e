from __future__ import annotations

import numpy as np
import pandas as pd

from arseg.runs.item_curves import asked_by, curve_days, load_book, segment_of
from arseg.runs.journal import Run


def test_every_day_of_a_quarter_is_read_and_the_year_to_its_end() -> None:
    days = curve_days(13)
    assert days[:91].tolist() == list(range(1, 92))
    assert days[-1] == 365
    assert curve_days(52)[-2:].tolist() == [364, 365]


def test_a_book_has_a_curve_for_every_open_item_with_a_balance(told_run: Run) -> None:
    book, every = load_book(told_run), told_run.load("every_open_item")
    assert list(book.items["invoice_id"]) == list(every.loc[every["balance"] > 0, "invoice_id"])
    assert book.incidence.shape == (len(book.items), 3, len(curve_days(13)))
    # Another way to the same figures: the scores' own weekly curves.
    weekly = told_run.load("paid_by_week").to_numpy()
    scored = pd.Index(told_run.load("item_scores")["invoice_id"]).get_indexer(book.items["invoice_id"])
    assert np.allclose(book.paid_by[:, book.at(7 * np.arange(1, 14))], weekly[scored], atol=1e-6)


def test_cash_is_asked_by_what_tells_items_apart(told_run: Run) -> None:
    items = load_book(told_run).items
    assert asked_by(items)[0] == "segment"
    assert asked_by(items.assign(currency="EUR", entity="none", portfolio="none")) == ["segment"]
    assert set(segment_of(told_run)) <= {"High", "Medium", "Low"}
