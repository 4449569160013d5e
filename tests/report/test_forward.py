from __future__ import annotations

from collections.abc import Callable

from arseg.report import Findings
from arseg.report.forward import (
    NO_FORECAST,
    NO_PROVISION,
    NOTHING_CAME,
    NOTHING_LOST,
    forecast,
    provision,
)

from .forward_made import told


def test_without_a_forecast_both_bands_are_a_sentence(empty_findings: Findings) -> None:
    assert forecast(empty_findings)["missing"] == NO_FORECAST
    assert provision(empty_findings)["missing"] == NO_PROVISION


def test_the_whole_is_the_end_of_the_horizon_as_a_band(make_findings: Callable[..., Findings]) -> None:
    band = forecast(make_findings(forward=told()))
    assert band["weeks"] == 2
    assert band["whole"]["expected"]["raw"] == 300.0
    assert band["whole"]["band"]["shown"] == "€\xa0250 to €\xa0350"
    assert [row["scenario"] for row in band["scenarios"]] == ["terms plus 15"]


def test_collections_are_cumulated_for_the_newest_forecast_that_has_a_week_behind_it(
    make_findings: Callable[..., Findings],
) -> None:
    band = forecast(make_findings(forward=told()))
    assert [(row["said"], row["came"]) for row in band["fan"]] == [(100.0, 90.0), (180.0, 200.0)]
    assert band["fan"][0]["origin"] == "31 August 2026"
    assert band["came_missing"] == ""


def test_a_first_publication_says_that_nothing_came_yet(make_findings: Callable[..., Findings]) -> None:
    frames = told()
    for name in ("forecast_accuracy", "said_and_came", "largest_misses"):
        frames[name] = frames[name].head(0)
    band = forecast(make_findings(forward=frames))
    assert band["came_missing"] == NOTHING_CAME
    assert band["fan"] == []


def test_the_waterfall_leaves_out_steps_that_took_nothing(make_findings: Callable[..., Findings]) -> None:
    band = provision(make_findings(forward=told()))
    assert [step["step"] for step in band["steps"]] == ["Gross", "less insured", "In the pool"]
    assert band["allowance"]["raw"] == 12.0
    assert [(row["method"], row["agrees"]) for row in band["methods"]] == [
        ("vintages", True),
        ("model", False),
    ]


def test_losses_since_are_told_in_all_and_an_interval_that_is_not_known_is_left_out(
    make_findings: Callable[..., Findings],
) -> None:
    (row,) = provision(make_findings(forward=told()))["lost"]
    assert (row["origin"]["shown"], row["said"], row["verdict"]) == (
        "31 March 2026",
        "published",
        "not told apart",
    )
    assert (row["expected"]["raw"], row["realised"]["raw"]) == (50.0, 60.0)
    assert row["ratio"]["shown"] == "0.80 to 1.60"
    frames = told()
    frames["loss_backtest"] = frames["loss_backtest"].assign(by="total").head(1)
    assert provision(make_findings(forward=frames))["lost"][0]["ratio"]["shown"] == "\u2013"


def test_without_an_earlier_provision_the_band_says_why_there_is_none(
    make_findings: Callable[..., Findings],
) -> None:
    frames = told()
    frames["loss_backtest"] = frames["loss_backtest"].head(0)
    assert provision(make_findings(forward=frames))["lost_missing"] == NOTHING_LOST
    # Pages of earlier releases were made without the table.
    del frames["loss_backtest"]
    assert provision(make_findings(forward=frames))["lost"] == []
