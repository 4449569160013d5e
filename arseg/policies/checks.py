"""What the parameters of a policy may be, each refusal in four beats."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from arseg.schema import SEGMENTS, UsageError

# The words of schema.SEGMENTS, spelt out for annotations and for the JSON schema of a policy file.
Segment = Literal["High", "Medium", "Low"]


def checked_number(value: object, *, name: str) -> float:
    """Return a finite number as float; ``name`` says in the error what it is.

    Raises
    ------
    UsageError
        If it is text, true, false, NaN or infinite.
    """
    if not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    raise UsageError(
        f"{name} is not a number", given=repr(value), allowed="a number", do=f"give {name} as 0.5"
    )


def checked_count(value: object, *, name: str) -> int:
    """Return a whole number from 1 on.

    Raises
    ------
    UsageError
        If it is anything else.

    Examples
    --------
    >>> checked_count(30, name="min_size")
    30
    """
    if not isinstance(value, bool) and isinstance(value, numbers.Integral) and int(value) >= 1:
        return int(value)
    raise UsageError(
        f"{name} is not a whole number from 1 on",
        given=repr(value),
        allowed="1, 2, 3, ...",
        do=f"give {name} as 30",
    )


def checked_choice(value: object, allowed: Sequence[str], *, name: str) -> str:
    """Return the value if it is one of those allowed.

    Raises
    ------
    UsageError
        If it is none of them, naming the near one.

    Examples
    --------
    >>> checked_choice("Low", ("High", "Low"), name="unknown")
    'Low'
    """
    if isinstance(value, str) and value in allowed:
        return value
    by_small = {word.lower(): word for word in allowed}
    near = difflib.get_close_matches(str(value).lower(), by_small, n=1)
    raise UsageError(
        f"{name} is {value!r}",
        given=repr(value),
        allowed=", ".join(allowed),
        do=f"write {by_small[near[0]]!r}" if near else "choose one of those allowed",
    )


def checked_words(words: object, *, name: str, values: Sequence[str] | None = None) -> Mapping[str, str]:
    """Return a read-only mapping from words to words, sorted so that equal ones print alike.

    Parameters
    ----------
    words
        The mapping as given.
    name
        What it is, for the error.
    values
        The words that it may map to; any where None.

    Raises
    ------
    UsageError
        If it is no mapping, a key or value is no text or empty, or a value is not allowed.

    Examples
    --------
    >>> dict(checked_words({"paper": "High", "edi": "Low"}, name="segments", values=("High", "Low")))
    {'edi': 'Low', 'paper': 'High'}
    """
    if not isinstance(words, Mapping) or not all(_a_word(key) for key in words):
        raise _no_words(name, words)
    for key, value in words.items():
        if values is not None:
            checked_choice(value, values, name=f"{name}: {key!r}")
        elif not _a_word(value):
            raise _no_words(name, words)
    return MappingProxyType({key: words[key] for key in sorted(words)})


def check_thresholds(owner: str, thresholds: tuple[float, float], *, within: tuple[float, float]) -> None:
    """Refuse a pair (medium_from, high_from) that is not ordered or leaves its range.

    Raises
    ------
    UsageError
        Unless lowest <= medium_from < high_from <= highest.
    """
    (medium_from, high_from), (lowest, highest) = thresholds, within
    given = f"medium_from={medium_from}, high_from={high_from}"
    if not lowest <= medium_from <= highest or not lowest <= high_from <= highest:
        raise UsageError(
            f"{owner}: a threshold is out of range",
            given=given,
            allowed=f"{lowest} to {highest}",
            do="move it into the range",
        )
    if medium_from >= high_from:
        raise UsageError(
            f"{owner}: the thresholds are not ordered",
            given=given,
            allowed="medium_from < high_from",
            do="raise high_from or lower medium_from",
        )


def check_falling(owner: str, *, medium_below: float, high_below: float) -> None:
    """Refuse thresholds of a figure that is safer the higher it is, unless high_below < medium_below.

    Raises
    ------
    UsageError
        If they are not ordered.
    """
    if high_below >= medium_below:
        raise UsageError(
            f"{owner}: the thresholds are not ordered",
            given=f"medium_below={medium_below}, high_below={high_below}",
            allowed="high_below < medium_below",
            do="raise medium_below or lower high_below",
        )


def checked_segment(value: object, *, name: str) -> str:
    """Return the value if it is High, Medium or Low.

    Raises
    ------
    UsageError
        If it is no segment, naming the near one.
    """
    return checked_choice(value, SEGMENTS, name=name)


def _a_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _no_words(name: str, given: object) -> UsageError:
    return UsageError(
        f"{name} does not map words to words",
        given=given,
        allowed="a mapping of text to text, none of it empty",
        do="write it as word: word",
    )
