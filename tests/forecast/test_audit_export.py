from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from arseg.forecast.audit_export import Statement, export_provision, verify_export
from arseg.forecast.provision import provision_matrix
from arseg.schema import DataError, UsageError

STATED = Statement(
    dt.date(2026, 10, 31), "vintages of 24 months", "none", "EUR", Decimal("10.00"), {"mature_days": 365}
)


def _export(folder: Path) -> Path:
    items = pd.DataFrame(
        {"invoice_id": ["=1+1", "i2"], "bucket": ["current", "1-30"], "balance": [1000.0, 500.0]}
    )
    rates = pd.DataFrame({"bucket": ["current", "1-30"], "rate": [0.01, 0.1]})
    return export_provision(folder, STATED, provision_matrix(items, rates), {"items": items, "rates": rates})


def test_the_statement_has_date_method_totals_and_hashes(tmp_path: Path) -> None:
    _export(tmp_path / "provision")
    stated = verify_export(tmp_path / "provision")
    assert stated["key_date"] == "2026-10-31"
    assert stated["totals"] == {
        "gross": "1500.00",
        "excluded": "0.00",
        "exposed": "1500.00",
        "matrix_allowance": "60.00",
        "specific_allowance": "10.00",
        "allowance": "70.00",
    }
    assert set(stated["files"]) == {"matrix.csv", "items.csv", "rates.csv"}


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = _export(tmp_path / "a"), _export(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "a" / "items.csv").read_bytes() == (tmp_path / "b" / "items.csv").read_bytes()


@pytest.mark.parametrize("name", ["items.csv", "matrix.csv", "statement.json"])
def test_a_changed_file_is_found(tmp_path: Path, name: str) -> None:
    _export(tmp_path)
    changed = tmp_path / name
    changed.write_text(changed.read_text().replace("1000", "1001").replace("EUR", "USD"))
    with pytest.raises(DataError, match=f"not what was written. Given: {name}"):
        verify_export(tmp_path)


def test_a_cell_that_looks_like_a_formula_is_not_run(tmp_path: Path) -> None:
    _export(tmp_path)
    assert "'=1+1" in (tmp_path / "items.csv").read_text()


def test_a_full_folder_and_a_bad_name_are_refused(tmp_path: Path) -> None:
    path = _export(tmp_path / "a")
    assert json.loads(path.read_text())["sha256"]
    with pytest.raises(UsageError, match="the folder holds something"):
        _export(tmp_path / "a")
    with pytest.raises(UsageError, match="no name for a file"):
        export_provision(tmp_path / "b", STATED, pd.DataFrame(), {"../x": pd.DataFrame()})
