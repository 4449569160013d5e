"""What waits for MLflow follows a home that moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from arseg.runs import spool, untold
from arseg.runs.store_name import kept_name, store_name
from arseg.runs.tracking import local_store

ELSEWHERE = (
    "http://127.0.0.1:5000",
    "$WHERE_MLFLOW_IS",
    "@/etc/mlflow",
    "sqlite:////var/mlflow.db",
    "postgresql://db/mlflow",
)


@pytest.mark.parametrize("store", ELSEWHERE)
def test_what_lies_elsewhere_stays_as_it_is(store: str, tmp_path: Path) -> None:
    assert kept_name(store, tmp_path) == store
    assert store_name(store, tmp_path) == store


def test_a_folder_whose_name_begins_like_the_homes_is_another(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}-old/mlflow.db"
    assert kept_name(store, tmp_path) == store


@pytest.mark.parametrize("kind", ["own", "file"])
def test_a_request_and_a_promotion_that_wait_are_told_where_the_home_stands_by_then(
    kind: str, tmp_path: Path
) -> None:
    def named(home: Path) -> str:
        return local_store(home) if kind == "own" else f"@{home}/secrets/mlflow"

    before, after = tmp_path / "before", tmp_path / "after"
    folder = before / "journal" / "20260101T000000000001Z-abcdef"
    spool.keep(folder, {"store": named(before), "model_name": "demo"}, {}, before)
    untold.keep(before, untold.Untold("demo", named(before), "demo"))
    assert spool.request_of(folder)["store"] == named(before)
    before.rename(after)
    (waits,) = spool.waiting(after)
    assert spool.request_of(waits)["store"] == named(after)
    assert [each.store for each in untold.untold(after)] == [named(after)]
    untold.forget(after, "demo", named(after))
    assert untold.untold(after) == []
