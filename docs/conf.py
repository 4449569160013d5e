"""How Sphinx makes the site; `docs/build.py` puts the pages together and calls it."""

from __future__ import annotations

project = "arseg"
author = "arseg"
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4
# Generated pages skip a level where a heading would stand alone; a class is known by its room and by its module.
# What docutils says of a docstring a test says sooner; the rest is of patterns in types, which are no text.
suppress_warnings = ["myst.header", "ref.python", "docutils"]
# Docstrings write names in single and double backticks alike.
default_role = "code"
autodoc_default_options = {"members": True, "member-order": "bysource", "no-value": True}
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 90
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "alabaster"
html_title = "arseg"
html_theme_options = {
    "description": "Accounts-receivable risk segmentation that can prove its worth",
    "fixed_sidebar": False,
    "show_powered_by": False,
    "page_width": "1180px",
    "sidebar_width": "250px",
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
