from __future__ import annotations

import pandas as pd

from arseg.runs.edition_files import PAGE, assignments_of, leave_page, segments_table
from arseg.runs.journal import Run
from arseg.schema import ASSIGNMENTS


def test_segments_are_the_sums_of_their_customers(told_run: Run) -> None:
    table = segments_table(told_run, "RiskTiers()", told_run.load("measures"))
    scores = told_run.load("customer_scores")
    assert table["customers"].sum() == len(scores)
    assert abs(table["exposure"].sum() - scores["open_balance"].sum()) < 0.005
    risk = (scores["p_unpaid_30"] * scores["open_balance"]).sum()
    assert abs((table["expected_unpaid_30"] * table["exposure"]).sum() - risk) < 0.005


def test_without_a_replay_nothing_was_seen(told_run: Run) -> None:
    table = segments_table(told_run, "RiskTiers()")
    assert table[["observed_unpaid_30", "observed_low", "observed_high"]].isna().all(axis=None)
    same = segments_table(told_run, "RiskTiers()", told_run.load("measures"))
    assert table["exposure"].equals(same["exposure"])


def test_assignments_have_the_shape_of_the_ledgers_table(told_run: Run) -> None:
    frame = assignments_of(told_run)
    assert list(frame)[: len(ASSIGNMENTS.names)] == list(ASSIGNMENTS.names)
    assert frame["customer_id"].is_monotonic_increasing
    published = pd.read_parquet(told_run.to_publish / "assignments.parquet")
    assert published["segment"].tolist() == frame["segment"].tolist()


def test_a_page_names_the_version_of_the_page_before_it_did(run: Run) -> None:
    from arseg.report import Findings

    findings = Findings(
        title="x", experiment="demo", key_date=run.key_date, currency="EUR", policy="A()", in_force="A()"
    )
    bands = ("segments", "worklist")
    page, summary = leave_page(run, findings, bands=bands)
    version = summary["page"]["version"]
    assert version.startswith("2026-10-31-")
    assert version in page.read_text(encoding="utf-8")
    assert (page.name, summary["bands"]) == (PAGE, list(bands))
    (run.to_publish / "more.txt").write_text("x")
    assert leave_page(run, findings, bands=bands)[1]["page"]["version"] != version
