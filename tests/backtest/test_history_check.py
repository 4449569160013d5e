from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import history_check
from arseg.backtest.history_check import FLOW_NAMES, reproduce_history
from arseg.backtest.recorded import Recorded
from arseg.ledger import Ledger, load, observe_flows, read_ledger
from arseg.schema import UsageError
from arseg.schema.days import month_ends
from arseg.world import synthesize

DAYS = month_ends(dt.date(2024, 12, 31), dt.date(2025, 6, 30))


def test_the_recorded_segments_add_up_to_the_book_to_the_cent_in_every_window(small_ledger: Ledger) -> None:
    found = reproduce_history(small_ledger, DAYS, recorded=Recorded.read(small_ledger))
    assert (found["cents"] == 0).all()
    assert set(found["flow"]) == {*FLOW_NAMES, "carried"}
    assert (found["segments"] == 2).all()
    assert found["key_date"].nunique() == len(DAYS) - 1


def test_all_customers_as_one_segment_add_up_too_as_an_earlier_day_knew_them(small_ledger: Ledger) -> None:
    found = reproduce_history(small_ledger, DAYS[:3], observed_on=DAYS[3])
    assert (found["cents"] == 0).all()
    assert (found["segments"] == 1).all()


def test_windows_tile(small_ledger: Ledger) -> None:
    found = reproduce_history(small_ledger, DAYS)
    long = observe_flows(small_ledger, DAYS[0], until=DAYS[-1])
    for flow in ("sales", "cash", "credited", "written_off", "recovered", "reversed", "amount_days"):
        parts = found.loc[found["flow"] == flow, "replayed"].sum()
        assert parts == pytest.approx(long[flow].sum(), abs=0.005)


def test_a_lost_cent_is_found(small_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(*args: object, **kwargs: object) -> pd.DataFrame:
        flows = observe_flows(*args, **kwargs)  # type: ignore[arg-type]
        flows.loc[flows["cash"].idxmax(), "cash"] -= 0.01
        return flows

    monkeypatch.setattr(history_check, "observe_flows", lossy)
    found = reproduce_history(small_ledger, DAYS[:2]).set_index("flow")["cents"]
    assert found["cash"] == -1
    assert (found.drop("cash") == 0).all()


def test_a_customer_whose_balance_jumps_between_windows_is_found(
    small_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(*args: object, **kwargs: object) -> pd.DataFrame:
        flows = observe_flows(*args, **kwargs)  # type: ignore[arg-type]
        flows.loc[[0, 1], "opening"] += np.array([5.0, -5.0])
        return flows

    monkeypatch.setattr(history_check, "observe_flows", swapped)
    found = reproduce_history(small_ledger, DAYS[:3]).set_index("flow")["cents"]
    assert found["carried"] == -1000, "the book is whole, yet two customers are not"
    assert (found.drop("carried") == 0).all()


def test_the_world_reproduces_its_own_history(tmp_path: Path) -> None:
    synthesize(tmp_path / "book", customers=40, months=12, seed=5)
    load([tmp_path / "book"], "arseg", into="book", home=tmp_path)
    ledger = read_ledger(tmp_path / "data" / "ledger" / "book.duckdb")
    days = month_ends(ledger.last_known - dt.timedelta(days=130), ledger.last_known)
    found = reproduce_history(ledger, days, recorded=Recorded.read(ledger))
    assert (found["cents"] == 0).all()
    assert found["segments"].max() > 1


def test_a_single_key_date_is_no_window(small_ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="there is no window to reproduce"):
        reproduce_history(small_ledger, DAYS[:1])
