from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from arseg.runs.relocation import relocate

MADE = """
CREATE TABLE experiments (artifact_location);
CREATE TABLE runs (artifact_uri);
CREATE TABLE logged_models (artifact_location);
CREATE TABLE model_versions (source, storage_location);
"""


def made(home: Path, before: str) -> Path:
    """Return a store whose home stood elsewhere when its paths were written."""
    home.mkdir()
    store = home / "mlflow.db"
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.executescript(MADE)
        rows = [(f"file://{before}/mlartifacts",), ("/srv/other/mlruns/0",), ("mlflow-artifacts:/3",)]
        rows += [(f"{before.replace('%20', ' ')}/mlruns/0",)]
        connection.executemany("INSERT INTO experiments VALUES (?)", rows)
        connection.execute("INSERT INTO runs VALUES (?)", (f"file://{before}/mlartifacts/r1/artifacts",))
        place = f"file://{before}/mlartifacts/models/m1"
        connection.execute("INSERT INTO logged_models VALUES (?)", (place,))
        connection.execute("INSERT INTO model_versions VALUES (?, ?)", ("models:/m1", place))
    return store


def read(store: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(store)) as connection:
        columns = [
            ("experiments", "artifact_location"),
            ("runs", "artifact_uri"),
            ("logged_models", "artifact_location"),
            ("model_versions", "source"),
            ("model_versions", "storage_location"),
        ]
        return [
            row[0] for table, name in columns for row in connection.execute(f"SELECT {name} FROM {table}")
        ]


@pytest.mark.parametrize("before", ["/old/home", "/old%20place/home"])
@pytest.mark.parametrize("name", ["new", "a new home"])
def test_artifacts_are_found_where_the_home_stands_now(tmp_path: Path, before: str, name: str) -> None:
    home = tmp_path / name
    store = made(home, before)
    assert relocate(store) == 5
    uri = home.as_uri()
    assert read(store) == [
        f"{uri}/mlartifacts",
        "/srv/other/mlruns/0",
        "mlflow-artifacts:/3",
        f"{home}/mlruns/0",
        f"{uri}/mlartifacts/r1/artifacts",
        f"{uri}/mlartifacts/models/m1",
        "models:/m1",
        f"{uri}/mlartifacts/models/m1",
    ]
    assert relocate(store) == 0


def test_a_place_whose_name_only_begins_alike_is_left(tmp_path: Path) -> None:
    store = made(tmp_path / "new", "/old/home")
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("INSERT INTO runs VALUES ('file:///old/homestead/mlartifacts/r2')")
    relocate(store)
    assert "file:///old/homestead/mlartifacts/r2" in read(store)


def test_an_empty_store_has_nothing_to_move(tmp_path: Path) -> None:
    assert relocate(tmp_path / "mlflow.db") == 0
