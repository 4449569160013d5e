"""The table of contents over all reports of a home: ``reports/index.html``."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reports</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1d2a35 }}
h2 {{ font-size: 1.1rem; margin: 1.6rem 0 .2rem }}
ul {{ margin: 0; padding-left: 1.2rem }}
</style>
</head>
<body>
<h1>Reports</h1>
{body}
</body>
</html>
"""


def write_contents(home: Path) -> Path:
    """List every report of the home, newest key date first, and return the page's path.

    Parameters
    ----------
    home
        The home folder; its reports stand in ``reports/<experiment>/<key date>/index.html``.
    """
    reports = home / "reports"
    found = sorted(reports.glob("*/*/index.html"), key=lambda path: path.parent.name, reverse=True)
    names = sorted({path.parent.parent.name for path in found})
    body = "\n".join(
        _section(name, [path for path in found if path.parent.parent.name == name]) for name in names
    )
    page = reports / "index.html"
    aside = reports / ".index.html.part"
    aside.write_text(_PAGE.format(body=body or "<p>No report yet.</p>"), encoding="utf-8")
    aside.replace(page)
    return page


def _section(name: str, pages: list[Path]) -> str:
    days = [html.escape(page.parent.name) for page in pages]
    name = html.escape(name)
    entries = "\n".join(f'<li><a href="{name}/{day}/index.html">{day}</a></li>' for day in days)
    return f"<h2>{name}</h2>\n<ul>\n{entries}\n</ul>"
