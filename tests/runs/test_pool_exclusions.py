from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from arseg.forecast.exclusions import exclusion_totals, pool_exposures
from arseg.runs.forward_sections import Exclusions, ProvisionRules
from arseg.runs.item_curves import EVERY, load_book
from arseg.runs.journal import Run
from arseg.runs.pool_exclusions import excluded


def _with(run: Run, **asked: Any) -> Run:
    rules = ProvisionRules(
        exclude=Exclusions(**asked), forward_looking="asu2025_05", subsequent_collections=True
    )
    return replace(run, experiment=run.experiment.model_copy(update={"provision": rules}))


@pytest.fixture(scope="module")
def items(told_run: Run) -> pd.DataFrame:
    frame: pd.DataFrame = told_run.load(EVERY)
    return frame


def test_each_declared_exclusion_takes_its_part_and_the_waterfall_adds_up(
    told_run: Run, items: pd.DataFrame
) -> None:
    first, second = sorted(items["customer_id"].unique())[:2]
    run = _with(told_run, related_parties=[first], specific={second: 0.5}, vat=0.2, insured=True)
    found, notes = excluded(run, items)
    steps = exclusion_totals(pool_exposures(found, subsequent_collections=True)).set_index("step")["amount"]
    own = items.groupby("customer_id")["balance"].sum()
    assert float(steps["related_party"]) == pytest.approx(own[first])
    assert float(steps["specific"]) == pytest.approx(own[second])
    assert steps["vat"] > 0
    assert steps["collected_after"] > 0
    assert steps["gross"] - sum(steps.drop(["gross", "exposed"])) == steps["exposed"]
    assert any("has left the pool" in note for note in notes)


def test_expected_credits_are_the_models(told_run: Run, items: pd.DataFrame) -> None:
    found, _ = excluded(_with(told_run), items)
    book = load_book(told_run)
    assert found["dilution"].sum() == pytest.approx((book.incidence[:, 1, -1] * book.balance).sum(), abs=1)


def test_a_name_that_owes_nothing_is_said(told_run: Run, items: pd.DataFrame) -> None:
    _, notes = excluded(_with(told_run, related_parties=["nobody"]), items)
    assert any("without an open item: nobody" in note for note in notes)
