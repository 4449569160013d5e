"""The contract at the room's door: a frame holds what its table declares, else it does not pass.

Built with pandera from `arseg.schema`. It is for frames that users hand in and that leave the room; the
loader checks its rows in SQL and never comes here. pandera takes long to import, so only a call does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api import types

from arseg.imported_without import imported_without
from arseg.schema import CAUSES, OPEN, POSTING_KINDS, ColumnType, DataError, Table

CODE: Final = "contract"
ORDERED: Final = "on its event day or later"
MISSING: Final = "column_in_dataframe"

# What the names of pandera's own checks mean to a reader.
_SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        MISSING: "a column of this name",
        "not_nullable": "a value in every row",
        "multiple_fields_uniqueness": "each key once",
    }
)
_WORDS: Final[Mapping[tuple[str, str], tuple[object, ...]]] = MappingProxyType(
    {("postings", "kind"): POSTING_KINDS, ("outcomes", "event"): (OPEN, *CAUSES)}
)
_ALLOWED: Final[Mapping[ColumnType, str]] = MappingProxyType(
    {
        "text": "a text",
        "date": "a day without a time zone",
        "money": "a finite amount",
        "integer": "a whole number",
        "number": "a finite number",
        "boolean": "true or false",
    }
)


def require_contract(frame: pd.DataFrame, table: Table, *, where: str) -> None:
    """Refuse a frame that is not what its table declares; the frame is never changed.

    Parameters
    ----------
    frame
        The frame.
    table
        Its declaration: types, required columns, unique key, the order of its two clocks.
    where
        What the frame is called, for the error.

    Raises
    ------
    DataError
        Of code ``contract``, for the first row that breaks it, with row (counted from 0) and column.

    Examples
    --------
    >>> from arseg.schema import FLOWS
    >>> require_contract(pd.DataFrame({name: [] for name in FLOWS.names}), FLOWS, where="flows")
    """
    asked, broken_by = contract(table), _pandera().errors.SchemaErrors
    try:
        asked.validate(frame.reset_index(drop=True), lazy=True)
    except broken_by as broken:
        raise _refusal(frame, broken.failure_cases, table, where) from None


@cache
def _pandera() -> Any:
    # Where Spark is installed it would be imported, too, and warn of a pandas that it does not know.
    with imported_without("pyspark"):
        import pandera.pandas
    return pandera.pandas


@cache
def contract(table: Table) -> Any:
    """Return the table's declaration as a pandera schema."""
    pa = _pandera()

    columns = {
        column.name: pa.Column(
            checks=[
                pa.Check(_OF_TYPE[column.type], name=_ALLOWED[column.type], n_failure_cases=1),
                *_among(table.name, column.name),
            ],
            nullable=not column.required,
            required=column.required,
        )
        for column in table.columns
    }
    ordered = [pa.Check(_ordered(table.event_day), name=ORDERED, n_failure_cases=1)] * bool(table.event_day)
    return pa.DataFrameSchema(
        columns, checks=ordered, unique=list(table.key), report_duplicates="exclude_first"
    )


def _among(table: str, column: str) -> list[Any]:
    pa = _pandera()

    words = _WORDS.get((table, column))
    if words is None:
        return []
    said = ", ".join(str(word) for word in words)
    return [pa.Check(lambda values: values.isin(words), name=f"one of {said}", n_failure_cases=1)]


def _refusal(frame: pd.DataFrame, cases: pd.DataFrame, table: Table, where: str) -> DataError:
    """Return the error of the first row, and of its first column; a missing column comes before any row."""
    found = []
    for case in cases.to_dict("records"):
        check = str(case["check"])
        row = None if case["index"] is None or pd.isna(case["index"]) else int(case["index"])
        column = str(case["failure_case"]) if check == MISSING else str(case["column"])
        column = "known_on" if check == ORDERED else column
        found.append((-1 if row is None else row, table.names.index(column), check))
    at, place, check = min(found)
    column = table.names[place]
    spot = f"column {column}" if at < 0 else f"row {at} (counted from 0), column {column}"
    return DataError(
        f"{where} breaks its contract at {spot}",
        given=", ".join(frame.columns) if at < 0 else _shown(frame, at, column, table, check),
        allowed=_SAID.get(check, check),
        do="mend the frame; `arseg.schema` says what each column holds",
        code=CODE,
        file=where,
        row=None if at < 0 else at,
        column=column,
    )


def _shown(frame: pd.DataFrame, row: int, column: str, table: Table, check: str) -> str:
    names = [column]
    if check == "multiple_fields_uniqueness":
        names = list(table.key)
    if check == ORDERED:
        names = [column, str(table.event_day)]
    values = [frame[name].iloc[row] for name in names]
    return ", ".join(f"{name} {str(value)[:80]!r}" for name, value in zip(names, values, strict=True))


def _ordered(event_day: str | None) -> Callable[[pd.DataFrame], pd.Series]:
    def check(frame: pd.DataFrame) -> pd.Series:
        if not {event_day, "known_on"} <= set(frame.columns):
            return pd.Series(data=True, index=frame.index)
        return ~(_days(frame["known_on"]) < _days(frame[event_day]))

    return check


def _days(values: pd.Series) -> pd.Series:
    """Return days that compare; what is none never stands in the wrong order."""
    if types.is_datetime64_dtype(values):
        return values
    return pd.Series([_day(value) for value in values], index=values.index, dtype="datetime64[us]")


def _day(value: object) -> dt.date | None:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, dt.date) or value != value or getattr(value, "tzinfo", None):  # noqa: PLR0124 (NaT is not itself)
        return None
    return value


def _each(holds: Callable[[Any], bool], values: pd.Series) -> pd.Series:
    return pd.Series([holds(value) for value in values], index=values.index, dtype=bool)


def _texts(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype):
        return values.notna()
    return _each(lambda value: isinstance(value, str), values)


def _dates(values: pd.Series) -> pd.Series:
    if types.is_datetime64_dtype(values):
        return values.notna()
    return _each(lambda value: _day(value) is not None, values)


def _finite(values: pd.Series) -> pd.Series:
    # "Greater than 0" lets infinity pass, and a truth value is no number.
    if types.is_bool_dtype(values):
        return pd.Series(data=False, index=values.index)
    if types.is_numeric_dtype(values):
        return pd.Series(np.isfinite(values.to_numpy(dtype="float64")), index=values.index)
    return _each(_is_finite, values)


def _is_finite(value: object) -> bool:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number | Decimal | str):
        return False
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _whole(values: pd.Series) -> pd.Series:
    if types.is_integer_dtype(values):
        return values.notna()
    return _each(lambda value: _is_finite(value) and Decimal(str(value)) % 1 == 0, values)


def _truths(values: pd.Series) -> pd.Series:
    return _each(lambda value: isinstance(value, bool | np.bool_), values)


_OF_TYPE: Final[Mapping[ColumnType, Callable[[pd.Series], pd.Series]]] = MappingProxyType(
    {
        "text": _texts,
        "date": _dates,
        "money": _finite,
        "integer": _whole,
        "number": _finite,
        "boolean": _truths,
    }
)
