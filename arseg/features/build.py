"""Run the feature blocks on a snapshot: one row per open item, one per customer that has one.

What a block says of customers or invoices that are not open is dropped; what it does not say of one
that is, is missing. Every figure becomes a float64, so that a matrix has the same types on every day.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from arseg.features.block import Block, BlockColumn, read_block
from arseg.features.dictionary import make_dictionary
from arseg.features.kept import keep, kept_at, read_kept
from arseg.features.keys import Keys
from arseg.features.running import run_block
from arseg.schema import PROFILE, DataError, UsageError
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from arseg.ledger.snapshot import Snapshot

SHIPPED: Final = Path(__file__).parent

_OPEN: Final = "SELECT invoice_id, customer_id FROM open_items ORDER BY invoice_id"


@dataclass(frozen=True, repr=False)
class Features(Shown):
    """The features of every open item and of every customer that has one, at one key date.

    Parameters
    ----------
    key_date
        The day we stand on.
    items
        ``invoice_id``, ``customer_id`` and one float64 column per figure of an invoice block, sorted by
        ``invoice_id``.
    customers
        ``customer_id`` and one float64 column per figure of a customer block, sorted by ``customer_id``.
    dictionary
        ``name, unit, meaning, block, grain, factor, tables``: one row per figure, in the order of the columns.
    profile
        ``customer_id`` and the words of ``schema.PROFILE`` in force on the key date, empty where unknown, in
        the order of ``customers``. Policies and playbooks read them; no model does.
    """

    key_date: dt.date
    items: pd.DataFrame
    customers: pd.DataFrame
    dictionary: pd.DataFrame
    profile: pd.DataFrame

    def __repr__(self) -> str:
        blocks = self.dictionary["block"].nunique()
        return (
            f"Features({self.key_date}: {len(self.items)} open items of {len(self.customers)} customers, "
            f"{len(self.dictionary)} columns from {blocks} blocks)"
        )

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return len(self.items.columns) + len(self.customers.columns) - 3

    def of(self, invoices: Iterable[str]) -> Features:
        """Return the features with these open items alone; the customers stay."""
        return replace(self, items=self.items[self.items["invoice_id"].isin(pd.Index(invoices))])

    def of_customers(self, customers: Iterable[str]) -> Features:
        """Return the features of these customers and of their items."""
        chosen = pd.Index(customers)
        frames = {
            name: frame[frame["customer_id"].isin(chosen)]
            for name, frame in (
                ("items", self.items),
                ("customers", self.customers),
                ("profile", self.profile),
            )
        }
        return replace(self, **frames)

    def matrix(self) -> pd.DataFrame:
        """Return what a model learns from.

        Returns
        -------
        One row per open item, index ``invoice_id``, sorted; the item's figures, then its customer's, in
        the order of the dictionary; float64, NaN where missing.
        """
        place = pd.Index(self.customers["customer_id"]).get_indexer(self.items["customer_id"])
        figures = self.customers.drop(columns="customer_id").take(place)
        index = pd.Index(self.items["invoice_id"], name="invoice_id")
        own = self.items.drop(columns=["invoice_id", "customer_id"])
        return pd.concat([own.set_axis(index), figures.set_axis(index)], axis="columns")


def find_blocks(names: Sequence[str] | None = None, *, folder: str | Path | None = None) -> tuple[Block, ...]:
    """Read and guard the shipped blocks and a user's own; invoice blocks first, each grain by name.

    Parameters
    ----------
    names
        Blocks to keep; all where None.
    folder
        Where a user's own ``.sql`` files lie.

    Raises
    ------
    UsageError
        If a block is refused, two blocks or two columns have the same name, or a name is unknown.

    Examples
    --------
    >>> [block.name for block in find_blocks()][:3]
    ['due_calendar', 'invoice_size', 'item']
    """
    paths = sorted(SHIPPED.glob("*.sql"))
    if folder is not None:
        if not Path(folder).is_dir():
            allowed = "a folder with .sql files"
            raise UsageError("the folder does not exist", given=folder, allowed=allowed, do="check the path")
        paths += sorted(Path(folder).glob("*.sql"))
    blocks = sorted(
        (read_block(path) for path in paths), key=lambda block: (block.grain == "customer", block.name)
    )
    _refuse_clash("block", (block.name for block in blocks))
    _refuse_clash("column", (column.name for block in blocks for column in block.columns))
    return tuple(blocks) if names is None else _keep(blocks, names)


def build_features(
    snapshot: Snapshot, *, blocks: Sequence[str] | None = None, folder: str | Path | None = None
) -> Features:
    """Run every block on a snapshot.

    Parameters
    ----------
    snapshot
        The book at its key date.
    blocks
        Names of the blocks to run; all where None.
    folder
        Where a user's own blocks lie, one ``.sql`` file each.

    Raises
    ------
    UsageError
        If a block is refused, clashes with another, is unknown, does not run, or returns text.
    DataError
        If a block returns a key twice or none, or a figure that is infinite.
    """
    chosen = find_blocks(blocks, folder=folder)
    place = kept_place(snapshot, blocks=blocks, folder=folder)
    frames = read_kept(place) if place else None
    if frames is None:
        frames = _build(snapshot, chosen)
        if place:
            keep(place, *frames)
    items, customers, profile = frames
    return Features(snapshot.key_date, items, customers, make_dictionary(chosen), profile)


def kept_place(
    snapshot: Snapshot, *, blocks: Sequence[str] | None = None, folder: str | Path | None = None
) -> Path | None:
    """Return the folder in which ``build_features`` keeps what it builds of a snapshot; None where it keeps nothing."""
    return kept_at(snapshot.kept, find_blocks(blocks, folder=folder)) if snapshot.kept else None


def _build(snapshot: Snapshot, chosen: Sequence[Block]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the figures of the open items and of their customers, and the customers' words."""
    import pyarrow.compute as pc

    keys = snapshot.arrow(_OPEN).combine_chunks()
    customers = pa.table({"customer_id": pc.unique(keys["customer_id"]).sort()})
    items, figures = (
        _frame(snapshot, [block for block in chosen if block.grain == grain], rows)
        for grain, rows in (("invoice", keys), ("customer", customers))
    )
    return items, figures, _profile(snapshot, figures["customer_id"])


def _profile(snapshot: Snapshot, customers: pd.Series) -> pd.DataFrame:
    """Return what is known of the customers in words, in their order."""
    import pyarrow.compute as pc

    known = snapshot.arrow(
        f"SELECT customer_id, {', '.join(PROFILE)} FROM customers"
        " WHERE customer_id IN (SELECT open_items.customer_id FROM open_items)"
    ).combine_chunks()
    place = pc.index_in(pa.array(customers, pa.string()), value_set=known["customer_id"])
    said = {
        word: pc.fill_null(known[word].cast(pa.string()).take(place), "").to_pandas().astype("str")
        for word in PROFILE
    }
    return pd.DataFrame({"customer_id": customers, **said})


def _frame(snapshot: Snapshot, blocks: Sequence[Block], rows: pa.Table) -> pd.DataFrame:
    """Return the keys and the figures of blocks of one grain, in the keys' order."""
    columns = [column for block in blocks for column in block.columns]
    keys = Keys(rows.column_names[0], rows.column(0))
    # One block of memory: a frame of single columns would be copied into one.
    values = np.full((len(columns), len(rows)), np.nan)
    at = 0
    for block in blocks:
        if snapshot.present.issuperset(block.needs):
            answer = run_block(snapshot, block)
            place = keys.places(block.name, answer.column(block.key))
            for row, column in enumerate(block.columns, at):
                if snapshot.present.issuperset(column.needs):
                    values[row] = _take(block, column, answer, place)
        at += len(block.columns)
    frame = pd.DataFrame(values.T, columns=[column.name for column in columns], copy=False)
    for column_at, name in enumerate(rows.column_names):
        frame.insert(column_at, name, rows[name].to_pandas().astype("str"))
    return frame


def _take(block: Block, column: BlockColumn, answer: pa.Table, place: np.ndarray) -> np.ndarray:
    """Return one figure per key; where the block is silent, a count is zero and all else is missing."""
    known = answer.column(column.name).to_numpy(zero_copy_only=False)
    values = np.append(known, 0.0 if column.unit == "count" else np.nan)[place]
    if np.isinf(values).any():
        raise DataError(
            f"block {block.name} returns an infinite figure",
            given=column.name,
            allowed="finite numbers, NULL where there is none",
            do="divide by NULLIF(..., 0)",
        )
    return values


def _refuse_clash(what: str, names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1 or (what == "column" and name in {"invoice_id", "customer_id"}):
            raise UsageError(
                f"two blocks have the same {what} name",
                given=name,
                allowed="each name once",
                do="rename yours",
            )


def _keep(blocks: Sequence[Block], names: Sequence[str]) -> tuple[Block, ...]:
    known = [block.name for block in blocks]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            do = f"write {near[0]!r}" if near else "choose one of them"
            raise UsageError("there is no such block", given=name, allowed=", ".join(known), do=do)
    return tuple(block for block in blocks if block.name in names)
