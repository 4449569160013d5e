from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.layout import Limits
from arseg.ledger.declared.source import Source
from arseg.ledger.loading.convert import open_stage, stage_source
from arseg.ledger.loading.stage import Staged, live_rows
from arseg.ledger.sources.reading import Stream, make_batch, number_rows

Event = dict[str, Any]

NAMES = ("case", "day", "step", "what", "fine", "cost", "paid")
TERMS = [
    {"column": "fine", "how": "last"},
    {"column": "cost", "how": "sum"},
    {"column": "paid", "how": "last", "minus": True},
]
DAY = dt.date(2024, 1, 1)


def declared(terms: Sequence[dict[str, Any]], carried: dict[str, Any] | None = None, **feed: Any) -> Source:
    """Return a log whose every row feeds invoices."""
    columns: dict[str, Any] = {
        "invoice_id": {"column": "case"},
        "customer_id": {"column": "case"},
        "entity": {"carried": carried or {"column": "what"}},
        "document_date": {"carried": {"column": "day", "only": {"what": "make"}}},
        "due_date": {"column": "day"},
        "amount": {"running": list(terms)},
        "currency": {"constant": "EUR"},
        "known_on": {"column": "day"},
    }
    return Source.model_validate(
        {
            "files": ["*"],
            "log": {"case": "case", "order": ["day", "step"]},
            "feeds": [{"table": "invoices", "columns": columns, **feed}],
        }
    )


@contextmanager
def staged(source: Source, *parts: Sequence[Event]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Stage each part as a file of its own, two rows a batch."""
    with closing(duckdb.connect()) as connection:
        open_stage(connection)
        first = 0
        for place, events in enumerate(parts):
            texts = {n: [None if e[n] is None else str(e[n]) for e in events] for n in NAMES}
            batches = [
                make_batch(
                    {name: pa.array(text[at : at + 2], pa.string()) for name, text in texts.items()},
                    lines=number_rows(2 + at, len(events[at : at + 2])),
                )
                for at in range(0, len(events), 2)
            ]
            reading = Stream("log.csv", NAMES, {}, iter(batches))
            first += stage_source(connection, reading, source, place=place, first_row=first, limits=Limits())
        yield connection


def in_order(events: Sequence[Event]) -> list[tuple[int, Event]]:
    """Return the rows of each case as they happened, an unknown step first."""
    numbered = list(enumerate(events))
    return sorted(
        numbered, key=lambda one: (one[1]["day"], -1 if one[1]["step"] is None else one[1]["step"], one[0])
    )


def replay(events: Sequence[Event], terms: Sequence[dict[str, Any]]) -> dict[int, Decimal | None]:
    """Return the running amount by row, event by event."""
    said: dict[tuple[str, int], Decimal] = {}
    found = {}
    for row, event in in_order(events):
        parts: list[tuple[Decimal | None, bool]] = []
        for place, term in enumerate(terms):
            slot, amount = (event["case"], place), event[term["column"]]
            grown = None if amount is None else amount - said.get(slot, Decimal(0))
            if amount is not None:
                said[slot] = amount + (said.get(slot, Decimal(0)) if term["how"] == "sum" else 0)
            parts.append((grown if term["how"] == "increase" else said.get(slot), term.get("minus", False)))
        told = [-amount if minus else amount for amount, minus in parts if amount is not None]
        found[row] = sum(told, Decimal(0)) if told else None
    return found


money = st.one_of(st.none(), st.decimals(0, 1000, places=2))
events = st.lists(
    st.fixed_dictionaries(
        {
            "case": st.sampled_from("AB"),
            "day": st.integers(0, 3).map(lambda n: DAY + dt.timedelta(days=n)),
            "step": st.one_of(st.none(), st.integers(1, 12)),
            "what": st.sampled_from(["make", "send", None]),
            "fine": money,
            "cost": money,
            "paid": money,
        }
    ),
    min_size=1,
    max_size=12,
)
terms = st.lists(
    st.fixed_dictionaries(
        {
            "column": st.sampled_from(["fine", "cost", "paid"]),
            "how": st.sampled_from(["last", "sum", "increase"]),
            "minus": st.booleans(),
        }
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@given(events, terms)
def test_a_running_amount_is_what_a_replay_gives(log: list[Event], asked: list[dict[str, Any]]) -> None:
    with staged(declared(asked), log) as connection:
        found = dict(connection.execute("SELECT row, amount FROM stage.invoices").fetchall())
    assert found == replay(log, asked)


@settings(max_examples=25, deadline=None)
@given(events, st.sampled_from([{}, {"what": "send"}, {"what": ["make", ""], "step": ["1", "2", "3", ""]}]))
def test_what_is_carried_is_what_a_replay_gives(log: list[Event], only: dict[str, Any]) -> None:
    with staged(declared(TERMS, {"column": "fine", "only": only}), log) as connection:
        found = {
            row: (None if text is None else Decimal(text), day)
            for row, text, day in connection.execute(
                "SELECT row, entity, document_date FROM stage.invoices"
            ).fetchall()
        }
    fine: dict[str, Any] = {}
    made: dict[str, Any] = {}
    expected = {}
    for row, event in in_order(log):
        met = all(
            ("" if event[n] is None else str(event[n])) in ([texts] if isinstance(texts, str) else texts)
            for n, texts in only.items()
        )
        if met and event["fine"] is not None:
            fine[event["case"]] = event["fine"]
        if event["what"] == "make":
            made[event["case"]] = event["day"]
        expected[row] = (fine.get(event["case"]), made.get(event["case"]))
    assert found == expected


@settings(max_examples=25, deadline=None)
@given(events)
def test_of_several_rows_of_a_key_the_last_counts(log: list[Event]) -> None:
    log = [{**event, "what": "make", "fine": event["fine"] or Decimal(1)} for event in log]
    source = declared(TERMS, keep="last")
    with staged(source, log) as connection:
        one = Staged("log.csv", source, NAMES, "", len(log), ())
        rows = connection.execute(
            f"SELECT invoice_id, known_on, amount FROM ({live_rows('invoices', [one])})"
        ).fetchall()
    amounts = replay(log, TERMS)
    expected = {(event["case"], event["day"]): amounts[row] for row, event in in_order(log)}
    assert len(rows) == len(expected)
    assert {(case, day): amount for case, day, amount in rows} == expected


@settings(max_examples=8, deadline=None)
@given(events, st.randoms(use_true_random=False))
def test_the_order_of_the_file_is_without_effect_where_the_log_has_an_order(
    log: list[Event], random: Any
) -> None:
    log = [{**event, "step": step} for step, event in enumerate(log)]
    turned = list(log)
    random.shuffle(turned)
    said = []
    for one in (log, turned):
        with staged(declared(TERMS), one) as connection:
            query = "SELECT * EXCLUDE (row) FROM stage.invoices ORDER BY rank"
            said.append(connection.execute(query).fetchall())
    assert said[0] == said[1]


def event(case: str, day: int, step: int, what: str | None = "make", **amounts: Any) -> Event:
    known = {"fine": None, "cost": None, "paid": None} | amounts
    return {"case": case, "day": DAY + dt.timedelta(days=day), "step": step, "what": what, **known}


def test_steps_are_ordered_as_numbers_not_as_text() -> None:
    log = [event("A", 0, 10, fine=Decimal(10)), event("A", 0, 9, fine=Decimal(9))]
    with staged(declared([TERMS[0]]), log) as connection:
        assert connection.execute("SELECT rank, row FROM stage.invoices ORDER BY rank").fetchall() == [
            (0, 1),
            (1, 0),
        ]


def test_ranks_of_a_later_file_come_after_those_of_an_earlier_one() -> None:
    first = [
        event("B", 0, 1, fine=Decimal(1)),
        event("B", 0, 2, fine=Decimal(2)),
        event("C", 0, 1, fine=Decimal(5)),
    ]
    later = [event("B", 0, 1, fine=Decimal(3))]
    source = declared([TERMS[0]], keep="last")
    with staged(source, first, later) as connection:
        ranks = [
            rank for (rank,) in connection.execute("SELECT rank FROM stage.invoices ORDER BY row").fetchall()
        ]
        live = live_rows("invoices", [Staged("", source, NAMES, "", 0, ())])
        kept = connection.execute(f"SELECT invoice_id, amount FROM ({live}) ORDER BY 1").fetchall()
    assert ranks == [0, 1, 2, 3]
    assert kept == [("B", Decimal(3)), ("C", Decimal(5))]


def test_an_event_that_is_ignored_still_says_its_part() -> None:
    source = declared(TERMS)
    source = source.model_copy(update={"ignore": {"what": ["send"]}})
    log = [event("A", 0, 1, fine=Decimal(10)), event("A", 1, 2, "send", cost=Decimal(3)), event("A", 2, 3)]
    with staged(source, log) as connection:
        assert connection.execute("SELECT amount FROM stage.invoices ORDER BY row").fetchall() == [
            (Decimal(10),),
            (Decimal(13),),
        ]
        assert connection.execute("FROM stage.rejected").fetchall() == [(1, "ignored")]


def test_an_amount_that_cannot_be_read_is_rejected_where_it_stands() -> None:
    log = [event("A", 0, 1, fine="x"), event("A", 1, 2, fine=Decimal(2))]
    with staged(declared(TERMS), log) as connection:
        found = connection.execute("SELECT complaint FROM stage.invoices ORDER BY row").fetchall()
    assert found == [("bad_money",), (None,)]


def test_an_event_before_which_nothing_was_said_lacks_its_amount() -> None:
    with staged(declared(TERMS), [event("A", 0, 1)]) as connection:
        assert connection.execute("SELECT complaint FROM stage.invoices").fetchall() == [
            ("missing_required",)
        ]


@pytest.mark.parametrize("change", [{"keep": "last"}, {}])
def test_events_need_a_log(change: dict[str, Any]) -> None:
    told = declared(TERMS, **change).model_dump(exclude={"log"})
    with pytest.raises(ValueError, match="running, carried and keep only in a source with a log"):
        Source.model_validate(told)
