"""How Sphinx makes the site; `docs/build.py` puts the pages together and calls it."""

from __future__ import annotations

import inspect
import typing
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

project = "arseg"
author = "arseg"
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4
# Generated pages skip a level where a heading would stand alone; a class is known by its room and by its module.
suppress_warnings = ["myst.header", "ref.python"]
# Docstrings write names in single and double backticks alike.
default_role = "code"
autodoc_default_options = {"members": True, "member-order": "bysource", "no-value": True}
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 90
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "alabaster"
# Its custom.css is the one that the theme looks for.
html_static_path = ["_static"]
html_title = "arseg"
html_theme_options = {
    "description": "Accounts-receivable risk segmentation that can prove its worth",
    "fixed_sidebar": False,
    "show_powered_by": False,
    "page_width": "1240px",
    "body_max_width": "none",
    "sidebar_width": "250px",
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False


def own_members(
    _app: Sphinx, _kind: str, name: str, member: object, _skip: object, _options: object
) -> bool | None:
    """Leave out what a library writes into a class of ours, such as matplotlib's ``set``."""
    if name == "model_config":
        return True
    origin = getattr(member, "__module__", None) if inspect.isroutine(member) else None
    return None if origin is None or origin.startswith("arseg") else True


def plain_signature(
    _app: Sphinx, _kind: str, _name: str, thing: object, _options: object, _signature: str, returns: str
) -> tuple[str, str] | None:
    """Show the keys of a section by their types; the bounds that pydantic keeps in these are no reading."""
    if not (isinstance(thing, type) and issubclass(thing, BaseModel)):
        return None
    fields = thing.model_fields
    written = SimpleNamespace(__annotations__={name: field.annotation for name, field in fields.items()})
    shown = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=_default(fields[name]), annotation=kind
        )
        for name, kind in typing.get_type_hints(written).items()
    ]
    return stringify_signature(inspect.Signature(shown), unqualified_typehints=True), returns


def _default(field: FieldInfo) -> object:
    if field.is_required():
        return inspect.Parameter.empty
    if isinstance(field.default, BaseModel):
        return _Text(f"{type(field.default).__name__}()")
    return _Text("...") if field.default_factory else field.default


class _Text(str):
    """Stands in a signature as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect both."""
    app.connect("autodoc-skip-member", own_members)
    app.connect("autodoc-process-signature", plain_signature)
    return {"parallel_read_safe": True}
