"""Plain data as JSON: sorted, finite, and never half written."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from arseg.schema import DataError, parse_day


def write_plain(path: Path, value: Any) -> None:
    """Write lists, dicts, texts, days and finite numbers, so that no reader meets half a file.

    Parameters
    ----------
    path
        The file; equal values give equal bytes.
    value
        Plain data; days become ISO text, numpy numbers plain ones.

    Raises
    ------
    DataError
        If something in it is missing, infinite or not plain.
    """
    try:
        text = json.dumps(
            value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False, default=_plain
        )
    except (AttributeError, TypeError, ValueError) as problem:
        raise DataError(
            f"{path.stem} cannot be kept as plain data",
            given=str(problem),
            allowed="lists, dicts, texts, days and finite numbers",
            do="write None where a number is unknown, and frames as frames",
        ) from None
    aside = path.with_suffix(".tmp")
    aside.write_text(text + "\n", encoding="utf-8")
    aside.replace(path)


def _plain(value: Any) -> Any:
    """Return the plain form of a day or a numpy number."""
    if value != value:  # noqa: PLR0124 - true of NaN and of a missing day alone
        problem = "a value is missing"
        raise ValueError(problem)
    if isinstance(value, dt.date):
        return parse_day(value).isoformat()
    return value.item()
