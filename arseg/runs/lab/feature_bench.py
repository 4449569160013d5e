"""A bench for one SQL block: does it see the future, does it rank, does it stay where it was."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import pandas as pd

from arseg.backtest.intervals import draw_customers
from arseg.features import Block, parse_block
from arseg.ledger import observe_outcomes, take_snapshot
from arseg.metrics import population_stability_index, somers_d
from arseg.schema import CREDITED, LEDGER, PAID, DataError
from arseg.schema.days import parse_key_dates
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from arseg.ledger import Ledger, Snapshot

GRACE: Final = 30
# Rules of thumb, not tests: below the first nothing is said.
_DRIFTS: Final = ((0.25, "moved"), (0.10, "look"))


@dataclass(frozen=True)
class BlockTried(Shown):
    """What a block is worth on a ledger.

    Parameters
    ----------
    block
        Its name.
    key_dates
        Where it was run.
    leak
        ``no difference`` where a ledger without any row known after the last key date gives the same
        values, bit for bit; else how many rows differ.
    skill
        ``column, unit, missing, auc, low, high``: how well the column alone ranks items that are unpaid 30
        days after the key date, the higher the likelier; 0.5 is chance. The interval is drawn over customers.
    drift
        ``column, psi, said``: population stability index of the last key date against the first.
    table
        The block's rows on the last key date.
    """

    block: str
    key_dates: tuple[dt.date, ...]
    leak: str
    skill: pd.DataFrame
    drift: pd.DataFrame
    table: pd.DataFrame

    def plot(self, *, ax: Axes | None = None) -> Figure:
        """Draw the skill of each column with its interval; see ``plots.plot_skill``."""
        from arseg.runs.lab.plots import plot_skill

        return plot_skill(self.skill, ax=ax)


def try_block(
    ledger: Ledger, text: str, *, key_dates: str | Sequence[dt.date], draws: int = 100, seed: int = 7
) -> BlockTried:
    """Run the text of a block on past key dates, and say what it is worth.

    Parameters
    ----------
    ledger
        The ledger.
    text
        Header and SELECT, as in a file of ``arseg/features/``.
    key_dates
        ``2025-08/2025-10``, or days; outcomes are followed 30 days from each.
    draws, seed
        Of the intervals.

    Raises
    ------
    UsageError
        If the block is refused.
    DataError
        If no item can be judged.
    """
    block = parse_block(text, where="the cell")
    days = tuple(parse_key_dates(key_dates) if isinstance(key_dates, str) else key_dates)
    looks = [_look(ledger, block, day) for day in days]
    values = [own for own, _ in looks]
    judged = pd.concat([_judged(ledger, block, *look, day) for look, day in zip(looks, days, strict=True)])
    if judged.empty:
        raise DataError(
            "no item can be judged",
            given=", ".join(map(str, days)),
            allowed=f"key dates with open items, {GRACE} days before {ledger.last_known}",
            do="choose other key dates",
        )
    return BlockTried(
        block=block.name,
        key_dates=days,
        leak=_leak(ledger, block, days[-1], values[-1]),
        skill=_skill(block, judged, draws=draws, seed=seed),
        drift=_drift(block, values[0], values[-1]),
        table=values[-1],
    )


def _look(ledger: Ledger, block: Block, day: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the block's rows and the open items of a key date."""
    with take_snapshot(ledger, day) as snapshot:
        items = snapshot.sql("SELECT invoice_id, customer_id FROM open_items ORDER BY invoice_id")
        return _values(snapshot, block), items


def _values(snapshot: Snapshot, block: Block) -> pd.DataFrame:
    return snapshot.sql(f"SELECT * FROM ({block.sql}) ORDER BY {block.key}")


def _judged(
    ledger: Ledger, block: Block, values: pd.DataFrame, items: pd.DataFrame, day: dt.date
) -> pd.DataFrame:
    """Return the open items with the block's columns, and whether each was still unpaid 30 days on."""
    until = day + dt.timedelta(days=GRACE)
    outcomes = observe_outcomes(ledger, day, observed_on=ledger.last_known, until=until)
    both = items.merge(outcomes[["invoice_id", "event", "duration", "followed_days"]], on="invoice_id")
    cleared = both["event"].isin([PAID, CREDITED]) & (both["duration"] <= GRACE)
    both = both.assign(bad=~cleared)[both["followed_days"] >= GRACE]
    return both.merge(values, on=block.key, how="left", suffixes=("", "_of_block"))


def _leak(ledger: Ledger, block: Block, day: dt.date, seen: pd.DataFrame) -> str:
    """Run the block on a copy of the ledger that holds nothing known after the day."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cut.duckdb"
        shutil.copyfile(ledger.path, path)
        with closing(duckdb.connect(str(path))) as connection:
            for table in LEDGER:
                connection.execute(f"DELETE FROM {table} WHERE known_on > ?", [day])
        with take_snapshot(replace(ledger, path=path), day) as snapshot:
            cut = _values(snapshot, block)
    if len(cut) != len(seen):
        return f"{abs(len(cut) - len(seen))} rows more or fewer without the future"
    differs = ~((cut == seen) | (cut.isna() & seen.isna()))
    count = int(differs.any(axis=1).sum())
    return f"{count} rows differ without the future" if count else "no difference"


def _skill(block: Block, judged: pd.DataFrame, *, draws: int, seed: int) -> pd.DataFrame:
    """Return the AUC of each column alone; the same drawn customers serve every column."""
    customer, names = pd.factorize(judged["customer_id"], sort=True)
    weights = draw_customers(len(names), draws=draws, seed=seed).weights[:, customer]
    bad = judged["bad"].to_numpy(dtype=np.float64)
    rows = []
    for column in block.columns:
        value = pd.to_numeric(judged[column.name]).to_numpy(dtype=np.float64)
        known = ~np.isnan(value)
        drawn = [_auc(value[known], bad[known], weight[known]) for weight in weights]
        finite = [each for each in drawn if not np.isnan(each)] or [np.nan]
        low, high = np.quantile(finite, [0.025, 0.975])
        auc = _auc(value[known], bad[known], None)
        rows.append((column.name, column.unit, float(1 - known.mean()), auc, float(low), float(high)))
    return pd.DataFrame(rows, columns=["column", "unit", "missing", "auc", "low", "high"])


def _auc(value: np.ndarray, bad: np.ndarray, weight: np.ndarray | None) -> float:
    return (1 + somers_d(value, bad, weight)) / 2


def _drift(block: Block, first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for column in block.columns:
        sides = [pd.to_numeric(frame[column.name]).dropna() for frame in (first, last)]
        psi = population_stability_index(*sides) if min(map(len, sides)) else np.nan
        said = next((word for limit, word in _DRIFTS if psi >= limit), "as it was")
        rows.append((column.name, psi, "no value" if np.isnan(psi) else said))
    return pd.DataFrame(rows, columns=["column", "psi", "said"])
