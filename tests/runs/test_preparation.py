from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from arseg.runs.preparation import STAGES, find_notebooks, resolve_key_date
from arseg.schema import DataError, UsageError

from .conftest import ledger


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("2026-11-12", "2026-10-31"),
        ("2026-11-30", "2026-11-30"),
        ("2026-12-31", "2026-12-31"),
        ("2026-03-01", "2026-02-28"),
    ],
)
def test_without_a_key_date_the_last_known_month_end_is_meant(last: str, expected: str) -> None:
    book = ledger(last_known=dt.date.fromisoformat(last))
    assert resolve_key_date(book, None) == dt.date.fromisoformat(expected)


def test_a_key_date_outside_the_ledger_is_refused() -> None:
    with pytest.raises(UsageError, match=r"key_date 2019-01-01 is before the first posting \(2025-02-11\)"):
        resolve_key_date(ledger(), "2019-01-01")
    with pytest.raises(UsageError, match="nothing is known after 2026-11-12"):
        resolve_key_date(ledger(), "2026-11-13")
    with pytest.raises(DataError, match="the ledger has no posting"):
        resolve_key_date(ledger(first_posting=None), None)


def test_notebooks_are_those_of_the_home_or_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "home" / "notebooks"
    held.mkdir(parents=True)
    for stage in STAGES:
        (held / f"{stage}.ipynb").touch()
    assert find_notebooks(held.parent) == held
    (held / "03_models.ipynb").unlink()
    monkeypatch.setattr("arseg.__file__", str(tmp_path / "elsewhere" / "arseg" / "__init__.py"))
    with pytest.raises(UsageError, match=r"the stage notebooks are not there.*elsewhere"):
        find_notebooks(held.parent)
