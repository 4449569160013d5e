"""A history that is held open answers as one that is attached for each question, and is let go behind."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from arseg.ledger import Ledger, observe_outcomes, take_snapshots
from arseg.ledger import held_open as module
from arseg.ledger.held_open import held_open, open_kept
from arseg.side_by_side import side_by_side

DAYS = [dt.date(2025, 2, 28), dt.date(2025, 6, 30), dt.date(2025, 11, 15)]


def observed(ledger: Ledger, folder: Path) -> list[pd.DataFrame]:
    return list(side_by_side(lambda day: observe_outcomes(ledger, day, cache=folder), DAYS, at_once=3))


def balances(ledger: Ledger, folder: Path) -> pd.DataFrame:
    with take_snapshots(ledger, DAYS, cache=folder) as snapshots:
        text = (
            "SELECT customer_id, CAST(sum(balance) AS DOUBLE) AS balance FROM open_items GROUP BY customer_id"
        )
        return pd.concat(snapshots.map(lambda one: one.sql(f"{text} ORDER BY customer_id")))


def test_it_answers_the_same_side_by_side_and_is_attached_once(
    small_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart, before = observed(small_ledger, tmp_path), balances(small_ledger, tmp_path)
    opened = []
    whole = module.open_history
    monkeypatch.setattr(module, "open_history", lambda *asked: opened.append(1) or whole(*asked))
    with held_open(small_ledger, tmp_path), held_open(small_ledger, tmp_path):
        assert not opened
        for one, other in zip(apart, observed(small_ledger, tmp_path), strict=True):
            pd.testing.assert_frame_equal(one, other, check_exact=True)
        pd.testing.assert_frame_equal(before, balances(small_ledger, tmp_path), check_exact=True)
        with open_kept(small_ledger, tmp_path) as window, pytest.raises(duckdb.Error, match="disabled"):
            window.execute(f"ATTACH '{small_ledger.path}' AS book")
    assert len(opened) == 1
    open_kept(small_ledger, tmp_path).close()
    assert len(opened) == 2


def test_it_is_let_go_when_a_question_fails(small_ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error), held_open(small_ledger, tmp_path):
        open_kept(small_ledger, tmp_path).execute("SELECT * FROM nowhere")
    assert not module._HELD
    # Whoever holds a file to read it keeps others from writing it.
    duckdb.connect(str(tmp_path / f"{small_ledger.name}.history.duckdb")).close()


def test_without_a_folder_there_is_nothing_to_hold(small_ledger: Ledger) -> None:
    with held_open(small_ledger, None):
        assert not module._HELD
