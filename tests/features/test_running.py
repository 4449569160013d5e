"""One block on one snapshot: what it gives, and what it is held to."""

from __future__ import annotations

import pytest

from arseg.features import parse_block
from arseg.features.running import run_block
from arseg.ledger import Ledger, take_snapshot
from arseg.schema import UsageError

HEAD = "-- block: own\n-- grain: customer\n-- column: own_figure | days | a figure\n"


def test_figures_come_as_doubles_beside_the_key(small_ledger: Ledger) -> None:
    block = parse_block(
        f"{HEAD}SELECT customer_id, SUM(balance) AS own_figure FROM open_items GROUP BY customer_id"
    )
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        answer = run_block(snapshot, block)
        rows = snapshot.sql("SELECT customer_id, SUM(balance) AS total FROM open_items GROUP BY customer_id")
    assert [str(kind) for kind in answer.schema.types] == ["string", "double"]
    found = dict(zip(answer["customer_id"].to_pylist(), answer["own_figure"].to_pylist(), strict=True))
    assert found == dict(zip(rows["customer_id"], rows["total"], strict=True))


@pytest.mark.parametrize(
    ("figure", "complaint"),
    [
        ("MAX(invoice_id)", r"block own returns a column that is not a number\. Given: own_figure: string"),
        ("MAX(nothing)", r"block own does not run\. Given: .*nothing"),
    ],
)
def test_what_is_no_figure_is_refused_on_every_key_date(
    figure: str, complaint: str, small_ledger: Ledger
) -> None:
    block = parse_block(
        f"{HEAD}SELECT customer_id, {figure} AS own_figure FROM open_items GROUP BY customer_id"
    )
    for day in ("2025-05-31", "2025-06-30"):
        with take_snapshot(small_ledger, day) as snapshot, pytest.raises(UsageError, match=complaint):
            run_block(snapshot, block)
