from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from arseg.cli.front_door import app


def test_without_a_name_the_only_ledger_is_meant(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["check", "--home", str(tmp_path)])
    assert said.exit_code == 2
    assert "which ledger. Given: no name. Allowed: none is loaded" in said.stderr


def test_the_layouts_are_listed_and_shown() -> None:
    listed = CliRunner().invoke(app, ["layout", "list"]).stdout
    assert "ibm_ar" in listed
    assert CliRunner().invoke(app, ["layout", "show", "ibm_ar"]).exit_code == 0


def test_a_layout_is_suggested_for_one_file_or_for_several_that_belong_together(tmp_path: Path) -> None:
    invoices, payments = tmp_path / "invoices.csv", tmp_path / "payments.csv"
    invoices.write_text("Invoice #,Customer ID,Due Date,Invoice Total\nI1,C1,2024-01-31,1.00\n")
    payments.write_text("Payment ID,Invoice #,Payment Date,Amount Applied\nP1,I1,2024-02-05,1.00\n")
    one = CliRunner().invoke(app, ["layout", "suggest", str(invoices)]).stdout
    both = CliRunner().invoke(app, ["layout", "suggest", str(invoices), str(payments)]).stdout
    assert one.count("  - files:") == 1
    assert both.count("  - files:") == 2
    said = CliRunner().invoke(app, ["layout", "suggest", str(invoices), str(invoices)])
    assert said.exit_code == 2
    assert "two files have one name" in said.stderr
