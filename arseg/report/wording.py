"""Number and date formats of the report, in the language spoken, and nothing that computes.

Every function takes a raw value and returns what the reader sees. Numbers are rounded here, at
the end of the pipeline, and nowhere before. A missing value is said in words.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from arseg.report.language import known, say, spoken

SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"
UNKNOWN: Final = "not known"
NOTHING: Final = "\u2013"

SYMBOLS: Final = MappingProxyType({"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"})
SCALES: Final = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
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
    """Return the value with the language's marks and a true minus, never a negative zero."""
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return localised(text)


def localised(text: str) -> str:
    """Return a number written as Python does with the marks of the language spoken.

    Examples
    --------
    >>> localised("1,234.5")
    '1,234.5'
    """
    formats = spoken().formats
    return text.translate({ord(","): formats["group"], ord("."): formats["decimal"], ord("-"): MINUS})


def _written(form: str, **parts: object) -> str:
    """Fill one of the language's forms."""
    return str(spoken().formats[form].format(**parts))


def count(value: float | None) -> str:
    """Return a whole number with thousands commas.

    Examples
    --------
    >>> count(1911)
    '1,911'
    """
    return say(UNKNOWN) if value is None else _fixed(value, 0)


def plural(value: int, noun: str) -> str:
    """Return a count and its noun.

    Examples
    --------
    >>> plural(1, "customer"), plural(12, "customer")
    ('1 customer', '12 customers')
    """
    return say(f"{{count}} {noun}{'' if value == 1 else 's'}", count=count(value))


def plain(value: float | None, digits: int = 1) -> str:
    """Return a number without a unit."""
    return say(UNKNOWN) if value is None else _fixed(value, digits)


def total(value: float | None) -> str:
    """Return a sum: whole from a thousand on, with two decimals below."""
    return say(UNKNOWN) if value is None else _fixed(value, 0 if abs(value) >= 1000 else 2)


def days(value: float | None, digits: int = 1) -> str:
    r"""Return days.

    Examples
    --------
    >>> days(39.83)
    '39.8\xa0days'
    """
    if value is None:
        return say(UNKNOWN)
    text = _fixed(value, digits)
    return say("{count}\u00a0day" if text == "1" else "{count}\u00a0days", count=text)


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
        return say(UNKNOWN)
    return _written("percent", amount=_fixed(100 * value, share_digits(value) if digits is None else digits))


def measure(value: float | None, unit: str) -> str:
    """Return a value in its unit, ``days`` or ``share``; any other unit is written out."""
    if unit == "share":
        return share(value)
    if unit == "days" or value is None:
        return days(value)
    return f"{_fixed(value, 1)}{SPACE}{known(unit)}"


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
        return say("no interval")
    if unit != "share":
        return span(_fixed(low, 1), _fixed(high, 1))
    digits = share_digits(like)
    return span(_fixed(100 * low, digits), _fixed(100 * high, digits))


def span(low: str, high: str) -> str:
    """Return what lies between two ends, as they are shown."""
    return say("{low} to {high}", low=low, high=high)


def change(value: float, unit: str, *, like: float | None = None) -> str:
    r"""Return a signed difference; shares in percentage points.

    Examples
    --------
    >>> change(0.0002, "share", like=0.0021)
    '+0.02\xa0pp'
    """
    digits = share_digits(like) if unit == "share" else 1
    text = signed(100 * value if unit == "share" else value, digits)
    if not text:
        return say("unchanged")
    return f"{text}{SPACE}{say('pp') if unit == 'share' else known(unit)}"


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign; nothing where it rounds to nought."""
    text = _fixed(value, digits)
    if not text.strip(MINUS + "0.,\u202f"):
        return ""
    return text if text.startswith(MINUS) else f"+{text}"


def money_short(value: float | None, currency: str, figures: int = 3) -> str:
    r"""Return money with a few significant figures and a scale.

    Examples
    --------
    >>> money_short(1_918_400, "EUR"), money_short(1_102_000, "EUR", 2), money_short(214.2, "CHF")
    ('€\xa01.92\xa0M', '€\xa01.1\xa0M', 'CHF\xa0214')
    """
    if value is None:
        return say(UNKNOWN)
    rounded = float(f"{value:.{figures}g}")
    size, scale = next(((s, t) for s, t in SCALES if abs(rounded) >= s), (1.0, ""))
    scaled = rounded / size
    whole = len(str(int(abs(scaled))))
    digits = max(0, figures - whole) if scale else 0
    # A balance of 214.37 has no scale: its cents are not news, its whole units are.
    amount = _fixed(scaled if scale else value, digits)
    return in_currency(f"{amount}{SPACE}{spoken().formats['scales'][scale]}" if scale else amount, currency)


def in_currency(amount: str, currency: str) -> str:
    r"""Return a shown amount with its currency where the language puts it; a sign stands before both.

    Examples
    --------
    >>> in_currency("\u2212412", "EUR")
    '\u2212€\xa0412'
    """
    sign = amount[:1] if amount[:1] in {"+", MINUS} else ""
    return sign + _written("money", amount=amount.removeprefix(sign), symbol=SYMBOLS.get(currency, currency))


def money(value: float | None, currency: str) -> str:
    """Return money in whole units of the currency."""
    return say(UNKNOWN) if value is None else in_currency(_fixed(value, 0), currency)


def day(value: str | dt.date | None) -> str:
    """Return a calendar day in full.

    Examples
    --------
    >>> day("2026-10-31")
    '31 October 2026'
    """
    if value is None:
        return say(UNKNOWN)
    date = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return _written("day", day=date.day, month=spoken().formats["months"][date.month - 1], year=date.year)


def day_short(value: str | dt.date | None) -> str:
    r"""Return a calendar day without its year.

    Examples
    --------
    >>> day_short("2026-11-02")
    '2\xa0Nov'
    """
    if value is None:
        return say(UNKNOWN)
    date = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return _written("day_short", day=date.day, month=spoken().formats["months_short"][date.month - 1])


def hours(value: float | None) -> str:
    """Return collector hours."""
    return say(UNKNOWN) if value is None else say("{count}\u00a0h", count=_fixed(value, 1))


def listed(parts: Sequence[str]) -> str:
    """Return parts as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return str(spoken().formats["and"]).join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def named(measure_name: str) -> str:
    """Return the reader's word for a measure; one that is not known here stands as written."""
    return known(MEASURE_LABELS.get(measure_name, measure_name))


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
