from __future__ import annotations

import pandas as pd

from arseg.runs.forward_sections import CashForecast
from arseg.runs.item_curves import load_book
from arseg.runs.journal import Run
from arseg.runs.open_promises import by_item, promised

ITEMS = pd.DataFrame(
    {
        "invoice_id": ["i", "j", "k"],
        "customer_id": "a",
        "balance": [30.0, 10.0, 60.0],
        "days_past_due": [5, 9, -4],
    }
)


def test_a_promise_on_an_invoice_beats_an_older_one_on_the_account() -> None:
    unsettled = pd.DataFrame(
        {
            "customer_id": "a",
            "invoice_id": [None, "j"],
            "due_on": ["2026-11-05", "2026-11-09"],
            "amount": [20.0, 7.0],
        }
    )
    found = by_item(unsettled, ITEMS).set_index("invoice_id")
    # What is not yet due is not promised with the account.
    assert found["amount"].to_dict() == {"i": 15.0, "j": 7.0}


def test_promises_are_counted_with_only_where_the_experiment_asks(told_run: Run) -> None:
    book = load_book(told_run)
    same, said = promised(told_run, book)
    assert same is book
    assert said == []


def test_a_book_with_few_matured_promises_says_so_or_counts_with_them(told_run: Run) -> None:
    from dataclasses import replace

    asked = told_run.experiment.model_copy(update={"forecast": CashForecast(promises=True)})
    book = load_book(told_run)
    found, said = promised(replace(told_run, experiment=asked), book)
    assert len(said) == 1
    assert ("were kept" in said[0]) == (found is not book)
