from __future__ import annotations

import base64
import hashlib

from markupsafe import Markup

from arseg.report.inlined import Looks, inlined, policy


def test_a_drawing_keeps_its_looks_as_classes_and_has_no_style_attribute() -> None:
    looks = Looks()
    svg = Markup(
        '<svg><path style="fill: var(--ink)"/><g style="fill: var(--ink)"/><text style="">style="x"</text></svg>'
    )
    assert looks.drawn(svg) == '<svg><path class="d0"/><g class="d0"/><text>style="x"</text></svg>'
    assert looks.sheet() == ".d0{fill: var(--ink)}\n"
    assert looks.drawn([svg, ""]) == [looks.drawn(svg), ""]


def test_text_that_is_no_drawing_is_not_touched() -> None:
    assert Looks().drawn('<path style="x"/>') == '<path style="x"/>'


def test_the_policy_allows_what_is_inlined_by_its_hash_and_nothing_else() -> None:
    told = inlined(Looks())
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(str(told[name]).encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in told["policy"]
    assert told["policy"].startswith("default-src 'none'; ")
    assert "unsafe" not in told["policy"]
    assert policy("a", "b") != policy("a", "c")


def test_neither_part_can_end_its_own_element_or_call_for_anything() -> None:
    told = inlined(Looks())
    for text in (str(told["style"]), str(told["script"])):
        for word in ("</", "http:", "https:", "url(", "@import", "eval(", "innerHTML", "fetch("):
            assert word not in text.replace("// ", "").replace("//", "")
