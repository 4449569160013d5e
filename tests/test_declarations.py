from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from arseg.declarations import parse_declaration, read_declaration, validate
from arseg.schema import UsageError

PATH = Path("demo.yaml")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    weight: float = 1.0


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    title: str
    parts: list[Part] = []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("0123", "0123"),
        ("12:30:45", "12:30:45"),
        ("2026-10-31", "2026-10-31"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("true", True),
        ("null", None),
        ("12", 12),
        ("-0.5", -0.5),
        ("1.10", 1.10),
    ],
)
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    read = parse_declaration(f"key: {text}", PATH).values["key"]
    assert read == value
    assert type(read) is type(value)


def test_a_key_that_stands_twice_is_refused_with_its_line() -> None:
    with pytest.raises(UsageError, match=r"key 'title' stands twice in demo.yaml, line 3"):
        parse_declaration("title: a\nparts: []\ntitle: b\n", PATH)


def test_a_key_that_stands_twice_deep_down_is_refused_too() -> None:
    with pytest.raises(UsageError, match=r"key 'name' stands twice in demo.yaml, line 4"):
        parse_declaration("title: a\nparts:\n- name: x\n  name: y\n", PATH)


def test_a_misspelt_key_is_refused_with_its_line_and_the_key_that_was_meant() -> None:
    declared = parse_declaration("title: a\nparts:\n  - name: x\n    wieght: 2.0\n", PATH)
    with pytest.raises(
        UsageError, match=r"unknown key 'parts.0.wieght' in demo.yaml, line 4.*Do: write 'weight'"
    ):
        validate(declared, Whole)


def test_a_misspelt_required_key_is_called_misspelt_and_not_missing() -> None:
    declared = parse_declaration("titel: a\nparts: []\n", PATH)
    with pytest.raises(UsageError, match=r"unknown key 'titel' in demo.yaml, line 1.*Do: write 'title'"):
        validate(declared, Whole)


def test_a_wrong_value_is_refused_with_its_line() -> None:
    declared = parse_declaration("title: a\nparts:\n  - name: 7\n", PATH)
    with pytest.raises(UsageError, match=r"parts.0.name is wrong in demo.yaml, line 3. Given: 7"):
        validate(declared, Whole)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(UsageError, match=r"title is wrong in demo.yaml, line 1.*Field required"):
        validate(parse_declaration("parts: []\n", PATH), Whole)


@pytest.mark.parametrize("text", ["", "- a\n", "just text"])
def test_a_file_that_declares_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="the file declares nothing"):
        parse_declaration(text, PATH)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['true']",
        "a: !unknown 1",
        "a: [1",
        "a: &x [1]\nb: *x\n",
        "a: 1\n---\nb: 2\n",
        "? [a, b]\n: 1\n",
        "a: " + "[" * 3000,
        "a: " + "9" * 6000,
        "a: \x07",
    ],
)
def test_tags_aliases_and_broken_yaml_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"the file is not (plain )?YAML"):
        parse_declaration(text, PATH)


def test_a_missing_file_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the file does not exist"):
        read_declaration(tmp_path / "absent.yaml")
    huge = tmp_path / "huge.yaml"
    huge.write_text("a: " + "x" * (1 << 20))
    with pytest.raises(UsageError, match="the file is too large"):
        read_declaration(huge)


def test_a_file_that_is_not_utf_8_is_refused_with_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("title: M\xfcller".encode("latin-1"))
    with pytest.raises(UsageError, match=r"the file is not UTF-8 text\. Given: .*latin.yaml, byte 8"):
        read_declaration(path)
