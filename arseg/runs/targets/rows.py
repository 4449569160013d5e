"""A version's rows for a target, typed: read from the files of its folder, never from anywhere else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arseg.runs.publication import MANIFEST, read_manifest
from arseg.runs.targets.tables import (
    ASSIGNMENTS_FILED,
    METRICS,
    PUBLICATIONS,
    SEGMENT_CHANGES,
    WORKLIST_FILED,
)
from arseg.schema import DataError, Table, parse_day
from arseg.schema.table import ColumnType

ARROW: Final[dict[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "date": pa.date32(),
    "money": pa.decimal128(18, 2),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}

# File of the version -> how its columns are called in the table, where otherwise.
_NAMED: Final = {
    "assignments": {},
    "worklist": {},
    "headline": {},
    "measures": {"measured_over": "window"},
    "changes": {"segment_before": "before", "segment_after": "after"},
}


@dataclass(frozen=True)
class Content:
    """What a target files of one version.

    Parameters
    ----------
    experiment, version
        Whose it is.
    tables
        Rows by table's name, ``publications`` among them, in the order of its columns.
    """

    experiment: str
    version: str
    tables: dict[str, pa.Table]

    @property
    def sha256(self) -> str:
        """SHA-256 of the names and SHA-256 of all files of the version."""
        return str(self.tables[PUBLICATIONS.name]["content_sha256"][0].as_py())


def content_of(target: Path) -> Content:
    """Read what a target files of the version in a folder.

    Parameters
    ----------
    target
        ``data/published/<experiment>/versions/<version>``.

    Raises
    ------
    DataError
        If the manifest is damaged, or there are no assignments or no worklist.
    """
    experiment, version = target.parents[1].name, target.name
    manifest = read_manifest(target)
    missing = [name for name in ("assignments", "worklist") if f"{name}.parquet" not in manifest["files"]]
    if missing:
        raise DataError(
            f"version {version} has nothing to file in a database",
            given=f"no {', no '.join(f'{name}.parquet' for name in missing)}",
            allowed="a version with assignments.parquet and worklist.parquet",
            do="run the experiment again",
        )
    said = _said(target, manifest)
    held = {
        ASSIGNMENTS_FILED: _read(target, "assignments", ASSIGNMENTS_FILED),
        WORKLIST_FILED: _read(target, "worklist", WORKLIST_FILED),
        METRICS: pa.concat_tables([_read(target, name, METRICS) for name in ("headline", "measures")]),
        SEGMENT_CHANGES: _moved(_read(target, "changes", SEGMENT_CHANGES)),
    }
    tables = {table.name: _owned(rows, table, experiment, version) for table, rows in held.items()}
    publication = _typed(pa.Table.from_pylist([said]), PUBLICATIONS)
    return Content(
        experiment,
        version,
        {PUBLICATIONS.name: _owned(publication, PUBLICATIONS, experiment, version)} | tables,
    )


def plain_rows(rows: pa.Table) -> list[tuple[Any, ...]]:
    """Return the rows as tuples of text, days, exact and inexact numbers, and None."""
    return list(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _said(target: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the row of ``publications`` but for whose it is."""
    facts = manifest["facts"]
    day = facts.get("key_date") or target.name[:10]
    listed = json.dumps(manifest["files"], sort_keys=True).encode()
    return {
        **{name: facts.get(name) for name in PUBLICATIONS.names},
        "key_date": parse_day(day, name="key_date"),
        "predecessor": manifest["predecessor"],
        "manifest_sha256": hashlib.sha256((target / MANIFEST).read_bytes()).hexdigest(),
        "content_sha256": hashlib.sha256(listed).hexdigest(),
    }


def _read(target: Path, file: str, table: Table) -> pa.Table:
    """Read one file as rows of a table; none where the version has no such file."""
    path = target / f"{file}.parquet"
    names = _NAMED[file]
    if not path.is_file():
        return _typed(pa.table({}), table)
    with pq.ParquetFile(path) as opened:
        held = opened.read(use_threads=False)
    found = {
        name: held[names.get(name, name)]
        for name in table.names
        if names.get(name, name) in held.column_names
    }
    return _typed(pa.table(found), table)


def _typed(rows: pa.Table, table: Table) -> pa.Table:
    """Return the rows with every column of the table, in its type; NaN is unknown."""
    columns = {}
    for column in table.columns:
        kind = ARROW[column.type]
        if column.name not in rows.column_names:
            columns[column.name] = pa.nulls(rows.num_rows, kind)
            continue
        values = rows[column.name]
        if pa.types.is_floating(values.type):
            values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        columns[column.name] = values.cast(kind)
    return pa.table(columns)


def _moved(changes: pa.Table) -> pa.Table:
    """Return the customers whose segment is another."""
    same = pc.equal(changes["segment_before"], changes["segment_after"])
    return changes.filter(pc.invert(pc.fill_null(same, fill_value=False)))


def _owned(rows: pa.Table, table: Table, experiment: str, version: str) -> pa.Table:
    whose = {"experiment": experiment, "version": version}
    made = {name: pa.repeat(value, rows.num_rows) for name, value in whose.items()}
    return pa.table({name: made[name] if name in made else rows[name] for name in table.names})
