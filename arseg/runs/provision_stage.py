"""The provision of a run: what the open items are expected to lose, by which methods, and what moved it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from arseg.forecast import (
    MethodRates,
    Provision,
    allowance_bridge,
    provide,
    roll_forward,
)
from arseg.forecast.aging import aging_bucket
from arseg.forecast.exclusions import pool_exposures
from arseg.forecast.model_loss import LossGivenDefault, expected_losses, model_rates
from arseg.ledger import read_ledger
from arseg.runs import loss_history
from arseg.runs.cash_stage import stamped
from arseg.runs.editions import one_per_day
from arseg.runs.item_curves import EVERY, load_book
from arseg.runs.loss_backtest import loss_backtest
from arseg.runs.own_snapshot import holding_history, own_snapshot
from arseg.runs.pool_exclusions import excluded
from arseg.runs.provision_rules import rules_of
from arseg.runs.publication import published
from arseg.schema import AGING_NAMES, CAUSES, WRITTEN_OFF, DataError

if TYPE_CHECKING:
    from arseg.runs.journal import Run

TABLES: Final = (
    "provision_matrix",
    "provision_rates",
    "provision_reconciliation",
    "provision_exclusions",
    "provision_roll_forward",
    "provision_bridge",
    "provision_items",
    "loss_backtest",
)
# What each method is called on paper.
WORDS: Final = {
    "vintages": "vintages of the money that reached each bucket",
    "roll_rates": "roll rates, multiplied to the end",
    "transitions": "absorbing transition matrix",
    "model": "the model's incidence of write-off times loss given default",
}


@holding_history
def provision(run: Run) -> Provision:
    """Return the provision of the open items, and keep its tables.

    Raises
    ------
    DataError
        If no declared method could be computed.
    """
    items, notes = excluded(run, _items(run))
    rules = rules_of(run.experiment)
    exposures = pool_exposures(items, subsequent_collections=rules.subsequent_collections)
    methods = _methods(run, exposures, notes)
    found = provide(items, methods, rules=rules)
    matrix, before = found.matrix, _matrix_before(run)
    run.save("provision_matrix", stamped(run, matrix.assign(method=next(iter(methods)))))
    run.save("provision_rates", stamped(run, _rates(found)))
    run.save("provision_reconciliation", stamped(run, found.reconciliation))
    run.save("provision_exclusions", stamped(run, found.exclusions))
    run.save("provision_roll_forward", stamped(run, _rolled(run, found)))
    run.save("provision_bridge", stamped(run, _bridge(matrix, before)))
    run.save("provision_items", stamped(run, found.items))
    run.save("loss_backtest", stamped(run, loss_backtest(run, notes)))
    run.save("provision", _told(run, found, list(methods), notes))
    return found


def _items(run: Run) -> pd.DataFrame:
    items = run.load(EVERY)
    return items.assign(bucket=aging_bucket(items["days_past_due"]))


def _told(run: Run, found: Provision, methods: list[str], notes: list[str]) -> dict[str, Any]:
    """Return what stands beside the tables, as plain data."""
    declared = run.experiment.provision.model_dump(mode="json")
    return {
        "allowance": str(found.allowance),
        "specific": str(found.specific),
        "by_segment": {name: str(amount) for name, amount in found.by_segment().items()},
        "method": methods[0],
        "methods": methods,
        "in_words": WORDS[methods[0]],
        "outlook": rules_of(run.experiment).outlook.in_words(),
        "currency": read_ledger(run.ledger_path).currency,
        "declared": declared,
        "notes": notes,
    }


def _methods(run: Run, exposures: pd.DataFrame, notes: list[str]) -> dict[str, MethodRates]:
    """Return the rates of the declared methods, without those that the book cannot tell."""
    items = exposures[exposures["exposed"].astype("float64") > 0].assign(
        exposed=lambda rows: rows["exposed"].astype("float64")
    )
    asked = run.experiment.provision.methods
    tracked = cache(lambda: loss_history.track(run))
    makers: dict[str, Callable[[], MethodRates]] = {
        "vintages": lambda: loss_history.vintages(run, items),
        "roll_rates": lambda: loss_history.rolls(run, items, tracked()),
        "transitions": lambda: loss_history.transitions(run, items, tracked()),
        "model": lambda: _modelled(run, items),
    }
    found: dict[str, MethodRates] = {}
    for name in asked:
        try:
            found[name] = _of_every_segment(makers[name](), exposures["segment"])
        except DataError as problem:
            notes.append(f"Method {name} is left out: {problem.what} ({problem.given}).")
    if not found:
        raise DataError(
            "no method of the provision could be computed",
            given="; ".join(notes),
            allowed="one of the declared methods with enough history",
            do="declare the method model, or load more history",
            code="no_method",
        )
    return found


def _of_every_segment(rates: MethodRates, segments: pd.Series) -> MethodRates:
    """Return the rates with the pool's, of no weight, for a segment of which nothing at all stands in the pool."""
    lacking = sorted({*segments} - {*rates.segments["segment"]})
    parts = [rates.pool.assign(segment=name, reached=0.0) for name in lacking]
    return MethodRates(pd.concat([rates.segments, *parts], ignore_index=True), rates.pool) if parts else rates


def _modelled(run: Run, items: pd.DataFrame) -> MethodRates:
    """Return the rates that each item's own curve of write-off implies."""
    book, asked = load_book(run), run.experiment.provision
    row = pd.Index(book.items["invoice_id"]).get_indexer(items["invoice_id"])
    rows = items[row >= 0]
    curve = np.asarray(book.incidence[row[row >= 0], CAUSES.index(WRITTEN_OFF)], dtype=np.float64)
    given = LossGivenDefault(asked.loss_given_default, asked.effective_rate)
    loss = expected_losses(
        rows["exposed"], np.maximum.accumulate(curve, axis=1), book.times, given_default=given
    )
    rows = rows.assign(expected_loss=loss)
    pool = model_rates(rows, by_segment=False, names=AGING_NAMES)
    pool = loss_history.filled(pool, AGING_NAMES)
    return MethodRates(model_rates(rows, names=AGING_NAMES), pool)


def _rates(found: Provision) -> pd.DataFrame:
    """Return the rates of all methods: own, the pool's, and before and after they were made monotone."""
    parts = [frame.assign(method=name) for name, frame in found.rates.items()]
    frame = pd.concat(parts, ignore_index=True)
    columns = [
        "method",
        "segment",
        "bucket",
        "reached",
        "own_rate",
        "pool_rate",
        "own_weight",
        "rate_before",
        "rate",
    ]
    return frame[columns]


def _published_before(run: Run, name: str) -> Path | None:
    """Return a table of the last publication before the key date that has it."""
    folder = published(run.home, run.experiment.name)
    before = one_per_day(folder, run.key_date.isoformat()).values()
    paths = [held / f"{name}.parquet" for held in before]
    return next((path for path in reversed(paths) if path.is_file()), None)


def _matrix_before(run: Run) -> pd.DataFrame | None:
    path = _published_before(run, "provision_matrix")
    return None if path is None else pd.read_parquet(path)


def _rolled(run: Run, found: Provision) -> pd.DataFrame:
    """Return the allowance from the last publication's to this one's; without an earlier one it opens at nothing."""
    path = _published_before(run, "provision_roll_forward")
    opening: dict[str, Decimal] = {}
    since = None
    if path is not None:
        before = pd.read_parquet(path)
        since = pd.Timestamp(before["key_date"].iloc[0])
        opening = dict(zip(before["segment"], before["closing"], strict=True))
        opening.pop("total", None)
    moved = _movements(run, since)
    return roll_forward(opening, found.by_segment(), moved).assign(since=since)


def _movements(run: Run, since: pd.Timestamp | None) -> pd.DataFrame:
    """Return what was written off and recovered since a day, as the book came to know of it, by segment."""
    columns = ["segment", "written_off", "recovered", "fx"]
    if since is None:
        return pd.DataFrame(columns=columns)
    with own_snapshot(run) as snapshot:
        rows = snapshot.sql(
            "SELECT i.customer_id, p.kind, CAST(p.amount AS DOUBLE) AS amount FROM postings AS p"
            " JOIN invoices AS i USING (invoice_id) WHERE p.kind IN ('write_off', 'recovery')"
            f" AND p.known_on > DATE '{since:%Y-%m-%d}' ORDER BY i.customer_id, p.kind, amount"
        )
    rows["segment"] = _last_segment(run).reindex(rows["customer_id"]).fillna("none").to_numpy()
    rows["written_off"] = rows["amount"].where(rows["kind"] == "write_off", 0.0)
    rows["recovered"] = rows["amount"].where(rows["kind"] == "recovery", 0.0)
    return rows.assign(fx=0.0)[columns]


def _last_segment(run: Run) -> pd.Series:
    """Return each customer's segment when the allowance was last stated: that is whose allowance a write-off uses."""
    path = _published_before(run, "provision_items")
    if path is None:
        return pd.Series(dtype="str")
    return pd.read_parquet(path, columns=["customer_id", "segment"]).drop_duplicates("customer_id").set_index(
        "customer_id"
    )["segment"]  # fmt: skip


def _bridge(matrix: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """Return what moved the pooled allowance since the last publication; empty where there is none to compare."""
    empty = pd.DataFrame(columns=["step", "amount"])
    if before is None:
        return empty
    cells = matrix[["segment", "bucket"]].merge(before[["segment", "bucket"]], on=["segment", "bucket"])
    return allowance_bridge(before, matrix) if len(cells) == len(matrix) == len(before) else empty
