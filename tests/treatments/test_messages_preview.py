from __future__ import annotations

import re
from html.parser import HTMLParser

from arseg.treatments.messages_preview import preview_page
from arseg.treatments.templates import PLACEHOLDERS, Template, read_templates


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_shows_every_template_and_says_that_nothing_is_sent() -> None:
    reader = read(preview_page())
    for language, of_language in read_templates().items():
        for name, template in of_language.items():
            assert f"{language} / {name}" in reader.text
            assert template.body in reader.text
    assert "arseg sends nothing" in reader.text
    assert "Müller & Söhne GmbH" in reader.text
    assert "12.480,00 EUR" in reader.text
    for name in PLACEHOLDERS:
        assert f"${{{name}}}" in reader.text


def test_the_page_is_inert_and_offline() -> None:
    page = preview_page()
    reader = read(page)
    policy = [dict(attrs) for tag, attrs in reader.tags if tag == "meta" and "http-equiv" in attrs]
    assert policy == [
        {
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'",
        }
    ]
    assert not {tag for tag, _ in reader.tags} & {"script", "link", "img", "iframe", "form", "a", "object"}
    assert not re.search(r"https?://|url\(|@import", page)


def test_whatever_a_template_holds_stays_text() -> None:
    wicked = "<script>alert(1)</script>\"'>&"
    reader = read(preview_page({"en": {wicked: Template(wicked, "en", wicked, wicked)}}))
    assert "script" not in {tag for tag, _ in reader.tags}
    assert reader.text.count(wicked) == 5


def test_the_same_templates_give_the_same_bytes() -> None:
    assert preview_page() == preview_page()
