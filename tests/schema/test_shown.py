from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import arseg
from arseg.schema.shown import AsWritten, Shown, brief, printable

HOSTILE: list[str] = json.loads(
    (Path(__file__).parents[1] / "report" / "hostile.json").read_text(encoding="utf-8")
)
ROOMS = ("ledger", "features", "models", "metrics", "policies", "treatments", "forecast", "scores")
ROOMS += ("uplift", "backtest", "report", "runs", "world")
# Protocols, refusals, and what is handed out as a mapping, a pair or a schema are no results.
PLAIN = {"Policy", "TimeToPayment", "Classifier", "Cuts", "LedgerSoFar", "ArsegError", "DataError"}
PLAIN |= {"UsageError", "BusyError", "Column", "Table"}
TAGS = {"div", "strong", "code", "table", "tr", "th", "td", "details", "summary", "br"}


def results() -> list[type]:
    """Return every class that a room hands out: exported, or named as what an exported function returns."""
    everything = {
        (thing.__module__.split(".")[1], name): thing
        for module in pkgutil.walk_packages(arseg.__path__, "arseg.")
        if not module.name.endswith("__main__")
        for name, thing in vars(importlib.import_module(module.name)).items()
        if inspect.isclass(thing) and thing.__module__.startswith("arseg.") and "sources" not in module.name
    }
    found: set[type] = set()
    for name in ROOMS:
        room = importlib.import_module(f"arseg.{name}")
        for word in getattr(room, "__all__", [each for each in vars(room) if not each.startswith("_")]):
            thing = getattr(room, word)
            returned = str(getattr(thing, "__annotations__", {}).get("return", ""))
            words = [word, *re.findall(r"\w+", returned)]
            found |= {everything[name, each] for each in words if (name, each) in everything}
    return sorted((kind for kind in found if kind.__name__ not in PLAIN), key=lambda kind: kind.__qualname__)


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def poisoned(kind: type, text: str) -> Any:
    """Return a result of that class whose every field holds the text, as itself or in a table."""
    made = object.__new__(kind)
    names = [each.name for each in dataclasses.fields(kind)]
    frame = pd.DataFrame({text: [text, text]}, index=pd.Index([text, "b"], name=text))
    for at, name in enumerate(names):
        value = (text, (text,), {text: text}, frame, frozenset({text}))[at % 5]
        object.__setattr__(made, name, value)
    return made


def test_the_walk_finds_what_the_verbs_hand_out() -> None:
    names = {kind.__name__ for kind in results()}
    assert {"BacktestResult", "QualityReport", "Snapshot", "Features", "Scores", "Provision"} <= names
    assert {"RiskTiers", "DiscreteHazard", "Playbook", "Day", "TearSheet", "Ledger", "Run"} <= names
    assert len(names) > 60


@pytest.mark.parametrize("kind", results(), ids=lambda kind: kind.__name__)
def test_every_result_shows_itself_as_text_and_in_a_notebook(kind: type) -> None:
    assert callable(getattr(kind, "_repr_html_", None))
    assert kind.__repr__ is not object.__repr__
    if issubclass(kind, Shown):
        assert "DataFrame" not in inspect.getsource(kind.__repr__)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in results() if issubclass(kind, Shown) and dataclasses.is_dataclass(kind)],
    ids=lambda kind: kind.__name__,
)
def test_nothing_that_the_data_holds_is_markup_or_moves_the_cursor(kind: type) -> None:
    for text in [*HOSTILE[::6], "</table><script>alert(1)</script>", "a\x1b[2Jb", "x\r\ny"]:
        made = poisoned(kind, text)
        seen = _Seen()
        seen.feed(made._repr_html_())
        assert seen.tags <= TAGS
        assert seen.attributes <= {"class", "style"}
        if kind.__repr__ is Shown.__repr__:
            said = repr(made)
            assert all(each.isprintable() or each == "\n" for each in said)
            assert said.count("\n") == sum(each.repr for each in dataclasses.fields(kind))


def test_a_cell_shows_names_exactly_as_they_are() -> None:
    @dataclasses.dataclass(frozen=True)
    class Found(Shown):
        table: pd.DataFrame

    for text in ("<b>Müller & Söhne</b>", "&lt;b&gt;", "=1+1", 'O\'Neill "and" sons'):
        seen = _Seen()
        seen.feed(Found(pd.DataFrame({"name": [text]}))._repr_html_())
        assert text in seen.text


def test_a_table_shows_its_first_five_rows_folded_and_says_how_many_there_are() -> None:
    @dataclasses.dataclass(frozen=True)
    class Found(Shown):
        rows: pd.DataFrame

    found = Found(pd.DataFrame({"n": range(1000)}))
    assert repr(found) == "Found\n  rows  1,000 rows x 1 columns"
    shown = found._repr_html_()
    assert "<summary>1,000 rows x 1 columns</summary>" in shown
    assert "<td>4</td>" in shown
    assert "<td>5</td>" not in shown


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ((), "none"),
        ("", "(empty)"),
        (None, "None"),
        (0.123456789, "0.123457"),
        (1234, "1,234"),
        (Path("a") / "b", "a/b"),
        (float("nan"), "nan"),
        (np.zeros((3, 2)), "3 x 2 values"),
        (frozenset({"b", "a"}), "a, b"),
        (list("abcdefgh"), "a, b, c, d, e, f, ... (8 in all)"),
        ("x" * 500, "x" * 97 + "..."),
    ],
)
def test_a_value_is_said_on_one_line(value: Any, said: str) -> None:
    assert brief(value) == said


def test_policies_and_models_print_as_written_in_a_cell_too() -> None:
    from arseg import models, policies

    spelt = {**vars(policies), **vars(models)}
    chosen = [policies.RiskTiers(medium_from=0.1), models.DiscreteHazard(trees=40)]
    chosen += [kind() for kind in policies.all_policies() if kind.__name__ not in ("Composed", "Hysteresis")]
    chosen.append(policies.Hysteresis(policies.AgingBuckets(high_from=61)))
    for one in chosen:
        assert isinstance(one, AsWritten)
        assert eval(repr(one), spelt) == one
        assert repr(one).replace("'", "&#x27;") in one._repr_html_()


def test_only_a_model_that_learnt_says_so() -> None:
    @dataclasses.dataclass
    class Model(AsWritten):
        trees: int = 3
        features_: list[str] = dataclasses.field(default_factory=list, init=False, repr=False)

    model = Model()
    assert "fitted:" not in model._repr_html_()
    model.features_ = ["balance"]
    assert "fitted: features_" in model._repr_html_()


def test_what_does_not_print_is_spelt_out() -> None:
    assert printable("a\x00\u202eb\nc") == "a\\x00\\u202eb\nc"


def test_the_verbs_are_found_by_completion_and_nothing_heavy_is_imported_for_it() -> None:
    code = (
        "import sys, arseg\n"
        "assert {'backtest', 'read_ledger', 'tear_sheet'} <= set(dir(arseg)) == set(arseg.__all__) | {'__version__'}\n"
        "heavy = {'pandas', 'numpy', 'duckdb', 'matplotlib', 'mlflow', 'xgboost'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_refusal_in_a_cell_is_four_beats_without_a_page_of_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("from arseg import read_ledger\n\nread_ledger('no\x1b[2J.duckdb')")
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "UsageError: there is no ledger (line 3 of the cell)",
        "  given    no\\x1b[2J.duckdb",
        "  allowed  a .duckdb file written by `arseg load`",
        "  do       load it first",
    ]
    shell.run_cell("1/0")
    assert "Traceback" in capsys.readouterr().out, "a fault that is not ours keeps its traceback"
