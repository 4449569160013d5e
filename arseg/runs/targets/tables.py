"""The tables of a target: their columns, their SQL, and the views that show the version in force."""

from __future__ import annotations

from typing import Final

from arseg.schema import WORKLIST, Column, Table
from arseg.schema.table import ColumnType, required

# Of the tables below; another number means that another arseg made them.
LAYOUT: Final = 1

SQL: Final[dict[ColumnType, str]] = {
    "text": "text",
    "date": "date",
    "money": "numeric(18,2)",
    "number": "double precision",
    "integer": "bigint",
    "boolean": "boolean",
}

_WHOSE: Final = (
    required("experiment", "text", "name of the experiment"),
    required("version", "text", "id of the publication's version"),
)

PUBLICATIONS: Final = Table(
    "publications",
    (
        *_WHOSE,
        required("key_date", "date", "the day it stands on"),
        Column("policy", "text", "the policy whose segments are published"),
        Column("stale", "text", "why its data was old; empty where it was not"),
        Column("predecessor", "text", "the version in force before"),
        Column("ledger", "text", "name of the ledger"),
        Column("ledger_hash", "text", "SHA-256 of the ledger"),
        Column("experiment_hash", "text", "SHA-256 of the experiment"),
        Column("arseg", "text", "version of arseg"),
        required("manifest_sha256", "text", "SHA-256 of the folder's manifest"),
        required("content_sha256", "text", "SHA-256 of the names and SHA-256 of all its files"),
    ),
    key=("experiment", "version"),
)

IN_FORCE: Final = Table("in_force", _WHOSE, key=("experiment",))

LAYOUT_TABLE: Final = Table("layout", (required("number", "integer", "of these tables"),), key=("number",))

ASSIGNMENTS_FILED: Final = Table(
    "assignments",
    (
        *_WHOSE,
        required("customer_id", "text", "the debtor"),
        required("key_date", "date", "the day we stood on"),
        required("known_on", "date", "the day from which it is known"),
        required("policy", "text", "the policy, as written"),
        required("segment", "text", "the segment it gave"),
        Column("treatment", "text", "the treatment it gave"),
        Column("propensity", "number", "probability of that treatment, where it was drawn"),
        Column("why", "text", "why this segment, in words"),
        Column("borderline", "boolean", "whether another segment is nearly as likely"),
    ),
    key=(),
)

WORKLIST_FILED: Final = Table(
    "worklist",
    (
        *_WHOSE,
        *WORKLIST.columns,
        Column("value_low", "money", "lower end of the value's interval; empty where assumed"),
        Column("value_high", "money", "upper end of the value's interval; empty where assumed"),
        Column("value_basis", "text", "estimated, or assumed by the playbook"),
        Column("held", "text", "what holds the contact back, and until when; empty where nothing does"),
        Column("owner", "text", "the collector whose customer it is"),
        Column("invoices", "text", "open invoices, the oldest first"),
    ),
    key=(),
)

METRICS: Final = Table(
    "metrics",
    (
        *_WHOSE,
        Column("policy", "text", "the policy replayed; empty for the whole book"),
        Column("segment", "text", "its segment; empty for the whole book"),
        required("measure", "text", "dso, bad_debt_ratio, collection_rate, ..."),
        Column("value", "number", "the ratio of sums"),
        Column("low", "number", "lower end of its interval"),
        Column("high", "number", "upper end of its interval"),
        Column("unit", "text", "days, share, ..."),
        Column("numerator", "number", "the sum above"),
        Column("denominator", "number", "the sum below"),
        Column("customers", "integer", "customers in it"),
        Column("measured_over", "text", "the window"),
        Column("definition", "text", "what is divided by what"),
        Column("note", "text", "what to know of it"),
    ),
    key=(),
)

SEGMENT_CHANGES: Final = Table(
    "segment_changes",
    (
        *_WHOSE,
        required("customer_id", "text", "the debtor"),
        Column("segment_before", "text", "in the edition before"),
        Column("segment_after", "text", "in this one"),
        Column("score_before", "number", "in the edition before"),
        Column("score_after", "number", "in this one"),
        Column("why", "text", "what moved it: time, data, model, policy or an override"),
        Column("open_balance", "money", "reporting currency"),
    ),
    key=(),
)

# What a version files rows in, beside its one row of publications.
ROW_TABLES: Final = (ASSIGNMENTS_FILED, WORKLIST_FILED, METRICS, SEGMENT_CHANGES)
TABLES: Final = (LAYOUT_TABLE, PUBLICATIONS, IN_FORCE, *ROW_TABLES)
VIEWED: Final = (PUBLICATIONS, *ROW_TABLES)


def quoted(name: str) -> str:
    """Return an identifier in quotes.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def create_table(table: Table, place: str) -> str:
    """Return the statement that makes a table in a schema.

    Parameters
    ----------
    table
        One of ``TABLES``.
    place
        The SQL schema.

    Examples
    --------
    >>> create_table(IN_FORCE, "arseg")
    'CREATE TABLE "arseg"."in_force" ("experiment" text NOT NULL, "version" text NOT NULL, PRIMARY KEY ("experiment"))'
    """
    columns = [
        f"{quoted(column.name)} {SQL[column.type]}{' NOT NULL' if column.required else ''}"
        for column in table.columns
    ]
    if table.key:
        columns.append(f"PRIMARY KEY ({', '.join(map(quoted, table.key))})")
    return f"CREATE TABLE {quoted(place)}.{quoted(table.name)} ({', '.join(columns)})"


def view_name(table: Table) -> str:
    """Return the name of the view that shows a table's rows in force."""
    return f"current_{table.name}"


def create_view(table: Table, place: str) -> str:
    """Return the statement that makes the view of a table's rows in force.

    Parameters
    ----------
    table
        One of ``VIEWED``.
    place
        The SQL schema.
    """
    there = quoted(place)
    columns = ", ".join(f"held.{quoted(name)}" for name in table.names)
    return (
        f"CREATE VIEW {there}.{quoted(view_name(table))} AS SELECT {columns} FROM {there}.{quoted(table.name)}"
        f" AS held JOIN {there}.in_force AS shown"
        " ON shown.experiment = held.experiment AND shown.version = held.version"
    )
