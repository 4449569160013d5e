from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from arseg.schema import BALANCE_SIGN, SETTLED_SHARE, UsageError
from arseg.world.simulate import Synthesis, synthesize


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    small = {"customers": 25, "months": 8, "seed": 5}
    made = synthesize(tmp_path / "one", **small)
    code = "import sys; from arseg.world import synthesize; synthesize(sys.argv[1], customers=25, months=8, seed=5)"
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


@pytest.mark.parametrize("legacy", ["random", "deterministic"])
def test_other_legacy_modes_log_what_they_drew(tmp_path: Path, legacy: str) -> None:
    made = synthesize(tmp_path, customers=30, months=8, legacy=legacy, start="2023-07-01")
    assert made.start == dt.date(2023, 7, 1)
    propensity = pq.read_table(made.paths["contacts"])["propensity"]
    if legacy == "random":
        assert set(propensity.to_pylist()) == {1 / 3}
    else:
        assert propensity.null_count == len(propensity)


def test_the_smallest_world_is_written(tmp_path: Path) -> None:
    made = synthesize(tmp_path, customers=1, months=1, seed=0)
    assert made.rows["postings"] == pq.read_metadata(made.paths["postings"]).num_rows


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"legacy": "stochstic"}, "unknown legacy mode.*write stochastic"),
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


def _cleared(made: Synthesis) -> pd.DataFrame:
    """Return the invoices due 100 days before the end, in euros, with the day they were first settled."""
    rate = {"EUR": 1.0, "USD": 0.92}
    invoices = pq.read_table(made.paths["invoices"]).to_pandas()
    postings = pq.read_table(made.paths["postings"]).to_pandas()
    for frame in (invoices, postings):
        frame["euros"] = frame["amount"].astype(float) * frame["currency"].map(rate)
    postings = postings.sort_values(["value_date", "posting_id"])
    change = postings["euros"] * postings["kind"].map(BALANCE_SIGN)
    left = change.groupby(postings["invoice_id"]).cumsum()
    amount = postings["invoice_id"].map(invoices.set_index("invoice_id")["euros"])
    settled = postings[left + amount <= SETTLED_SHARE * amount].groupby("invoice_id")["value_date"].min()
    lost = postings[postings["kind"] == "write_off"].groupby("invoice_id")["euros"].sum()
    invoices["cleared"] = pd.to_datetime(invoices["invoice_id"].map(settled))
    invoices["lost"] = invoices["invoice_id"].map(lost).fillna(0.0)
    invoices["late"] = (invoices["cleared"] - pd.to_datetime(invoices["due_date"])).dt.days
    invoices["days"] = (invoices["cleared"] - pd.to_datetime(invoices["document_date"])).dt.days
    mature = pd.to_datetime(invoices["due_date"]) <= pd.Timestamp(made.end) - pd.Timedelta(days=100)
    return invoices[mature]


def _intraclass(frame: pd.DataFrame) -> float:
    """Return the share of the variance of days to pay that lies between customers (one-way ANOVA)."""
    days = frame.dropna(subset="days")
    days = days[days.groupby("customer_id")["days"].transform("size") > 1]
    groups = days.groupby("customer_id")["days"]
    size, total, count = groups.size(), len(days), groups.ngroups
    between = (size * (groups.mean() - days["days"].mean()) ** 2).sum() / (count - 1)
    within = ((days["days"] - groups.transform("mean")) ** 2).sum() / (total - count)
    usual = (total - (size**2).sum() / total) / (count - 1)
    return float((between - within) / (between + (usual - 1) * within))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_marginals_lie_in_the_bands_of_science_6_2(tmp_path: Path, seed: int) -> None:
    made = synthesize(tmp_path, customers=150, months=24, seed=seed)
    frame = _cleared(made)
    paid = frame[frame["lost"] == 0]
    disputed = set(pq.read_table(made.paths["disputes"])["invoice_id"].to_pylist())
    in_dispute = paid["invoice_id"].isin(disputed)
    slower = paid["days"][in_dispute].mean() - paid["days"][~in_dispute].mean()
    unpaid_days = np.minimum(frame["days"].fillna(365), 365)
    assert 31 < (unpaid_days * frame["euros"]).sum() / frame["euros"].sum() < 50
    assert 0.32 < ((paid["late"] > 0) | paid["late"].isna()).mean() < 0.52
    assert 0.01 < ((frame["late"] > 90) | frame["late"].isna()).mean() < 0.075
    assert 0.018 < frame["invoice_id"].isin(disputed).mean() < 0.05
    assert 5 < slower < 20
    assert 0.35 < _intraclass(paid) < 0.65
    assert 0.0 <= frame["lost"].sum() / frame["euros"].sum() < 0.015
