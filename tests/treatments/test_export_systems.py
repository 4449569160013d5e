from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal

import pandas as pd
import pyarrow.parquet as pq
import pytest

from arseg.schema import WORKLIST
from arseg.treatments import Capacity, build_worklist
from arseg.treatments.export_systems import as_json, as_parquet, plain


@pytest.fixture(name="worklist", scope="module")
def _worklist(draw_book, standard) -> pd.DataFrame:
    segmentation, scores = draw_book(4, 25)
    names = {"C000": '=1+1 "K"\n', "C001": "Müller"}
    prescribed = standard.prescribe(segmentation, scores)
    return build_worklist(prescribed, scores, key_date="2026-10-31", capacity=Capacity(2, 1), names=names)


def test_json_says_what_each_column_is_and_holds_every_row(worklist) -> None:
    read = json.loads(as_json(worklist, WORKLIST.columns))
    assert (read["table"], read["version"], read["key"]) == ("worklist", 1, ["customer_id"])
    assert [c["name"] for c in read["columns"]] == list(WORKLIST.names)
    assert {c["name"]: c["json"] for c in read["columns"]}["open_balance"] == (
        "string, a decimal number with two places"
    )
    assert all(c["meaning"] for c in read["columns"])
    assert [row["customer_id"] for row in read["rows"]] == worklist["customer_id"].tolist()


def test_json_is_typed_and_exact(worklist) -> None:
    for row, given in zip(
        json.loads(as_json(worklist, WORKLIST.columns))["rows"], worklist.to_dict("records"), strict=True
    ):
        assert row["name"] == given["name"]
        assert float(Decimal(row["expected_value"])) == given["expected_value"]
        assert dt.date.fromisoformat(row["deadline"]) == given["deadline"].date()
        assert row["on_today"] is given["on_today"]
        assert row["rank"] == given["rank"]


def test_missing_values_are_null_and_an_empty_list_is_one(worklist) -> None:
    gappy = worklist.head(1).assign(open_balance=float("nan"), name=pd.Series([None], dtype="str"))
    row = json.loads(as_json(gappy, WORKLIST.columns))["rows"][0]
    assert (row["open_balance"], row["name"]) == (None, None)
    assert json.loads(as_json(worklist.head(0), WORKLIST.columns))["rows"] == []


def test_the_same_frame_gives_the_same_bytes(worklist) -> None:
    for write in (as_json, as_parquet):
        assert write(worklist, WORKLIST.columns) == write(worklist.copy(), WORKLIST.columns)


def test_parquet_fields_carry_type_and_meaning(worklist) -> None:
    schema = pq.read_schema(io.BytesIO(as_parquet(worklist, WORKLIST.columns)))
    for column in WORKLIST.columns:
        metadata = schema.field(column.name).metadata
        assert metadata[b"meaning"].decode() == column.meaning
        assert metadata[b"type"].decode() == column.type


def test_days_and_amounts_are_plain() -> None:
    assert plain(pd.Series(pd.to_datetime(["2026-10-31", None])), "date") == [dt.date(2026, 10, 31), None]
    assert plain(pd.Series([0.1 + 0.2]), "money") == [Decimal("0.30")]
