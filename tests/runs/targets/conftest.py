"""A tiny edition as files, homes that publish it, and both kinds of databases to carry it to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arseg.runs.publication import publish, version_of
from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets.database import Target
from arseg.runs.targets.duckdb_file import DuckDbFile

HOSTILE = (
    "'); DROP TABLE arseg.assignments; --",
    "00012",
    'Mü,ller \U0001f600 "quoted" \\N \\. \t\n end',
    "%s ? $1 {} :x",
    "=1+1",
)


def edition_files(segment: str = "High", *, key_date: str = "2026-10-31") -> dict[str, bytes]:
    """Return the files of an edition of five customers with hostile ids; the segment is the first one's."""
    day = dt.date.fromisoformat(key_date)
    segments = [segment, *["Low"] * (len(HOSTILE) - 1)]
    assignments = pa.table(
        {
            "customer_id": list(HOSTILE),
            "key_date": [day] * 5,
            "policy": ["RiskTiers()"] * 5,
            "segment": segments,
            "treatment": ["call"] * 5,
            "propensity": pa.nulls(5),
            "publication": pa.nulls(5),
            "known_on": [day] * 5,
            "why": list(HOSTILE),
            "borderline": [True, False, None, False, False],
        }
    )
    money = pa.array([Decimal("12345678901234.56"), *[Decimal("0.10")] * 4], pa.decimal128(18, 2))
    text = dict.fromkeys(("stage", "treatment", "channel", "tone", "handling", "collector"), ["late"] * 5)
    worklist = pa.table(
        {
            "rank": range(1, 6),
            "customer_id": list(HOSTILE),
            "name": list(HOSTILE),
            "segment": segments,
            **text,
            "deadline": [day] * 5,
            "minutes": [15.0] * 5,
            **dict.fromkeys(("open_balance", "overdue_balance", "expected_value"), money),
            "on_today": [True] * 5,
            "why": ["late"] * 5,
            "invoices": ["INV1"] * 5,
        }
    )
    measure = {
        "measure": ["dso"],
        "value": [39.25],
        "low": [float("nan")],
        "unit": ["days"],
        "customers": [5],
    }
    moved = {
        "customer_id": list(HOSTILE[:2]),
        "before": ["Low", "Low"],
        "after": [segment, "Low"],
        "score_before": [0.1, 0.1],
        "score_after": [0.5, 0.2],
        "why": ["data", "time"],
        "open_balance": [1234.56, 0.1],
    }
    tables = {
        "assignments": assignments,
        "worklist": worklist,
        "headline": pa.table({**measure, "history": [[1.0, 2.0]]}),
        "measures": pa.table({**measure, "policy": ["A()"], "segment": ["High"], "window": ["9 key dates"]}),
        "changes": pa.table(moved),
    }
    files = {f"{name}.parquet": _bytes(table) for name, table in tables.items()}
    return {**files, "index.html": f"<p>{segment}</p>".encode(), "worklist.csv": b"rank\n"}


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


@pytest.fixture(name="put")
def _put(tmp_path: Path) -> Callable[..., Path]:
    """Return a publisher of editions into a home's folder: a segment and a key date give a version."""

    def put(segment: str = "High", *, key_date: str = "2026-10-31", **options: Any) -> Path:
        files = edition_files(segment, key_date=key_date)
        facts = {"experiment": "demo", "key_date": key_date, "policy": "RiskTiers"}
        folder = tmp_path / "home" / "data" / "published" / "demo"
        return publish(files, folder=folder, version=version_of(key_date, files), facts=facts, **options)

    return put


@pytest.fixture(name="duckdb_target")
def _duckdb_target(tmp_path: Path) -> DuckDbFile:
    return DuckDbFile(tmp_path / "mart.duckdb", "duckdb mart.duckdb", "main")


@pytest.fixture(name="postgres_declared")
def _postgres_declared(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declared]:
    """Return a PostgreSQL target in a schema that does not exist, and is gone afterwards."""
    psycopg = pytest.importorskip("psycopg")
    monkeypatch.setenv("ARSEG_TEST_URL", postgres_url)
    yield Declared(kind="postgres", url_env="ARSEG_TEST_URL", tables_in="mart")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS mart CASCADE")


@pytest.fixture(name="target", params=["duckdb", "postgres"])
def _target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    """Return each kind of target in turn, empty."""
    if request.param == "duckdb":
        found: Target = request.getfixturevalue("duckdb_target")
        return found
    from arseg.runs.targets.postgres import Postgres

    return Postgres(request.getfixturevalue("postgres_declared"), tmp_path)


@pytest.fixture(name="look")
def _look() -> Callable[..., list[tuple[Any, ...]]]:
    """Return a reader of a target: a statement with ``@`` for its schema gives rows."""

    def look(target: Target, sql: str) -> list[tuple[Any, ...]]:
        with target.open(write=False) as database:
            return database.ask(sql.replace("@", f'"{target.place}"'))

    return look
