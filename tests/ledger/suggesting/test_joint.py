from __future__ import annotations

import json
from pathlib import Path

import pytest

from arseg.ledger import load
from arseg.ledger.declared.layout import read_layout
from arseg.ledger.suggesting.joint import Joint
from arseg.ledger.suggesting.suggestion import suggest_layout
from arseg.schema import UsageError

INVOICES = [
    "Invoice #,Customer ID,Invoice Date,Due Date,Invoice Total",
    'I1,C1,1/5/2024,2/14/2024,"$1,200.50"',
    "I2,C1,1/15/2024,2/14/2024,$7.00",
]
PAYMENTS = [
    "Payment ID,Invoice #,Customer ID,Payment Date,Amount Applied,Type",
    "P1,I1,C1,2/20/2024,$200.50,Payment",
    "P2,I1,C1,2/21/2024,$1.00,Credit Memo",
]


@pytest.fixture(name="joint")
def _joint(tmp_path: Path) -> Joint:
    for name, lines in (("invoices.csv", INVOICES), ("payments.csv", PAYMENTS)):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Joint(tuple(suggest_layout(tmp_path / name) for name in ("invoices.csv", "payments.csv")))


def test_invoices_and_their_payments_make_one_layout_that_loads_to_the_cent(
    joint: Joint, tmp_path: Path
) -> None:
    text = joint.to_yaml()
    for gap, value in {
        'reporting: "?"': "reporting: {currency: USD}",
        'currency: "?"': "currency: {constant: USD}",
        'kind: "?"': "kind: {column: Type, map: {Payment: payment, Credit Memo: credit_note}}",
    }.items():
        assert text.count(gap) == 1
        text = text.replace(gap, value)
    layout = tmp_path / "us.yaml"
    layout.write_text(text, encoding="utf-8")
    assert [[feed.table for feed in source.feeds] for source in read_layout(layout).sources] == [
        ["invoices"],
        ["postings"],
    ]
    files = [tmp_path / "invoices.csv", tmp_path / "payments.csv"]
    said = {tuple(line.split()) for line in str(load(files, layout, into="us", home=tmp_path)).splitlines()}
    assert {("USD", "invoiced", "1,207.50"), ("USD", "paid", "200.50"), ("USD", "open", "1,006.00")} <= said


def test_what_was_found_in_each_file_stands_below_its_name(joint: Joint) -> None:
    text = str(joint)
    assert text.startswith(joint.to_yaml().rstrip())
    assert text.index("\n# invoices.csv\n# Mapped: 5 columns") < text.index(
        "\n# payments.csv\n# Mapped: 6 columns"
    )
    facts = json.loads(joint.to_json())
    assert [one["name"] for one in facts["files"]] == ["invoices.csv", "payments.csv"]
    assert facts["layout"] == joint.to_yaml()


def test_two_files_of_one_name_are_refused(joint: Joint) -> None:
    with pytest.raises(
        UsageError, match=r"two files have one name\. Given: invoices\.csv\. Allowed: each name once"
    ):
        Joint((joint.found[0], joint.found[0]))
