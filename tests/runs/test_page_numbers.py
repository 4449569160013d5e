"""Every figure of a published page: as data beside it, in the tables, and in no other place than these."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
import yaml

import arseg.report
from arseg.runs.journal import Run

from .recompute import differences, leaves

SVG = re.compile(r"<svg.*?</svg>|<style>.*?</style>|<script>.*?</script>|<code>.*?</code>", re.DOTALL)


@pytest.fixture(name="folder", scope="module")
def _folder(told_run: Run) -> Path:
    return told_run.to_publish


def test_every_figure_of_the_page_is_recomputed_from_the_published_tables(folder: Path) -> None:
    page = json.loads((folder / "page.json").read_text(encoding="utf-8"))
    assert len(list(leaves(page))) > 300
    assert differences(folder) == []


def test_a_figure_that_was_tampered_with_is_found(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    page = json.loads((copy / "page.json").read_text(encoding="utf-8"))
    page["headline"]["cards"][0]["value"]["raw"] += 0.1
    page["cash"]["plot"][3]["low_80"] *= 1.01
    page["segments"]["total"]["overdue"]["raw"] += 1
    page["replay"]["invented"] = {"raw": 1.5, "shown": "1.5"}
    (copy / "page.json").write_text(json.dumps(page), encoding="utf-8")
    found = [each.partition(":")[0] for each in differences(copy)]
    assert found == [
        *(".headline.cards.0.value.raw", ".cash.plot.3.low_80", ".segments.total.overdue.raw"),
        ".replay.invented.raw",
    ]


def test_every_raw_number_of_a_cell_is_one_of_the_data(folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf-8")
    known = {
        f"{value}" for _, value in leaves(json.loads((folder / "page.json").read_text(encoding="utf-8")))
    }
    cells = re.findall(r'data-v="([^"]*)"', page)
    assert len(cells) > 100
    assert set(cells) <= known


def _texts(told: object) -> list[str]:
    if isinstance(told, dict):
        return [text for name, each in told.items() for text in (str(name), *_texts(each))]
    if isinstance(told, list):
        return [text for each in told for text in _texts(each)]
    return [str(told)]


def test_no_number_stands_on_the_page_that_neither_the_data_nor_a_label_has(folder: Path) -> None:
    text = unescape(
        re.sub(r"<[^>]*>", " ", SVG.sub(" ", (folder / "index.html").read_text(encoding="utf-8")))
    )
    data = _texts(json.loads((folder / "page.json").read_text(encoding="utf-8")))
    labels = yaml.safe_load(
        (Path(arseg.report.__file__).parent / "locales" / "en.yaml").read_text(encoding="utf-8")
    )
    known = set(re.findall(r"\d[\d.,]*\d|\d", " ".join([*data, *_texts(labels)])))
    said = set(re.findall(r"\d[\d.,]*\d|\d", text))
    assert len(said) > 100
    assert said - known == set()


def test_chart_and_table_stand_on_the_same_data(folder: Path) -> None:
    page = json.loads((folder / "page.json").read_text(encoding="utf-8"))
    weeks, plot = page["cash"]["weeks"], page["cash"]["plot"]
    scales = {
        round(week[name]["raw"] / point[name], 6)
        for week, point in zip(weeks, plot, strict=True)
        for name in point
        if name != "label" and point[name]
    }
    assert scales <= {1.0, 1e3, 1e6}
    assert len(scales) == 1
    estimates = {
        policy["policy"]: policy["estimates"].get("dso") for policy in page["counterfactual"]["policies"]
    }
    for row in page["counterfactual"]["chart"]["rows"]:
        assert row["interval"] == estimates[row["policy"]]["interval"]


def test_no_name_of_a_customer_is_in_the_page_or_its_data(folder: Path) -> None:
    import pandas as pd

    names = pd.read_parquet(folder / "worklist.parquet")["name"].dropna()
    assert len(names)
    for file in ("index.html", "page.json", "facts.json"):
        text = (folder / file).read_text(encoding="utf-8")
        assert not [name for name in names if name and name in text]
