from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from arseg.schema import UsageError
from arseg.world.legacy import LEGACY_MODES
from arseg.world.settings import WORLDS, Setting
from arseg.world.simulate import Synthesis, synthesize


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    small = {"customers": 90, "months": 8, "seed": 5}
    made = synthesize(tmp_path / "one", **small)
    code = "import sys; from arseg.world import synthesize; synthesize(sys.argv[1], customers=90, months=8, seed=5)"
    threads = os.environ | {"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4", "ARROW_NUM_THREADS": "4"}
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(tmp_path / "two")]
    done = subprocess.run(command, env=threads, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert _digests(made.folder) == _digests(tmp_path / "two")
    other = synthesize(tmp_path / "three", **small | {"seed": 6})
    same = set(_digests(made.folder).items()) & set(_digests(other.folder).items())
    assert not same


def test_the_record_tells_what_stands_in_the_folder(made: Synthesis) -> None:
    assert (made.start, made.end) == (dt.date(2024, 1, 1), dt.date(2025, 4, 30))
    for name, path in made.paths.items():
        assert path.parent == made.folder
        assert pq.read_metadata(path).num_rows == made.rows[name]
    about = json.loads((made.folder / "about.json").read_text(encoding="utf-8"))
    assert about["currency"] == "EUR"
    assert about["complete_to"] == made.end.isoformat()
    assert about["rates"] == {"EUR": 1.0, "USD": 0.92}
    assert all(note.startswith("synthetic: ") for note in about["notes"])


@pytest.mark.parametrize("legacy", LEGACY_MODES)
def test_every_legacy_mode_logs_what_it_drew(tmp_path: Path, legacy: str) -> None:
    made = synthesize(tmp_path, customers=30, months=8, setting=Setting(legacy=legacy), start="2023-07-01")
    assert made.start == dt.date(2023, 7, 1)
    propensity = pq.read_table(made.paths["contacts"])["propensity"]
    if legacy == "random":
        assert set(propensity.to_pylist()) == {1 / 4}
    elif legacy in ("stochastic", "confounded"):
        assert propensity.null_count == 0
        assert 0.05 <= min(propensity.to_pylist()) < max(propensity.to_pylist()) < 1
    else:
        assert propensity.null_count == len(propensity)


@pytest.mark.parametrize("name", WORLDS)
def test_every_named_world_is_written(tmp_path: Path, name: str) -> None:
    made = synthesize(tmp_path, customers=20, months=6, setting=name)
    assert made.rows["invoices"] > 50
    assert made.rows["contacts"] > 5


def test_the_smallest_world_is_written(tmp_path: Path) -> None:
    made = synthesize(tmp_path, customers=1, months=1, seed=0)
    assert made.rows["postings"] == pq.read_metadata(made.paths["postings"]).num_rows


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"setting": Setting(legacy="stochstic")}, "unknown legacy mode.*write stochastic"),
        ({"setting": "tipical"}, "unknown world.*write typical"),
        ({"customers": 0}, "customers is too small"),
        ({"months": 0}, "months is too small"),
        ({"seed": -1}, "seed is too small"),
        ({"start": "2024-02-30"}, "start is not a day"),
        ({"start": "2024-02-15"}, "starts within a month.*write start as 2024-02-01"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_written(
    tmp_path: Path, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        synthesize(tmp_path / "none", **wrong)
    assert not (tmp_path / "none").exists()
