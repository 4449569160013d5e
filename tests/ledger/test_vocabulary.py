"""The words of a feature block."""

from __future__ import annotations

import pytest

from arseg.ledger.guard import guard
from arseg.ledger.prelude import NAMES
from arseg.ledger.vocabulary import CLOCK, PURE, WRITES
from arseg.schema import UsageError


def test_what_reads_the_clock_or_writes_is_not_pure() -> None:
    assert PURE.isdisjoint(CLOCK | WRITES)
    assert PURE > NAMES


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "quantile_cont(balance, 0.5)",
            "entropy(balance)",
            "trunc(balance)",
            "isfinite(balance)",
            "balance // 2",
        ),
        *("dayofweek(due_date)", "isnan(balance)", "concat(customer_id, entity)", "skewness(balance)"),
        *("kurtosis(balance)", "starts_with(entity, 'E')"),
    ],
)
def test_what_spark_lacks_or_means_otherwise_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match=r"own\.sql calls a function that is not known to be pure"):
        guard(f"SELECT customer_id, {expression} AS x FROM open_items", where="own.sql")
