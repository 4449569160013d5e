from __future__ import annotations

import pandas as pd
import pytest

from arseg.schema import DataError
from arseg.treatments.worklist_items import invoices_in_words

DAY = pd.Timestamp("2026-10-31")


def items(*rows: tuple, currency: object = "EUR") -> pd.DataFrame:
    names = ["invoice_id", "customer_id", "balance", "days_past_due"]
    return pd.DataFrame(rows, columns=names).assign(currency=currency)


def test_the_oldest_stands_first_and_days_read_as_people_say_them() -> None:
    said = invoices_in_words(
        items(("R1", "A", 5.0, -2), ("R2", "A", 1500.0, 45), ("R3", "A", 7.0, 0)), key_date=DAY
    )
    assert said["A"] == (
        "R2: 1,500.00 EUR, due 2026-09-16, 45 days late; R3: 7.00 EUR, due 2026-10-31, today; "
        "R1: 5.00 EUR, due 2026-11-02"
    )


def test_of_many_invoices_five_are_named_and_the_rest_are_summed() -> None:
    rows = [(f"R{i}", "A", 10.0 + i, 10 - i) for i in range(7)]
    assert invoices_in_words(items(*rows), key_date=DAY)["A"].endswith("; and 2 more, 31.00 EUR")


def test_nothing_is_summed_across_currencies() -> None:
    rows = [(f"R{i}", "A", 10.0, 1) for i in range(7)]
    said = invoices_in_words(items(*rows, currency=["EUR"] * 6 + ["USD"]), key_date=DAY)
    assert said["A"].endswith("; and 2 more")


def test_without_a_currency_none_is_named_and_every_customer_has_a_text() -> None:
    rows = items(("R1", "A", 5.0, 1), ("R2", "B", 6.0, 1)).drop(columns="currency")
    said = invoices_in_words(rows, key_date=DAY)
    assert said.to_dict() == {
        "A": "R1: 5.00, due 2026-10-30, 1 day late",
        "B": "R2: 6.00, due 2026-10-30, 1 day late",
    }
    assert invoices_in_words(rows.head(0), key_date=DAY).empty


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(DataError, match=r"open items lacks columns \['balance', 'days_past_due'\]"):
        invoices_in_words(pd.DataFrame({"invoice_id": [], "customer_id": []}), key_date=DAY)
