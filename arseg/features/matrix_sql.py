"""One SQL text for the whole matrix, for a book whose features stay where they were computed.

`build_features` brings each block's answer here and joins it here; a cluster joins it there, and a model reads
it in batches (`arseg.scores.score_batches`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from arseg.features.block import Block, BlockColumn


def matrix_sql(blocks: Sequence[Block], present: Collection[str]) -> str:
    """Return the SELECT of one row per open item: invoice_id, customer_id, and every figure as DOUBLE.

    Parameters
    ----------
    blocks
        As ``find_blocks`` returns them.
    present
        Tables of which the snapshot has a row; what needs another is NULL.

    Returns
    -------
    str
        Over the snapshot's tables, rows in no order; where a block is silent, a count is zero and all else
        is missing, as in ``Features.matrix``.

    Examples
    --------
    >>> from arseg.features import find_blocks
    >>> print(matrix_sql(find_blocks(["contacts"]), {"invoices"}).splitlines()[1].strip())
    CAST(NULL AS DOUBLE) AS contact_count_7d,
    """
    able = [block for block in blocks if {*block.needs} <= {*present}]
    figures = [
        _figure(block, column, known=block in able and {*column.needs} <= {*present})
        for block in blocks
        for column in block.columns
    ]
    joins = [
        f"LEFT JOIN (\n{block.sql}\n) AS {block.name}\n    ON {block.name}.{block.key} = open_items.{block.key}"
        for block in able
    ]
    columns = ",\n    ".join(figures)
    return "\n".join(
        [f"SELECT open_items.invoice_id, open_items.customer_id,\n    {columns}\nFROM open_items", *joins]
    )


def _figure(block: Block, column: BlockColumn, *, known: bool) -> str:
    if not known:
        return f"CAST(NULL AS DOUBLE) AS {column.name}"
    figure = f"CAST({block.name}.{column.name} AS DOUBLE)"
    # Where a block is silent of a key a count is zero; where it speaks and gives none, it is unknown.
    silent = f"CASE WHEN {block.name}.{block.key} IS NULL THEN 0e0 ELSE {figure} END"
    return f"{silent if column.unit == 'count' else figure} AS {column.name}"
