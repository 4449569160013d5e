"""The page on paper: the same HTML printed by headless Chromium, where one is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

BROWSERS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
# A page of ten thousand rows takes seconds; a browser that hangs must not hold a run.
PATIENCE: Final = 120
_CLOCK: Final = re.compile(rb"/(CreationDate|ModDate) \(D:(\d{14})")
_NODE: Final = re.compile(rb"\(node\d{8}\)")


def find_browser() -> str | None:
    """Return the browser that prints: ``ARSEG_BROWSER`` where it is set, else the first one on the path."""
    return os.environ.get("ARSEG_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)


def print_pdf(page: str | Path, target: str | Path, *, browser: str | None = None) -> str:
    """Print a page to PDF, whole or not at all; a day's printing never fails a run.

    Parameters
    ----------
    page
        The HTML file.
    target
        The PDF to write.
    browser
        Path of Chromium; `find_browser` where None.

    Returns
    -------
    str
        Empty where it was printed, else why it was not.
    """
    browser = browser or find_browser()
    if browser is None:
        return "no Chromium was found: install one, or name it in ARSEG_BROWSER"
    target = Path(target).resolve()
    with tempfile.TemporaryDirectory(prefix="arseg-pdf-") as scratch:
        drawn = Path(scratch) / "page.pdf"
        command = [browser, *_flags(Path(scratch)), f"--print-to-pdf={drawn}", Path(page).resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 (our own arguments)
        except (OSError, subprocess.TimeoutExpired) as problem:
            return f"{browser} did not print: {type(problem).__name__}"
        if done.returncode or not drawn.is_file():
            return f"{browser} did not print: it ended with {done.returncode}"
        beside = target.with_name(f".{target.name}.part")
        beside.write_bytes(timeless(drawn.read_bytes()))
        beside.replace(target)
    return ""


def _flags(scratch: Path) -> list[str]:
    # The page is inert, so a sandbox guards nothing that it does not guard itself; root has none to offer.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        *("--headless=new", "--disable-gpu", "--disable-extensions", "--no-first-run", "--disable-sync"),
        *("--disable-background-networking", "--disable-component-update", "--disable-quic"),
        *("--no-pdf-header-footer", f"--user-data-dir={scratch / 'profile'}", *root),
    ]


def timeless(pdf: bytes) -> bytes:
    """Return the document without the time of its printing and the browser's own count of nodes.

    No byte changes its place, so the document's table of offsets still holds.

    Examples
    --------
    >>> timeless(b"/CreationDate (D:20261031235959+00'00')")
    b"/CreationDate (D:19700101000000+00'00')"
    """
    numbers: dict[bytes, bytes] = {}

    def renumbered(node: re.Match[bytes]) -> bytes:
        return numbers.setdefault(node.group(), b"(node%08d)" % len(numbers))

    return _NODE.sub(renumbered, _CLOCK.sub(rb"/\1 (D:19700101000000", pdf))
