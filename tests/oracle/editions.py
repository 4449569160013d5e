"""A tiny edition as files: five customers whose ids and texts mean something to databases and shells."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

HOSTILE = (
    "'); DROP TABLE arseg.assignments; --",
    "00012",
    'Mü,ller \U0001f600 "quoted" \\N \\. \t\n end',
    "%s ? $1 {} :x",
    "=1+1",
)


def edition_files(segment: str = "High", *, key_date: str = "2026-10-31") -> dict[str, bytes]:
    """Return the files of an edition of five customers with hostile ids; the segment is the first one's."""
    day = dt.date.fromisoformat(key_date)
    segments = [segment, *["Low"] * (len(HOSTILE) - 1)]
    assignments = pa.table(
        {
            "customer_id": list(HOSTILE),
            "key_date": [day] * 5,
            "policy": ["RiskTiers()"] * 5,
            "segment": segments,
            "treatment": ["call"] * 5,
            "propensity": pa.nulls(5),
            "publication": pa.nulls(5),
            "known_on": [day] * 5,
            "why": list(HOSTILE),
            "borderline": [True, False, None, False, False],
        }
    )
    money = pa.array([Decimal("12345678901234.56"), *[Decimal("0.10")] * 4], pa.decimal128(18, 2))
    text = dict.fromkeys(("stage", "treatment", "channel", "tone", "handling", "collector"), ["late"] * 5)
    worklist = pa.table(
        {
            "rank": range(1, 6),
            "customer_id": list(HOSTILE),
            "name": list(HOSTILE),
            "segment": segments,
            **text,
            "deadline": [day] * 5,
            "minutes": [15.0] * 5,
            **dict.fromkeys(("open_balance", "overdue_balance", "expected_value"), money),
            "on_today": [True] * 5,
            "why": ["late"] * 5,
            "invoices": ["INV1"] * 5,
        }
    )
    measure = {
        "measure": ["dso"],
        "value": [39.25],
        "low": [float("nan")],
        "unit": ["days"],
        "customers": [5],
    }
    moved = {
        "customer_id": list(HOSTILE[:2]),
        "before": ["Low", "Low"],
        "after": [segment, "Low"],
        "score_before": [0.1, 0.1],
        "score_after": [0.5, 0.2],
        "why": ["data", "time"],
        "open_balance": [1234.56, 0.1],
    }
    tables = {
        "assignments": assignments,
        "worklist": worklist,
        "headline": pa.table({**measure, "history": [[1.0, 2.0]]}),
        "measures": pa.table({**measure, "policy": ["A()"], "segment": ["High"], "window": ["9 key dates"]}),
        "changes": pa.table(moved),
    }
    files = {f"{name}.parquet": _bytes(table) for name, table in tables.items()}
    return {**files, "index.html": f"<p>{segment}</p>".encode(), "worklist.csv": b"rank\n"}


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())
