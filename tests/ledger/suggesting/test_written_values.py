from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.money_text import MoneyText
from arseg.ledger.suggesting.written_values import Amounts, Days, amounts_of, days_of

FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d-%b-%Y", "%Y-%m-%dT%H:%M:%S"]
DAYS = [date(2024, 1, 1) + timedelta(days=5 * n) for n in range(60)]


@pytest.mark.parametrize("day_format", FORMATS)
def test_a_year_of_days_has_one_reading(day_format: str) -> None:
    assert days_of({"due": [f"{day:{day_format}}" for day in DAYS]}) == Days((day_format,), (), ())


def test_a_column_decides_for_another_and_empty_ones_decide_nothing() -> None:
    assert days_of({"a": ["01/02/2024"], "b": ["12/31/2024"], "c": ["", " "]}).formats == ("%m/%d/%Y",)
    assert days_of({}) == days_of({"a": [""]}) == Days()


def test_columns_may_each_have_their_own_way_but_not_two_orders_of_the_same_parts() -> None:
    assert days_of({"a": ["2024-01-05"], "b": ["05.01.2024"]}).formats == ("%Y-%m-%d", "%d.%m.%Y")
    assert days_of({"a": ["12/31/2024"], "b": ["31/12/2024"]}) == Days((), ("%m/%d/%Y", "%d/%m/%Y"), ())


def test_one_dirty_row_in_a_hundred_hides_nothing_and_many_hide_all() -> None:
    days = [f"{day:%d.%m.%Y}" for day in DAYS]
    assert days_of({"a": [*days, "soon"]}).formats == ("%d.%m.%Y",)
    assert days_of({"a": [*days, *["soon"] * 5]}).formats == ()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "20"], Amounts((".", ""))),
        (["1,5", "20"], Amounts((",", ""))),
        (["1,234"], Amounts((".", ","))),
        (["1.234"], Amounts((",", "."))),
        (["1'234.50"], Amounts((".", "'"))),
        (["1 234,50", "3,00 €"], Amounts((",", " "), (), ("€",))),
        (["EUR 5.00", "(EUR 7.00)"], Amounts((".", ""), ("(1)",), ("EUR",))),
        (["-5.00"], Amounts((".", ""))),
        (["1.234,5", "1,234.5"], Amounts()),
        (["about 5"], Amounts()),
        ([], Amounts()),
    ],
)
def test_amounts_have_the_plainest_marks_that_read_them_all(texts: list[str], expected: Amounts) -> None:
    assert amounts_of(texts) == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False), min_size=1, max_size=20
    ),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'")]),
)
def test_what_is_seen_reads_back_the_amounts(amounts: list, marks: tuple[str, str]) -> None:
    swap = str.maketrans({".": marks[0], ",": marks[1]})
    texts = [f"{amount:,.2f}".translate(swap) for amount in amounts]
    seen = amounts_of(texts)
    assert seen.marks is not None
    way = MoneyText(*seen.marks)
    assert [way.amount(text) for text in texts] == amounts
