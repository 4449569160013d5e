from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from arseg.report import Findings, render_page, summarise
from arseg.runs import edition
from arseg.runs.journal import Run

from .test_stages import MakeRun


@pytest.fixture(scope="module")
def done(told_run: Run) -> Run:
    return told_run


@pytest.fixture(scope="module")
def findings(done: Run) -> Findings:
    return edition.collect(done)


def test_the_page_shows_the_three_measures_of_the_published_table(done: Run, findings: Findings) -> None:
    page = (done.to_publish / "index.html").read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    table = pd.read_parquet(done.to_publish / "headline.parquet").set_index("measure")
    assert findings.headline is not None
    assert f"{table.loc['dso', 'value']:.1f} days" in page
    assert f"{100 * table.loc['collection_rate', 'value']:.1f} %" in page
    for label in table["label"]:
        assert label in page


def test_the_page_names_the_version_that_it_is_published_under(done: Run) -> None:
    version = done.load("tracking")["version"]
    assert version.startswith("2025-11-30-")
    assert version in (done.to_publish / "index.html").read_text(encoding="utf-8")


def test_what_cannot_be_known_is_called_so(findings: Findings) -> None:
    assert findings.identification.startswith("no policy can be weighed: the ledger logs no decision")
    assert findings.verdicts is not None
    assert findings.verdicts.empty


def test_an_assumed_second_clock_is_stamped(findings: Findings) -> None:
    texts = [stamp["text"] for stamp in findings.stamps]
    assert "Second clock assumed on 1 tables" in texts
    assert any("baselines" in text for text in texts)


def test_old_data_are_stamped_on_the_page_and_told_to_the_publication(
    small_run: MakeRun, done: Run, tmp_path: Path
) -> None:
    from arseg.runs.sections import Quality
    from arseg.runs.stages import check_ledger

    assert "STALE" not in (done.to_publish / "index.html").read_text(encoding="utf-8")
    assert done.load("tracking")["stale"] == ""
    old = small_run(tmp_path, quality=Quality(max_age_days={"indicators": 0}))
    check_ledger(old)
    own = shutil.ignore_patterns("quality.*", "check.*", "tracking.*")
    shutil.copytree(done.work, old.work, ignore=own, dirs_exist_ok=True)
    (reason,) = old.load("check")["stale"]
    page = edition.write(old, edition.collect(old)).read_text(encoding="utf-8")
    assert f"<b>STALE</b>: {reason.replace('2025-11-30', '30 November 2025')}" in page
    assert page.index("<b>STALE</b>") < page.index("Key measures")
    assert old.load("tracking")["stale"] == reason


def test_the_page_shows_what_was_checked(done: Run) -> None:
    page = (done.to_publish / "index.html").read_text(encoding="utf-8")
    for text in ("How old it is", "How much of its history moved", "postings booked after their value date"):
        assert text in page


def test_neither_the_run_id_nor_a_path_is_in_the_page(done: Run) -> None:
    page = (done.to_publish / "index.html").read_text(encoding="utf-8")
    assert done.run_id not in page
    assert str(done.home) not in page


def test_mlflow_is_told_finite_numbers_and_files_that_exist(done: Run) -> None:
    told = done.load("tracking")
    assert {"dso", "dso_low", "dso_high", "log_loss_DiscreteHazard_mean"} <= set(told["metrics"])
    json.dumps(told, allow_nan=False)
    assert told["artifacts"]
    for name in told["artifacts"]:
        assert (done.work / name).read_text(encoding="utf-8").startswith("<svg xmlns=")
    assert (done.work / told["model"] / "manifest.json").is_file()


def test_the_cash_of_the_band_is_no_more_than_what_is_open(done: Run, findings: Findings) -> None:
    assert findings.cash is not None
    assert len(findings.cash) == 13
    assert 0 < findings.cash["expected"].sum() <= done.load("item_scores")["balance"].sum()


def test_reproducing_needs_only_what_the_page_names(findings: Findings) -> None:
    assert "arseg run experiments/small.yaml" in findings.reproduce["Commands"][0]
    assert len(findings.reproduce["Experiment, SHA-256"]) == 64


# Words that hold English sentences together, and that neither German nor Spanish has.
ENGLISH = {
    *("the", "of", "is", "are", "and", "not", "with", "by", "from", "than", "which", "its", "their"),
    *("been", "were", "at", "or", "each", "who", "has", "to", "for", "nothing", "only", "their", "that"),
}
UNREAD = re.compile(r'<(style|script|code)\b.*?</\1>|<(\w+) class="code".*?</\2>', re.DOTALL)


@pytest.mark.parametrize("language", ["de", "es"])
def test_no_english_sentence_stands_on_the_page_of_another_language(
    findings: Findings, language: str
) -> None:
    """Neither a label nor what the run itself has written: reasons, notes, findings of the check."""
    page = render_page(summarise(dataclasses.replace(findings, language=language)))
    labels = re.findall(r'aria-label="([^"]*)"', page)
    texts = [*labels, *re.split(r"<[^>]+>", UNREAD.sub(" ", page[page.index("<body") :]))]
    left = [
        text
        for text in map(html.unescape, texts)
        # What a ledger says of itself is data.
        if "drawn from a seed" not in text
        and ENGLISH & set(re.findall(r"(?<![\w'`-])[A-Za-z]+(?![\w'`])", text))
    ]
    assert len(texts) > 500
    assert left == []
