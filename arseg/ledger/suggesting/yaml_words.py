"""What a file says, as it may stand in a proposed layout: quoted, or within a remark that it cannot leave."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

# Line breaks to YAML that JSON leaves as they are.
_BREAKS: Final = {0x85: r"\u0085", 0x2028: r"\u2028", 0x2029: r"\u2029"}


def quoted(text: str) -> str:
    """Return text as a double-quoted YAML scalar, in one line."""
    return json.dumps(text, ensure_ascii=False).translate(_BREAKS)


def remarked(text: str, longest: int = 60) -> str:
    r"""Return a text that cannot leave a remark.

    Parameters
    ----------
    text
        Whatever stands in a file.
    longest
        Letters after which it is cut.

    Examples
    --------
    >>> remarked("RV\nname: other")
    'RV name: other'
    """
    return re.sub(r"\s", " ", re.sub(r"[^\w\s.,;:/%$€£()+'-]", "", text))[:longest]


def kind_map(header: str, values: Sequence[str]) -> str:
    """Return what a column's kinds may be mapped by, as advice for a remark.

    Parameters
    ----------
    header
        The column's; empty where none is known.
    values
        What is seen in it.

    Examples
    --------
    >>> kind_map("Type", ["RV", "DG"]), kind_map("", [])
    ('{column: "Type", map: {RV: KIND, DG: KIND}}', '{column: "NAME", map: {...}}')
    """
    seen = remarked(", ".join(f"{value}: KIND" for value in values), 200)
    return f"{{column: {quoted(header or 'NAME')}, map: {{{seen or '...'}}}}}"
