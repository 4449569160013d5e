"""The door of the room: customer scores as every policy reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import CUSTOMER_SCORES, DataError, require_columns

_TEXT: Final = frozenset(column.name for column in CUSTOMER_SCORES.columns if column.type == "text")


def admit(scores: pd.DataFrame, needs: Sequence[str], *, complete: Sequence[str] = ()) -> pd.DataFrame:
    """Return the needed columns of the scores, sorted by customer_id.

    Numbers are float64, NaN where unknown; words are text, stripped, "" where unknown.

    Parameters
    ----------
    scores
        Customer scores, one row per customer, in any order.
    needs
        Columns that must be there, as ``schema.CUSTOMER_SCORES`` names and types them.
    complete
        Columns among them that no customer may lack.

    Raises
    ------
    DataError
        If columns are missing (all are named), a customer stands twice or has no id, a column is
        not of its type, or a complete column has gaps.
    """
    require_columns(scores.columns, needs, frame="customer scores")
    ids = scores["customer_id"]
    if ids.isna().any() or ids.duplicated().any() or not (ids.empty or pd.api.types.is_string_dtype(ids)):
        wrong = ids[ids.isna() | ids.duplicated()].head(3).tolist() or [ids.dtype]
        raise DataError(
            "customer scores do not have one text customer_id per row",
            given=wrong,
            allowed="every customer exactly once, ids as text",
            do="aggregate the scores to one row per customer",
        )
    columns = {
        name: _words(scores[name]) if name in _TEXT else _floats(scores[name])
        for name in needs
        if name != "customer_id"
    }
    table = pd.DataFrame({"customer_id": ids.astype("str").to_numpy(), **columns})
    for name in complete:
        _refuse_gaps(table, name)
    return table.sort_values("customer_id", ignore_index=True)


def _floats(column: pd.Series) -> np.ndarray:
    try:
        return column.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            f"customer scores: {column.name} is not a column of numbers",
            given=column.dtype,
            allowed="numbers, empty where unknown",
            do="convert it when the scores are read",
        ) from None


def _words(column: pd.Series) -> np.ndarray:
    words = column.astype("object")
    if pd.api.types.infer_dtype(words, skipna=True) not in ("string", "empty"):
        raise DataError(
            f"customer scores: {column.name} is not a column of text",
            given=column.dtype,
            allowed="text, empty where unknown",
            do="convert it when the scores are read",
        )
    return words.where(words.notna(), "").astype("str").str.strip().to_numpy()


def _refuse_gaps(table: pd.DataFrame, name: str) -> None:
    gaps = table.loc[table[name].isna(), "customer_id"]
    if len(gaps):
        raise DataError(
            f"customer scores: {name} is unknown for {len(gaps)} customers",
            given=gaps.sort_values().head(3).tolist(),
            allowed="a number for every customer",
            do="score these customers or leave them out",
        )
