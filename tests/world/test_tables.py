from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from arseg.schema import BALANCE_SIGN, LEDGER
from arseg.world.book import World
from arseg.world.course import Course, Days
from arseg.world.legacy import by_softmax, on_review
from arseg.world.parquet import ARROW_TYPES
from arseg.world.simulate import Synthesis
from arseg.world.tables import ledger_tables

NAMES = (
    "invoices",
    "postings",
    "customers",
    "contacts",
    "assignments",
    "credit",
    "disputes",
    "promises",
    "indicators",
)


@pytest.fixture(scope="module")
def tables(made: Synthesis) -> dict[str, pd.DataFrame]:
    return {name: pq.read_table(path).to_pandas() for name, path in made.paths.items()}


@pytest.mark.parametrize("name", NAMES)
def test_columns_types_and_required_cells_are_those_of_the_schema(made: Synthesis, name: str) -> None:
    table, declared = pq.read_table(made.paths[name]), LEDGER[name]
    assert tuple(table.column_names) == declared.names
    assert table.num_rows > 0
    for column in declared.columns:
        assert table.schema.field(column.name).type == ARROW_TYPES[column.type]
        if column.required:
            assert table[column.name].null_count == 0, column.name


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_unique_and_known_between_their_event_and_the_end(
    made: Synthesis, tables: dict[str, pd.DataFrame], name: str
) -> None:
    frame, declared = tables[name], LEDGER[name]
    assert not frame.duplicated(list(declared.key)).any()
    assert frame["known_on"].max() <= made.end
    if declared.event_day:
        assert (frame["known_on"] >= frame[declared.event_day]).all()


def test_facts_of_later_rows_are_known_no_earlier_than_they_happened(tables: dict[str, pd.DataFrame]) -> None:
    closed = tables["disputes"].dropna(subset="closed_on")
    assert (closed["known_on"] >= closed["closed_on"]).all()
    assert (tables["customers"]["known_on"] >= tables["customers"]["onboarded_on"]).all()
    delivered = tables["invoices"].dropna(subset="delivered_on")
    assert (delivered["known_on"] >= delivered["delivered_on"]).all()


def test_every_reference_is_kept(tables: dict[str, pd.DataFrame]) -> None:
    customers, invoices = set(tables["customers"]["customer_id"]), set(tables["invoices"]["invoice_id"])
    for name in ("invoices", "postings", "contacts", "assignments", "credit", "promises"):
        assert set(tables[name]["customer_id"]) <= customers
    for name in ("postings", "disputes"):
        assert set(tables[name]["invoice_id"].dropna()) <= invoices
    assert set(tables["customers"]["parent"].dropna()) <= customers


def test_every_decision_is_logged_with_the_chance_it_had(
    made: Synthesis, tables: dict[str, pd.DataFrame]
) -> None:
    truth = pq.read_table(made.truth / "reviews.parquet").to_pandas()
    both = tables["assignments"].merge(
        truth, left_on=["customer_id", "key_date"], right_on=["customer_id", "reviewed_on"], validate="1:1"
    )
    assert len(both) == len(truth) == len(tables["assignments"])
    assert (both["treatment"] == both["action"]).all()
    chances = both[[f"p_{name}" for name in ("none", "email", "firm_email", "call")]]
    taken = [row[f"p_{row['action']}"] for row in both.to_dict("records")]
    assert both["propensity"].to_numpy() == pytest.approx(taken)
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1.0)
    contacted = set(zip(tables["contacts"]["customer_id"], tables["contacts"]["contacted_on"], strict=True))
    done = both[both["treatment"] != "none"]
    assert contacted <= set(zip(done["customer_id"], done["key_date"], strict=True))


def test_money_is_conserved_to_the_cent_at_every_month_end(
    made: Synthesis, tables: dict[str, pd.DataFrame]
) -> None:
    ends = pq.read_table(made.truth / "month_ends.parquet").to_pandas()
    for row in ends.itertuples():
        invoices = tables["invoices"]
        invoices = invoices[(invoices["known_on"] <= row.month_end) & (invoices["currency"] == row.currency)]
        postings = tables["postings"]
        postings = postings[(postings["known_on"] <= row.month_end) & (postings["currency"] == row.currency)]
        open_items = dict(zip(invoices["invoice_id"], invoices["amount"], strict=True))
        on_account = Decimal(0)
        totals = dict.fromkeys(BALANCE_SIGN, Decimal(0))
        for posting in postings.itertuples():
            totals[posting.kind] += posting.amount
            if pd.isna(posting.invoice_id):
                on_account += posting.amount
            else:
                open_items[posting.invoice_id] += BALANCE_SIGN[posting.kind] * posting.amount
        invoiced = sum(invoices["amount"], Decimal(0))
        gone = totals["payment"] + totals["credit_note"] + totals["write_off"]
        back = totals["recovery"] + totals["reversal"]
        assert invoiced == gone - back + row.open
        assert sum(open_items.values(), Decimal(0)) - on_account == row.open
        assert min(open_items.values(), default=Decimal(0)) >= 0


def test_payments_count_on_weekdays(tables: dict[str, pd.DataFrame]) -> None:
    days = pd.to_datetime(tables["postings"]["value_date"])
    assert (days.dt.day_of_week < 5).all()


def test_amounts_are_positive_but_for_money_that_leaves_the_account(tables: dict[str, pd.DataFrame]) -> None:
    for name in ("invoices", "promises"):
        assert min(tables[name]["amount"]) > 0
    postings = tables["postings"]
    assert min(postings[postings["invoice_id"].notna()]["amount"]) > 0
    assert min(postings[postings["invoice_id"].isna()]["amount"]) < 0


def test_an_earlier_ledger_is_the_part_of_a_later_one_that_was_known(world: World, course: Course) -> None:
    days = Days(world)
    days.pass_until(251, on_review(by_softmax))
    early, late = ledger_tables(world, days.course()), ledger_tables(world, course)
    key_date = world.calendar.start + dt.timedelta(days=250)
    assert set(early) == set(NAMES)
    for name, table in early.items():
        known = late[name].filter(pc.less_equal(late[name]["known_on"], pa.scalar(key_date)))
        assert table.equals(known), name


def test_disputes_open_in_one_row_and_close_in_a_later_one(tables: dict[str, pd.DataFrame]) -> None:
    disputes = tables["disputes"].sort_values(["dispute_id", "known_on"])
    for _, rows in disputes.groupby("dispute_id"):
        assert rows["closed_on"].isna().tolist() in ([True], [True, False])


def test_propensities_are_logged_where_actions_were_drawn(tables: dict[str, pd.DataFrame]) -> None:
    assert tables["contacts"]["propensity"].between(0, 1, inclusive="right").all()
