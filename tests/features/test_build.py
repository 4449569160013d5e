from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import Features, build_features, find_blocks
from arseg.features.build import SHIPPED
from arseg.ledger import Ledger, take_snapshot
from arseg.schema import PROFILE, DataError, UsageError

Make = Callable[..., Ledger]
Book = dict[str, list[dict[str, Any]]]
Poison = Callable[[Book, np.random.Generator, dt.date], Book]

OWN = """-- block: {name}
-- grain: {grain}
-- column: {column} | {unit} | a column of a test
{query}
"""
DAY, END = dt.date(2025, 3, 31), dt.date(2027, 1, 1)


def own(
    folder: Path,
    query: str,
    *,
    name: str = "own",
    column: str = "own_figure",
    unit: str = "share",
    grain: str = "customer",
) -> Path:
    text = OWN.format(name=name, grain=grain, column=column, unit=unit, query=query)
    (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


def features_of(ledger: Ledger, day: dt.date | str = DAY, **options: Any) -> Features:
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot, **options)


def same_bits(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    return (
        list(left.columns) == list(right.columns)
        and left.index.tolist() == right.index.tolist()
        and left.to_numpy().tobytes() == right.to_numpy().tobytes()
    )


def test_the_matrix_has_one_row_per_open_item_and_only_float64(small_ledger: Ledger) -> None:
    with take_snapshot(small_ledger, DAY) as snapshot:
        features = build_features(snapshot)
        expected = snapshot.sql("SELECT invoice_id FROM open_items ORDER BY invoice_id")["invoice_id"]
    matrix = features.matrix()
    assert matrix.index.name == "invoice_id"
    assert matrix.index.tolist() == expected.tolist()
    assert set(matrix.dtypes) == {np.dtype("float64")}
    assert features.key_date == DAY
    assert (matrix["key_day"] == (DAY - dt.date(1970, 1, 1)).days).all()
    assert matrix["balance"].notna().all()


def test_each_item_has_its_customers_figures(small_ledger: Ledger) -> None:
    features = features_of(small_ledger)
    matrix = features.matrix()
    customers = features.customers.set_index("customer_id")
    assert customers.index.is_unique
    assert customers.index.is_monotonic_increasing
    assert set(customers.index) == set(features.items["customer_id"])
    for invoice, customer in zip(features.items["invoice_id"], features.items["customer_id"], strict=True):
        pd.testing.assert_series_equal(
            matrix.loc[invoice, customers.columns], customers.loc[customer], check_names=False
        )


def test_the_printed_form_is_short(small_ledger: Ledger) -> None:
    features = features_of(small_ledger, blocks=["item", "aging"])
    count = len(features.items)
    assert repr(features) == (
        f"Features(2025-03-31: {count} open items of {len(features.customers)} customers, "
        f"{len(features.dictionary)} columns from 2 blocks)"
    )


def test_the_same_day_gives_the_same_bytes(small_ledger: Ledger) -> None:
    assert same_bits(features_of(small_ledger).matrix(), features_of(small_ledger).matrix())


def test_a_block_alone_says_what_it_says_among_others(small_ledger: Ledger) -> None:
    with take_snapshot(small_ledger, DAY) as snapshot:
        matrix = build_features(snapshot).matrix()
        alone_of = {block: build_features(snapshot, blocks=[block.name]).matrix() for block in find_blocks()}
    for block, alone in alone_of.items():
        pd.testing.assert_frame_equal(
            alone, matrix[[column.name for column in block.columns]], check_exact=True
        )


def test_tables_that_are_missing_give_missing_columns_and_never_zeros(make_ledger: Make) -> None:
    invoices = [{"invoice_id": "I1"}, {"invoice_id": "I2"}]
    posted = {"invoice_id": "I2", "amount": 100, "value_date": dt.date(2024, 2, 1)}
    matrix = features_of(make_ledger(invoices, [posted]), "2024-02-01").matrix()
    dictionary = find_blocks()
    by_design = {c.name for b in dictionary for c in b.columns if b.needs or c.needs}
    assert {"credit_limit", "contact_count_30d", "item_disputed", "industry_late_rate"} <= by_design
    assert by_design <= set(matrix.columns[matrix.isna().all()])


def test_a_table_that_is_there_gives_counts_of_zero_to_those_it_is_silent_about(make_ledger: Make) -> None:
    invoices = [{"invoice_id": "I1"}, {"invoice_id": "I2", "customer_id": "C2"}]
    touch = {"customer_id": "C2", "contacted_on": dt.date(2024, 1, 20)}
    limit = {"customer_id": "C2", "credit_limit": 50}
    ledger = make_ledger(invoices, contacts=[touch], credit=[limit], complete_to=dt.date(2024, 2, 1))
    customers = features_of(ledger, "2024-02-01").customers.set_index("customer_id")
    assert customers["contact_count_30d"].to_dict() == {"C1": 0.0, "C2": 1.0}
    assert customers["cleared_count_12m"].to_dict() == {"C1": 0.0, "C2": 0.0}
    assert np.isnan(customers.loc["C1", "credit_limit"])
    assert customers.loc["C2", "credit_utilisation"] == 2.0


def test_the_profile_says_what_the_key_date_knew_in_words_and_nothing_where_it_knew_nothing(
    make_ledger: Make,
) -> None:
    invoices = [{"invoice_id": "I1"}, {"invoice_id": "I2", "customer_id": "C2"}]
    words = [
        {"customer_id": "C2", "industry": "retail", "country": "DE", "known_on": dt.date(2024, 1, 1)},
        {"customer_id": "C2", "industry": "mining", "country": "DE", "known_on": dt.date(2024, 2, 1)},
        {"customer_id": "C2", "industry": "energy", "country": "DE", "known_on": dt.date(2024, 2, 2)},
    ]
    ledger = make_ledger(invoices, customers=words, complete_to=dt.date(2024, 2, 9))
    profile = features_of(ledger, "2024-02-01").profile
    assert list(profile.columns) == ["customer_id", *PROFILE]
    assert profile["customer_id"].tolist() == ["C1", "C2"]
    assert profile["industry"].tolist() == ["", "mining"]
    assert profile["country"].tolist() == ["", "DE"]
    assert (profile["language"] == "").all()


def test_utilisation_of_a_limit_of_zero_is_one_and_of_no_limit_is_missing(make_ledger: Make) -> None:
    invoices = [{"invoice_id": f"I{n}", "customer_id": f"C{n}"} for n in range(3)]
    limits = [{"customer_id": f"C{n}", "credit_limit": limit} for n, limit in enumerate((0, None, 400))]
    ledger = make_ledger(invoices, credit=limits, complete_to=dt.date(2024, 2, 1))
    used = features_of(ledger, "2024-02-01").customers["credit_utilisation"]
    assert used[[0, 2]].tolist() == [1.0, 0.25]
    assert np.isnan(used[1])


def test_a_day_without_open_items_gives_an_empty_matrix_with_all_columns(make_ledger: Make) -> None:
    paid = {"invoice_id": "I1", "amount": 100, "value_date": dt.date(2024, 1, 2)}
    features = features_of(make_ledger([{"invoice_id": "I1"}], [paid]), "2024-01-02")
    assert features.matrix().shape == (0, len(features.dictionary))
    assert "0 open items of 0 customers" in repr(features)


def test_a_users_own_blocks_join_the_shipped_ones(small_ledger: Ledger, tmp_path: Path) -> None:
    own(tmp_path, "SELECT customer_id, MAX(balance) AS own_figure FROM open_items GROUP BY customer_id")
    query = "SELECT invoice_id, balance > 100 AS large FROM open_items"
    own(tmp_path, query, name="large", column="large", unit="flag", grain="invoice")
    features = features_of(small_ledger, folder=tmp_path)
    largest = features.items.groupby("customer_id")["balance"].max()
    assert features.customers.set_index("customer_id")["own_figure"].to_dict() == largest.to_dict()
    assert features.items["large"].tolist() == (features.items["balance"] > 100).astype(float).tolist()
    assert features.dictionary["name"].tolist() == features.matrix().columns.tolist()
    assert list(features_of(small_ledger, folder=tmp_path, blocks=["own"]).matrix()) == ["own_figure"]


@pytest.mark.parametrize(
    ("query", "error", "complaint"),
    [
        (
            "SELECT customer_id, 1 AS own_figure FROM invoices",
            DataError,
            r"does not return one row per customer_id.*twice",
        ),
        ("SELECT NULL AS customer_id, 1 AS own_figure", DataError, "a row without customer_id"),
        (
            "SELECT customer_id, industry AS own_figure FROM customers",
            UsageError,
            "not a number. Given: own_figure: string",
        ),
        ("SELECT customer_id, key_date AS own_figure FROM customers", UsageError, r"not a number.*date32"),
        (
            "SELECT customer_id, CAST('inf' AS DOUBLE) AS own_figure FROM customers",
            DataError,
            "an infinite figure",
        ),
        (
            "SELECT customer_id, nothing AS own_figure FROM customers",
            UsageError,
            r"block own does not run.*nothing",
        ),
        (
            "SELECT customer_id, CAST(industry AS INTEGER) AS own_figure FROM customers",
            UsageError,
            "does not run",
        ),
    ],
)
def test_a_block_that_returns_what_no_feature_can_be_is_refused(
    query: str, error: type[Exception], complaint: str, small_ledger: Ledger, tmp_path: Path
) -> None:
    with pytest.raises(error, match=complaint):
        features_of(small_ledger, folder=own(tmp_path, query))


def test_names_that_clash_or_do_not_exist_are_refused(tmp_path: Path) -> None:
    query = "SELECT customer_id, 1 AS own_figure FROM customers"
    own(tmp_path, query, name="aging")
    with pytest.raises(UsageError, match=r"two blocks have the same block name\. Given: aging"):
        find_blocks(folder=tmp_path)
    (tmp_path / "aging.sql").unlink()
    own(tmp_path, query.replace("own_figure", "balance"), column="balance")
    with pytest.raises(UsageError, match=r"two blocks have the same column name\. Given: balance"):
        find_blocks(folder=tmp_path)
    own(tmp_path, query.replace("own_figure", "invoice_id"), column="invoice_id")
    with pytest.raises(UsageError, match=r"the same column name\. Given: invoice_id"):
        find_blocks(folder=tmp_path)
    with pytest.raises(UsageError, match=r"there is no such block\. Given: agin\..*Do: write 'aging'"):
        find_blocks(["agin"])
    with pytest.raises(UsageError, match="the folder does not exist"):
        find_blocks(folder=tmp_path / "none")


def part_of(book: Book, rng: np.random.Generator) -> Book:
    """Return the rows of a few customers, some tables known only from some day on."""
    few = set(rng.choice(sorted({row["customer_id"] for row in book["customers"]}), size=4, replace=False))
    part = {name: list(rows) for name, rows in book.items()}
    for name in ("customers", "invoices", "contacts", "credit", "promises", "assignments"):
        part[name] = [row for row in part[name] if row["customer_id"] in few]
    numbers = {row["invoice_id"] for row in part["invoices"]}
    for name in ("postings", "disputes"):
        part[name] = [row for row in part[name] if row["invoice_id"] in numbers]
    return part


@pytest.mark.parametrize("seed", range(12))
def test_no_feature_changes_when_everything_known_later_does(
    seed: int, small_book: Book, make_ledger: Make, poison: Poison
) -> None:
    rng = np.random.default_rng(seed)
    book = part_of(small_book, rng) if seed else small_book
    day = dt.date(2024, 6, 1) + dt.timedelta(days=int(rng.integers(0, 500)))
    if seed % 3 == 1:
        # Tables of which nothing is known yet are missing, whatever comes.
        for name in ("contacts", "credit", "disputes"):
            book[name] = [row for row in book[name] if row["known_on"] > day]
    poisoned = poison(book, rng, day)
    assert any(len(poisoned[name]) != len(book[name]) for name in book)
    before, after = (features_of(make_ledger(**rows, complete_to=END), day) for rows in (book, poisoned))
    assert len(before.items)
    for part in ("items", "customers"):
        left, right = getattr(before, part), getattr(after, part)
        texts = ["invoice_id", "customer_id"] if part == "items" else ["customer_id"]
        assert left[texts].equals(right[texts])
        assert same_bits(left.drop(columns=texts), right.drop(columns=texts))


def test_the_poison_would_be_seen_by_a_reader_that_ignores_the_clock(
    small_book: Book, make_ledger: Make, poison: Poison
) -> None:
    poisoned = poison(small_book, np.random.default_rng(5), DAY)
    plain, changed = (make_ledger(**rows, complete_to=END) for rows in (small_book, poisoned))
    late = dt.date(2026, 12, 31)
    assert not same_bits(features_of(plain, late).matrix(), features_of(changed, late).matrix())


LEAKS = {
    "pays later, from the postings": "SELECT i.customer_id, CAST(COUNT(*) AS DOUBLE) AS own_figure FROM open_items i JOIN postings p ON p.invoice_id = i.invoice_id WHERE p.value_date > i.key_date GROUP BY i.customer_id",
    "clearing day of all items": "SELECT customer_id, MAX(days_between(cleared_on, key_date)) AS own_figure FROM cleared_items GROUP BY customer_id",
    "newest version of the master data": "SELECT customer_id, MAX(day_number(known_on)) AS own_figure FROM customer_versions GROUP BY customer_id",
    "restated amounts": "SELECT customer_id, SUM(amount - original_amount) AS own_figure FROM invoices GROUP BY customer_id",
    "late credit facts": "SELECT customer_id, MAX(credit_score) AS own_figure FROM credit GROUP BY customer_id",
    "closing day of disputes": "SELECT i.customer_id, MAX(day_number(d.closed_on)) AS own_figure FROM open_items i JOIN disputes d ON d.invoice_id = i.invoice_id GROUP BY i.customer_id",
    "mean over the whole book": "SELECT c.customer_id, b.own_figure FROM customers c CROSS JOIN (SELECT AVG(days_late) AS own_figure FROM cleared_items) b",
    "last day of the book": "SELECT c.customer_id, b.own_figure FROM customers c CROSS JOIN (SELECT MAX(day_number(value_date)) AS own_figure FROM postings) b",
    "unreleased indicators": "SELECT c.customer_id, MAX(i.value) AS own_figure FROM customers c JOIN indicators i ON i.industry = c.industry GROUP BY c.customer_id",
    "contacts to come": "SELECT customer_id, COUNT(*) AS own_figure FROM contacts WHERE contacted_on > key_date GROUP BY customer_id",
}


def test_planted_leaks_see_nothing(
    small_book: Book, make_ledger: Make, poison: Poison, tmp_path: Path
) -> None:
    rng = np.random.default_rng(11)
    book = part_of(small_book, rng)
    ledgers = [make_ledger(**rows, complete_to=END) for rows in (book, poison(book, rng, DAY))]
    for number, query in enumerate(LEAKS.values()):
        column = f"leak_{number}"
        own(tmp_path, query.replace("own_figure", column), name=column, column=column)
    names = [f"leak_{number}" for number in range(len(LEAKS))]
    before, after = (features_of(one, folder=tmp_path, blocks=names).matrix() for one in ledgers)
    for name, leak in zip(names, LEAKS, strict=True):
        assert same_bits(before[[name]], after[[name]]), leak


@pytest.mark.parametrize(
    "query",
    [
        "SELECT customer_id, days_between(due_date, now()) AS own_figure FROM open_items",
        "SELECT customer_id, days_between(due_date, current_date) AS own_figure FROM open_items",
        "SELECT customer_id, date_part('day', age(due_date)) AS own_figure FROM open_items",
        "SELECT customer_id, random() AS own_figure FROM open_items",
        "SELECT customer_id, event AS own_figure FROM outcomes",
        "SELECT customer_id, amount AS own_figure FROM book.postings",
        "SELECT customer_id, amount AS own_figure FROM read_parquet('postings.parquet')",
        "SELECT customer_id, amount AS own_figure FROM 'postings.parquet'",
        "SELECT customer_id, amount AS own_figure FROM query('FROM book.postings')",
        "ATTACH 'ledger.duckdb' AS book; SELECT customer_id, amount AS own_figure FROM book.postings",
        "INSERT INTO open_items SELECT customer_id, 1 AS own_figure FROM open_items",
    ],
)
def test_a_planted_leak_is_refused_before_it_runs(query: str, small_ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"own\.sql (is|reads|calls)"):
        features_of(small_ledger, folder=own(tmp_path, query))


def test_what_the_guard_misses_the_snapshot_still_refuses(small_ledger: Ledger) -> None:
    with take_snapshot(small_ledger, DAY) as snapshot:
        for query in (
            "FROM book.postings",
            f"FROM '{small_ledger.path}'",
            f"ATTACH '{small_ledger.path}' AS book",
        ):
            with pytest.raises(Exception, match=r"book|disabled"):
                snapshot.sql(query)


def test_every_shipped_block_is_found_by_walking_the_folder() -> None:
    assert {block.name for block in find_blocks()} == {path.stem for path in SHIPPED.glob("*.sql")}
