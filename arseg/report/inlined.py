"""What a page carries inside itself, each part allowed by its hash: one style sheet, one script, nothing else.

A style attribute cannot be allowed by a hash, so every declaration of a drawing becomes a class of the sheet.
The policy refuses every other style and script, and everything that would have to be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup

_TAG: Final = re.compile(r"<[^<>]+>")
_STYLE: Final = re.compile(r' style="([^"]*)"')


class Looks:
    r"""Style declarations by the class that stands for each, in the order of their first use.

    Examples
    --------
    >>> looks = Looks()
    >>> looks.of("flex: 0.4"), looks.of("flex: 0.6"), looks.of("flex: 0.4")
    ('d0', 'd1', 'd0')
    >>> looks.sheet()
    '.d0{flex: 0.4}\n.d1{flex: 0.6}\n'
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, declarations: str) -> str:
        """Return the class that stands for some declarations."""
        return self._names.setdefault(declarations.strip(), f"d{len(self._names)}")

    def drawn(self, svg: Any) -> Any:
        """Return a drawing of ours without a style attribute; what is no drawing stays as it is."""
        if isinstance(svg, list):
            return [self.drawn(each) for each in svg]
        if not isinstance(svg, Markup):
            return svg
        return Markup(_TAG.sub(lambda tag: _STYLE.sub(self._class, tag.group()), str(svg)))  # noqa: S704 (our own)

    def _class(self, style: re.Match[str]) -> str:
        return f' class="{self.of(style.group(1))}"' if style.group(1).strip() else ""

    def sheet(self) -> str:
        """Return the rules of all classes."""
        return "".join(f".{name}{{{declarations}}}\n" for declarations, name in self._names.items())


def inlined(looks: Looks) -> dict[str, Any]:
    """Return style sheet and script as markup, and the policy that allows these two alone.

    Parameters
    ----------
    looks
        Classes that the page's drawings use.

    Returns
    -------
    dict
        ``style``, ``script`` and ``policy``.
    """
    style, script = _template("page.css") + looks.sheet(), _template("page.js")
    return {
        "style": Markup(style),  # noqa: S704 (our own files)
        "script": Markup(script),  # noqa: S704
        "policy": policy(style, script),
    }


def policy(style: str, script: str) -> str:
    """Return the content security policy of a page with this style sheet and this script.

    Examples
    --------
    >>> policy("", "").partition(" style")[0]
    "default-src 'none';"
    """
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _template(name: str) -> str:
    return (files("arseg.report") / "templates" / name).read_text(encoding="utf-8").replace("\r\n", "\n")
