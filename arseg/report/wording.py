"""Number and date formats of the report, and nothing that computes.

Every function takes a raw value and returns what the reader sees. Numbers are rounded here, at
the end of the pipeline, and nowhere before. A missing value is said in words.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"
UNKNOWN: Final = "not known"
NOTHING: Final = "\u2013"

SYMBOLS: Final = MappingProxyType({"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"})
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SCALES: Final = ((1e9, f"{SPACE}bn"), (1e6, f"{SPACE}M"), (1e3, f"{SPACE}k"))
MEASURE_LABELS: Final = MappingProxyType(
    {
        "dso": "DSO",
        "bad_debt_ratio": "Bad-debt ratio",
        "collection_rate": "Collection rate",
        "unpaid_30_share": "Unpaid 30 days after due",
        "expected_unpaid_30_share": "The same, as expected",
    }
)


def _fixed(value: float, digits: int) -> str:
    """Return the value with thousands commas and a true minus, never a negative zero."""
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def count(value: float | None) -> str:
    """Return a whole number with thousands commas.

    Examples
    --------
    >>> count(1911)
    '1,911'
    """
    return UNKNOWN if value is None else _fixed(value, 0)


def plural(value: int, noun: str) -> str:
    """Return a count and its noun.

    Examples
    --------
    >>> plural(1, "customer"), plural(12, "customer")
    ('1 customer', '12 customers')
    """
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def plain(value: float | None, digits: int = 1) -> str:
    """Return a number without a unit."""
    return UNKNOWN if value is None else _fixed(value, digits)


def total(value: float | None) -> str:
    """Return a sum: whole from a thousand on, with two decimals below."""
    return UNKNOWN if value is None else _fixed(value, 0 if abs(value) >= 1000 else 2)


def days(value: float | None, digits: int = 1) -> str:
    r"""Return days.

    Examples
    --------
    >>> days(39.83)
    '39.8\xa0days'
    """
    return UNKNOWN if value is None else f"{_fixed(value, digits)}{SPACE}days"


def share_digits(value: float | None) -> int:
    """Return the decimals a share is shown with: two below one percent, else one."""
    return 2 if value is not None and abs(value) < 0.01 else 1


def share(value: float | None, digits: int | None = None) -> str:
    r"""Return a share as a percentage.

    Examples
    --------
    >>> share(0.0021), share(0.931)
    ('0.21\xa0%', '93.1\xa0%')
    """
    if value is None:
        return UNKNOWN
    return f"{_fixed(100 * value, share_digits(value) if digits is None else digits)}{SPACE}%"


def measure(value: float | None, unit: str) -> str:
    """Return a value in its unit, ``days`` or ``share``; any other unit is written out."""
    if unit == "share":
        return share(value)
    if unit == "days" or value is None:
        return days(value)
    return f"{_fixed(value, 1)}{SPACE}{unit}"


def interval(low: float | None, high: float | None, unit: str, *, like: float | None = None) -> str:
    """Return an interval in words, with the decimals of the value it belongs to.

    Examples
    --------
    >>> interval(0.0014, 0.0029, "share", like=0.0021)
    '0.14 to 0.29'
    >>> interval(None, None, "days")
    'no interval'
    """
    if low is None or high is None:
        return "no interval"
    if unit != "share":
        return f"{_fixed(low, 1)} to {_fixed(high, 1)}"
    digits = share_digits(like)
    return f"{_fixed(100 * low, digits)} to {_fixed(100 * high, digits)}"


def change(value: float, unit: str, *, like: float | None = None) -> str:
    r"""Return a signed difference; shares in percentage points.

    Examples
    --------
    >>> change(0.0002, "share", like=0.0021)
    '+0.02\xa0pp'
    """
    digits = share_digits(like) if unit == "share" else 1
    text = _fixed(100 * value if unit == "share" else value, digits)
    if not text.strip(MINUS + "0.,"):
        return "unchanged"
    sign = "" if text.startswith(MINUS) else "+"
    return f"{sign}{text}{SPACE}{'pp' if unit == 'share' else unit}"


def money_short(value: float | None, currency: str, figures: int = 3) -> str:
    r"""Return money with a few significant figures and a scale.

    Examples
    --------
    >>> money_short(1_918_400, "EUR"), money_short(1_102_000, "EUR", 2), money_short(214.2, "CHF")
    ('€\xa01.92\xa0M', '€\xa01.1\xa0M', 'CHF\xa0214')
    """
    if value is None:
        return UNKNOWN
    rounded = float(f"{value:.{figures}g}")
    size, suffix = next(((s, t) for s, t in SCALES if abs(rounded) >= s), (1.0, ""))
    scaled = rounded / size
    whole = len(str(int(abs(scaled))))
    digits = max(0, figures - whole) if suffix else 0
    symbol = SYMBOLS.get(currency, currency)
    # A balance of 214.37 has no scale: its cents are not news, its whole units are.
    return f"{symbol}{SPACE}{_fixed(scaled if suffix else value, digits)}{suffix}"


def money(value: float | None, currency: str) -> str:
    """Return money in whole units of the currency."""
    return UNKNOWN if value is None else f"{SYMBOLS.get(currency, currency)}{SPACE}{_fixed(value, 0)}"


def day(value: str | dt.date | None) -> str:
    """Return a calendar day in full.

    Examples
    --------
    >>> day("2026-10-31")
    '31 October 2026'
    """
    if value is None:
        return UNKNOWN
    date = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def day_short(value: str | dt.date | None) -> str:
    r"""Return a calendar day without its year.

    Examples
    --------
    >>> day_short("2026-11-02")
    '2\xa0Nov'
    """
    if value is None:
        return UNKNOWN
    return SPACE.join(word[:3] for word in day(value).split()[:2])


def hours(value: float | None) -> str:
    """Return collector hours."""
    return UNKNOWN if value is None else f"{_fixed(value, 1)}{SPACE}h"


def listed(parts: Sequence[str]) -> str:
    """Return parts as an English list.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def named(measure_name: str) -> str:
    """Return the reader's word for a measure; one that is not known here stands as written."""
    return MEASURE_LABELS.get(measure_name, measure_name)


def visible(text: str) -> str:
    r"""Return the text with characters that no page can show replaced by visible ones.

    Control characters become their control picture, lone surrogates the replacement character;
    tabs and line ends stay white space. Everything else is untouched.

    Examples
    --------
    >>> visible("AC\x00ME")
    'AC␀ME'
    """
    return "".join(_picture(c) for c in text)


def _picture(character: str) -> str:
    category = unicodedata.category(character)
    if category not in {"Cc", "Cs"} or character in "\t\n":
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"
