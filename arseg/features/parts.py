"""Parts: queries that several blocks read by name, as `parts/<name>.sql`.

A block says in its header which it reads, ``-- part: payers_12m``. They stand in its text as common tables, so that
it is one SELECT over the snapshot's tables wherever it runs; a snapshot of the embedded engine runs each part
once and lets the blocks share its rows. Parts are guarded like blocks.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from arseg.ledger.guard import names_of, refusal, tables_of


@functools.cache
def shipped_parts() -> Mapping[str, str]:
    """Return the text of each shipped part by its name."""
    paths = sorted((Path(__file__).parent / "parts").glob("*.sql"))
    texts = {path.stem: _query(path.read_text(encoding="utf-8")) for path in paths}
    for name, text in texts.items():
        tables_of(text, where=f"{name}.sql")
    return MappingProxyType(texts)


def named_parts(names: Sequence[str], where: str) -> dict[str, str]:
    """Return the parts that a block names.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    known = shipped_parts()
    for name in names:
        if name not in known:
            raise refusal("reads a part that does not exist", where, given=name, allowed=names_of(known))
    return {name: known[name] for name in names}


def _query(text: str) -> str:
    lines = text.splitlines()
    start = next(at for at, line in enumerate(lines) if line.strip() and not line.startswith("--"))
    return "\n".join(lines[start:]).strip().rstrip("; \n")
