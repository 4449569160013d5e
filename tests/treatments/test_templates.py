from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.schema import UsageError
from arseg.treatments.templates import PLACEHOLDERS, parse_template, read_templates

VALUES = {name: f"[{name}]" for name in PLACEHOLDERS}


def parsed(body: str, subject: str = "Hello"):  # noqa: ANN201  a Template
    return parse_template(f"Subject: {subject}\n\n{body}", name="own", language="en")


def test_every_message_comes_in_english_spanish_and_german_with_the_same_names() -> None:
    templates = read_templates()
    assert sorted(templates) == ["de", "en", "es"]
    assert {tuple(sorted(of)) for of in templates.values()} == {
        ("dispute", "firm", "nudge", "promise", "reminder")
    }
    for of_language in templates.values():
        for template in of_language.values():
            subject, body = template.render(VALUES)
            assert "$" not in subject + body
            assert "[invoice_table]" in body
            assert "[customer]" in body


def test_a_nudge_and_a_promise_threaten_nobody_and_only_firm_does() -> None:
    for language, threat in {"en": "further steps", "es": "otras medidas", "de": "weitere Schritte"}.items():
        telling = {name for name, of in read_templates()[language].items() if threat in of.body}
        assert telling == {"firm"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("$customr", r"'\$customr'.*Do: write \$\{customer\}"),
        ("${password}", r"Allowed: customer, sender"),
        ("$customer.name", r"'\$customer.name'.*the placeholder alone"),
        ("${customer}.__class__", "the placeholder alone"),
        ("$customer[0]", "the placeholder alone"),
        ("${customer}(1)", "the placeholder alone"),
        ("${total}:>10", "the placeholder alone|plain text"),
        ("${total}:d", "the placeholder alone"),
        ("${customer}!r", "the placeholder alone"),
        ("${total}|upper", "the placeholder alone"),
        ("${customer.name}", "write .. for a dollar sign"),
        ("${total:>10}", "write .. for a dollar sign"),
        ("${ customer }", "write .. for a dollar sign"),
        ("$(customer)", "write .. for a dollar sign"),
        ("it costs $5", "write .. for a dollar sign"),
        ("ends with $", "write .. for a dollar sign"),
        ("{customer}", "plain text and placeholders"),
        ("{{ customer }}", "plain text and placeholders"),
        ("{% for x in y %}", "plain text and placeholders"),
        ("%(customer)s", "plain text and placeholders"),
        ("<b>now</b>", "plain text and placeholders"),
        ("a\tb", "plain text and placeholders"),
        ("a\x00b", "plain text and placeholders"),
        ("a\u202eb", "plain text and placeholders"),
        ("a\rBcc: x", "plain text and placeholders"),
    ],
)
def test_whatever_is_not_text_or_an_allowed_name_is_refused_with_its_line(line, message) -> None:
    with pytest.raises(UsageError, match=rf"en/own, line 4, is not allowed\..*(?:{message})"):
        parsed(f"fine\n{line}\n")


def test_a_dollar_sign_and_a_full_stop_are_text() -> None:
    assert parsed("Pay $$5 to $sender. ${total}, ${overdue}; (${key_date})").render(VALUES)[1] == (
        "Pay $5 to [sender]. [total], [overdue]; ([key_date])"
    )


def test_a_table_does_not_stand_in_a_subject() -> None:
    with pytest.raises(UsageError, match=r"line 1, .*\$invoice_table.*move the table to the body"):
        parsed("body", subject="Here: ${invoice_table}")


@pytest.mark.parametrize(
    "text", ["", "Hello\n\nbody", "Subject: \n\nbody", "Subject: x\nbody", "Subject: x\n\n\n"]
)
def test_a_template_starts_with_a_subject_and_has_a_body(text) -> None:
    with pytest.raises(UsageError, match=r"line [12], is not allowed"):
        parse_template(text, name="own", language="en")


def test_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match=r"en/own lacks a value. Given: total"):
        parsed("$total").render({"customer": "x"})


@given(st.text(max_size=60))
def test_any_text_is_refused_or_is_shown_as_it_stands(text) -> None:
    try:
        template = parsed(f"x{text}")
    except UsageError:
        return
    shown = template.render(VALUES)[1]
    if "$" not in text:
        assert shown == f"x{text}"
    assert not set(shown) & set("{}<>\r\x00")


@given(st.text(max_size=40))
def test_a_value_is_never_read_as_a_template(value) -> None:
    assert parsed("a $customer b").render({"customer": value}) == ("Hello", f"a {value} b")


def test_a_folder_of_one_s_own_is_read(tmp_path) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "nudge.txt").write_bytes("\ufeffSubject: Bonjour\r\n\r\n$customer\r\n".encode())
    assert read_templates(tmp_path)["fr"]["nudge"].body == "$customer\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("english/nudge.txt", b"Subject: x\n\nx", "ISO 639-1"),
        ("en/nudge.txt", b"Subject: \xff\n\nx", "UTF-8"),
        ("en/nudge.txt", b"Subject: x\n\n" + b"x" * 20_001, "20000 characters"),
        ("en/nudge.md", b"Subject: x\n\nx", "there are no templates"),
    ],
)
def test_a_wrong_folder_is_refused(tmp_path: Path, name, content, message) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_templates(tmp_path)
