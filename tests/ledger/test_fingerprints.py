"""A fingerprint is of the rows that a day knew, and of nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from arseg.ledger import Ledger
from arseg.ledger.fingerprints import fingerprints

DAYS = [dt.date(2025, 2, 28), dt.date(2025, 5, 31)]
END = dt.date(2025, 6, 30)


def test_it_changes_with_the_rows_that_a_day_knew_and_not_with_later_ones(
    make_ledger: Callable[..., Ledger],
) -> None:
    rows = [{"invoice_id": "I1"}, {"invoice_id": "I2", "document_date": dt.date(2025, 4, 1)}]
    plain = fingerprints(make_ledger(rows, complete_to=END), DAYS)
    assert plain[DAYS[0]] != plain[DAYS[1]]
    assert fingerprints(make_ledger(rows[::-1], complete_to=END), DAYS) == plain
    paid = [{"invoice_id": "I1", "value_date": dt.date(2025, 1, 2), "known_on": dt.date(2025, 3, 1)}]
    late = fingerprints(make_ledger(rows, paid, complete_to=END), DAYS)
    assert (late[DAYS[0]] == plain[DAYS[0]], late[DAYS[1]] == plain[DAYS[1]]) == (True, False)
    again = fingerprints(make_ledger(rows, paid, complete_to=END), DAYS, threads=2)
    assert again == late


def test_it_changes_with_a_rate(make_ledger: Callable[..., Ledger]) -> None:
    one, other = (
        fingerprints(make_ledger([{"invoice_id": "I1"}], complete_to=END, rates={"USD": rate}), DAYS[:1])
        for rate in (0.9, 0.8)
    )
    assert one != other
