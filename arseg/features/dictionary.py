"""The data dictionary, made from the headers of the blocks and never written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from arseg.features.block import Block

COLUMNS: Final = ("name", "unit", "meaning", "block", "grain", "factor", "tables")


def make_dictionary(blocks: Sequence[Block]) -> pd.DataFrame:
    """Return one row per column of the blocks, in their order.

    Parameters
    ----------
    blocks
        As `find_blocks` returns them.

    Returns
    -------
    Columns ``name, unit, meaning, block, grain, factor, tables``, all text; ``tables`` lists the tables of the
    snapshot without which the column is missing by design, empty where it needs none but the mandatory.

    Examples
    --------
    >>> from arseg.features import find_blocks
    >>> frame = make_dictionary(find_blocks()).set_index("name")
    >>> frame.loc["credit_utilisation", ["unit", "grain", "tables"]].tolist()
    ['share', 'customer', 'credit']
    """
    rows = [
        (
            column.name,
            column.unit,
            column.meaning,
            block.name,
            block.grain,
            block.factor,
            ", ".join(sorted({*block.needs, *column.needs})),
        )
        for block in blocks
        for column in block.columns
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")


def dictionary_markdown(dictionary: pd.DataFrame) -> str:
    """Return a data dictionary as Markdown, one table per block.

    Parameters
    ----------
    dictionary
        As `make_dictionary` returns it.

    Examples
    --------
    >>> from arseg.features import find_blocks
    >>> print(dictionary_markdown(make_dictionary(find_blocks(["trend"]))).splitlines()[0])
    ## trend (one row per customer)
    """
    parts = []
    for name, rows in dictionary.groupby("block", sort=False):
        grain = rows["grain"].iloc[0]
        parts += [
            f"## {name} (one row per {grain})",
            "",
            *([f"Measures {rows['factor'].iloc[0]}.", ""] if rows["factor"].iloc[0] else []),
            "| column | unit | meaning | needs |",
            "|---|---|---|---|",
        ]
        for row in rows.itertuples(index=False):
            cells = (f"`{row.name}`", row.unit, row.meaning, row.tables or "-")
            parts.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
