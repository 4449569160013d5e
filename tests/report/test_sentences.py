"""Every sentence that a run may write is spoken in every language: templates are read from the code that writes them."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import arseg
from arseg.features.build import find_blocks
from arseg.report.language import LANGUAGES, known, read_locale, speaking

ROOM = Path(arseg.__file__).parent
# Modules whose sentences stand on the page. A new one is found by `test_edition`, which reads a whole run's page.
WRITERS = (
    *("backtest/claims", "backtest/contact_errors", "backtest/contest", "backtest/counterfactual"),
    *("backtest/embargo", "backtest/final_window", "backtest/segment_discrimination", "backtest/selection"),
    *(f"backtest/questions/{name}" for name in ("changed", "checked", "courses", "replayed", "separated")),
    *(f"backtest/value/{name}" for name in ("g_computation", "natural", "rankings", "support", "worth")),
    *("backtest/replay", "backtest/standing", "backtest/receivables_pooled", "backtest/receivables_report"),
    *("explain", "forecast/misses", "forecast/outlook", "forecast/transitions"),
    *(f"ledger/quality/{name}" for name in ("debtors", "doubts", "freshness", "namesakes", "restatement")),
    *("ledger/loading/quarantine", "ledger/loading/recording", "world/simulate"),
    *(
        f"runs/{name}"
        for name in ("answering", "cash_stage", "contact_plan", "contact_value", "daily_edition")
    ),
    *(
        f"runs/{name}"
        for name in ("edition", "learning", "loss_backtest", "moving_together", "open_promises")
    ),
    *(f"runs/{name}" for name in ("pool_exclusions", "provision_stage", "spread", "stamps")),
    *(f"treatments/{name}" for name in ("frequency", "knapsack", "preferred", "worklist_options")),
    "treatments/worklist_why",
)
# What those modules hold beside: names of code, what no page shows, and what an error says.
CODE = re.compile(r"[a-z]_[a-z]|<=|==|::|\.yaml|\.parquet|arseg\.|\b(SELECT|FROM|WHERE|JOIN|AND)\b")
NOT_SHOWN = re.compile(
    r" / |, x 1,000|month of unpaid|days / at|call the old|the worklist before|"
    r"lowest log-loss that may|who reads|as it is$|which learns nothing|the small world|"
    r"the model and policy of a month-end that a person|scores on the key date and what follows|"
    r"at most 90, of the items late|^ab ag aps|customer_id, "
)
ERRORS = {"DataError", "UsageError", "ValueError", "execute", "sql", "count_rows", "Column", "required"}
# A number written out in the code is a place of the template.
HOLE = re.compile(r"\{\w*\}|\d+")
VALUES = ("7", "Xx", "2026-01-31")
Template = tuple[str | None, ...]


def templates(path: Path) -> Iterator[Template]:
    """Yield the texts of a module, None where a value goes; docstrings and errors are left out."""

    def walk(node: ast.AST) -> Iterator[Template]:
        name = getattr(getattr(node, "func", None), "id", getattr(getattr(node, "func", None), "attr", ""))
        if isinstance(node, ast.Raise) or name in ERRORS:
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.JoinedStr):
            yield tuple(part.value if isinstance(part, ast.Constant) else None for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield (node.value,)
        else:
            for child in ast.iter_child_nodes(node):
                yield from walk(child)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")))


def filled(template: Template) -> Iterator[str]:
    """Yield the template with every mix of a number, a name and a day in its places; of many places numbers alone."""
    places = sum(part is None for part in template)
    for values in itertools.product(VALUES, repeat=places) if places <= 5 else [("7",) * places]:
        left = iter(values)
        yield "".join(next(left) if part is None else part for part in template)


def is_spoken(template: Template, language: str) -> bool:
    """Whether the template is known, or is a part of sentences that are."""
    keys = [HOLE.sub("", key) for key in (*read_locale(language).phrases, *read_locale(language).labels)]
    parts = [HOLE.sub("", part).strip(" .,;:()%") for part in template if part]
    if all(any(part in key for key in keys) for part in parts):
        return True
    with speaking(language):
        return any(known(text) != text for text in filled(template))


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_sentence_that_a_run_may_write_is_spoken(language: str) -> None:
    left, seen = [], 0
    for name in WRITERS:
        for template in templates(ROOM / f"{name}.py"):
            whole = "".join("{}" if part is None else part for part in template)
            if len(re.findall(r"[a-z]{2,}", whole)) < 3 or CODE.search(whole) or NOT_SHOWN.search(whole):
                continue
            seen += 1
            if not is_spoken(template, language):
                left.append((name, whole))
    assert seen > 180
    assert left == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_feature_that_comes_with_arseg_is_spoken(language: str) -> None:
    left = []
    with speaking(language):
        for block in find_blocks():
            for column in block.columns:
                head = column.meaning.partition(";")[0]
                left += [head] if known(head) == head else []
    assert left == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_treatment_that_comes_with_arseg_is_spoken(language: str) -> None:
    names = {
        name
        for path in (ROOM / "treatments" / "playbooks").glob("*.yaml")
        for name in re.findall(r"name: ([A-Z][^,}\n]+)", path.read_text(encoding="utf-8"))
    }
    assert len(names) > 30
    with speaking(language):
        assert [name for name in sorted(names) if known(name) == name] == []


def test_a_long_text_of_a_stranger_is_no_sentence_and_costs_nothing() -> None:
    """A place that takes anything could be tried in n^3 ways: texts beyond a length are not looked up at all."""
    for hostile in ("High: " * 5_000, "; ".join(["a, b and c"] * 400), "slower: " + "(" * 20_000 + ")"):
        with speaking("de"):
            assert known(hostile) == hostile


def test_a_template_keeps_its_values_and_writes_numbers_as_the_language_does() -> None:
    text = (
        "High: 7 items, 33,883.05 EUR overdue, 55 % likely unpaid in 30 days; call worth -1,613.82 EUR (estimated,"
        " 866.94 to 2,360.69); brings 107.59 a minute. Against the book: slower: mean days late, last 365 days (92 days);"
        " faster: own column of ACME; Ltd. (3)"
    )
    with speaking("de"):
        assert known(text) == (
            "Hoch: 7 Posten, 33.883,05 EUR überfällig, zu 55 % in 30 Tagen noch unbezahlt; Anruf bringt \N{MINUS SIGN}1.613,82"
            " EUR (geschätzt, 866,94 bis 2.360,69); 107,59 je Minute. Gegenüber dem Bestand: langsamer: mittlere Verspätung,"
            " letzte 365 Tage (92 Tage); faster: own column of ACME; Ltd. (3)"
        )
