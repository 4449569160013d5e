"""Further tables of the four questions, each under its own question; what was not identified says so in its place.

Nothing is estimated here: rows are picked and put beside their shown text. All rows stand in the published tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from arseg.report import masking, wording
from arseg.report.answer_tables import SHOWN, Column, Shown
from arseg.report.evidence import Band
from arseg.report.findings import Findings, Row, plain_value
from arseg.report.language import known, say
from arseg.schema import require_columns

if TYPE_CHECKING:
    from pandas import DataFrame

# Bands of the page by question.
BANDS: Final[Mapping[str, str]] = {
    "discrimination": "separation",
    "replay": "replay",
    "counterfactual": "counterfactual",
    "self_check": "self_check",
    "warnings": "warnings",
    "claims": "claims",
}
NO_WARNINGS: Final = "No early warnings: nobody was written off or ran 90 days past due over past key dates that could be judged."
NO_CLAIMS: Final = (
    "No claims table: it needs past key dates whose outcomes were followed, and this run had none."
)
# A page shows so many rows of a further table; all stand in the published one.
MOST: Final = 60
NO_SELF_CHECK: Final = (
    "Not run beside this book: the experiment asks for no worlds (`backtest: self_check: 3`), and no reference of the"
    " benchmark stands where the run looked."
)


def answers(findings: Findings) -> Band:
    """Return the further tables and notes of each question, by the band under which they stand.

    Parameters
    ----------
    findings
        What the run found; only ``answers`` and ``answer_notes`` are read.

    Returns
    -------
    dict
        By band ``tables`` (``caption``, ``columns``, ``rows`` of cells ``raw``, ``shown``, ``sub``, ``look``) and ``notes``.
    """
    found: Band = {
        band: {"tables": [], "notes": [known(note) for note in findings.answer_notes.get(question, ())]}
        for question, band in BANDS.items()
    }
    for each in SHOWN:
        frame = findings.answers.get(each.question, {}).get(each.name)
        rows = [] if frame is None else _rows(frame, each)
        if rows:
            found[BANDS[each.under or each.question]]["tables"].append(
                {
                    "name": each.name,
                    "caption": say(each.caption),
                    "columns": [column.title for column in each.columns],
                    "rows": [
                        [_cell(row, column, findings.fewest) for column in each.columns]
                        for row in rows[:MOST]
                    ],
                    "more": _more(len(rows), each.name),
                }
            )
    for band, words in (("self_check", NO_SELF_CHECK), ("warnings", NO_WARNINGS), ("claims", NO_CLAIMS)):
        found[band]["missing"] = "" if found[band]["tables"] or found[band]["notes"] else say(words)
    return found


def _more(count: int, name: str) -> str:
    if count <= MOST:
        return ""
    return say(
        "{count} more rows stand in {file}.", count=wording.count(count - MOST), file=f"{name}.parquet"
    )


def _rows(frame: DataFrame, each: Shown) -> list[Row]:
    if not len(frame):
        return []
    needed = {name for column in each.columns for name in (column.field, *(column.between or ()))}
    require_columns(frame.columns, sorted(needed), frame=each.name)
    columns = {str(name): [plain_value(value) for value in frame[name].tolist()] for name in frame.columns}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return [row for row in rows if each.keep(row)]


def _cell(row: Row, column: Column, fewest: int) -> Band:
    raw = row[column.field]
    numeric = column.title.startswith("#")
    look = "n" if numeric else {"code": "code", "long": "long"}.get(column.look, "")
    if numeric and row.get("segment") != "all" and masking.is_small(row.get("customers") or 0, fewest):
        return {"raw": None, "shown": say(masking.NOT_SHOWN), "sub": "", "look": look}
    sub = ""
    if column.between:
        low, high = (row[name] for name in column.between)
        sub = _interval(low, high, row, column)
    return {"raw": raw, "shown": _shown(raw, row, column), "sub": sub, "look": look}


# Units that are written out as sums, not beside a number.
_AMOUNTS: Final = frozenset({"", "amount", "currency"})


def _interval(low: float | None, high: float | None, row: Row, column: Column) -> str:
    if low is None or high is None:
        return ""
    unit = (row.get("unit") or "") if column.look == "unit" else column.look
    if column.look in {"share", "unit"} and unit not in _AMOUNTS:
        return wording.interval(low, high, str(unit), like=row[column.field])
    return wording.span(_shown(low, row, column), _shown(high, row, column))


def _shown(raw: Any, row: Row, column: Column) -> str:
    if column.look == "effect":
        return _effect(raw)
    if raw is None:
        return wording.NOTHING
    return _FORMATS[column.look](raw, row)


def _effect(raw: float | None) -> str:
    if raw is None:
        return say("not identified")
    return wording.plain(raw, 0 if abs(raw) >= 100 else 3)


def _in_unit(raw: float, row: Row) -> str:
    unit = row.get("unit") or ""
    return wording.total(raw) if unit in _AMOUNTS else wording.measure(raw, unit)


_FORMATS: Final[Mapping[str, Callable[[Any, Row], str]]] = {
    "text": lambda raw, _: known(str(raw)),
    "code": lambda raw, _: str(raw),
    "long": lambda raw, _: known(str(raw)),
    "yes": lambda raw, _: say("yes") if raw else say("no"),
    "count": lambda raw, _: wording.count(raw),
    "share": lambda raw, _: wording.share(raw),
    "days": lambda raw, _: wording.days(raw, 0),
    "rate": lambda raw, _: wording.plain(raw, 1),
    "threshold": lambda raw, row: (
        wording.share(raw, 0) if row["ranking"] == "score" else wording.days(raw, 0)
    ),
    "number": lambda raw, _: wording.plain(raw, 0 if abs(raw) >= 100 else 2),
    "total": lambda raw, _: wording.total(raw),
    "unit": _in_unit,
}
