from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from arseg.backtest.questions import QUESTIONS
from arseg.runs import answering
from arseg.runs.answering import holdout_words, saved_answers, table_names
from arseg.runs.backtest_sections import KnownChange, KnownCut, Replay
from arseg.runs.journal import Run
from arseg.runs.past_policies import Compared, compare_policies
from arseg.runs.sections import Holdout
from arseg.schema import UsageError

MakeRun = Callable[..., Run]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, small_run: MakeRun) -> Path:
    """Return a home with a book and an experiment that nobody ran."""
    folder = tmp_path_factory.mktemp("home")
    run = small_run(folder)
    declared = run.experiment.model_dump(mode="json", exclude_defaults=True)
    declared["model"] = {"name": "KaplanMeierByTerms"}
    declared["baselines"] = [{"name": "CustomerMeanDelay"}]
    declared["features"] = {"blocks": ["aging", "due_calendar", "exposure", "item", "payment_history"]}
    # JSON is YAML.
    (folder / "small.yaml").write_text(json.dumps(declared), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def compared(home: Path) -> Compared:
    return compare_policies(
        home / "small.yaml", first="2025-05", last="2025-06", key_date="2025-11-30", home=home
    )


def last_run(home: Path) -> Run:
    from arseg.runs.journal import open_run

    return open_run(str(max(home.glob("journal/*/run.json"))), "")


@pytest.mark.usefixtures("compared")
def test_all_four_questions_are_answered_and_their_tables_saved(home: Path) -> None:
    tables, notes = saved_answers(last_run(home))
    assert tuple(tables) == tuple(notes) == QUESTIONS
    names = table_names(last_run(home))
    assert len(names) == len(set(names))
    assert {"segment_shares", "early_warning", "receivables", "reproduced", "claims", "self_check"} <= set(
        names
    )
    assert any("to the cent" in note for note in notes["replay"])
    assert any(note.startswith("no holdout is drawn") for note in notes["counterfactual"])


def test_a_book_without_decisions_says_why_nothing_is_weighed(compared: Compared) -> None:
    (said,) = compared.verdicts
    assert said.startswith("no policy can be weighed: the ledger logs no decision that is mature")
    page = compared.report.read_text(encoding="utf-8")
    assert "Not identified: no policy can be weighed" in page


def test_a_holdout_is_said_with_its_share(small_run: MakeRun, tmp_path: Path) -> None:
    run = small_run(tmp_path, holdout=Holdout(share=0.05))
    assert holdout_words(run).startswith("5 % of the customers are treated as the segment next to their own")


def test_declared_natural_experiments_reach_the_question() -> None:
    asked = Replay(
        cuts=[KnownCut(by="oldest_days_past_due", at=31)],
        rule_changes=[KnownChange(on="2025-07-01", by="region", where=["North"])],
    )
    change = asked.rule_changes[0]
    assert answering._change(change.on, change.by, change.where).where == ("North",)
    with pytest.raises(UsageError, match="rule_changes is not a day"):
        answering._change("2025-13-01", "region", ["North"])


def test_the_reference_is_that_of_the_checkout_or_none() -> None:
    assert isinstance(answering._reference(), list)


def test_the_page_and_its_tables_stand_together(compared: Compared) -> None:
    assert compared.tables == compared.report.parent
    assert compared.tables.name == "backtest_2025-05_2025-06"
    assert [day.isoformat() for day in compared.key_dates] == ["2025-05-31", "2025-06-30"]
    rows = pd.read_parquet(compared.tables / "rows.parquet")
    assert set(rows["policy"]) == {"AgingBuckets()", "RiskTiers()"}
    assert not list(compared.tables.glob(".*"))
    page = compared.report.read_text(encoding="utf-8")
    for question in ("separation", "replay", "counterfactual", "self_check"):
        assert f'<section aria-labelledby="{question}">' in page


@pytest.mark.usefixtures("compared")
def test_nothing_is_published_and_no_run_is_listed(home: Path) -> None:
    from arseg.runs.standing import standing

    found = standing(home)
    assert found.publications == []
    assert found.last_run is None
