"""Refuse a block's query before it runs if it could see more than the snapshot.

The snapshot already ends at the key date. What is left to guard is everything that is neither one of
its tables nor a pure function of its rows: the clock, chance, files, settings, other tables. The guard
walks DuckDB's own syntax tree and allows only what it knows; a scan of the words comes first, because
its complaints are plainer.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from arseg.ledger.vocabulary import CLOCK, EXPRESSIONS, ORDERED, PURE, TYPES, WRITES
from arseg.schema import LEDGER, UsageError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SNAPSHOT_TABLES: Final = frozenset({*LEDGER, "open_items", "cleared_items", "customer_versions", "holidays"})


_FILE: Final = re.compile(
    r"^(?:(?:read|scan|sniff|write)_\w+|\w+_scan|\w+_metadata|parquet_\w+|glob|getenv)$"
)
_NOT_WORDS: Final = re.compile(r"'(?:[^']|'')*'|--[^\r\n]*|/\*.*?\*/", re.DOTALL)
# One engine reads a string where the other reads code.
_QUOTED_APART: Final = re.compile(r"\\|\$\w*\$")

_NODES: Final = frozenset({"SELECT_NODE", "SET_OPERATION_NODE"})
_SOURCES: Final = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST"})
_JOINS: Final = frozenset({"REGULAR", "CROSS", "NATURAL"})
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Query:
    """What a guarded query reads and returns.

    Parameters
    ----------
    tables
        Tables of the snapshot that it reads, sorted.
    columns
        Names of the columns that it returns, in order.
    """

    tables: tuple[str, ...]
    columns: tuple[str, ...]


@functools.lru_cache(maxsize=256)
def guard(sql: str, *, where: str) -> Query:
    """Return what a query reads and returns, or refuse it.

    Parameters
    ----------
    sql
        The query, without a header.
    where
        How complaints name the block.

    Raises
    ------
    UsageError
        If it is anything but one pure SELECT over tables of the snapshot.

    Examples
    --------
    >>> guard("SELECT customer_id, SUM(balance) AS total FROM open_items GROUP BY customer_id", where="it")
    Query(tables=('open_items',), columns=('customer_id', 'total'))
    """
    return Query(tables_of(sql, where=where), _returned(_tree(sql, where), where))


@functools.lru_cache(maxsize=1024)
def tables_of(sql: str, *, where: str) -> tuple[str, ...]:
    """Return the snapshot's tables that a query reads, sorted, or refuse it as ``guard`` does.

    Its columns need no names.
    """
    _scan_words(sql, where)
    return tuple(sorted(set(_walk(_tree(sql, where), frozenset(), where))))


def refusal(what: str, where: str, *, given: object, allowed: object) -> UsageError:
    """Return the refusal of a block, in four beats."""
    return UsageError(f"{where} {what}", given=given, allowed=allowed, do="change the block", code="block")


def _scan_words(sql: str, where: str) -> None:
    """Refuse what no block may say, whatever it would mean there."""
    found = _QUOTED_APART.search(sql)
    if found:
        allowed = "text between single quotes, without a backslash"
        raise refusal("is not one SELECT on every engine", where, given=found[0], allowed=allowed)
    for word in re.findall(r"\$?\w+", _NOT_WORDS.sub(" ", sql).lower()):
        if word in CLOCK:
            raise refusal("reads the clock, chance or the session", where, given=word, allowed="key_date")
        if word in WRITES or word.startswith("$"):
            raise refusal("is not one SELECT", where, given=word, allowed="SELECT, or WITH and SELECT")
        if _FILE.match(word):
            raise refusal("reads a file or the environment", where, given=word, allowed=_TABLES)


@functools.cache
def _parser() -> DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config={"enable_external_access": False, "threads": 1})


@functools.lru_cache(maxsize=8)
def _tree(sql: str, where: str) -> dict[str, Any]:
    """Return DuckDB's syntax tree of a query that is one SELECT."""
    with closing(_parser().cursor()) as parser:
        found = parser.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    answer = json.loads(found[0]) if found else {}
    if answer.get("error", True):
        raise refusal(
            "is not one SELECT", where, given=answer.get("error_message"), allowed="one that parses"
        )
    statements: list[dict[str, Any]] = answer["statements"]
    if len(statements) != 1:
        raise refusal("is not one SELECT", where, given=f"{len(statements)} statements", allowed="one")
    tree: dict[str, Any] = statements[0]["node"]
    return tree


def _walk(node: Any, scope: frozenset[str], where: str) -> Iterator[str]:
    """Refuse what is not known to be safe, and yield the snapshot's tables that are read."""
    if isinstance(node, list):
        for part in node:
            yield from _walk(part, scope, where)
    if not isinstance(node, dict):
        return
    # A common table hides a name only for what stands after it, never for itself.
    for entry in node.get("cte_map", {}).get("map", ()):
        yield from _walk(entry["value"]["query_node"], scope, where)
        scope = scope | {_lower(entry["key"])}
    for check in _CHECKS:
        check(node, where)
    if node.get("type") == "BASE_TABLE":
        yield from _table(node, scope, where)
    for name, part in node.items():
        if name != "cte_map":
            yield from _walk(part, scope, where)


def _check_source(node: dict[str, Any], where: str) -> None:
    kind = node.get("type")
    if "cte_map" in node and kind not in _NODES:
        raise refusal("is not one SELECT", where, given=kind, allowed="SELECT, UNION, INTERSECT, EXCEPT")
    if node.get("sample") is not None:
        raise refusal("reads the clock, chance or the session", where, given="SAMPLE", allowed="all rows")
    if "sample" in node and "cte_map" not in node and kind not in _SOURCES:
        raise refusal("reads something that is not a table", where, given=kind, allowed=_TABLES)
    if kind == "JOIN" and node["ref_type"] not in _JOINS:
        allowed = "JOIN, LEFT JOIN, CROSS JOIN"
        raise refusal(
            "has a join that hangs on the order of rows", where, given=node["ref_type"], allowed=allowed
        )


def _check_expression(node: dict[str, Any], where: str) -> None:
    kind = node.get("class")
    if kind is not None and kind not in EXPRESSIONS:
        raise refusal(
            "says something that is not known to be pure", where, given=kind, allowed="columns and functions"
        )
    if kind == "COLUMN_REF":
        # The words scanned may stand between quotes that the scan pairs otherwise than the parser.
        names = [_lower(name) for name in node["column_names"]]
        if names[-1] == "rowid" or (len(names) == 1 and names[0] in CLOCK):
            raise refusal(
                "reads the clock, chance or the session", where, given=names[-1], allowed="key_date"
            )


def _check_cast(node: dict[str, Any], where: str) -> None:
    """Refuse a type that is not plain, and a constant day that is not written out."""
    if node.get("class") != "CAST":
        return
    path = [_lower(name) for name in node["type_expr"].get("qualified_name", {}).get("path", [""])]
    if len(path) != 1 or path[0] not in TYPES:
        raise refusal(
            "casts to a type that is not plain", where, given=".".join(path), allowed=names_of(TYPES)
        )
    text = node["child"].get("literal", {}).get("text", "")
    if path == ["date"] and node["child"]["class"] == "CONSTANT" and not _DAY.fullmatch(text):
        raise refusal(
            "reads the clock, chance or the session", where, given=repr(text), allowed="'2026-10-31'"
        )


def _check_order(node: dict[str, Any], where: str) -> None:
    """Refuse what gives other figures when the rows lie in another order."""
    given = ""
    parts = {part["type"]: part for part in node.get("modifiers", ())}
    if parts.get("DISTINCT_MODIFIER", {}).get("distinct_on_targets"):
        given = "DISTINCT ON"
    limit = parts.get("LIMIT_MODIFIER") or parts.get("LIMIT_PERCENT_MODIFIER")
    none = limit and not limit["offset"] and (limit["limit"] or {}).get("literal", {}).get("text") == "0"
    if limit and not none and "ORDER_MODIFIER" not in parts:
        given = "LIMIT without ORDER BY"
    if node.get("class") in {"FUNCTION", "WINDOW"}:
        orders = node.get("orders") or (node.get("order_bys") or {}).get("orders")
        by_rows = any(str(node.get(edge)).endswith("_ROWS") for edge in ("start", "end"))
        if not orders and (by_rows or node["function_name"] in ORDERED):
            given = f"{node['function_name']} without ORDER BY"
    if given:
        raise refusal("hangs on the order of rows", where, given=given, allowed="an ORDER BY that decides")


def _check_function(node: dict[str, Any], where: str) -> None:
    path = node["qualified_name"]["path"] if node.get("class") in {"FUNCTION", "WINDOW"} else []
    if not path or (len(path) == 1 and node["function_name"] in PURE):
        return
    near = difflib.get_close_matches(path[-1], PURE, n=1)
    allowed = near[0] if near else "the names in arseg.ledger.guard.PURE"
    raise refusal(
        "calls a function that is not known to be pure", where, given=".".join(path), allowed=allowed
    )


_CHECKS: Final = (_check_source, _check_expression, _check_cast, _check_function, _check_order)


def _lower(name: str) -> str:
    """Return a name as the parser folds it: ASCII letters alone, or the sign for kelvin would pass as a k."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def _table(node: dict[str, Any], scope: frozenset[str], where: str) -> Iterator[str]:
    path = node["qualified_name"]["path"]
    name = _lower(path[-1])
    plain = len(path) == 1 and node["at_clause"] is None
    if plain and name in scope:
        return
    if not plain or name not in SNAPSHOT_TABLES:
        raise refusal("reads a table outside the snapshot", where, given=".".join(path), allowed=_TABLES)
    yield name


def _returned(tree: dict[str, Any], where: str) -> tuple[str, ...]:
    """Return the names of the query's columns, in order."""
    while tree["type"] == "SET_OPERATION_NODE":
        tree = tree["children"][0]
    names = tuple(item["alias"] or (item.get("column_names") or [""])[-1] for item in tree["select_list"])
    if "" in names:
        given = f"column {names.index('') + 1} of {len(names)}"
        raise refusal("returns a column without a name", where, given=given, allowed="every column AS name")
    return names


def names_of(names: Iterable[str]) -> str:
    """Return names for a complaint, sorted."""
    return ", ".join(sorted(names))


_TABLES: Final = names_of(SNAPSHOT_TABLES)
