"""SAP, NetSuite, Dynamics 365, Odoo and two public logs: what each fixture says, worked out by hand."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections import Counter
from contextlib import closing
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from arseg.ledger import LoadReport, load, observe_outcomes, read_ledger
from arseg.schema import DataError

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = ("sap_fi_ar", "netsuite", "dynamics365", "odoo", "traffic_fines", "ap_invoices")
FINES = "traffic_fines/traffic_fines.csv"
PAYABLES = "ap_invoices/AccountsPayable_Raw_data.xlsx"

Loaded = dict[str, LoadReport]

# Columns: invoice, customer, entity, document, posting and due day, amount, currency, delivered, known.
INVOICES = {
    "sap_fi_ar": """
        1000-0090000001-2024-001 0000001000 1000 2024-01-10 2024-01-11 2024-02-09 1190.00 EUR . 2024-01-12
        1000-0090000003-2024-001 0000003000 1000 2024-02-01 2024-02-01 2024-03-02 2000.00 EUR . 2024-02-02
        1000-0090000012-2024-001 0000003000 1000 2024-02-04 2024-02-04 2024-02-18 600.00 EUR . 2024-02-04
        1000-1400000007-2024-003 0000001000 1000 2024-02-27 2024-02-27 2024-03-02 30.00 EUR . 2024-02-27
        1000-1800000002-2024-001 0000002000 1000 2024-01-31 2024-01-31 2024-01-31 500.00 USD . 2024-01-31
        1000-1800000004-2024-001 0000003000 1000 2024-02-03 2024-02-03 2024-02-17 300.00 EUR . 2024-02-03
        """,
    "netsuite": """
        2001 31 Parent_:_US 2024-01-15 . 2024-02-14 1000.00 USD . 2024-01-15
        2002 32 Parent_:_EU 2024-01-31 . 2024-03-01 400.00 EUR . 2024-02-01
        """,
    "dynamics365": """
        5001 US-001 usmf 2024-01-10 2024-01-11 2024-02-09 1200.00 USD . 2024-01-11
        5002 US-002 usmf 2024-01-21 2024-01-21 2024-02-20 500.00 EUR . 2024-01-22
        5008 US-001 usmf 2024-04-30 2024-04-30 2024-04-30 12.50 USD . 2024-04-30
        """,
    "odoo": """
        101 7 1 2024-01-15 2024-01-15 2024-02-14 1210.00 EUR . 2024-01-16
        102 8 1 2024-01-16 2024-01-16 2024-02-15 400.00 USD . 2024-01-16
        103 8 1 2024-01-16 2024-01-16 2024-03-15 400.00 USD . 2024-01-16
        109 8 1 2024-01-01 2024-01-01 2023-12-20 55.00 EUR . 2024-01-02
        """,
    "traffic_fines": """
        P1 P1 . 2006-07-24 . 2006-09-22 35.00 EUR . 2006-07-24
        P2 P2 . 2006-08-02 . 2006-10-01 36.00 EUR . 2006-08-02
        P2 P2 . 2006-08-02 . 2007-02-10 49.00 EUR . 2006-12-12
        P2 P2 . 2006-08-02 . 2007-03-16 49.00 EUR 2007-01-15 2007-01-15
        P2 P2 . 2006-08-02 . 2007-03-16 87.00 EUR 2007-01-15 2007-03-16
        P3 P3 . 2007-05-01 . 2007-06-30 22.00 EUR . 2007-05-01
        P3 P3 . 2007-05-01 . 2007-11-02 33.50 EUR . 2007-09-03
        P4 P4 . 2007-06-01 . 2007-07-31 22.00 EUR . 2007-06-01
        P4 P4 . 2007-06-01 . 2007-11-02 33.50 EUR . 2007-09-03
        P4 P4 . 2007-06-01 . 2007-11-19 33.50 EUR 2007-09-20 2007-09-20
        P5 P5 . 2007-06-02 . 2007-08-01 30.00 EUR . 2007-06-02
        """,
    "ap_invoices": """
        4448977 Superior_Visions . 2023-01-16 2023-01-21 2023-01-30 1.00 XXX . 2023-01-21
        4449032 Superior_Visions . 2023-01-18 2023-01-16 2022-12-31 1.00 XXX . 2023-01-18
        4695289 Nexus_Digital . 2023-07-07 2023-07-13 2023-08-06 1.00 XXX . 2023-07-13
        """,
}

# Columns: posting, invoice, customer, kind, amount, currency, value day, method, known.
POSTINGS = {
    "sap_fi_ar": """
        cleared-1000-0090000003-2024-001 1000-0090000003-2024-001 . payment 2000.00 EUR 2024-03-15 . 2024-03-15
        cleared-1000-0090000012-2024-001 1000-0090000012-2024-001 . payment 600.00 EUR 2024-02-10 . 2024-02-10
        cleared-1000-1800000004-2024-001 1000-1800000004-2024-001 . credit_note 300.00 EUR 2024-02-05 . 2024-02-05
        credit-1000-1400000003-2024-002 1000-0090000001-2024-001 . payment 400.00 EUR 2024-02-20 . 2024-02-21
        credit-1000-1400000004-2024-002 . 0000001000 payment 50.00 EUR 2024-02-22 . 2024-02-23
        credit-1000-1400000009-2024-002 . 0000001000 payment 250.00 EUR 2024-02-29 . 2024-02-29
        credit-1000-1400000011-2024-002 1000-0090000003-2024-001 . payment 500.00 EUR 2024-02-20 . 2024-02-20
        credit-1000-1600000005-2024-001 . 0000002000 credit_note 30.00 USD 2024-02-23 . 2024-02-24
        credit-1000-1600000013-2024-001 1000-0090000012-2024-001 . credit_note 600.00 EUR 2024-02-10 . 2024-02-11
        returned-1000-1400000006-2024-001 . 0000002000 reversal 20.00 EUR 2024-02-26 . 2024-02-26
        taken-back-1000-1400000011-2024-002 1000-0090000003-2024-001 . reversal 500.00 EUR 2024-03-15 . 2024-03-15
        taken-back-1000-1600000013-2024-001 1000-0090000012-2024-001 . reversal 600.00 EUR 2024-02-10 . 2024-02-11
        """,
    "netsuite": """
        applied-2003-2001 2001 . payment 600.00 USD 2024-02-20 . 2024-02-21
        applied-2004-2001 2001 . credit_note 100.00 USD 2024-02-05 . 2024-02-05
        applied-2006-2002 2002 . write_off 400.00 EUR 2024-09-30 . 2024-09-30
        unapplied-2003 . 31 payment 50.00 USD 2024-02-20 . 2024-02-21
        unapplied-2007 . 32 credit_note 25.00 EUR 2024-03-05 . 2024-03-05
        """,
    "dynamics365": """
        returned-5007 . US-002 reversal 75.00 EUR 2024-04-02 . 2024-04-03
        settled-7001 5001 . payment 800.00 USD 2024-02-14 . 2024-02-16
        settled-7003 5001 . credit_note 200.00 USD 2024-02-01 . 2024-02-02
        settled-7005 5002 . write_off 500.00 EUR 2024-09-01 . 2024-09-02
        settled-7006 5001 . payment 100.00 USD 2024-02-14 . 2024-03-01
        unapplied-5003 . US-001 payment 200.00 USD 2024-02-14 . 2024-02-15
        undone-7007 5001 . reversal 100.00 USD 2024-03-05 . 2024-03-05
        """,
    "odoo": """
        match-1 101 . payment 900.00 EUR 2024-02-20 bank 2024-02-21
        match-2 101 . credit_note 100.00 EUR 2024-02-01 . 2024-02-01
        match-3 102 . payment 400.00 USD 2024-02-10 bank 2024-02-12
        match-4 103 . write_off 400.00 USD 2024-09-30 . 2024-10-02
        returned-110 . 8 reversal 25.00 EUR 2024-04-01 . 2024-04-01
        unapplied-105 . 7 payment 100.00 EUR 2024-02-20 . 2024-02-21
        """,
    "traffic_fines": """
        16 P4 . credit_note 33.50 EUR 2007-12-01 . 2007-12-01
        2 P1 . payment 35.00 EUR 2006-07-24 . 2006-07-24
        7 P2 . payment 50.00 EUR 2007-04-02 . 2007-04-02
        8 P2 . payment 0.00 EUR 2007-04-02 . 2007-04-02
        9 P2 . write_off 37.00 EUR 2009-03-30 . 2009-03-30
        """,
    "ap_invoices": """
        cleared-4448977 4448977 . payment 1.00 XXX 2023-02-06 . 2023-02-06
        cleared-4449032 4449032 . payment 1.00 XXX 2023-01-17 . 2023-01-17
        """,
}

# Columns: customer, name, known.
CUSTOMERS = {
    "sap_fi_ar": "0000001000 . 2024-01-12\n0000002000 . 2024-01-31\n0000003000 . 2024-02-02",
    "netsuite": "31 31_Delta_Inc 2024-01-15\n32 32_Epsilon,_SA 2024-02-01",
    "dynamics365": "US-001 . 2024-02-01\nUS-002 . 2024-09-02",
    "odoo": "7 Gamma_GmbH 2024-01-16\n8 Zeta,_Inc. 2024-01-02",
    "traffic_fines": "\n".join(
        f"P{number} . {day}"
        for number, day in enumerate(
            ("2006-07-24", "2006-08-02", "2007-05-01", "2007-06-01", "2007-06-02"), 1
        )
    ),
    "ap_invoices": "",
}

# By currency: invoiced, paid, credited, written off, recovered, reversed, open.
MONEY = {
    "sap_fi_ar": {
        "EUR": "4120.00 3800.00 900.00 0.00 0.00 1120.00 540.00",
        "USD": "500.00 0.00 30.00 0.00 0.00 0.00 470.00",
    },
    "netsuite": {
        "EUR": "400.00 0.00 25.00 400.00 0.00 0.00 -25.00",
        "USD": "1000.00 650.00 100.00 0.00 0.00 0.00 250.00",
    },
    "dynamics365": {
        "EUR": "500.00 0.00 0.00 500.00 0.00 75.00 75.00",
        "USD": "1212.50 1100.00 200.00 0.00 0.00 100.00 12.50",
    },
    "odoo": {
        "EUR": "1265.00 1000.00 100.00 0.00 0.00 25.00 190.00",
        "USD": "800.00 400.00 0.00 400.00 0.00 0.00 0.00",
    },
    "traffic_fines": {"EUR": "219.00 85.00 33.50 37.00 0.00 0.00 63.50"},
    "ap_invoices": {"XXX": "3.00 2.00 0.00 0.00 0.00 0.00 1.00"},
}

# By file: rows read, and those that are declared to be no receivables.
ROWS = {
    "sap_fi_ar": {"bsad.csv": (7, 0), "bsid.csv": (9, 1)},
    "netsuite": {"netsuite_applications.csv": (4, 1), "netsuite_transactions.csv": (7, 2)},
    "dynamics365": {"CustSettlement.csv": (7, 1), "CustTrans.csv": (8, 1)},
    "odoo": {"arseg_receivable_lines.csv": (12, 1), "arseg_receivable_matches.csv": (5, 1)},
    "traffic_fines": {"traffic_fines.csv": (18, 1)},
    "ap_invoices": {"ap_invoices.csv": (3, 0)},
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Return the report of each fixture's load."""
    home = tmp_path_factory.mktemp("shipped")
    return {name: load([FIXTURES / name], name, into=name, home=home) for name in NAMES}


def ask(report: LoadReport, query: str) -> list[tuple[Any, ...]]:
    with closing(read_ledger(report.ledger_path).connect()) as connection:
        return connection.execute(query).fetchall()


def said(report: LoadReport, table: str, columns: str) -> list[str]:
    """Return rows as words, a blank as ``_`` and nothing as a dot."""
    rows = ask(report, f"SELECT {columns} FROM {table}")
    return sorted(
        " ".join("." if value is None else str(value).replace(" ", "_") for value in row) for row in rows
    )


def meant(text: str) -> list[str]:
    return sorted(line.strip() for line in text.splitlines() if line.strip())


def balance(report: LoadReport, invoice: str, day: str) -> Decimal:
    """Return what is owed on an invoice at the end of a day, by value date."""
    ((owed,),) = ask(
        report,
        "SELECT any_value(i.amount) - coalesce(sum(CASE WHEN kind IN ('reversal', 'recovery') THEN -p.amount "
        f"ELSE p.amount END) FILTER (p.value_date <= DATE '{day}'), 0) "
        "FROM (SELECT invoice_id, arg_max(amount, known_on) AS amount FROM invoices GROUP BY 1) i "
        f"LEFT JOIN postings p USING (invoice_id) WHERE invoice_id = '{invoice}'",
    )
    return Decimal(owed)


@pytest.mark.parametrize("name", NAMES)
def test_every_invoice_is_what_was_worked_out_by_hand(loaded: Loaded, name: str) -> None:
    columns = "invoice_id, customer_id, entity, document_date, posting_date, due_date, amount, currency, delivered_on, known_on"
    assert said(loaded[name], "invoices", columns) == meant(INVOICES[name])


@pytest.mark.parametrize("name", NAMES)
def test_every_posting_is_what_was_worked_out_by_hand(loaded: Loaded, name: str) -> None:
    columns = "posting_id, invoice_id, customer_id, kind, amount, currency, value_date, method, known_on"
    assert said(loaded[name], "postings", columns) == meant(POSTINGS[name])


@pytest.mark.parametrize("name", NAMES)
def test_customers_are_known_from_their_first_row(loaded: Loaded, name: str) -> None:
    assert said(loaded[name], "customers", "customer_id, name, known_on") == meant(CUSTOMERS[name])


@pytest.mark.parametrize("name", NAMES)
def test_money_is_conserved_to_the_cent_in_each_currency(loaded: Loaded, name: str) -> None:
    found = {
        currency: " ".join(str(value) for value in row.values())
        for currency, row in loaded[name].currencies.items()
    }
    assert found == MONEY[name]
    for line in found.values():
        invoiced, paid, credited, written_off, recovered, reversed_, still_open = map(Decimal, line.split())
        assert invoiced == paid + credited + written_off - recovered - reversed_ + still_open


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_loaded_whole_or_declared_to_be_ignored(loaded: Loaded, name: str) -> None:
    counts = {
        count.source: (count.rows_read, count.rows_loaded, dict(count.reasons))
        for count in loaded[name].sources
    }
    assert counts == {
        file: (read, read - ignored, {"ignored": ignored} if ignored else {})
        for file, (read, ignored) in ROWS[name].items()
    }


@pytest.mark.parametrize(
    ("name", "invoice", "days"),
    [
        # A part payment counts from its own day on; the clearing takes the rest.
        (
            "sap_fi_ar",
            "1000-0090000003-2024-001",
            {"2024-02-19": "2000.00", "2024-02-20": "1500.00", "2024-03-14": "1500.00", "2024-03-15": "0.00"},
        ),
        ("sap_fi_ar", "1000-0090000012-2024-001", {"2024-02-09": "600.00", "2024-02-10": "0.00"}),
        ("sap_fi_ar", "1000-0090000001-2024-001", {"2024-02-19": "1190.00", "2024-12-31": "790.00"}),
        ("netsuite", "2001", {"2024-02-04": "1000.00", "2024-02-05": "900.00", "2024-02-20": "300.00"}),
        # A settlement that is undone puts its part back.
        (
            "dynamics365",
            "5001",
            {"2024-02-01": "1000.00", "2024-02-14": "100.00", "2024-03-04": "100.00", "2024-03-05": "200.00"},
        ),
        ("odoo", "101", {"2024-02-01": "1110.00", "2024-02-20": "210.00"}),
        ("odoo", "103", {"2024-09-29": "400.00", "2024-09-30": "0.00"}),
        ("traffic_fines", "P2", {"2007-04-01": "87.00", "2007-04-02": "37.00", "2009-03-30": "0.00"}),
    ],
)
def test_the_balance_of_an_invoice_is_right_on_every_day(
    loaded: Loaded, name: str, invoice: str, days: dict[str, str]
) -> None:
    found = {day: str(balance(loaded[name], invoice, day)) for day in days}
    assert found == days


def test_a_credit_memo_with_invoice_reference_clears_by_credit_though_sap_says_cleared(
    loaded: Loaded,
) -> None:
    ledger = read_ledger(loaded["sap_fi_ar"].ledger_path)
    outcomes = observe_outcomes(ledger, "2024-02-08").set_index("invoice_id")
    credited, paid = "1000-0090000012-2024-001", "1000-0090000003-2024-001"
    assert dict(outcomes["event"][[credited, paid]]) == {credited: 2, paid: 1}
    assert outcomes["duration"][paid] == (dt.date(2024, 3, 15) - dt.date(2024, 2, 8)).days


def test_the_amount_of_a_fine_is_known_from_the_day_of_its_event_only(loaded: Loaded) -> None:
    versions = ask(
        loaded["traffic_fines"],
        "SELECT CAST(known_on AS VARCHAR), CAST(amount AS VARCHAR) FROM invoices WHERE invoice_id = 'P2' ORDER BY 1",
    )
    assert versions == [
        ("2006-08-02", "36.00"),
        ("2006-12-12", "49.00"),
        ("2007-01-15", "49.00"),
        ("2007-03-16", "87.00"),
    ]


SAP_ITEM = (
    "1000;0000001000;{gl};;;;2024;1500000090;001;28.02.2024;28.02.2024;28.02.2024;EUR;;{kind};{side};"
    "{amount};{amount};28.02.2024;;0;0;0;;;;0000;000;"
)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"gl": "W", "kind": "DZ", "side": "S", "amount": "10,00"}, "no_feed"),
        ({"gl": "", "kind": "X9", "side": "H", "amount": "10,00"}, "unmapped_value"),
        ({"gl": "", "kind": "DR", "side": "S", "amount": "1234.56"}, "bad_money"),
    ],
    ids=["bill of exchange", "own document type", "marks of a database"],
)
def test_an_sap_item_that_is_not_understood_stops_a_small_load(
    tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    book = Path(shutil.copytree(FIXTURES / "sap_fi_ar", tmp_path / "book"))
    with (book / "bsid.csv").open("a", encoding="utf-8") as file:
        file.write(SAP_ITEM.format(**fields) + "\n")
    with pytest.raises(DataError, match=reason):
        load([book], "sap_fi_ar", into="x", home=tmp_path)


@pytest.mark.parametrize(
    ("name", "table"), [("dynamics365", "CustTrans.csv"), ("odoo", "arseg_receivable_lines.csv")]
)
def test_a_kind_of_transaction_that_is_not_declared_stops_a_small_load(
    tmp_path: Path, name: str, table: str
) -> None:
    book = Path(shutil.copytree(FIXTURES / name, tmp_path / "book"))
    path = book / table
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(",Interest,", ",Payroll,").replace(",out_invoice,sale,7,", ",in_refund,sale,7,"),
        encoding="utf-8",
    )
    with pytest.raises(DataError, match="no_feed"):
        load([book], name, into="x", home=tmp_path)


def fines(path: Path) -> dict[str, list[dict[str, str]]]:
    """Return the events of each fine in the order of the log."""
    found: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: int(row[".order"])):
            found.setdefault(row["case_id"], []).append(row)
    return found


def follow(events: list[dict[str, str]]) -> dict[str, Decimal]:
    """Follow one fine by the rules of the trade, one event at a time, knowing nothing of layouts."""
    zero = Decimal(0)
    fine = {"base": zero, "expenses": zero, "paid": zero, "credited": zero, "written_off": zero}
    for event in events:
        if event["activity"] in ("Create Fine", "Add penalty"):
            fine["base"] = Decimal(event["amount"])
        elif event["activity"] == "Send Fine":
            fine["expenses"] += Decimal(event["expense"])
        elif event["activity"] == "Payment":
            fine["paid"] = Decimal(event["totalpaymentamount"])
        owed = fine["base"] + fine["expenses"] - fine["paid"]
        if event["activity"] == "Send for Credit Collection":
            fine["written_off"] = owed
        elif event["activity"] != "Create Fine" and event["dismissal"] in ("#", "G"):
            fine["credited"] = owed
    fine["invoiced"] = fine["base"] + fine["expenses"]
    return fine


@pytest.mark.shared
def test_the_traffic_fines_load_to_the_cent_fine_by_fine(shared_data: Path, tmp_path: Path) -> None:
    cases = {case: follow(events) for case, events in fines(shared_data / FINES).items()}
    report = load([shared_data / FINES], "traffic_fines", into="fines", home=tmp_path)
    (source,) = report.sources
    assert (source.rows_read, dict(source.reasons)) == (34_724, {"ignored": 232 + 55 + 54})
    found = {
        row[0]: dict(zip(("invoiced", "paid", "credited", "written_off"), row[1:], strict=True))
        for row in ask(
            report,
            "SELECT i.invoice_id, i.amount, coalesce(sum(p.amount) FILTER (kind = 'payment'), 0), "
            "coalesce(sum(p.amount) FILTER (kind = 'credit_note'), 0), "
            "coalesce(sum(p.amount) FILTER (kind = 'write_off'), 0) FROM "
            "(SELECT invoice_id, arg_max(amount, known_on) AS amount FROM invoices GROUP BY 1) i "
            "LEFT JOIN postings p USING (invoice_id) GROUP BY ALL",
        )
    }
    assert len(found) == 10_000
    assert found == {case: {name: fine[name] for name in found[case]} for case, fine in cases.items()}
    totals = {
        name: sum(fine[name] for fine in cases.values())
        for name in ("invoiced", "paid", "credited", "written_off")
    }
    assert totals == {
        "invoiced": Decimal("599499.60"),
        "paid": Decimal("210495.90"),
        "credited": Decimal("11946.80"),
        "written_off": Decimal("279460.20"),
    }
    money = report.currencies["EUR"]
    assert {name: money[name] for name in totals} == totals
    assert money["open"] == Decimal("97596.70")


@pytest.mark.shared
def test_what_the_notes_say_of_the_traffic_fines_is_so(shared_data: Path) -> None:
    counts: Counter[str] = Counter()
    for events in fines(shared_data / FINES).values():
        days = {event["activity"]: dt.date.fromisoformat(event["timestamp"]) for event in events}
        names = [event["activity"] for event in events]
        if "Add penalty" in days:
            counts[f"penalty after {(days['Add penalty'] - days['Insert Fine Notification']).days}"] += 1
        if "Send for Credit Collection" in names:
            counts["paid after collection"] += "Payment" in names[names.index("Send for Credit Collection") :]
        annulled = [
            place
            for place, event in enumerate(events)
            if event["activity"] != "Create Fine" and event["dismissal"] in ("#", "G")
        ]
        if annulled:
            counts["annulled"] += 1
            counts["annulled and raised, paid or collected"] += bool(
                {"Payment", "Add penalty", "Send for Credit Collection"} & set(names[annulled[0] :])
            )
        totals = [event["totalpaymentamount"] for event in events if event["activity"] == "Payment"]
        counts["payments of 0.00"] += sum(before == after for before, after in pairwise(totals))
    assert counts == {
        "penalty after 60": 4_635,
        "paid after collection": 0,
        "annulled": 140,
        "annulled and raised, paid or collected": 0,
        "payments of 0.00": 6,
    }


@pytest.mark.shared
def test_the_supplier_invoices_load_as_often_as_they_stand_in_the_workbook(
    shared_data: Path, tmp_path: Path
) -> None:
    import openpyxl

    book = openpyxl.load_workbook(shared_data / PAYABLES, read_only=True)
    header, *lines = book.worksheets[0].iter_rows(values_only=True)
    book.close()
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    due = {row["DocNo"]: row["Due date"] for row in rows}
    days = {key: day.date() if isinstance(day, dt.datetime) else day for key, day in due.items()}
    assert [day for day in days.values() if isinstance(day, str)] == ["06.08.2023"]
    days = {key: dt.date(2023, 8, 6) if day == "06.08.2023" else day for key, day in days.items()}
    report = load([shared_data / PAYABLES], "ap_invoices", into="ap", home=tmp_path)
    (source,) = report.sources
    assert (source.rows_read, source.rows_loaded) == (len(rows), len(rows)) == (18_837, 18_837)
    assert dict(ask(report, "SELECT invoice_id, due_date FROM invoices")) == days
    cleared = {f"cleared-{row['DocNo']}": row["Clearing date"].date() for row in rows if row["Clearing date"]}
    assert dict(ask(report, "SELECT posting_id, value_date FROM postings")) == cleared
    money = report.currencies["XXX"]
    assert (money["invoiced"], money["paid"], money["open"]) == (18_837, 16_239, 2_598)
    suppliers = Counter(row["Vendor details"] for row in rows)
    assert dict(ask(report, "SELECT customer_id, count(*) FROM invoices GROUP BY 1")) == suppliers
    posted = [row["Posting date"] for row in rows]
    received = [row["Invoice receipt date"] for row in rows]
    assert sum(a < b for a, b in zip(posted, received, strict=True)) == 9
    assert sum(days[row["DocNo"]] < row["Posting date"].date() for row in rows) == 2_496
    assert sum(days[row["DocNo"]] < row["Invoice receipt date"].date() for row in rows) == 1_819
