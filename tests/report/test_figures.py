from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from arseg.report import figures

WEEKS = [
    {
        "label": f"{n} Nov",
        "expected": 400.0 - n,
        "low_50": 380,
        "high_50": 420,
        "low_80": 350 - 9 * n,
        "high_80": 460,
    }
    for n in range(13)
]
ROWS = [
    {"name": "High", "value": 0.41, "low": 0.36, "high": 0.46, "shown": "41.0 % (36.0 to 46.0)"},
    {"name": "Low", "value": 0.04, "low": None, "high": None, "shown": "4.0 % (no interval)"},
    {"name": "odd", "value": None, "low": None, "high": None, "shown": "not known"},
]
DRAWINGS: dict[str, Callable[[str], str]] = {
    "fan": lambda prefix: figures.fan(WEEKS, label="cash", prefix=prefix),
    "sparkline": lambda prefix: figures.sparkline([3.0, 2.0, 4.0], label="history", prefix=prefix),
    "intervals": lambda prefix: figures.intervals(ROWS, span=0.5, label="separation", prefix=prefix),
    "calibration": lambda prefix: figures.calibration(
        [{"expected": 0.1, "observed": 0.2, "low": 0.1, "high": 0.4}],
        span=0.2,
        label="calibration",
        prefix=prefix,
    ),
}


class Marks(HTMLParser):
    """Collect elements with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_numbers_give_the_same_bytes(name: str) -> None:
    assert DRAWINGS[name]("a") == DRAWINGS[name]("a")


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_is_one_labelled_image_without_fixed_size_or_foreign_matter(name: str) -> None:
    svg = DRAWINGS[name]("a")
    elements = Marks(svg).elements
    tag, attributes = elements[0]
    assert (tag, attributes["role"]) == ("svg", "img")
    assert attributes["aria-label"]
    assert attributes["viewbox"]
    assert "width" not in attributes
    assert {tag for tag, _ in elements} <= {"svg", "g", "path", "text", "use", "defs", "clippath", "rect"}
    assert "http" not in svg
    assert "font-family" not in svg


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_colour_is_a_variable_of_the_page(name: str) -> None:
    svg = DRAWINGS[name]("a")
    assert not re.findall(r"#[0-9a-f]{3,6}\b", re.sub(r'(?:href="|url\()#[^")]*', "", svg))
    assert set(re.findall(r"var\((--[\w-]+)\)", svg)) <= set(figures.VARIABLES.values())


@pytest.mark.parametrize("name", DRAWINGS)
def test_ids_belong_to_their_figure_and_every_reference_has_one(name: str) -> None:
    svg = DRAWINGS[name]("mine")
    ids = re.findall(r' id="([^"]*)"', svg)
    references = re.findall(r'(?:href="|url\()#([^")]*)', svg)
    assert all(each.startswith("mine-") for each in ids)
    assert len(ids) == len(set(ids))
    assert set(references) == set(ids)


@pytest.mark.parametrize(
    "hostile",
    [
        *(
            "<script>alert(1)</script>",
            '"><svg onload="x">',
            "</text></svg><img src=x>",
            "]]><!--",
            "$x^2$ \\alpha",
        ),
        *('style="fill: #0b5d7a"', 'id="x" href="#x"', "{{7*7}}", "名前 😀 שלום", "&lt;&amp;"),
    ],
)
def test_text_stays_text_and_is_shown_as_it_is(hostile: str) -> None:
    row = ROWS[0] | {"name": hostile, "shown": hostile}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = Marks(figures.intervals([row], span=0.5, label=hostile, prefix="p"))
        calm = Marks(figures.intervals([row | {"name": "a", "shown": "b"}], span=0.5, label="c", prefix="p"))
    assert page.texts.count(hostile) == 2
    assert page.elements[0][1]["aria-label"] == hostile
    assert [(tag, sorted(attrs)) for tag, attrs in page.elements] == [
        (tag, sorted(attrs)) for tag, attrs in calm.elements
    ]


def test_the_fans_lower_edge_keeps_clear_of_the_axis() -> None:
    low, high = figures._room(WEEKS)
    assert low < min(w["low_80"] for w in WEEKS)  # type: ignore[type-var]
    assert high > max(w["high_80"] for w in WEEKS)  # type: ignore[type-var]
    flat = [dict.fromkeys(WEEKS[0], 0.0)]
    assert figures._room(flat)[0] < 0


def test_drawing_leaves_pyplot_and_the_settings_alone() -> None:
    import matplotlib as mpl

    before = mpl.rcParams.copy()
    DRAWINGS["fan"]("a")
    assert mpl.rcParams == before
    assert "matplotlib.pyplot" not in sys.modules


def test_a_segment_is_told_by_its_marker_too() -> None:
    assert len(set(figures.SEGMENT_MARK.values())) == len(figures.SEGMENT_INK)
