"""The page's language: every label by a locale file, and how numbers, money and days are written there.

A label is looked up by its English text in ``locales/<language>.yaml``. What a run has written itself (a
reason, a finding, the meaning of a feature) is looked up too: whole, then as a template of ``sentences.yaml`` or
``features.yaml`` whose values stay values and are written as the language writes them; what no template knows
stands as written. Published tables keep their English text. Data is never a label, so names stay exactly as they are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

import yaml
from markupsafe import Markup, escape

from arseg.schema import UsageError

LANGUAGES: Final = ("en", "es", "de")
_PLACE: Final = re.compile(r"\{(\w+)\}")
_NUMBER: Final = re.compile(r"[-+]?(\d{1,3}(,\d{3})*(\.\d+)?|\d+(\.\d+)?)(e[-+]?\d+)?")
# A place of one of these names, with or without a digit behind, takes a number and nothing else.
_NUMBERS: Final = frozenset(
    {
        *("amount", "cents", "count", "days", "flows", "high", "least", "low", "months"),
        *("most", "rate", "share", "some", "windows"),
    }
)
_TYPED: Final = {"day": r"\d{4}-\d\d-\d\d", "weekday": "[A-Z][a-z]{2}"}
# What is longer is no sentence of a run.
_LONGEST: Final = 600
_MOST_LISTED: Final = 12
_ELSEWHERE: Final = ("sentences", "features")
# A calendar day; the 29th of February stays as it is written.
_DAY: Final = re.compile(
    r"[1-9]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
# A day within a sentence, not within the name of something.
_DAY_IN: Final = re.compile(rf"(?<![\w/.-])(?:{_DAY.pattern})(?![\w/-])")
_PERCENT: Final = re.compile(r"(?<=\d)%(?=[ );,.:]|$)")
# Values under these names are code: a policy as written, an id.
_CODE: Final = frozenset({"policy", "in_force", "version", "file"})


@dataclass(frozen=True)
class Locale:
    """One locale file, read.

    Parameters
    ----------
    code
        The language, ISO 639-1.
    formats
        How numbers, money and days are written.
    labels
        By their English text.
    phrases
        Sentences that runs write, with ``{places}`` for what differs.
    """

    code: str
    formats: Mapping[str, Any]
    labels: Mapping[str, str]
    phrases: Mapping[str, str]

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The phrases as patterns, the longest first, so that the most exact one speaks."""
        ordered = sorted(self.phrases.items(), key=lambda pair: (-len(pair[0]), pair[0]))
        return tuple((_pattern(english), spoken) for english, spoken in ordered)


def read_locale(language: str) -> Locale:
    """Return a language's locale.

    Parameters
    ----------
    language
        One of `LANGUAGES`.

    Raises
    ------
    UsageError
        If there is no such language.

    Examples
    --------
    >>> read_locale("de").labels["Key measures"]
    'Kennzahlen'
    """
    if language not in LANGUAGES:
        raise UsageError(
            "the report does not speak this language",
            given=language,
            allowed=", ".join(LANGUAGES),
            do="set language to one of them in the experiment",
        )
    return _read(language)


@cache
def _read(language: str) -> Locale:
    told = _yaml(language)
    phrases = dict(told["phrases"])
    for name in _ELSEWHERE if language != "en" else ():
        phrases |= {english: spoken[language] for english, spoken in _yaml(name).items()}
    return Locale(language, told["formats"], told["labels"], phrases)


def _yaml(name: str) -> dict[str, Any]:
    text = (files("arseg.report") / "locales" / f"{name}.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe)
    return told


_SPOKEN: Final[ContextVar[Locale | None]] = ContextVar("spoken", default=None)


@contextmanager
def speaking(language: str | Locale) -> Iterator[Locale]:
    """Speak a language within the block, English outside of any.

    Examples
    --------
    >>> with speaking("es"):
    ...     say("Key measures")
    'Indicadores clave'
    """
    locale = language if isinstance(language, Locale) else read_locale(language)
    token = _SPOKEN.set(locale)
    try:
        yield locale
    finally:
        _SPOKEN.reset(token)


def spoken() -> Locale:
    """Return the locale that is spoken here."""
    return _SPOKEN.get() or read_locale("en")


def say(label: str, **values: object) -> str:
    """Return a label in the language spoken, its places filled.

    Parameters
    ----------
    label
        Its English text; ``{places}`` are filled by name.
    values
        What fills them; a value is never looked up.

    Examples
    --------
    >>> say("{low} to {high}", low="1", high="2")
    '1 to 2'
    """
    text = spoken().labels.get(label, label)
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text) if values else text


def mark(label: str, **values: object) -> Markup:
    """Return a label as markup: escaped, each value in an element of its own that keeps its reading order.

    Examples
    --------
    >>> mark("Since {day}", day="<b>")
    Markup('Since <bdi>&lt;b&gt;</bdi>')
    """

    def filled(place: re.Match[str]) -> str:
        if place[1] not in values:
            return place[0]
        look = ' class="code"' if place[1] in _CODE else ""
        return f"<bdi{look}>{escape(values[place[1]])}</bdi>"

    return Markup(_PLACE.sub(filled, str(escape(spoken().labels.get(label, label)))))  # noqa: S704 (both escaped)


def known(text: str) -> str:
    """Return what a run has written in the language spoken where its locale knows it, else as it stands.

    Examples
    --------
    >>> with speaking("de"):
    ...     known("High"), known("slower: mean days late, last 365 days (92 days)"), known("Northwind GmbH")
    ('Hoch', 'langsamer: mittlere Verspätung, letzte 365 Tage (92 Tage)', 'Northwind GmbH')
    """
    locale = spoken()
    whole = locale.labels.get(text) or locale.phrases.get(text)
    if whole:
        return whole
    if locale.code == "en":
        return _PERCENT.sub("\u00a0%", _DAY_IN.sub(lambda found: _part(locale, found[0]), text))
    if _DAY.fullmatch(text):
        return _part(locale, text)
    return _whole(locale, text) or _in_parts(locale, text) or text


def _whole(locale: Locale, text: str) -> str:
    """Return a text that one label or template knows, with or without its full stop; empty where none does."""
    found = locale.labels.get(text) or locale.phrases.get(text) or _phrase(locale, text)
    if found or not text.endswith("."):
        return found
    found = _whole(locale, text[:-1])
    return found and f"{found}."


def _phrase(locale: Locale, text: str) -> str:
    for pattern, there in locale.patterns if len(text) <= _LONGEST else ():
        found = pattern.fullmatch(text)
        if found:
            parts = {name: _part(locale, part) for name, part in found.groupdict().items()}
            return _PLACE.sub(lambda place: parts.get(place[1], place[0]), there)  # noqa: B023 (used at once)
    return ""


def _part(locale: Locale, text: str) -> str:
    """Return what fills a place of a phrase: a number or a day as the language writes it, else what is known."""
    if _NUMBER.fullmatch(text):
        group, decimal = locale.formats["group"], locale.formats["decimal"]
        return text.translate({ord(","): group, ord("."): decimal, ord("-"): "\u2212"})
    if text.endswith(" %") and _NUMBER.fullmatch(text[:-2]):
        return str(locale.formats["percent"].format(amount=_part(locale, text[:-2])))
    if _DAY.fullmatch(text):
        day = dt.date.fromisoformat(text)
        month = locale.formats["months"][day.month - 1]
        return str(locale.formats["day"].format(day=day.day, month=month, year=day.year))
    return known(text)


def _in_parts(locale: Locale, text: str) -> str:
    """Look up the parts of a sentence between its semicolons, or those of a list where each of them is known."""
    parts = text.split("; ")
    if len(parts) > 1:
        return "; ".join(_whole(locale, part) or _listed(locale, part) or part for part in parts)
    return _listed(locale, text)


def _listed(locale: Locale, text: str) -> str:
    parts = text.split(", ")
    found = [_whole(locale, part) for part in parts] if 1 < len(parts) <= _MOST_LISTED else []
    return ", ".join(found) if found and all(found) else ""


def _pattern(english: str) -> re.Pattern[str]:
    """Return a phrase as a pattern; a place is a number, or anything without a semicolon, the first one too."""
    parts = _PLACE.split(english)
    held = [re.escape(part) if at % 2 == 0 else f"(?P<{part}>{_held(part)})" for at, part in enumerate(parts)]
    return re.compile("".join(held), re.DOTALL)


def _held(place: str) -> str:
    kind = place.rstrip("0123456789")
    return f"(?:{_NUMBER.pattern})" if kind in _NUMBERS else _TYPED.get(kind, "[^;]+?")
