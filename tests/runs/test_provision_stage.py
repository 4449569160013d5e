"""The provision of a small run: tables that add up, a roll-forward that opens where the last one closed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from arseg.forecast.allowance import check_chain
from arseg.ledger import read_ledger, take_snapshot
from arseg.runs.forward_sections import LossView, ProvisionRules
from arseg.runs.journal import Run
from arseg.runs.provision_stage import WORDS, _bridge, _rolled, provision
from arseg.runs.publication import MANIFEST


def _asking(run: Run, rules: ProvisionRules, work: Path) -> Run:
    """Return the run with other rules and a work folder of its own."""
    shutil.copytree(run.folder, work, dirs_exist_ok=True)
    return replace(run, folder=work, experiment=run.experiment.model_copy(update={"provision": rules}))


def test_the_matrix_the_segments_and_the_facts_say_the_same_allowance(told_run: Run) -> None:
    matrix, facts = told_run.load("provision_matrix"), told_run.load("provision")
    assert str(sum(matrix["allowance"], Decimal(0)) + Decimal(facts["specific"])) == facts["allowance"]
    assert sum(map(Decimal, facts["by_segment"].values())) == Decimal(facts["allowance"])
    assert (matrix["gross"] - matrix["excluded"] == matrix["exposed"]).all()


def test_all_four_methods_stand_side_by_side_and_the_first_decides(told_run: Run) -> None:
    totals = told_run.load("provision_reconciliation").query("bucket == 'total'")
    assert totals["method"].tolist() == list(WORDS)
    assert totals["gap"].iloc[0] == 0
    assert totals["allowance"].iloc[0] == sum(told_run.load("provision_matrix")["allowance"])


def test_rates_never_fall_with_age(told_run: Run) -> None:
    rates = told_run.load("provision_rates")
    falls = rates.groupby(["method", "segment"])["rate"].diff()
    assert (falls.dropna() >= -1e-12).all()


def test_the_first_roll_forward_opens_at_nothing(told_run: Run) -> None:
    rows = told_run.load("provision_roll_forward").set_index("segment")
    assert (rows["opening"] == 0).all()
    assert str(rows.loc["total", "closing"]) == told_run.load("provision")["allowance"]


def test_a_method_alone_under_scenarios_and_the_next_allowance(told_run: Run, tmp_path: Path) -> None:
    views = [LossView(name="base", weight=0.5, scalar=1.0), LossView(name="down", weight=0.5, scalar=1.5)]
    rules = ProvisionRules(methods=["model"], forward_looking="scenario", scenarios=views)
    run = _asking(told_run, rules, tmp_path / "run")
    found = provision(run)
    ratio = found.matrix["outlook_rate"] / found.matrix["rate"]
    assert ratio[found.matrix["rate"].between(1e-9, 0.6)].to_numpy() == pytest.approx(1.25)
    # An earlier publication of the very same tables: the roll-forward opens there, and nothing moved it.
    home = tmp_path / "home"
    folder = home / "data" / "published" / "small" / "versions" / "2025-10-31-aaaaaaaa"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("{}", encoding="ascii")
    for name in ("provision_matrix", "provision_roll_forward", "provision_items"):
        shutil.copy(run.work / f"{name}.parquet", folder)
    (home / "data" / "ledger").mkdir()
    shutil.copy(told_run.ledger_path, home / "data" / "ledger" / "small.duckdb")
    later = _rolled(replace(run, home=home), found).set_index("segment").loc["total"]
    assert later["opening"] == later["closing"]
    moved = later["charge"] - later["written_off"] + later["recovered"]
    assert moved == 0
    steps = _bridge(found.matrix, pd.read_parquet(folder / "provision_matrix.parquet"))
    assert steps.set_index("step").loc[["volume", "mix", "rates", "outlook"], "amount"].eq(0).all()


def test_two_publications_chain_and_every_row_rolls_forward_to_the_cent(
    told_run: Run, tmp_path: Path
) -> None:
    # Published five months before: a segment that is gone today, one that is new, and cents that no float holds.
    names = ("opening", "charge", "written_off", "recovered", "fx", "closing")
    nothing = dict.fromkeys(names, Decimal("0.00"))
    closing = {"High": Decimal("1234.10"), "Low": Decimal("77.77"), "Gone": Decimal("3.33")}
    closing["total"] = sum(closing.values(), Decimal(0))
    rows = [{"segment": name, **nothing, "charge": own, "closing": own} for name, own in closing.items()]
    before = pd.DataFrame(rows).assign(key_date=pd.Timestamp("2025-06-30"))
    folder = tmp_path / "data" / "published" / "small" / "versions" / "2025-06-30-aaaaaaaa"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("{}", encoding="ascii")
    before.to_parquet(folder / "provision_roll_forward.parquet")
    items = pd.DataFrame({"customer_id": [f"C{number:03d}" for number in range(20)], "segment": "High"})
    items.assign(exposed=0.0, balance=0.0).to_parquet(folder / "provision_items.parquet")
    (tmp_path / "data" / "ledger").mkdir()
    shutil.copy(told_run.ledger_path, tmp_path / "data" / "ledger" / "small.duckdb")
    run = _asking(replace(told_run, home=tmp_path), told_run.experiment.provision, tmp_path / "run")
    found = provision(run)
    rolled = run.load("provision_roll_forward")
    check_chain(before, rolled)
    by = rolled.set_index("segment")
    made = by["opening"] + by["charge"] - by["written_off"] + by["recovered"] + by["fx"]
    assert (made == by["closing"]).all()
    parts = by.drop(index="total")
    assert all(sum(parts[name], Decimal(0)) == by.loc["total", name] for name in names)
    assert by.loc["total", "closing"] == found.allowance
    with take_snapshot(read_ledger(run.ledger_path), run.key_date) as snapshot:
        moved = snapshot.sql(
            "SELECT kind, CAST(sum(amount) AS VARCHAR) AS amount FROM postings"
            " WHERE kind IN ('write_off', 'recovery') AND known_on > DATE '2025-06-30' GROUP BY kind"
        ).set_index("kind")["amount"]
    # A write-off in another currency is rounded to cents one by one.
    assert float(by.loc["total", "written_off"]) == pytest.approx(float(moved["write_off"]), abs=0.05)
    assert by.loc["total", "written_off"] > 0
    assert float(by.loc["total", "recovered"]) == pytest.approx(float(moved.get("recovery", 0)), abs=0.05)
    assert by.loc["Gone", ["opening", "closing"]].tolist() == [Decimal("3.33"), 0]


def test_without_matching_cells_there_is_no_bridge(told_run: Run) -> None:
    matrix = told_run.load("provision_matrix")
    assert _bridge(matrix, matrix[matrix["segment"] != "High"]).empty
    assert _bridge(matrix, None).empty
