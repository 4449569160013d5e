from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from arseg.report import Findings, render_page, summarise, wording

VOID = {"meta", "br", "img", "link", "input", "hr"}
PER_PAGE = 15


class Page(HTMLParser):
    """Read a page as a list of elements, the text in each, and what was left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.declared: list[str] = []
        self.feed(text)
        self.close()

    def handle_decl(self, decl: str) -> None:
        self.declared.append(decl)

    def handle_comment(self, data: str) -> None:
        self.declared.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return folded("".join(self.texts))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [dict(attrs) for each, attrs in self.elements if each == tag]

    def structure(self) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
        """Return every element and attribute; labels are data and may differ."""
        return [
            (tag, tuple((name, None if name == "aria-label" else value) for name, value in attrs))
            for tag, attrs in self.elements
            if tag not in {"path", "text", "use"}
        ]


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(name="html", scope="module")
def page_of_a_month(findings: Findings) -> str:
    return render_page(summarise(findings))


@pytest.fixture(name="page", scope="module")
def parsed_page(html: str) -> Page:
    return Page(html)


def test_the_same_findings_give_the_same_bytes(findings: Findings, html: str) -> None:
    assert render_page(summarise(findings)).encode() == html.encode()


def assert_inert(page: Page, html: str) -> None:
    names = {name for _, attrs in page.elements for name, _ in attrs}
    assert not [name for name in names if name.startswith("on")]
    assert not names & {
        "src",
        "srcset",
        "srcdoc",
        "action",
        "formaction",
        "background",
        "data",
        "xlink:href",
        "ping",
    }
    assert len(page.named("script")) == 1
    forbidden = {
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "img",
        "image",
        "foreignobject",
        "animate",
    }
    assert not {tag for tag, _ in page.elements} & forbidden
    links = [value or "" for _, attrs in page.elements for name, value in attrs if name == "href"]
    assert all(link.startswith("#") for link in links)
    assert "style" not in names
    sheet = html[html.index("<style>") : html.index("</style>")]
    assert "@import" not in sheet
    assert "url(" not in sheet.replace("url(#", "")


def digest(html: str, tag: str) -> str:
    (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_a_page_is_inert_and_refuses_what_is_not(html: str, page: Page) -> None:
    assert_inert(page, html)
    policy = [m for m in page.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    style, script = (digest(html, tag) for tag in ("style", "script"))
    assert policy[0]["content"] == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none';"
        " form-action 'none'"
    )
    assert html.index("Content-Security-Policy") < html.index("<style>")
    assert page.declared == ["doctype html"]
    assert page.open == []


def test_a_page_says_its_language_title_and_viewport(page: Page) -> None:
    assert page.named("html") == [{"lang": "en"}]
    assert "width=device-width" in str(
        next(m for m in page.named("meta") if m.get("name") == "viewport")["content"]
    )
    assert "Receivables at 31 October 2026 \u2013 Northwind Trading" in page.text


def test_a_page_stays_small(html: str, make_findings: Callable[..., Findings]) -> None:
    frame = make_findings().worklist
    assert frame is not None
    many = pd.concat([frame] * 100, ignore_index=True)
    large = render_page(summarise(make_findings(worklist=many.assign(rank=range(1, len(many) + 1)))))
    assert len(html.encode()) < 300_000
    assert len(large.encode()) < len(html.encode()) + 2_000


def test_headings_descend_one_step_at_a_time_from_a_single_first(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_ids_are_unique_and_every_link_of_the_contents_leads_somewhere(page: Page) -> None:
    ids = [value for _, attrs in page.elements for name, value in attrs if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [str(a["href"])[1:] for a in page.named("a")]
    assert len(targets) == 22
    assert set(targets) <= set(ids)


def test_every_image_is_described_and_every_scroll_box_is_reachable(page: Page) -> None:
    assert all(a.get("aria-label") and a.get("role") == "img" for a in page.named("svg"))
    boxes = [
        dict(attrs) for _, attrs in page.elements if "scroll" in (dict(attrs).get("class") or "").split()
    ]
    assert len(boxes) >= 10
    assert all(b["tabindex"] == "0" and b["role"] == "region" and b["aria-label"] for b in boxes)


def test_every_table_has_a_caption_and_scoped_titles(page: Page) -> None:
    assert len(page.named("caption")) == len(page.named("table"))
    assert all(th.get("scope") in {"col", "row", "rowgroup"} for th in page.named("th"))


def test_cards_show_the_summarys_numbers(findings: Findings, page: Page) -> None:
    for card in summarise(findings)["headline"]["cards"]:
        said = f"{card['label']} {card['value']['shown']} {card['change']['shown']} {card['change']['sense']}"
        assert folded(f"{said} ({card['interval']['shown']})") in page.text


def test_the_segment_table_shows_the_summarys_numbers(findings: Findings, page: Page) -> None:
    for row in summarise(findings)["segments"]["rows"]:
        interval = row["interval"]["shown"]
        numbers = [row[name]["shown"] for name in ("overdue", "expected", "observed")]
        assert folded(f"{numbers[0]}{numbers[1]}{numbers[2]} {interval}{row['treatment']}") in page.text
        assert f"{row['segment']} {folded(row['exposure_share']['shown'])}" in page.text


def test_charts_show_the_numbers_of_the_tables(findings: Findings, page: Page) -> None:
    summary = summarise(findings)
    for policy in summary["separation"]["policies"]:
        for segment in policy["segments"]:
            estimate = segment["estimates"]["unpaid_30_share"]
            assert folded(f"{estimate['value']['shown']} ({estimate['interval']['shown']})") in page.text


def test_the_replay_says_what_it_is_and_the_counterfactual_what_it_cannot_be(page: Page) -> None:
    replay = "what happened, under the treatments actually given, to those each policy would have picked"
    assert replay in page.text
    assert "Policies over the last 12 key dates" in page.text
    assert "Not identified: no contacts are logged" in page.text


def test_no_name_of_a_debtor_reaches_the_page(html: str) -> None:
    assert "CANARY" not in html


def test_without_data_the_page_has_sentences_and_no_empty_box(empty_findings: Findings) -> None:
    html = render_page(summarise(empty_findings))
    page = Page(html)
    assert_inert(page, html)
    assert html.count('class="missing"') == 21
    assert not page.named("table")
    assert not page.named("svg")
    assert "No cash forecast: it needs open items and a fitted model" in page.text
    assert "nan" not in page.text.lower().split()


@pytest.mark.parametrize(
    "absent",
    [
        "headline",
        "segments",
        "moves",
        "cash",
        "measures",
        "accuracy",
        "calibration",
        "worklist",
        "quality",
        "capacity",
        "forward",
    ],
)
def test_a_page_lacks_any_one_frame_in_words(absent: str, make_findings: Callable[..., Findings]) -> None:
    measures = make_findings().measures
    assert measures is not None
    given = {
        "measures": measures[measures.policy == "AgingBuckets()"],
        absent: {} if absent == "forward" else None,
        "answer_notes": {"self_check": ["Looked at three worlds."]},
    }
    page = Page(render_page(summarise(make_findings(**given))))
    missing = sum((dict(attrs).get("class") or "") == "missing" for _, attrs in page.elements)
    assert missing == {"capacity": 0, "measures": 2, "forward": 2}.get(absent, 1)


def test_a_cell_without_a_number_is_said_too(make_findings: Callable[..., Findings]) -> None:
    ordinary = make_findings()
    holes: dict[str, Any] = {}
    for name in (
        "headline",
        "segments",
        "cash",
        "measures",
        "accuracy",
        "calibration",
        "worklist",
        "quality",
    ):
        frame = getattr(ordinary, name)
        numbers = [c for c in frame.select_dtypes("number").columns if c not in {"rank", "horizon", "group"}]
        holes[name] = frame.assign(**dict.fromkeys(numbers, float("nan")))
    page = Page(render_page(summarise(make_findings(**holes))))
    assert "not known" in page.text
    assert not {"nan", "None", "NaN", "inf"} & set(re.findall(r"[A-Za-z]+", page.text))


def hostile_strings() -> list[str]:
    """Return strings that break out of text, attributes, styles, templates, drawings or reading order."""
    return json.loads(Path(__file__).with_name("hostile.json").read_text(encoding="utf-8"))


TEXT_COLUMNS = {
    "headline": ("measure", "label", "note", "definition"),
    "segments": ("segment", "treatment"),
    "moves": ("from_segment", "to_segment"),
    "measures": ("policy", "segment", "measure", "window", "definition"),
    "accuracy": ("model",),
    "worklist": (
        *("customer_id", "name", "segment", "stage", "treatment", "channel", "tone", "handling"),
        *("collector", "why"),
    ),
    "quality": ("severity", "code", "message"),
}
NOT_SHOWN = {"headline.measure", "name", "channel", "tone", "handling", "collector"}


def planted(ordinary: Findings, strings: list[str]) -> tuple[Findings, list[str]]:
    """Return findings with a string of its own in every text cell, and those the page must show."""
    wanted: list[str] = []

    def text(place: str, row: int) -> str:
        value = f"{strings[row % len(strings)]}·{place}{row}"
        if not {place, place.rpartition(".")[2]} & NOT_SHOWN:
            wanted.append(value)
        return value

    frames: dict[str, Any] = {}
    for name, columns in TEXT_COLUMNS.items():
        frame = getattr(ordinary, name)
        frame = pd.concat([frame] * PER_PAGE, ignore_index=True).head(PER_PAGE)
        if name == "headline":
            frame["history"] = [[] for _ in range(PER_PAGE)]
        if name == "worklist":
            frame["rank"] = range(1, PER_PAGE + 1)
        for column in columns:
            frame[column] = [text(f"{name}.{column}", row) for row in range(PER_PAGE)]
        if name == "measures":
            frame.loc[PER_PAGE - 1, "measure"] = "unpaid_30_share"
            wanted = [each for each in wanted if not each.endswith(f"measures.measure{PER_PAGE - 1}")]
        frames[name] = frame
    fields = ("title", "experiment", "policy", "in_force", "identification", "version")
    return dataclasses.replace(
        ordinary,
        **frames,
        **{field: text(field, row) for row, field in enumerate(fields)},
        notes=tuple(text("note", row) for row in range(PER_PAGE)),
        checked=planted_check(ordinary, text),
        forward=planted_forward(ordinary, text),
        definitions=tuple((text("term", row), text("meaning", row)) for row in range(PER_PAGE)),
        stamps=tuple(
            {"text": text("stamp", row), "strong": text("strong", row), "level": text("handling", row)}
            for row in range(PER_PAGE)
        ),
        reproduce={text("key", row): [text("line", row)] for row in range(PER_PAGE)},
    ), wanted


def planted_forward(ordinary: Findings, text: Callable[[str, int], str]) -> dict[str, Any]:
    """Return forecast and provision with a string of its own in every free text of them."""
    rows, forward = range(10), ordinary.forward
    misses = pd.concat([forward["largest_misses"]] * len(rows), ignore_index=True)
    words = {name: text(f"forward.{name}", row) for row, name in enumerate(("in_words", "outlook"))}
    return {
        **forward,
        "largest_misses": misses.assign(
            **{name: [text(f"misses.{name}", row) for row in rows] for name in ("customer_id", "why")}
        ),
        "facts": {**forward["facts"], **words, "notes": [text("provided", row) for row in rows]},
        "notes": [text("forecast", row) for row in rows],
    }


def planted_check(ordinary: Findings, text: Callable[[str, int], str]) -> dict[str, Any]:
    """Return the data check with a string of its own in every text of it."""
    assert ordinary.checked is not None
    (source,), (age, *_) = ordinary.checked["sources"], ordinary.checked["freshness"]
    rows = range(10)
    return {
        **ordinary.checked,
        "sources": [
            {**source, "source": text("source", row), "reasons": {text("reason", row): 1}} for row in rows
        ],
        "freshness": [{**age, "table": text("table", row)} for row in rows],
        "restatements": {"sentences": [text("moved", row) for row in rows]},
    }


def batches() -> Iterator[list[str]]:
    strings = hostile_strings()
    for start in range(0, len(strings), PER_PAGE):
        yield (strings[start:] + strings)[:PER_PAGE]


def test_hostile_text_in_every_text_column_stays_text_and_is_shown_as_it_is(findings: Findings) -> None:
    assert len(set(hostile_strings())) >= 150
    calm = Page(render_page(summarise(planted(findings, ["plain"])[0]))).structure()
    for strings in batches():
        hostile, wanted = planted(findings, strings)
        html = render_page(summarise(hostile))
        page = Page(html)
        assert_inert(page, html)
        assert page.structure() == calm
        text = page.text
        lost = [each for each in wanted if folded(wording.visible(each)) not in text]
        assert lost == []


def test_the_guard_would_be_missed(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without escaping the test above fails: it watches the guard and not the weather."""
    from arseg.report import page as module

    bare = module.environment().overlay(autoescape=False)
    monkeypatch.setattr(module, "environment", lambda: bare)
    hostile, _ = planted(findings, ["<b onclick=alert(1)>x</b>"])
    with pytest.raises(AssertionError):
        assert_inert(Page(html := render_page(summarise(hostile))), html)


def test_a_page_of_a_hundred_thousand_customers_stays_below_three_megabytes(findings: Findings) -> None:
    size = 100_000
    ids = [f"C{number:06d}" for number in range(size)]
    parts = ("score_time", "score_data", "score_model", "score_policy", "score_override")
    moved = pd.DataFrame(
        {"customer_id": ids, "before": "Low", "after": "High", "why": "High from Low by new data"}
    )
    moved = moved.assign(**dict.fromkeys(("score_before", "score_after", *parts, "open_balance"), 0.1))
    cases = pd.concat([findings.worklist] * (size // 60 + 1), ignore_index=True).head(size)
    long = dataclasses.replace(
        findings,
        worklist=cases.assign(customer_id=ids, rank=range(1, size + 1)),
        changes=moved,
        changed={"since": "2026-09-30", "came": 1_000, "left": 900, "by_cause": {}},
        answers={
            "counterfactual": {"claims": pd.concat([findings.answers["counterfactual"]["claims"]] * 5_000)},
        },
    )
    html = render_page(summarise(long))
    assert len(html.encode()) < 3_000_000
    text = Page(html).text
    assert "The first 15 of 100,000, by customer id" in text
    assert "99,985 more stand in the published table of changes" in text
    assert "4,940 more rows stand in claims.parquet" in text


def test_names_stand_in_the_worklist_of_the_page_only_where_the_run_asks_for_them(
    make_findings: Callable[..., Findings],
) -> None:
    html = render_page(summarise(make_findings(names=True)))
    assert len(re.findall(r"CANARY-NAME-\d+", html)) == PER_PAGE
    assert "<small><bdi>CANARY-NAME-0</bdi></small>" in html
    assert "Names of customers stand in the worklist only." in Page(html).text


def test_a_name_the_template_lacks_is_an_error(findings: Findings) -> None:
    from jinja2 import UndefinedError

    summary = summarise(findings)
    del summary["notes"]
    with pytest.raises(UndefinedError, match="notes"):
        render_page(summary)


def test_the_templates_let_nothing_through_unescaped() -> None:
    folder = Path(__file__).resolve().parents[2] / "arseg" / "report" / "templates"
    for template in folder.glob("*.j2"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup", text)
        assert not re.search(r"=\{\{", text), "an attribute without quotes"


@pytest.mark.browser
def test_a_browser_shows_the_page(html: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    source, picture = tmp_path / "page.html", tmp_path / "page.png"
    source.write_text(html, encoding="utf-8")
    flags = [
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *(f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1180,1400", f"--screenshot={picture}"),
    ]
    subprocess.run([chromium, *flags, source.as_uri()], check=True, capture_output=True, timeout=90)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000
