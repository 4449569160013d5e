"""The stock that contacts leave, and the intervals cut where they begin to act."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models.contact_stock import (
    commonest,
    cut_at_contacts,
    cut_at_days,
    read_contacts,
    stock_columns,
    stocks,
)
from arseg.models.grid import Periods, expand
from arseg.schema import DataError


def log_of(*rows: tuple[int, int, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["row", "day", "channel", "tone"])


def random_log(seed: int, items: int, contacts: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "row": random.integers(0, items, contacts),
            "day": random.integers(-60, 200, contacts),
            "channel": random.choice(["call", "email", "letter"], contacts, p=[0.2, 0.7, 0.1]),
            "tone": random.choice(["nudge", "firm"], contacts),
        }
    )


def daily_stock(log: pd.DataFrame, item: int, day: int, half_life: float) -> float:
    """Follow the definition, a contact and a day at a time."""
    return sum(
        2.0 ** (-(day - contact.day - 1) / half_life)
        for contact in log.itertuples()
        if contact.row == item and contact.day < day
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_stock_of_an_interval_is_the_mean_of_its_days(seed: int) -> None:
    log = random_log(seed, items=6, contacts=40)
    contacts = read_contacts(log, rows=6)
    cut, _ = cut_at_contacts(expand(np.arange(-30, 30, 10), np.full(6, 150)), contacts)
    periods = cut.periods
    found = stocks(periods, contacts, ["contact", "channel=call"], half_life=5.0)
    calls = log[log["channel"] == "call"]
    for row in np.random.default_rng(seed).integers(0, len(periods.item), 40):
        item, days = periods.item[row], range(periods.start[row] + 1, periods.end[row] + 1)
        for place, some in enumerate((log, calls)):
            mean = np.mean([daily_stock(some, item, day, 5.0) for day in days])
            assert found[row, place] == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_loses_no_day_and_begins_where_a_contact_acts(seed: int) -> None:
    contacts = read_contacts(random_log(seed, items=5, contacts=60), rows=5)
    whole = expand(np.array([-20, -3, 0, 12, 100]), np.array([100, 30, 365, 90, 7]))
    cut, parent = cut_at_contacts(whole, contacts)
    parts = cut.periods
    assert (parts.item == whole.item[parent]).all()
    assert (parts.start >= whole.start[parent]).all()
    assert (parts.end <= whole.end[parent]).all()
    assert np.bincount(parent, cut.share) == pytest.approx(np.ones(len(whole.item)))
    follows = parts.item[1:] == parts.item[:-1]
    assert (parts.start[1:][follows] == parts.end[:-1][follows]).all()
    for item, day in zip(contacts.item, contacts.day, strict=True):
        own = parts.item == item
        if 0 < day < parts.end[own].max():
            assert day in parts.start[own]


def test_without_contacts_nothing_is_cut() -> None:
    whole = expand(np.array([0, 5]), np.array([20, 20]))
    for contacts in (None, read_contacts(log_of(), rows=2)):
        cut, parent = cut_at_contacts(whole, contacts)
        assert cut.periods.end.tolist() == whole.end.tolist()
        assert cut.periods.start.tolist() == whole.start.tolist()
        assert parent.tolist() == list(range(len(whole.item)))
        assert (cut.share == 1).all()


def test_a_contact_acts_from_the_day_after() -> None:
    contacts = read_contacts(log_of((0, 2, "call", "firm")), rows=1)
    rows = Periods(np.zeros(4, dtype=int), np.arange(4), np.arange(1, 5), items=1)
    assert stocks(rows, contacts, ["contact"], half_life=1.0)[:, 0].tolist() == [0, 0, 1, 0.5]


def test_items_are_renumbered_with_their_own_contacts() -> None:
    contacts = read_contacts(
        log_of((0, 1, "a", "x"), (2, 3, "b", "x"), (2, 1, "c", "x"), (1, 9, "d", "x")), rows=3
    )
    some = contacts.take(np.array([2, 0]))
    assert some.item.tolist() == [0, 0, 1]
    assert some.channel.tolist() == ["c", "b", "a"]
    assert len(contacts.take(np.array([], dtype=int))) == 0


def test_the_commonest_channel_is_what_the_others_are_compared_with() -> None:
    contacts = read_contacts(random_log(0, items=10, contacts=400), rows=10)
    assert stock_columns(contacts, fewest=20)[1:3] == ["channel=call", "channel=letter"]
    assert len(stock_columns(contacts, fewest=20)) == 4
    assert stock_columns(contacts, fewest=10_000) == ["contact"]


def test_the_commonest_has_no_stock_and_is_named() -> None:
    log = log_of((0, 1, "b", "x"), (0, 2, "a", "y"), (0, 3, "b", "y"), (0, 4, "a", "y"))
    contacts = read_contacts(log, rows=1)
    assert commonest(contacts) == ("a", "y")
    assert stock_columns(contacts, fewest=1) == ["contact", "channel=b", "tone=x"]


def test_what_came_after_an_item_had_left_is_dropped() -> None:
    contacts = read_contacts(
        log_of((0, -4, "a", "x"), (0, 4, "a", "x"), (0, 5, "a", "x"), (1, 5, "a", "x")), rows=2
    )
    kept = contacts.before(np.array([5, 9]))
    assert list(zip(kept.item.tolist(), kept.day.tolist(), strict=True)) == [(0, -4), (0, 4), (1, 5)]


def test_a_cut_at_days_ends_with_the_last_of_them() -> None:
    whole = expand(np.array([-20, 3, 60]), np.array([45, 45, 45]))
    cut, parent = cut_at_days(whole, np.array([2, 45]))
    parts = cut.periods
    for item in range(3):
        own = parts.item == item
        assert parts.end[own].max() == 45
        assert 2 in parts.end[own]
        assert (parts.end - parts.start)[own].sum() == 45
    assert cut.share == pytest.approx((parts.end - parts.start) / (whole.end - whole.start)[parent])


def test_contacts_of_more_than_a_year_ago_are_forgotten() -> None:
    assert len(read_contacts(log_of((0, -366, "call", "firm"), (0, -365, "call", "firm")), rows=1)) == 1


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        (
            log_of((2, 1, "a", "x")),
            r"row of contacts is no whole number in its range\. Given: 2.0\. Allowed: positions from 0 to 1",
        ),
        (log_of((0, 1.5, "a", "x")), r"day of contacts is no whole number in its range\. Given: 1.5"),  # type: ignore[arg-type]
        (log_of((0, 1, "a", "x")).drop(columns="tone"), "contacts"),
    ],
)
def test_a_log_that_makes_no_sense_is_refused(log: pd.DataFrame, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        read_contacts(log, rows=2)
