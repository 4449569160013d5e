from __future__ import annotations

import datetime as dt

import pandas as pd

from arseg.report import Findings, evidence
from arseg.report.findings import rows_of


def test_every_measure_of_the_replay_stands_once_with_its_interval_and_count(findings: Findings) -> None:
    rows = rows_of(findings.measures, "measures")
    band = evidence.replay(rows, in_force="AgingBuckets()", key_dates=findings.key_dates)
    assert band["title"] == "Policies over the last 12 key dates"
    assert [m["label"] for m in band["measures"]] == ["DSO", "Bad-debt ratio", "Collection rate"]
    seen = {
        (policy["policy"], segment["segment"], name): estimate
        for policy in band["policies"]
        for segment in policy["segments"]
        for name, estimate in segment["estimates"].items()
    }
    wanted = {(r["policy"], r["segment"], r["measure"]): r for r in rows if r["measure"] != "unpaid_30_share"}
    assert seen.keys() == wanted.keys()
    for key, row in wanted.items():
        assert seen[key]["value"]["raw"] == row["value"]
        assert (seen[key]["interval"]["low"], seen[key]["interval"]["high"]) == (row["low"], row["high"])
        assert seen[key]["customers"]["raw"] == row["customers"]
    assert len(band["parts"]) == len(rows)


def test_the_policy_in_force_stands_first_and_segments_run_from_high_to_all(findings: Findings) -> None:
    rows = rows_of(findings.measures, "measures")
    first = evidence.replay(rows[::-1], in_force="AgingBuckets()", key_dates=())["policies"][0]
    assert first["policy"] == "AgingBuckets()"
    assert first["in_force"]
    assert [s["segment"] for s in first["segments"]] == ["High", "Medium", "Low", "all"]


def test_separation_is_another_band_with_one_axis_for_all_policies(findings: Findings) -> None:
    rows = rows_of(findings.measures, "measures")
    band = evidence.separation(rows, in_force="AgingBuckets()")
    highs = [r["high"] for r in rows if r["measure"] == "unpaid_30_share" and r["segment"] != "all"]
    assert band["span"] == max(highs)
    assert [len(p["segments"]) for p in band["policies"]] == [3, 3, 3, 1]


def test_without_rows_each_band_says_why() -> None:
    assert evidence.replay([], in_force="", key_dates=())["missing"].startswith("No backtest: it needs")
    assert evidence.separation([], in_force="")["missing"].startswith("No backtest: it needs")
    assert evidence.accuracy([])["missing"].startswith("No accuracy table: ")
    assert evidence.calibration([])["missing"].startswith("No calibration: it needs")


def test_the_best_model_of_each_horizon_is_the_one_with_the_least_loss(findings: Findings) -> None:
    frame = findings.accuracy
    assert frame is not None
    band = evidence.accuracy(rows_of(frame, "accuracy"))
    assert [h["label"].replace("\u00a0", " ") for h in band["horizons"]] == [
        "Mean",
        "7 days",
        "30 days",
        "60 days",
    ]
    for position, horizon in enumerate((0, 7, 30, 60)):
        losses = frame[frame.horizon == horizon].set_index("model").log_loss
        best = [m["model"] for m in band["models"] if m["cells"][position]["best"]]
        assert best == [losses.idxmin()]
    assert band["verdict"] == (
        "DiscreteHazard(trees=150) has the lowest mean log-loss (0.3812); next is CustomerMeanDelay() (0.4208)."
    )


def test_models_that_tie_are_both_best_and_an_unknown_loss_never_is() -> None:
    rows = [
        {"model": m, "horizon": 7, "rows": 1, "customers": 1, "log_loss": loss}
        for m, loss in (("a", 0.5), ("b", 0.5), ("c", None))
    ]
    band = evidence.accuracy(rows)
    assert [m["cells"][0]["best"] for m in band["models"]] == [True, True, False]
    assert band["verdict"] == ""


def test_calibration_leaves_out_groups_without_an_outcome() -> None:
    frame = pd.DataFrame(
        {
            "group": [1, 2],
            "rows": [5, 0],
            "expected": [0.1, 0.2],
            "observed": [0.3, None],
            "low": [0.2, None],
            "high": [0.4, None],
        }
    )
    band = evidence.calibration(rows_of(frame, "calibration"))
    assert [g["group"] for g in band["groups"]] == ["1"]
    assert band["span"] == 0.4


def test_one_key_date_is_counted_in_the_singular() -> None:
    band = evidence.replay([], in_force="", key_dates=[dt.date(2026, 1, 31)])
    assert band["title"] == "Policies over the last key date"
