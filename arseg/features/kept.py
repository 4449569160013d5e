"""Features kept in files beside the snapshot that they were made of, so that a second run reads them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from arseg.features.block import Block

PARTS: Final = ("items", "customers", "profile")


def kept_at(folder: Path, blocks: Sequence[Block]) -> Path:
    """Return where the features of some blocks are kept: the same texts give the same place."""
    said = "\n".join(PARTS) + "\n".join(
        f"{block.name}|{block.grain}|{block.needs}|{block.columns}|{block.sql}" for block in blocks
    )
    return folder / f"features-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def read_kept(place: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None:
    """Return items, customers and profile as they were kept; None where they are not."""
    try:
        items, customers, profile = (_frame(pq.read_table(place / f"{part}.parquet")) for part in PARTS)
    except (OSError, pa.ArrowException):
        return None
    return items, customers, profile


def keep(place: Path, items: pd.DataFrame, customers: pd.DataFrame, profile: pd.DataFrame) -> None:
    """Keep items, customers and profile; whoever comes second finds them there and leaves them alone."""
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    fresh.mkdir(parents=True, exist_ok=True)
    for part, frame in zip(PARTS, (items, customers, profile), strict=True):
        table = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(table, fresh / f"{part}.parquet", compression="zstd")
    try:
        fresh.rename(place)
    except OSError:
        for part in PARTS:
            (fresh / f"{part}.parquet").unlink()
        fresh.rmdir()


def _frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas()
