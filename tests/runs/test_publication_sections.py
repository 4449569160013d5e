from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from arseg.declarations import parse_declaration, validate
from arseg.runs.experiment import Experiment
from arseg.runs.publication_sections import PublicationTargets, Target, holds_password
from arseg.schema import UsageError

from .conftest import EXPERIMENT

SECRET = "hunter2"


def read(text: str) -> Experiment:
    return validate(parse_declaration(EXPERIMENT + text, Path("demo.yaml")), Experiment)


def test_the_folder_alone_is_the_default() -> None:
    targets = read("").publication
    assert [target.kind for target in targets.targets] == ["folder"]
    assert targets.databases == []


def test_databases_are_declared_beside_it() -> None:
    found = read(
        "publication:\n  targets:\n    - kind: folder\n    - kind: duckdb\n      path: data/mart.duckdb\n"
        "    - kind: postgres\n      url_env: MART_URL\n      tables_in: receivables\n"
        "    - kind: postgres\n      url_file: secrets/mart\n"
    ).publication
    assert [target.described for target in found.databases] == [
        "duckdb data/mart.duckdb",
        "postgres $MART_URL, receivables",
        "postgres secrets/mart, arseg",
    ]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"kind": "duckdb"}, "duckdb with exactly one of path"),
        ({"kind": "duckdb", "path": "a.duckdb", "url_env": "X"}, "duckdb with exactly one of path"),
        ({"kind": "duckdb", "path": "data/Main.duckdb"}, "that is not called main"),
        ({"kind": "duckdb", "path": "mart.duckdb", "tables_in": "mart"}, "that is not called mart"),
        ({"kind": "postgres"}, "postgres with exactly one of url_env, url_file, url"),
        ({"kind": "postgres", "url_env": "X", "url_file": "y"}, "postgres with exactly one of"),
        ({"kind": "folder", "path": "elsewhere"}, "folder with no address"),
        ({"kind": "mysql"}, "'folder', 'duckdb' or 'postgres'"),
        ({"kind": "postgres", "url_env": "X Y"}, "url_env"),
        ({"kind": "postgres", "url_env": "X", "tables_in": "pg_catalog"}, "tables_in"),
        ({"kind": "postgres", "url_env": "X", "tables_in": 'a"; DROP'}, "tables_in"),
    ],
)
def test_a_target_names_exactly_one_place(given: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Target.model_validate(given)


def test_a_target_stands_once() -> None:
    with pytest.raises(ValidationError, match="each target once"):
        PublicationTargets.model_validate({"targets": [{"kind": "folder"}, {"kind": "folder"}]})


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{SECRET}@db/mart",
        f"postgresql://db/mart?user=ann&password={SECRET}",
        f"host=db password={SECRET}",
        f"postgresql://db/mart?sslpassword={SECRET}",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(url: str) -> None:
    assert holds_password(url)
    with pytest.raises(UsageError, match="an address without a password; name where it stands") as refused:
        read(f"publication:\n  targets:\n    - kind: postgres\n      url: '{url}'\n")
    assert SECRET not in str(refused.value)
    assert "line 18" in str(refused.value)


def test_an_address_without_one_may_stand_in_the_file() -> None:
    found = read("publication:\n  targets:\n    - kind: postgres\n      url: postgresql://ann@db/mart\n")
    assert found.publication.databases[0].described == "postgres by its url, arseg"
