from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from arseg.ledger.outcomes import observe_flows, observe_outcomes
from arseg.ledger.snapshot import take_snapshot
from arseg.schema import FLOWS, OUTCOMES, DataError, UsageError

KEY = dt.date(2024, 4, 12)
SEEN = dt.date(2024, 5, 20)
DUE = dt.date(2024, 4, 1)
ISSUED = {"document_date": dt.date(2024, 3, 1), "due_date": DUE, "invoice_id": "I1", "customer_id": "C1"}


def after(number: int) -> dt.date:
    return KEY + dt.timedelta(days=number)


def plain_outcomes(reading, key, seen, clock, until) -> dict:
    """Read row by row what became of each open item."""
    followed = (until - key).days
    invoices, expected = reading.invoices(key), {}
    postings = [row for row in reading.postings(seen) if row["known_on"] > key]
    versions = sorted(reading.book["invoices"], key=lambda row: row["known_on"])
    for name, balance in reading.open_items(key).items():
        moves = [
            (max(1, (row[clock] - key).days), row["kind"], row["worth"])
            for row in postings
            if row["invoice_id"] == name
        ]
        amount = invoices[name]["worth"]
        for row in versions:
            if row["invoice_id"] == name and key < row["known_on"] <= seen:
                day = 1 if clock == "value_date" else (row["known_on"] - key).days
                worth = reading.worth(row)
                if day <= followed:
                    moves.append((day, "restated", worth - amount))
                    amount = worth
        moves = [move for move in moves if move[0] <= followed]
        total = {kind: sum((x for _, k, x in moves if k == kind), Decimal(0)) for _, kind, _ in moves}
        flow = lambda plus, minus, total=total: float(total.get(plus, 0) - total.get(minus, 0))  # noqa: E731
        day, event = reading.clear(balance, reading.tolerance(amount), moves) or (followed, 0)
        flows = flow("payment", "reversal"), flow("credit_note", "restated"), flow("write_off", "recovery")
        expected[name] = (float(balance), event, day, *flows)
    return expected


@pytest.mark.parametrize("clock", ["value_date", "known_on"])
@pytest.mark.parametrize(("seen", "until"), [(after(1), None), (SEEN, None), (SEEN, after(12))])
def test_outcomes_are_those_of_a_plain_reading(seen, until, clock, random_book) -> None:
    _, reading, ledger = random_book
    frame = observe_outcomes(ledger, KEY, observed_on=seen, until=until, clock=clock)
    found = {
        row.invoice_id: (row.balance, row.event, row.duration, row.cash, row.credited, row.written_off)
        for row in frame.itertuples()
    }
    assert found == plain_outcomes(reading, KEY, seen, clock, until or seen)
    assert frame.followed_days.eq(((until or seen) - KEY).days).all()
    assert frame.duration.between(1, frame.followed_days).all()


def test_the_balance_less_what_was_removed_is_the_later_balance(small_ledger) -> None:
    frame = observe_outcomes(small_ledger, "2025-03-31", observed_on="2025-06-30").set_index("invoice_id")
    with take_snapshot(small_ledger, "2025-06-30") as later:
        left = later.sql("SELECT invoice_id, balance FROM open_items").set_index("invoice_id").balance
    closing = frame.balance - frame.cash - frame.credited - frame.written_off
    still = closing[frame.event == 0]
    pd.testing.assert_series_equal(
        still, left.reindex(still.index), check_names=False, check_exact=False, rtol=1e-9
    )
    assert not left.index.isin(frame.index[frame.event > 0]).any()
    assert set(frame.event) == {0, 1, 2, 3}


def test_outcomes_are_exactly_the_open_items_of_the_snapshot(small_ledger) -> None:
    frame = observe_outcomes(small_ledger, "2025-03-31")
    with take_snapshot(small_ledger, "2025-03-31") as snapshot:
        items = snapshot.sql(
            "SELECT invoice_id, customer_id, key_date, balance FROM open_items ORDER BY invoice_id"
        )
    pd.testing.assert_frame_equal(frame[list(items.columns)], items)
    assert tuple(frame.columns) == OUTCOMES.names
    kinds = frame.dtypes.astype(str).str.replace(r"\[.*", "", regex=True).tolist()
    assert kinds == ["str", "str", "datetime64", "float64", "int64", "int64", "int64"] + ["float64"] * 3


def paid(amount, value, known=None, kind="payment", invoice="I1") -> dict:
    row = {"invoice_id": invoice, "kind": kind, "amount": Decimal(amount), "value_date": after(value)}
    return {**row, "known_on": after(value if known is None else known)}


CASES = {
    "partial payments count when the last one comes": ([paid(40, 3), paid(60, 9)], (1, 9)),
    "a first part before the key date changes nothing": ([paid(40, -3), paid(60, 9)], (1, 9)),
    "a payment made before and known after is day one": ([paid(100, -5, 2)], (1, 1)),
    "a payment on the key date known the day after is day one": ([paid(100, 0, 1)], (1, 1)),
    "a bounced payment is no payment": ([paid(100, 3), paid(100, 6, kind="reversal")], (0, 60)),
    "a bounced payment counts when it comes back": (
        [paid(100, 3), paid(100, 6, kind="reversal"), paid(100, 20)],
        (1, 20),
    ),
    "what bounces within a day never moved": (
        [paid(100, 3), paid(100, 8, kind="reversal"), paid(100, 8)],
        (1, 3),
    ),
    "a write-off is the end": ([paid(100, 12, kind="write_off")], (3, 12)),
    "cash recovered the same day leaves a write-off": (
        [paid(100, 12, kind="write_off"), paid(100, 40, kind="recovery"), paid(100, 40)],
        (3, 12),
    ),
    "a debt revived and then paid is paid": (
        [paid(100, 12, kind="write_off"), paid(100, 40, kind="recovery"), paid(100, 45)],
        (1, 45),
    ),
    "a credit note is no payment": ([paid(100, 7, kind="credit_note")], (2, 7)),
    "mostly credited is credited": ([paid(96, 7, kind="credit_note"), paid(4, 9)], (2, 9)),
    "partly credited is paid": ([paid(94, 7, kind="credit_note"), paid(6, 9)], (1, 9)),
    "a written-off rest makes a write-off": ([paid(60, 7), paid(40, 9, kind="write_off")], (3, 9)),
    "a small written-off rest is noise": ([paid(99.6, 7), paid(0.4, 9, kind="write_off")], (1, 7)),
    "an overpayment clears": ([paid(130, 7)], (1, 7)),
    "a short payment within tolerance clears": ([paid("99.5", 7)], (1, 7)),
    "a short payment beyond tolerance does not": ([paid("99.49", 7)], (0, 60)),
    "nothing leaves it open": ([], (0, 60)),
    "a payment on the last day counts": ([paid(100, 60)], (1, 60)),
    "a payment known a day later does not": ([paid(100, 60, 61)], (0, 60)),
}


@pytest.fixture(scope="module")
def fates(ledger_builder, tmp_path_factory) -> dict:
    """Observe all cases at once, each its own invoice."""
    book: dict = {"invoices": [], "postings": []}
    for number, (rows, _) in enumerate(CASES.values()):
        book["invoices"].append({**ISSUED, "invoice_id": f"I{number:02d}"})
        book["postings"] += [{**row, "invoice_id": f"I{number:02d}"} for row in rows]
    book["postings"].append({**paid(1, -20), "invoice_id": "elsewhere"})
    ledger = ledger_builder(tmp_path_factory.mktemp("cases") / "cases.duckdb", book)
    frame = observe_outcomes(ledger, KEY, observed_on=after(60))
    return dict(zip(CASES, zip(frame.event, frame.duration, strict=True), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_fate(case, fates) -> None:
    assert fates[case] == CASES[case][1]


def test_a_window_that_ends_early_hears_of_what_was_posted_late(make_ledger) -> None:
    ledger = make_ledger(
        [ISSUED, {**ISSUED, "invoice_id": "I2"}], [paid(1, -9), paid(99, 5, 12), paid(100, 6, invoice="I2")]
    )
    early = observe_outcomes(ledger, KEY, observed_on=after(12), until=after(5))
    assert early.event.tolist() == [1, 0]
    assert early.duration.tolist() == early.followed_days.tolist() == [5, 5]
    assert early.cash.tolist() == [99, 0]
    assert observe_outcomes(ledger, KEY, observed_on=after(11), until=after(5)).event.tolist() == [0, 0]


def test_the_known_on_clock_dates_what_the_desk_saw(make_ledger) -> None:
    ledger = make_ledger([ISSUED], [paid(1, -9), paid(99, 3, 8)])
    assert observe_outcomes(ledger, KEY).duration.tolist() == [3]
    assert observe_outcomes(ledger, KEY, clock="known_on").duration.tolist() == [8]


@pytest.mark.parametrize(("clock", "fate"), [("value_date", (2, 1)), ("known_on", (2, 5))])
def test_an_invoice_restated_to_what_was_paid_is_credited(clock, fate, make_ledger) -> None:
    restated = {**ISSUED, "amount": Decimal(60), "known_on": after(5)}
    ledger = make_ledger([ISSUED, restated], [paid(60, -3)])
    frame = observe_outcomes(ledger, KEY, clock=clock)
    assert (frame.event[0], frame.duration[0]) == fate
    assert frame[["balance", "cash", "credited", "written_off"]].to_numpy().tolist() == [[40, 0, 40, 0]]


def test_an_invoice_restated_upwards_needs_more_cash(make_ledger) -> None:
    ledger = make_ledger(
        [ISSUED, {**ISSUED, "amount": 150, "known_on": after(5)}], [paid(1, -9), paid(99, 4), paid(50, 8)]
    )
    frame = observe_outcomes(ledger, KEY)
    assert (frame.event[0], frame.duration[0]) == (1, 8)


def test_outcomes_use_nothing_known_later(random_book, make_ledger, book_rates) -> None:
    book, _, ledger = random_book
    seen = dt.date(2024, 5, 6)
    cut = {name: [row for row in rows if row["known_on"] <= seen] for name, rows in book.items()}
    cut["invoices"].append(
        {**cut["invoices"][0], "invoice_id": "last", "known_on": seen, "amount": Decimal(0)}
    )
    shorter = make_ledger(**cut, rates=book_rates)
    assert shorter.last_known == seen
    for clock in ("value_date", "known_on"):
        pd.testing.assert_frame_equal(
            observe_outcomes(ledger, KEY, observed_on=seen, clock=clock),
            observe_outcomes(shorter, KEY, clock=clock),
        )
    flows = observe_flows(ledger, KEY, until=seen, observed_on=seen)
    assert (
        flows.drop(columns="customer_id")
        .sum()
        .round(6)
        .equals(observe_flows(shorter, KEY, until=seen).drop(columns="customer_id").sum().round(6))
    )


def plain_flows(reading, key, until, seen) -> dict:
    """Walk through the window day by day."""
    entries = [
        (row["customer_id"], row["document_date"], "sales", row["worth"], row["worth"])
        for row in reading.invoices(seen).values()
    ]
    names = {"payment": "cash", "credit_note": "credited", "write_off": "written_off"}
    names |= {"recovery": "recovered", "reversal": "reversed"}
    for row in reading.postings(seen):
        sign = 1 if row["kind"] in ("recovery", "reversal") else -1
        entries.append(
            (row["customer_id"], row["value_date"], names[row["kind"]], row["worth"], sign * row["worth"])
        )
    days = [key + dt.timedelta(days=n) for n in range((until - key).days + 1)]
    flows = {}
    for customer in {entry[0] for entry in entries if entry[0] and entry[1] <= until}:
        own = [entry for entry in entries if entry[0] == customer]
        balance = [sum((x for _, u, _, _, x in own if u <= day), Decimal(0)) for day in days]
        row = {name: Decimal(0) for name in FLOWS.names[2:8]}
        for _, day, name, worth, _ in own:
            row[name] += worth if key < day <= until else 0
        flows[customer] = [balance[0], *row.values(), balance[-1], sum(balance[1:])]
    return flows


@pytest.mark.parametrize(
    ("until", "seen"), [(dt.date(2024, 4, 13), SEEN), (dt.date(2024, 5, 10), dt.date(2024, 5, 10))]
)
def test_flows_are_those_of_a_walk_day_by_day(until, seen, random_book) -> None:
    _, reading, ledger = random_book
    frame = observe_flows(ledger, KEY, until=until, observed_on=seen)
    expected = plain_flows(reading, KEY, until, seen)
    assert tuple(frame.columns) == FLOWS.names
    assert frame.customer_id.tolist() == sorted(expected)
    np.testing.assert_allclose(
        frame.iloc[:, 1:], [[float(x) for x in expected[c]] for c in sorted(expected)], rtol=1e-12
    )


def test_what_was_open_and_what_flowed_is_what_is_open(small_ledger) -> None:
    flows = observe_flows(small_ledger, "2025-03-31", until="2025-06-30")
    left = flows.opening + flows.sales - flows.cash - flows.credited - flows.written_off + flows.recovered
    np.testing.assert_allclose(left + flows.reversed, flows.closing, atol=1e-6)
    further = observe_flows(small_ledger, "2025-06-30", until="2025-07-31")
    both = flows.merge(further, on="customer_id")
    np.testing.assert_allclose(both.closing_x, both.opening_y, atol=1e-6)
    assert len(both) == len(flows) == 40


def test_cash_on_account_lowers_receivables(make_ledger) -> None:
    cash = {"customer_id": "C1", "currency": "EUR", "amount": 30, "value_date": after(2)}
    ledger = make_ledger([ISSUED], [paid(1, -9), cash, paid(99, 9)])
    flows = observe_flows(ledger, KEY, until=after(4)).iloc[0]
    assert (flows.opening, flows.cash, flows.closing, flows.amount_days) == (99, 30, 69, 99 + 3 * 69)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"observed_on": "2025-03-30"}, "observed_on 2025-03-30 is not after the key date"),
        ({"observed_on": "2025-03-31"}, r"Allowed: a day after 2025-03-31\. Do: choose an earlier key date"),
        ({"observed_on": "2026-03-31"}, "observed_on 2026-03-31: nothing is known after 2025-12-31"),
        ({"observed_on": "tomorrow"}, "observed_on is not a day"),
        (
            {"clock": "posting_date"},
            r"the clock is unknown\. Given: posting_date\. Allowed: value_date, known_on",
        ),
    ],
)
def test_outcomes_refuse(arguments, message, small_ledger) -> None:
    with pytest.raises(UsageError, match=message):
        observe_outcomes(small_ledger, "2025-03-31", **arguments)


def test_the_last_known_day_has_no_outcomes(small_ledger) -> None:
    with pytest.raises(UsageError, match="observed_on 2025-12-31 is not after the key date"):
        observe_outcomes(small_ledger, "2025-12-31")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"until": "2025-03-31"}, "until 2025-03-31 is not after the key date"),
        ({"until": "2026-03-31"}, "until 2026-03-31: nothing is known after"),
        (
            {"until": "2025-06-30", "observed_on": "2025-05-31"},
            r"the window ends after the last observed day \(2025-05-31\)",
        ),
    ],
)
def test_flows_refuse(arguments, message, small_ledger) -> None:
    with pytest.raises(UsageError, match=message):
        observe_flows(small_ledger, "2025-03-31", **arguments)


def test_a_later_currency_without_a_rate_is_refused(make_ledger) -> None:
    ledger = make_ledger([ISSUED], [paid(1, -9), {**paid(9, 4), "currency": "GBP"}])
    with pytest.raises(DataError, match="no rate is declared for GBP"):
        observe_outcomes(ledger, KEY)
    with pytest.raises(DataError, match="no rate is declared for GBP"):
        observe_flows(ledger, KEY, until=after(1))


def test_a_book_with_nothing_open_has_no_outcomes(make_ledger) -> None:
    ledger = make_ledger([ISSUED], [paid(100, -9), paid(1, 9, invoice="I9")])
    frame = observe_outcomes(ledger, KEY)
    assert frame.empty
    assert tuple(frame.columns) == OUTCOMES.names
