from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models.promises import paid_within, promise_windows


def promises_of(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "invoice_id", "made_on", "due_on", "amount"]).astype(
        {"made_on": "datetime64[s]", "due_on": "datetime64[s]"}
    )


@pytest.mark.parametrize(
    ("due_on", "grace", "limit"),
    [
        ("2025-03-05", 0, "2025-03-05"),
        ("2025-03-05", 3, "2025-03-10"),  # Wednesday: Thursday, Friday, Monday
        ("2025-03-08", 0, "2025-03-08"),  # a Saturday
        ("2025-03-08", 1, "2025-03-10"),  # its Monday
        ("2025-03-09", 3, "2025-03-12"),
    ],
)
def test_grace_is_counted_in_business_days(due_on, grace, limit) -> None:
    windows = promise_windows(promises_of([("a", None, "2025-03-01", due_on, 1.0)]), grace)
    assert windows["limit"].astype(str).tolist() == [limit]


def test_a_newer_promise_ends_the_window_only_of_the_same_customer_and_invoice() -> None:
    windows = promise_windows(
        promises_of(
            [
                ("a", "x", "2025-03-03", "2025-03-20", 1.0),
                ("a", "y", "2025-03-04", "2025-03-20", 1.0),
                ("b", "x", "2025-03-05", "2025-03-20", 1.0),
                ("a", "x", "2025-03-10", "2025-03-20", 1.0),
            ]
        ),
        0,
    )
    assert windows["until"].astype(str).str[-2:].tolist() == ["09", "20", "20", "20"]


def test_the_order_of_promises_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    made = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 60, 80), unit="D")
    promises = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 6, 80).astype(str),
            "made_on": made,
            "due_on": made + pd.to_timedelta(rng.integers(0, 20, 80), unit="D"),
            "amount": rng.random(80),
        }
    )
    turned = promise_windows(promises.iloc[::-1], 3).sort_index()
    pd.testing.assert_frame_equal(turned, promise_windows(promises, 3))


def test_what_is_paid_equals_a_plain_loop() -> None:
    rng = np.random.default_rng(1)
    made = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 60, 60), unit="D")
    promises = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 6, 60).astype(str),
            "invoice_id": rng.choice(np.array(["x", "y", None], dtype=object), 60),
            "made_on": made,
            "due_on": made + pd.to_timedelta(rng.integers(0, 20, 60), unit="D"),
            "amount": 1.0,
        }
    )
    payments = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 6, 300).astype(str),
            "invoice_id": rng.choice(["x", "y"], 300),
            "value_date": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, 300), unit="D"),
            "amount": rng.random(300),
        }
    )
    windows = promise_windows(promises, 3)
    wanted = [
        sum(
            p.amount
            for p in payments.itertuples()
            if p.customer_id == w.customer_id
            and w.invoice_id in ("", p.invoice_id)
            and w.made_on <= p.value_date <= w.until
        )
        for w in windows.itertuples()
    ]
    np.testing.assert_allclose(paid_within(windows, payments), wanted)
    assert sum(wanted) > 0


def test_without_a_payment_nothing_is_paid() -> None:
    windows = promise_windows(promises_of([("a", None, "2025-03-01", "2025-03-05", 1.0)]), 3)
    none = pd.DataFrame({"customer_id": ["b"], "value_date": [pd.Timestamp("2025-03-02")], "amount": [5.0]})
    assert paid_within(windows, none).tolist() == [0.0]
