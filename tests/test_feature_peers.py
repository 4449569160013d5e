"""What the benchmark of the features compares itself with computes the same figures on the same book."""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, load, read_ledger, take_snapshots

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
INVOICES, LAGS = 3_000, (0, 3)
KEY = ["key_date", "customer_id"]


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BOOK, PEERS = _script("features_book"), _script("features_peers")
# A young book, the day before the end of a month, month-ends, and the first of a month, when most windows move.
DAYS = [
    dt.date(2023, 9, 30),
    dt.date(2024, 12, 31),
    dt.date(2025, 6, 29),
    dt.date(2025, 6, 30),
    dt.date(2025, 7, 1),
    dt.date(2026, 5, 31),
]


@pytest.fixture(scope="module", params=LAGS, ids=lambda lag: f"known {lag} days later")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ledger]:
    home = tmp_path_factory.mktemp("peers")
    BOOK.write_book(home / "book", INVOICES, lag=request.param)
    report = load([home / "book"], "arseg", into="book", home=home)
    return home / "book", read_ledger(report.ledger_path)


@pytest.fixture(scope="module")
def ours(made: tuple[Path, Ledger]) -> pd.DataFrame:
    with take_snapshots(made[1], DAYS) as snapshots:
        built = snapshots.map(build_features, workers=1)
        parts = [features.customers.assign(key_date=features.key_date) for features in built]
    return _in_order(pd.concat(parts))


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    days = pd.to_datetime(frame["key_date"])
    frame = frame.assign(key_date=days).sort_values(KEY, ignore_index=True)
    return frame[[*KEY, *PEERS.FIGURES]].astype(dict.fromkeys(PEERS.FIGURES, "float64"))


def _query(book: Path, days: Sequence[dt.date]) -> pd.DataFrame:
    frame: pd.DataFrame = PEERS.by_one_query(book, days).to_pandas()
    return frame


def _pandas(book: Path, days: Sequence[dt.date]) -> pd.DataFrame:
    return pd.concat(list(PEERS.by_pandas(book, days)))


@pytest.mark.parametrize("peer", [_query, _pandas], ids=["one DuckDB query", "pandas by key date"])
def test_a_peer_computes_our_figures_of_every_customer_on_every_key_date(
    made: tuple[Path, Ledger], ours: pd.DataFrame, peer: Callable[..., pd.DataFrame]
) -> None:
    theirs = _in_order(peer(made[0], DAYS))
    pd.testing.assert_frame_equal(theirs[KEY].astype("str"), ours[KEY].astype("str"))
    for name in PEERS.FIGURES:
        wanted, given = ours[name].to_numpy(), theirs[name].to_numpy()
        assert np.isclose(given, wanted, rtol=1e-12, atol=1e-6, equal_nan=True).all(), name


def test_the_book_exercises_every_figure(ours: pd.DataFrame) -> None:
    assert len(ours) > 150
    for name in PEERS.FIGURES:
        assert ours[name].nunique() > 2, name
    assert ours["cleared_days_late_mean_12m"].isna().any()


def test_the_book_is_what_the_benchmark_says_of_it(made: tuple[Path, Ledger]) -> None:
    tables = {path.stem: pd.read_parquet(path) for path in made[0].glob("*.parquet")}
    per_invoice = {name: len(rows) / INVOICES for name, rows in tables.items()}
    assert len(tables["customers"]) == INVOICES // BOOK.PER_CUSTOMER
    assert per_invoice["contacts"] == pytest.approx(0.5, abs=0.05)
    assert per_invoice["credit"] == pytest.approx(0.25, abs=0.02)
    assert tables["disputes"]["invoice_id"].nunique() / INVOICES == pytest.approx(0.03, abs=0.01)
    assert per_invoice["promises"] == pytest.approx(0.05, abs=0.015)
    assert {"unemployment", "insolvencies"} == set(tables["indicators"]["series"])


def test_the_same_size_gives_the_same_book(tmp_path: Path) -> None:
    BOOK.write_book(tmp_path / "again", INVOICES, lag=LAGS[1])
    BOOK.write_book(tmp_path / "more", INVOICES, lag=LAGS[1])

    def sorted_rows(folder: str, name: str) -> list[Any]:
        rows = pd.read_parquet(tmp_path / folder / f"{name}.parquet")
        return sorted(map(str, rows.itertuples(index=False)))

    for name in ("invoices", "postings", "contacts"):
        assert sorted_rows("again", name) == sorted_rows("more", name)


def test_key_dates_are_the_last_month_ends_of_the_book() -> None:
    days = BOOK.key_dates(31)
    assert (len(days), days[0], days[-1]) == (31, dt.date(2023, 12, 31), BOOK.END)
    assert all((day + dt.timedelta(days=1)).day == 1 for day in days)
