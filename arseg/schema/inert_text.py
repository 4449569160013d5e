"""Text in files that spreadsheets open: nothing in it runs, and it comes back as it was.

In CSV a spreadsheet cannot tell text from a formula, so a text that could be run stands behind an apostrophe; ``unguard`` takes it
away. In a workbook the cell says that it is text, and only what XML cannot hold is spelt otherwise.
"""

from __future__ import annotations

import re
from typing import Final

# What begins a formula, also in forms that an East Asian keyboard writes; bars and per cents for older readers.
_SIGNS: Final = "=+\\-@|%\uff1d\uff0b\uff0d\uff20\uff5c\uff05\ufe62\ufe63\ufe66\ufe6b\u2212"

# What may stand before it without hiding it: white space, what has no width, controls, quotes, and apostrophes, so that an
# apostrophe in front of a formula can be told from one in a name such as 's-Hertogenbosch.
_UNSEEN: Final = "\\s'\"\\x00-\\x1f\\x7f-\\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe0f\ufeff\ufff9-\ufffb"
_LIVE: Final = f"[{_UNSEEN}]*?[{_SIGNS}\\t\\r\\n]"

# A reader that parts fields by another mark than ours sees a new field behind it, and behind a line break a new row.
_HERE: Final = "(?:^|(?<=[;|\\t\\r\\n]))"
_BARE: Final = re.compile(f"{_HERE}(?={_LIVE})")
_GUARDED: Final = re.compile(f"{_HERE}'(?={_LIVE})")

# What XML cannot hold, and a text that looks like the spelling of such a thing.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HALVES: Final = re.compile("[\ud800-\udfff]")
_SPELT: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

# What a spreadsheet takes in a cell.
_CHARACTERS: Final = 32_767


def guard(text: str) -> str:
    """Return the text with an apostrophe wherever a spreadsheet might begin to run it.

    Examples
    --------
    >>> guard("=1+1"), guard("Müller GmbH"), guard("due;=1+1")
    ("'=1+1", 'Müller GmbH', "due;'=1+1")
    """
    return _BARE.sub("'", text)


def unguard(text: str) -> str:
    """Return the text that was given to ``guard``.

    Examples
    --------
    >>> unguard("'=1+1"), unguard("'s-Hertogenbosch"), unguard("due;'=1+1")
    ('=1+1', "'s-Hertogenbosch", 'due;=1+1')
    """
    return _GUARDED.sub("", text)


def cell_text(text: str) -> str:
    r"""Return the text as a workbook's XML holds it: 32,767 characters at most, controls as ``_x0001_``.

    Half a character of UTF-16 is nothing that a file can hold, and becomes U+FFFD.

    Examples
    --------
    >>> cell_text("a\x01b"), cell_text("_x0041_"), cell_text("=1+1")
    ('a_x0001_b', '_x005F_x0041_', '=1+1')
    """
    spelt = _SPELT.sub("_x005F_", text[:_CHARACTERS])
    return _HALVES.sub("\ufffd", _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", spelt))


def in_xml(part: bytes) -> bytes:
    r"""Return a part of a workbook with its carriage returns spelt; XML would read them as line feeds.

    Examples
    --------
    >>> in_xml(b"<t>a\rb</t>")
    b'<t>a&#13;b</t>'
    """
    return part.replace(b"\r", b"&#13;")
