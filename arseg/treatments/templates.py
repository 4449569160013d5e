"""Message templates: plain text with named placeholders, and nothing else (capabilities S55).

A template is no program. ``$name`` or ``${name}`` stands for one of the allowed values, ``$$`` for a dollar
sign; attributes, calls, indexes, loops, format codes, braces and markup are refused with their line. A
file starts with ``Subject: ...`` and an empty line; the rest is the body.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from arseg.schema import UsageError

# Every name that a template may hold.
PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer": "name of the customer; the customer_id where it is unknown",
        "sender": "who writes",
        "sender_contact": "how to reach the sender",
        "key_date": "the day we stand on",
        "pay_by": "the day by which to pay",
        "days_past_due": "days past due of the oldest invoice in the table",
        "invoice_count": "invoices in the table",
        "invoice_table": "the open invoices, as lines of text",
        "total": "their sum, by currency",
        "overdue": "the overdue part of it, by currency",
    }
)

# The only value that has lines; it cannot stand in a subject.
TABLE: Final = "invoice_table"

LONGEST: Final = 20_000

_FOLDER: Final = Path(__file__).parent / "templates"

_DOLLAR: Final = re.compile(r"\$(?:(?P<escaped>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>\w+)\})?")

# What would go on after a placeholder in a template language: .attribute, [index], (call), :format, !code.
_GOES_ON: Final = re.compile(r"\.\w|[\[(!]|:\w|\|")

_FOREIGN: Final = re.compile(r"[{}<>`]|%[({%]")


@dataclass(frozen=True)
class Template:
    """One message in one language, already checked.

    Parameters
    ----------
    name, language
        ``reminder`` in ``de``.
    subject, body
        Text with placeholders.
    """

    name: str
    language: str
    subject: str
    body: str

    def render(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and body with every placeholder replaced, once: values are never read as templates.

        Parameters
        ----------
        values
            Text by placeholder, as `arseg.treatments.messages` escapes it.

        Raises
        ------
        UsageError
            If a value is missing.

        Examples
        --------
        >>> Template("x", "en", "To $customer", "$$5 by ${pay_by}").render({"customer": "$pay_by", "pay_by": "Monday"})
        ('To $pay_by', '$5 by Monday')
        """
        return _filled(self.subject, values, self), _filled(self.body, values, self)


Templates = Mapping[str, Mapping[str, Template]]


def read_templates(folder: str | Path | None = None) -> Templates:
    """Read a folder of templates, ``LANGUAGE/NAME.txt``.

    Parameters
    ----------
    folder
        One's own, or None for those that come with arseg: nudge, reminder, firm, promise and dispute
        in English, Spanish and German.

    Returns
    -------
    templates
        By language, then by name.

    Raises
    ------
    UsageError
        If there is none, or one is not allowed; with its line.

    Examples
    --------
    >>> sorted(read_templates()), sorted(read_templates()["de"])
    (['de', 'en', 'es'], ['dispute', 'firm', 'nudge', 'promise', 'reminder'])
    """
    home = _FOLDER if folder is None else Path(folder)
    files = sorted(home.glob("*/*.txt"))
    if not files:
        raise UsageError(
            "there are no templates", given=home, allowed="LANGUAGE/NAME.txt", do="write en/reminder.txt"
        )
    found: dict[str, dict[str, Template]] = {}
    for file in files:
        found.setdefault(file.parent.name, {})[file.stem] = _read(file)
    return found


def parse_template(text: str, *, name: str, language: str, path: object = None) -> Template:
    r"""Check a template's text and return it.

    Parameters
    ----------
    text
        ``Subject: ...``, an empty line, the body.
    name, language
        What it is called, and an ISO 639-1 code.
    path
        Named in complaints.

    Raises
    ------
    UsageError
        Naming the first line that holds anything but text and allowed placeholders.

    Examples
    --------
    >>> parse_template("Subject: Hello\n\nDear $customer,\n", name="hello", language="en").body
    'Dear $customer,\n'
    """
    where = path or f"{language}/{name}"
    if len(text) > LONGEST:
        raise _wrong(where, 1, f"{len(text)} characters", allowed=f"{LONGEST} characters", do="shorten it")
    lines = text.split("\n")
    if not re.fullmatch(r"Subject: \S.*", lines[0]):
        raise _wrong(where, 1, repr(lines[0][:60]), allowed="Subject: ...", do="let it start with a subject")
    if len(lines) < 3 or lines[1] or not "".join(lines[2:]).strip():
        raise _wrong(where, 2, repr(text[:60]), allowed="an empty line, then the body", do="write a body")
    for number, line in enumerate(lines, start=1):
        _check_line(line, number, where)
    subject = lines[0].removeprefix("Subject: ")
    if TABLE in {found["plain"] or found["braced"] for found in _DOLLAR.finditer(subject)}:
        raise _wrong(where, 1, f"${TABLE}", allowed="a value of one line", do="move the table to the body")
    return Template(name, language, subject, "\n".join(lines[2:]))


def _read(file: Path) -> Template:
    if not re.fullmatch(r"[a-z]{2}", file.parent.name):
        raise _wrong(file, 1, file.parent.name, allowed="an ISO 639-1 code, as en", do="rename the folder")
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as problem:
        raise _wrong(file, 1, f"byte {problem.start}", allowed="UTF-8", do="save it as UTF-8") from None
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return parse_template(plain, name=file.stem, language=file.parent.name, path=file)


def _check_line(line: str, number: int, where: object) -> None:
    for found in _DOLLAR.finditer(line):
        if found["escaped"]:
            continue
        name, rest = found["plain"] or found["braced"], line[found.end() :]
        if name not in PLACEHOLDERS:
            near = difflib.get_close_matches(str(name), PLACEHOLDERS, n=1)
            do = f"write ${{{near[0]}}}" if near else "write $$ for a dollar sign"
            raise _wrong(
                where, number, repr(line[found.start() :][:40]), allowed=", ".join(PLACEHOLDERS), do=do
            )
        if _GOES_ON.match(rest):
            given = repr(line[found.start() :][:40])
            raise _wrong(where, number, given, allowed="the placeholder alone", do="set a space after it")
    foreign = _FOREIGN.search(_DOLLAR.sub("", line))
    hidden = next((sign for sign in line if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")), None)
    if foreign or hidden:
        given = repr(foreign[0] if foreign else hidden)
        allowed = "plain text and placeholders: no braces, markup, codes or hidden characters"
        raise _wrong(where, number, given, allowed=allowed, do="take it out")


def _filled(text: str, values: Mapping[str, str], template: Template) -> str:
    def value(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        name = found["plain"] or found["braced"]
        if name not in values:
            raise UsageError(
                f"the template {template.language}/{template.name} lacks a value",
                given=name,
                allowed=", ".join(sorted(values)),
                do=f"give a value for {name}",
            )
        return values[name]

    return _DOLLAR.sub(value, text)


def _wrong(where: object, line: int, given: str, *, allowed: str, do: str) -> UsageError:
    return UsageError(
        f"the template {where}, line {line}, is not allowed", given=given, allowed=allowed, do=do, row=line
    )
