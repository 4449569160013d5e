from __future__ import annotations

from arseg.ledger.suggesting.header_names import HeaderNames, is_proposed
from arseg.ledger.suggesting.trade_words import NEAR
from arseg.schema import LEDGER

FLAT = ("invoice_no", "customer_no", "invoice_date", "due_date", "amount", "currency", "clear_date")


def names(*header: str) -> HeaderNames:
    return HeaderNames(header, {}, {})


def test_the_ledgers_own_names_are_recognised_in_every_table() -> None:
    for table in LEDGER.values():
        found = names(*table.names).tables()[table.name]
        assert {column: header for column, (header, _) in found.items()} == {n: n for n in table.names}


def test_each_header_serves_one_column_of_a_table_but_may_also_be_the_day_of_knowledge() -> None:
    for table, found in names(*FLAT).tables().items():
        headers = [header for column, (header, _) in found.items() if column != "known_on"]
        assert len(headers) == len(set(headers)), table


def test_nothing_below_the_bar_is_taken() -> None:
    for found in names(*FLAT, "zq1", "Notes").tables().values():
        assert all(NEAR <= score <= 1 for _, score in found.values())
        assert not {"zq1", "Notes"} & {header for header, _ in found.values()}


def test_a_flat_row_names_the_invoice_of_its_posting() -> None:
    found = names(*FLAT).tables()
    assert found["postings"]["invoice_id"] == found["invoices"]["invoice_id"]
    assert "posting_id" not in found["postings"]
    assert [name for name in LEDGER if is_proposed(name, found)] == ["invoices", "postings"]


def test_the_entry_day_of_an_invoice_is_not_that_of_its_payment() -> None:
    found = names(*FLAT, "created_on").tables()
    assert found["invoices"]["known_on"][0] == "created_on"
    assert "known_on" not in found["postings"]


def test_the_day_of_an_invoice_makes_no_payment() -> None:
    found = names("invoice_no", "posting_date", "due_date", "amount").tables()
    assert is_proposed("invoices", found)
    assert not is_proposed("postings", found)
    assert found["invoices"]["document_date"] == ("posting_date", NEAR)


def test_what_has_no_due_day_is_no_invoice() -> None:
    found = names("payment_no", "payment_date", "amount").tables()
    assert [name for name in LEDGER if is_proposed(name, found)] == ["postings"]


def test_a_fitting_layout_counts_most_and_any_other_nearly_as_much_as_the_word_itself() -> None:
    used = {("invoices", "amount"): {"X1"}}
    assert HeaderNames(["X1"], used, {}).tables()["invoices"]["amount"] == ("X1", 0.9)
    assert HeaderNames(["X1"], used, used).tables()["invoices"]["amount"] == ("X1", 1.0)
    assert names("X1").tables()["invoices"] == {}
