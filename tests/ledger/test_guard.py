from __future__ import annotations

import re
from pathlib import Path

import pytest

from arseg.features.build import SHIPPED
from arseg.ledger.guard import PURE, SNAPSHOT_TABLES, Query, guard
from arseg.schema import UsageError

ONE_SELECT = "is not one SELECT"
CLOCK = "reads the clock, chance or the session"
FILE = "reads a file or the environment"
TABLE = "reads a table outside the snapshot"
SOURCE = "reads something that is not a table"
IMPURE = "calls a function that is not known to be pure"
ORDER = "has a join that hangs on the order of rows"


def refused(sql: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"x.sql {complaint}")):
        guard(sql, where="x.sql")


def test_a_guarded_query_names_the_tables_it_reads_and_the_columns_it_returns() -> None:
    sql = """
        WITH late AS (SELECT customer_id, days_late FROM cleared_items),
        later AS (SELECT customer_id, MAX(days_late) AS worst FROM late GROUP BY customer_id)
        SELECT c.customer_id, COALESCE(l.worst, 0) AS worst
        FROM Customers AS c LEFT JOIN later AS l ON l.customer_id = c.customer_id
        WHERE c.customer_id IN (SELECT customer_id FROM open_items)
    """
    assert guard(sql, where="x.sql") == Query(
        ("cleared_items", "customers", "open_items"), ("customer_id", "worst")
    )


def test_a_union_returns_the_names_of_its_first_part() -> None:
    sql = "SELECT customer_id AS a FROM invoices UNION ALL SELECT customer_id AS b FROM contacts"
    assert guard(sql, where="x.sql") == Query(("contacts", "invoices"), ("a",))


def test_words_in_text_and_comments_are_not_commands() -> None:
    guard("SELECT 'insert today' AS a /* copy */ FROM invoices -- attach now", where="x.sql")


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELEC 1 AS a",
        "SELECT 1 AS a; SELECT 2 AS a",
        "SELECT 1 AS a; DROP TABLE invoices",
        "INSERT INTO invoices SELECT * FROM invoices",
        "WITH a AS (DELETE FROM invoices RETURNING *) SELECT * FROM a",
        "UPDATE invoices SET amount = 0",
        "DELETE FROM invoices",
        "CREATE TABLE a AS SELECT 1 AS a",
        "DROP TABLE invoices",
        "COPY invoices TO 'out.csv'",
        "EXPORT DATABASE 'out'",
        "ATTACH 'ledger.duckdb' AS l",
        "DETACH l",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET threads = 4",
        "RESET threads",
        "CALL duckdb_settings()",
        "EXPLAIN SELECT 1 AS a",
        "VACUUM",
        "BEGIN",
        "USE l",
        "SELECT $1 AS a",
        "WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a) SELECT n FROM a",
        "PIVOT invoices ON currency USING SUM(amount)",
    ],
)
def test_anything_but_one_select_is_refused(sql: str) -> None:
    refused(sql, ONE_SELECT)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT now() AS a",
        "SELECT NOW ( ) AS a",
        'SELECT "today"() AS a',
        "SELECT current_date AS a",
        "SELECT CURRENT_TIMESTAMP AS a",
        "SELECT localtimestamp AS a",
        "SELECT get_current_time() AS a",
        "SELECT transaction_timestamp() AS a",
        "SELECT random() AS a",
        "SELECT uuid() AS a",
        "SELECT gen_random_uuid() AS a",
        "SELECT setseed(0.5) AS a",
        "SELECT nextval('s') AS a",
        "SELECT getvariable('s') AS a",
        "SELECT current_setting('TimeZone') AS a",
        "SELECT amount AS a FROM invoices USING SAMPLE 10",
        "SELECT amount AS a FROM invoices TABLESAMPLE 10%",
    ],
)
def test_the_clock_chance_and_the_session_are_refused(sql: str) -> None:
    refused(sql, CLOCK)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('a.csv')",
        "SELECT * FROM read_parquet('a.parquet')",
        "SELECT * FROM read_json_auto('a.json')",
        "SELECT content FROM read_text('a.txt')",
        "SELECT content FROM read_blob('a.txt')",
        "SELECT * FROM parquet_scan('a.parquet')",
        "SELECT * FROM parquet_metadata('a.parquet')",
        "SELECT * FROM sniff_csv('a.csv')",
        "SELECT * FROM glob('*')",
        "SELECT getenv('HOME') AS a",
    ],
)
def test_files_and_the_environment_are_refused(sql: str) -> None:
    refused(sql, FILE)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM outcomes",
        "SELECT a FROM 'ledger.parquet'",
        'SELECT a FROM "invoices.csv"',
        "SELECT amount FROM main.invoices",
        "SELECT amount FROM ledger.main.invoices",
        "SELECT table_name FROM information_schema.tables",
        "SELECT amount FROM invoices AT (VERSION => 1)",
        "SELECT (SELECT MAX(a) FROM secrets) AS a FROM invoices",
        "SELECT amount FROM invoices WHERE EXISTS (SELECT 1 FROM secrets)",
        # A common table lends its name to nothing before it, to nothing beside it and not to itself.
        "WITH secrets AS (SELECT a FROM secrets) SELECT a FROM secrets",
        "WITH b AS (SELECT a FROM secrets), secrets AS (SELECT 1 AS a) SELECT a FROM b",
        "SELECT a FROM (WITH secrets AS (SELECT 1 AS a) SELECT a FROM secrets) AS b, secrets",
    ],
)
def test_tables_outside_the_snapshot_are_refused(sql: str) -> None:
    refused(sql, TABLE)


HIDDEN = "(SELECT MAX(x) FROM secrets)"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT amount AS a FROM invoices WHERE amount > {HIDDEN}",
        f"SELECT amount AS a FROM invoices GROUP BY amount, {HIDDEN}",
        f"SELECT 1 AS a FROM invoices GROUP BY GROUPING SETS (({HIDDEN}), ())",
        f"SELECT 1 AS a FROM invoices HAVING {HIDDEN} > 1",
        f"SELECT amount AS a FROM invoices QUALIFY {HIDDEN} = 1",
        f"SELECT amount AS a FROM invoices ORDER BY {HIDDEN}",
        f"SELECT amount AS a FROM invoices ORDER BY amount LIMIT {HIDDEN}",
        f"SELECT amount AS a FROM invoices ORDER BY amount LIMIT 1 OFFSET {HIDDEN}",
        f"SELECT amount AS a FROM invoices ORDER BY amount LIMIT {HIDDEN} %",
        f"SELECT SUM(amount) FILTER (WHERE {HIDDEN} > 1) AS a FROM invoices",
        f"SELECT SUM(amount ORDER BY {HIDDEN}) AS a FROM invoices",
        f"SELECT SUM(amount) OVER (PARTITION BY {HIDDEN}) AS a FROM invoices",
        f"SELECT SUM(amount) OVER (ORDER BY {HIDDEN}) AS a FROM invoices",
        f"SELECT SUM(amount) FILTER (WHERE {HIDDEN} > 1) OVER (ORDER BY due_date) AS a FROM invoices",
        f"SELECT SUM(amount) OVER (ORDER BY due_date ROWS {HIDDEN} PRECEDING) AS a FROM invoices",
        f"SELECT SUM(amount) OVER w AS a FROM invoices WINDOW w AS (ORDER BY {HIDDEN})",
        f"SELECT LAG(amount, {HIDDEN}) OVER (ORDER BY due_date) AS a FROM invoices",
        f"SELECT percentile(amount, {HIDDEN}) AS a FROM invoices",
        f"SELECT CASE WHEN amount > 1 THEN {HIDDEN} END AS a FROM invoices",
        f"SELECT CAST({HIDDEN} AS DOUBLE) AS a FROM invoices",
        f"SELECT amount BETWEEN 1 AND {HIDDEN} AS a FROM invoices",
        f"SELECT amount IN (1, {HIDDEN}) AS a FROM invoices",
        "SELECT amount IN (SELECT x FROM secrets) AS a FROM invoices",
        "SELECT amount > ANY (SELECT x FROM secrets) AS a FROM invoices",
        f"SELECT (row({HIDDEN})).x AS a FROM invoices",
        f"SELECT * REPLACE ({HIDDEN} AS amount) FROM invoices",
        f"SELECT COLUMNS({HIDDEN}) FROM invoices",
        f"SELECT a FROM (VALUES ({HIDDEN})) AS v(a)",
        f"SELECT i.amount AS a FROM invoices i JOIN open_items o ON {HIDDEN} = 1",
        "SELECT i.amount AS a FROM invoices i LEFT JOIN LATERAL (SELECT x FROM secrets) AS s ON TRUE",
        "SELECT amount AS a FROM invoices SEMI JOIN secrets ON TRUE",
        "SELECT amount AS a FROM (invoices CROSS JOIN secrets)",
        "SELECT amount AS a FROM invoices EXCEPT (SELECT x FROM secrets)",
        "(WITH secrets AS (SELECT 1 AS x) SELECT x FROM secrets) UNION ALL SELECT x FROM secrets",
        "WITH a AS (WITH secrets AS (SELECT 1 AS x) SELECT x FROM secrets) SELECT x FROM secrets",
        "WITH secrets AS (SELECT 1 AS x) SELECT x FROM main.secrets",
        "WITH RECURSIVE a AS (SELECT x FROM b), b AS (SELECT 1 AS x) SELECT x FROM a",
    ],
)
def test_there_is_no_clause_in_which_a_table_can_hide(sql: str) -> None:
    refused(sql, TABLE)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM query('SELECT 1 AS a')",
        "SELECT amount FROM query_table('invoices')",
        "SELECT a FROM duckdb_tables() AS t(a)",
        "SELECT a FROM range(3) AS t(a)",
        "SELECT a FROM (SHOW TABLES) AS t(a)",
        "SHOW TABLES",
        "DESCRIBE invoices",
        "SELECT a FROM (PIVOT invoices ON currency IN ('EUR') USING SUM(amount)) AS t(a)",
    ],
)
def test_sources_that_are_not_tables_are_refused(sql: str) -> None:
    refused(sql, SOURCE)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT age(document_date) AS a FROM invoices",
        "SELECT first(amount) AS a FROM invoices",
        "SELECT any_value(amount) AS a FROM invoices",
        "SELECT string_agg(currency, ',') AS a FROM invoices",
        "SELECT list(amount) AS a FROM invoices",
        "SELECT pg_conf_load_time() AS a",
        "SELECT sleep_ms(1) AS a",
        "SELECT error('stop') AS a",
        "SELECT SUM(any_value(amount)) OVER () AS a FROM invoices GROUP BY currency",
    ],
)
def test_functions_that_are_not_known_to_be_pure_are_refused(sql: str) -> None:
    refused(sql, IMPURE)


def test_a_mistyped_function_is_answered_with_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"Given: day_between\. Allowed: days_between"):
        guard("SELECT day_between(due_date, key_date) AS a FROM invoices", where="x.sql")


@pytest.mark.parametrize("join", ["ASOF JOIN", "POSITIONAL JOIN"])
def test_joins_that_hang_on_the_order_of_rows_are_refused(join: str) -> None:
    on = "ON b.due_date >= a.due_date" if join.startswith("ASOF") else ""
    refused(f"SELECT a.amount AS a FROM invoices a {join} open_items b {on}", ORDER)


def test_every_pure_function_is_as_stable_as_duckdb_says() -> None:
    import duckdb

    unstable = duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'"
    ).fetchall()
    assert not PURE & {name for (name,) in unstable}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.sql")), ids=lambda path: path.stem)
def test_shipped_blocks_are_portable_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8").upper()
    query = re.sub(r"--[^\n]*", " ", text)
    for banned in ("QUALIFY", "GROUP BY ALL", "INTERVAL", "PIVOT", "ASOF", '"', "::", "SELECT *", "USING"):
        assert banned not in query
    assert not re.search(r"\b(?:ASC|DESC)\b(?! NULLS (?:FIRST|LAST))", query)


def test_a_snapshot_has_thirteen_tables() -> None:
    assert len(SNAPSHOT_TABLES) == 13
