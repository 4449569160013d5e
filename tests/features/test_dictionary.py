from __future__ import annotations

import re

from arseg.features import build_features, dictionary_markdown, find_blocks, make_dictionary, parse_block
from arseg.ledger import Ledger, take_snapshot

OWN = """-- block: own
-- grain: customer
-- needs: contacts
-- column: own_share | share | a \\ b <i>c</i> | disputes
SELECT customer_id, 1.0 AS own_share FROM open_items GROUP BY customer_id
"""


def test_the_dictionary_has_exactly_the_columns_of_the_matrix_in_their_order(small_ledger: Ledger) -> None:
    with take_snapshot(small_ledger, "2025-03-31") as snapshot:
        features = build_features(snapshot)
    assert features.dictionary["name"].tolist() == features.matrix().columns.tolist()


def test_every_column_has_a_unit_a_meaning_a_block_and_a_grain() -> None:
    dictionary = make_dictionary(find_blocks())
    assert list(dictionary.columns) == ["name", "unit", "meaning", "block", "grain", "factor", "tables"]
    assert (dictionary.drop(columns="tables") != "").all(axis=None)
    assert dictionary["name"].is_unique


# Of the risk factors S1 to S38 those that are a feature of a customer or an invoice. S9, S13, S14, S16 and S21 are
# policies, S37 is the freshness gate of `arseg check`, S38 the ledger's sources.
FACTORS = {*range(1, 39)} - {9, 13, 14, 16, 21, 37, 38}


def test_every_risk_factor_is_measured_by_a_block() -> None:
    said = " ".join(make_dictionary(find_blocks())["factor"].unique())
    assert {int(number) for number in re.findall(r"\bS(\d+)\b", said)} == FACTORS


def test_columns_of_other_rooms_have_their_names() -> None:
    names = set(make_dictionary(find_blocks())["name"])
    assert {
        "days_past_due",
        "terms_days",
        "key_day",
        "cleared_count_12m",
        "cleared_days_late_mean_12m",
        "cleared_on_time_amount_share_12m",
        "credit_utilisation",
        "credit_score_change_90d",
        "industry_late_rate",
        "customer_account_age_days",
    } <= names


def test_tables_names_what_the_block_and_the_column_need() -> None:
    assert make_dictionary([parse_block(OWN)])["tables"].tolist() == ["contacts, disputes"]
    tables = make_dictionary(find_blocks()).set_index("name")["tables"]
    assert tables[["open_count", "open_disputed_balance", "credit_limit"]].tolist() == [
        "",
        "disputes",
        "credit",
    ]


def test_the_dictionary_of_no_block_is_empty_but_whole() -> None:
    empty = make_dictionary([])
    assert empty.shape == (0, 7)
    assert dictionary_markdown(empty) == ""


def test_markdown_has_one_row_per_column_and_survives_odd_text() -> None:
    dictionary = make_dictionary([*find_blocks(), parse_block(OWN)])
    lines = dictionary_markdown(dictionary).splitlines()
    assert sum(line.startswith("| `") for line in lines) == len(dictionary)
    assert sum(line.startswith("## ") for line in lines) == dictionary["block"].nunique()
    assert "| `own_share` | share | a \\\\ b &lt;i>c&lt;/i> | contacts, disputes |" in lines
