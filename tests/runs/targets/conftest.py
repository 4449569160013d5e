"""A tiny edition as files, homes that publish it, and both kinds of databases to carry it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arseg.runs.publication import publish, version_of
from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets.database import Target
from arseg.runs.targets.duckdb_file import DuckDbFile
from oracle.editions import edition_files


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
