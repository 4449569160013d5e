from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jinja2 import nodes

import arseg.report
from arseg.report import Findings, render_page, summarise, wording
from arseg.report.language import LANGUAGES, Locale, known, mark, read_locale, say, speaking
from arseg.report.page import environment
from arseg.schema import UsageError

ROOM = Path(arseg.report.__file__).parent
PLACE = re.compile(r"\{\w+\}")
# Words that are the same in both languages, or names.
SAME = {
    *(
        "DSO",
        "CRPS",
        "WAPE",
        "Lambda*",
        "n",
        "pp",
        "no",
        "Error",
        "error",
        "Total",
        "total",
        "Segment",
        "Name",
        "final",
    ),
    *(
        "{count}\u00a0h",
        "{cause}, pp",
        "{low} to {high}",
        "{heading} at {day}",
        "Experiment",
        "Version",
        "Status",
    ),
    *("Experiment, SHA-256", "experiment", "Limits", "Provision", "Factor", "Definition"),
}


@pytest.mark.parametrize("part", ["labels", "phrases", "formats"])
def test_the_three_locale_files_have_the_same_keys(part: str) -> None:
    english, *others = (set(getattr(read_locale(language), part)) for language in LANGUAGES)
    assert others[0] == others[1]
    # What runs write stays as it is in English: those sentences have no third column.
    assert english == others[0] or (part == "phrases" and english < others[0])


@pytest.mark.parametrize("language", ["es", "de"])
def test_every_label_is_translated_and_keeps_its_places(language: str) -> None:
    locale = read_locale(language)
    for english, spoken in {**locale.labels, **locale.phrases}.items():
        # The weekday goes without saying where the day is written out.
        places = sorted(place for place in PLACE.findall(english) if "weekday" not in place)
        assert places == sorted(PLACE.findall(spoken)), english
        assert spoken.strip()
        if english == spoken and re.search(r"[a-z]{2}", PLACE.sub("", english)):
            assert english in SAME, english


def literals() -> Iterator[str]:
    """Yield every label that is written out in a call of say, mark or plural, in code and templates."""
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"say", "mark"}:
                first = node.args[0]
                choices = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
                yield from (each.value for each in choices if isinstance(each, ast.Constant))
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "plural":
                noun = node.args[1]
                if isinstance(noun, ast.Constant):
                    yield from (f"{{count}} {noun.value}", f"{{count}} {noun.value}s")
    for path in (ROOM / "templates").glob("*.j2"):
        for call in environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if getattr(call.node, "name", "") in {"say", "mark"} and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value


def test_every_label_of_code_and_templates_is_in_the_locale_files() -> None:
    labels = read_locale("en").labels
    found = set(literals())
    assert len(found) > 180
    assert sorted(each for each in found if each not in labels) == []


class Words(HTMLParser):
    """Collect every text and every label of a page, and leave out what is code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.texts += [
            told.get(name) or "" for name in ("aria-label", "data-filter", "data-sort", "data-left")
        ]
        if tag not in {"meta", "use", "path"}:
            self.stack.append((tag, told.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in {"style", "script", "code"} or "code" in look.split() for tag, look in self.stack):
            self.texts.append(data)


CYRILLIC = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "абцдефгхийклмнопярстуввхузАБЦДЕФГХИЙКЛМНОПЯРСТУВВХУЗ",
)
# What a page reads as a word of its own, and not as the words of a run.
KEYS = {
    *(
        "measure",
        "unit",
        "better",
        "kind",
        "severity",
        "from_segment",
        "to_segment",
        "segment",
        "stage",
        "handling",
    ),
    *("channel", "step", "method", "bucket", "by", "group", "source", "scenario", "error"),
}


def foreign(text: str) -> str:
    return "".join(
        part if PLACE.fullmatch(part) else part.translate(CYRILLIC) for part in re.split(r"(\{\w+\})", text)
    )


def in_cyrillic(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return value.translate(CYRILLIC)
    if isinstance(value, pd.DataFrame):
        texts = [each for each in value.select_dtypes(["object", "str"]).columns if each not in KEYS]
        return value.assign(
            **{
                each: value[each].map(lambda v: v.translate(CYRILLIC) if isinstance(v, str) else v)
                for each in texts
            }
        )
    if isinstance(value, dict) and name in {"reproduce", "answer_notes", "reasons"}:
        return {key.translate(CYRILLIC): in_cyrillic(each) for key, each in value.items()}
    if isinstance(value, dict):
        return {key: in_cyrillic(each, key) for key, each in value.items()}
    if isinstance(value, list | tuple) and not (value and hasattr(value[0], "year")):
        return type(value)(in_cyrillic(each) for each in value)
    return value


def test_no_label_of_a_page_stays_english(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every label in letters of another alphabet, every word of the run too: a Latin word that is left is a label that no file has."""
    english = read_locale("en")
    other = Locale(
        "xx",
        english.formats
        | {
            "months": ["м"] * 12,
            "months_short": ["м"] * 12,
            "and": " и ",
            "scales": dict.fromkeys(english.formats["scales"], "т"),
        },
        {label: foreign(text) for label, text in english.labels.items()},
        {label: foreign(text) for label, text in english.phrases.items()},
    )
    monkeypatch.setattr("arseg.report.language._read", lambda _: other)
    keep = {"key_date", "compared_with", "currency", "language", "capacity", "key_dates", "names", "fewest"}
    changed = {
        field.name: in_cyrillic(getattr(findings, field.name), field.name)
        for field in dataclasses.fields(findings)
        if field.name not in keep
    }
    for bare in (
        changed,
        {"headline": None, "cash": None, "worklist": None, "forward": {}, "title": "я", "experiment": "я"},
    ):
        page = Words(render_page(summarise(dataclasses.replace(findings, **{**changed, **bare}))))
        words = {word for text in page.texts for word in re.findall(r"[A-Za-z]{2,}", PLACE.sub("", text))}
        assert words <= {"EUR", "arseg"}


def test_numbers_money_and_days_follow_the_language() -> None:
    def written() -> list[str]:
        shown = [
            *(
                wording.money(1234.56, "EUR"),
                wording.money_short(1_918_400, "EUR"),
                wording.money_short(-12_340, "USD"),
            ),
            *(
                wording.share(0.0021),
                wording.days(39.83),
                wording.day("2026-10-31"),
                wording.day_short("2026-03-02"),
            ),
            *(
                wording.interval(39.1, 40.52, "days"),
                wording.change(-0.77, "days"),
                wording.listed(["a", "b"]),
            ),
        ]
        return [text.replace("\u00a0", " ") for text in shown]

    assert written() == [
        *("€ 1,235", "€ 1.92 M", "\u2212$ 12.3 k", "0.21 %", "39.8 days", "31 October 2026", "2 Mar"),
        *("39.1 to 40.5", "\u22120.8 days", "a and b"),
    ]
    with speaking("es"):
        assert written() == [
            *(
                "1.235 €",
                "1,92 M €",
                "\u221212,3 mil $",
                "0,21 %",
                "39,8 días",
                "31 de octubre de 2026",
                "2 mar",
            ),
            *("39,1 a 40,5", "\u22120,8 días", "a y b"),
        ]
    with speaking("de"):
        assert written() == [
            *(
                "1.235 €",
                "1,92 Mio. €",
                "\u221212,3 Tsd. $",
                "0,21 %",
                "39,8 Tage",
                "31. Oktober 2026",
                "2. März",
            ),
            *("39,1 bis 40,5", "\u22120,8 Tage", "a und b"),
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_raw_numbers_stand_in_every_language(findings: Findings, language: str) -> None:
    def raws(told: Any) -> Any:
        if isinstance(told, dict):
            return {name: raws(each) for name, each in told.items()}
        if isinstance(told, list):
            return [raws(each) for each in told]
        return told if isinstance(told, int | float) else None

    assert raws(summarise(dataclasses.replace(findings, language=language))) == raws(summarise(findings))


def test_a_page_says_its_language(make_findings: Callable[..., Findings]) -> None:
    page = render_page(summarise(make_findings(language="de")))
    assert '<html lang="de">' in page
    assert "<title>Forderungen am 31. Oktober 2026" in page


def test_what_a_run_writes_is_spoken_where_a_phrase_knows_it_and_stands_else() -> None:
    with speaking("es"):
        assert known("Second clock assumed on 2 tables") == "Segundo reloj supuesto en 2 tablas"
        assert known("Book known to 2026-02-28") == "Cartera conocida hasta 28 de febrero de 2026"
        assert known("Book known to 2026-02-31") == "Cartera conocida hasta 2026-02-31"
        assert known("2026-12-31") == "31 de diciembre de 2026"
        assert known("1,234 postings are on account, not on an invoice").startswith("1.234 apuntes")
        assert known("Low; anything else") == "Bajo; anything else"
        assert known("Müller & Söhne <b>") == "Müller & Söhne <b>"
    assert known("High") == "High"


def test_a_value_is_never_a_place_of_another() -> None:
    assert say("{low} to {high}", low="{high}", high="<b>") == "{high} to <b>"
    assert mark("Window: {window}.", window="{x}<b>") == "Window: <bdi>{x}&lt;b&gt;</bdi>."


def test_the_language_ends_with_its_block() -> None:
    with pytest.raises(ZeroDivisionError), speaking("de"):
        _ = 1 / 0
    assert say("Key measures") == "Key measures"


def test_an_unknown_language_is_refused_with_those_that_are_known(findings: Findings) -> None:
    with pytest.raises(UsageError, match="en, es, de"):
        summarise(dataclasses.replace(findings, language="../en"))
