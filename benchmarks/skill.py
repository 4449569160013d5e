"""Whether the customer blocks know anything of what customers do next, on three public books: make skill.

On every key date each open item is a row: its own figures (invoice blocks) and its customer's (customer blocks).
Outcome: paid within so many days of the key date, or of the due date where that is later. A gradient-boosted
logistic model learns on the earlier key dates, from rows whose term had run out by the first later one, and is judged on
the later ones, three times: with the items' figures only; with their customers' beside them; and with the figures of
customers that exist by lot, for which ids are shuffled among the invoices of the same book. The last has all that customer
blocks say of the book as a whole, so what the second has beyond it, it has from knowing who the customer is.

Writes docs/skill.md too; ``--quick`` does not, and takes one shuffle and a quarter of the key dates.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from measuring import measured, report
from skill_page import write_page

ROOT: Final = Path(__file__).resolve().parent.parent
SHARED: Final = ROOT.parent / "shared" / "data"
GRACES: Final = (30, 7)
DRAWS: Final = 1000
SEED: Final = 7
BOOSTER: Final = {
    "objective": "binary:logistic",
    "max_depth": 4,
    "eta": 0.05,
    "min_child_weight": 5,
    "lambda": 5,
    "nthread": 1,
    "seed": SEED,
}
ROUNDS: Final = 120


@dataclass(frozen=True)
class Book:
    """A public book, the span of its key dates, the day from which on they are judged, and shuffles."""

    files: tuple[str, ...]
    first: dt.date
    cut: dt.date
    last: dt.date
    step: int
    shuffles: int


BOOKS: Final = {
    "ibm_ar": Book(
        ("ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv",),
        dt.date(2012, 9, 30),
        dt.date(2013, 6, 23),
        dt.date(2013, 12, 1),
        28,
        5,
    ),
    # From 2020-02-27 on its invoices come from another file, without any clearing.
    "highradius": Book(
        ("highradius/closed_invoices.csv", "highradius/open_invoices.csv"),
        dt.date(2019, 3, 31),
        dt.date(2019, 10, 27),
        dt.date(2020, 1, 20),
        28,
        5,
    ),
    "ap_invoices": Book(
        ("ap_invoices/AccountsPayable_Raw_data.xlsx",),
        dt.date(2023, 2, 27),
        dt.date(2023, 5, 29),
        dt.date(2023, 7, 24),
        21,
        5,
    ),
}


def shuffled(ledger: Any, path: Path, seed: int) -> Any:
    """Write the same ledger with its customer ids dealt anew among the invoices."""
    from arseg.ledger.storing.store import About
    from arseg.ledger.storing.writing import create_ledger

    connection = ledger.connect()
    tables = {name: connection.sql(f"FROM {name}").to_arrow_table() for name in ledger.present}
    connection.close()
    invoices = tables["invoices"]
    if (
        invoices["invoice_id"].to_pandas().duplicated().any()
        or tables["postings"]["customer_id"].null_count == 0
    ):
        raise ValueError("written for books of one version per invoice whose postings name no customer")
    place = np.random.default_rng(seed).permutation(len(invoices))
    at = invoices.schema.get_field_index("customer_id")
    tables["invoices"] = invoices.set_column(at, "customer_id", invoices["customer_id"].take(place))
    about = About("shuffled", ledger.currency, dict(ledger.rates), complete_to=ledger.last_known)
    return create_ledger(path, tables, about)


def frames(ledger: Any, days: Sequence[dt.date], *, grains: Sequence[str]) -> Iterator[Any]:
    """Yield the features of each day from the blocks of some grains."""
    from arseg.features import build_features, find_blocks
    from arseg.ledger import take_snapshots

    blocks = [block.name for block in find_blocks() if block.grain in grains]
    with take_snapshots(ledger, days) as snapshots:
        yield from snapshots.map(lambda snapshot: build_features(snapshot, blocks=blocks))


def figures(features: Any, *, grain: str) -> pd.DataFrame:
    """Return the columns of the blocks of a grain, a row per open item."""
    dictionary = features.dictionary
    names = dictionary.loc[dictionary["grain"] == grain, "name"]
    return features.matrix()[list(names)].astype("float32")


def outcomes(ledger: Any, day: dt.date, cut: dt.date) -> pd.DataFrame:
    """Return of each open item whether it was paid in time, for each grace; missing where the term still ran.

    Before the cut only what was known by then is used.
    """
    from arseg.ledger import observe_outcomes

    seen = cut if day < cut else ledger.last_known
    found = observe_outcomes(ledger, day, observed_on=seen).set_index("invoice_id")
    connection = ledger.connect()
    due = connection.sql("SELECT invoice_id, due_date FROM invoices").df().set_index("invoice_id")["due_date"]
    connection.close()
    term = (pd.to_datetime(due.reindex(found.index)) - pd.Timestamp(day)).dt.days.clip(lower=0)
    said = {"customer_id": found["customer_id"], "test": day >= cut}
    for grace in GRACES:
        paid = (found["event"] == 1) & (found["duration"] <= term + grace)
        said[f"paid_{grace}"] = paid.astype("float64").where(term + grace <= (seen - day).days)
    return pd.DataFrame(said)


def rows_of(
    name: str, book: Book, home: Path, shuffles: int, every: int
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Return outcomes and matrices: items' figures, real customers', then each shuffle's."""
    from arseg.ledger import load, read_ledger

    loaded = load([SHARED / file for file in book.files], name, into=name, home=home)
    ledger = read_ledger(loaded.ledger_path)
    count = (book.last - book.first).days // (book.step * every)
    days = [book.first + dt.timedelta(days=book.step * every * at) for at in range(count + 1)]
    said = pd.concat([outcomes(ledger, day, book.cut).assign(key_date=day) for day in days])
    own, real = [], []
    for features in frames(ledger, days, grains=("invoice", "customer")):
        own.append(figures(features, grain="invoice"))
        real.append(figures(features, grain="customer"))
    matrices = [pd.concat(own), pd.concat(real)]
    for number in range(shuffles):
        dealt = shuffled(ledger, home / f"{name}-{number}.duckdb", SEED + number)
        built = frames(dealt, days, grains=("customer",))
        matrices.append(pd.concat(figures(features, grain="customer") for features in built))
    for matrix in matrices:
        if not matrix.index.equals(said.index):
            raise ValueError("the rows of a matrix are not those of the outcomes")
    return said, matrices


def chances(matrix: pd.DataFrame, paid: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Learn on the rows that are not tested and return the chance of payment of those that are."""
    import xgboost

    values = matrix.to_numpy()
    known = ~np.isnan(values[~test]).all(axis=0)
    train = xgboost.DMatrix(values[~test][:, known], label=paid[~test], nthread=1)
    booster = xgboost.train(BOOSTER, train, num_boost_round=ROUNDS)
    return booster.predict(xgboost.DMatrix(values[test][:, known], nthread=1)).astype("float64")


def log_losses(paid: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return the log-loss of each row."""
    chance = np.clip(chance, 1e-6, 1 - 1e-6)
    return -(paid * np.log(chance) + (1 - paid) * np.log(1 - chance))


def pairs(paid: np.ndarray, chance: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return under each row of weights the pairs of a paid and an unpaid row, in order and all; ties count half.

    Examples
    --------
    >>> in_order, all_pairs = pairs(np.array([0, 1, 1.0]), np.array([0.1, 0.1, 0.9]), np.ones((1, 3)))
    >>> (in_order / all_pairs).tolist()
    [0.75]
    """
    order = np.argsort(chance, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(chance[order]) > 0])
    weights = weights[:, order]
    good = np.add.reduceat(weights * paid[order], starts, axis=1)
    bad = np.add.reduceat(weights * (1 - paid[order]), starts, axis=1)
    below = np.cumsum(bad, axis=1) - bad / 2
    return (good * below).sum(axis=1), good.sum(axis=1) * bad.sum(axis=1)


def measures(paid: np.ndarray, chance: np.ndarray, day: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return log-loss and AUC within key dates under each row of weights, shape (2, draws)."""
    loss = weights @ log_losses(paid, chance) / weights.sum(axis=1)
    parts = [pairs(paid[day == one], chance[day == one], weights[:, day == one]) for one in np.unique(day)]
    in_order, every = np.sum(parts, axis=0)
    return np.stack([loss, np.divide(in_order, every, where=every > 0, out=np.full_like(loss, np.nan))])


def compared(said: pd.DataFrame, matrices: list[pd.DataFrame], grace: int, jobs: int) -> dict[str, Any]:
    """Return log-loss and AUC of each set of figures and the differences with their intervals."""
    paid = said[f"paid_{grace}"].to_numpy()
    there = ~np.isnan(paid)
    paid, test = paid[there], said["test"].to_numpy()[there]
    own, *others = [matrix[there] for matrix in matrices]
    sets = [own, *(pd.concat([own, other], axis="columns") for other in others)]
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda matrix: chances(matrix, paid, test), sets))
    _, customer = np.unique(said["customer_id"].to_numpy()[there][test], return_inverse=True)
    count = int(customer.max()) + 1
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=DRAWS)
    # The first row is the book itself.
    weights = np.concatenate([np.ones((1, count)), drawn]).astype("float64")[:, customer]
    day = said["key_date"].to_numpy()[there][test]
    each = [measures(paid[test], chance, day, weights) for chance in found]
    items, real, *dealt = each
    # Every draw of customers also draws one of the shuffles.
    lot = np.random.default_rng(SEED).integers(len(dealt), size=DRAWS + 1)
    drawn_lot = np.stack(dealt)[lot, :, np.arange(DRAWS + 1)].T
    drawn_lot[:, 0] = np.mean(dealt, axis=0)[:, 0]
    result: dict[str, Any] = {
        "grace": grace,
        "train_rows": int((~test).sum()),
        "test_rows": int(test.sum()),
        "test_customers": count,
        "unpaid_in_test": int((1 - paid[test]).sum()),
        "paid_share": round(float(paid[test].mean()), 4),
    }
    for place, measure in enumerate(("log_loss", "auc")):
        arms = {"items": items, "real_ids": real, "shuffled_ids": drawn_lot}
        result[measure] = {name: rounded(arm[place, 0]) for name, arm in arms.items()}
        for other in ("shuffled_ids", "items"):
            result[f"{measure}_real_minus_{other}"] = interval(real[place] - arms[other][place])
        result[f"{measure}_each_shuffle"] = [rounded(one[place, 0]) for one in dealt]
    return result


def rounded(value: float) -> float | None:
    """Return four digits, nothing where there is no value."""
    return None if np.isnan(value) else round(float(value), 4)


def interval(difference: np.ndarray) -> list[float] | None:
    """Return the difference and its 95 % interval; draws with one outcome only are left out."""
    if np.isnan(difference[0]):
        return None
    low, high = np.nanquantile(difference[1:], [0.025, 0.975])
    return [round(float(value), 4) for value in (difference[0], low, high)]


def judge(name: str, shuffles: int, every: int, jobs: int) -> dict[str, Any]:
    """Return all figures of a book."""
    with tempfile.TemporaryDirectory() as home:
        said, matrices = rows_of(name, BOOKS[name], Path(home), shuffles, every)
    days = said.groupby("test")["key_date"].nunique()
    return {
        "rows": len(said),
        "columns": [int(matrix.notna().any().sum()) for matrix in matrices[:2]],
        "key_dates": [int(days[False]), int(days[True])],
        "shuffles": shuffles,
        "outcomes": [compared(said, matrices, grace, jobs) for grace in GRACES],
    }


def main() -> None:
    """Judge, report and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one shuffle, a quarter of the key dates, no page"
    )
    parser.add_argument("--jobs", type=int, default=2, help="models that learn at the same time")
    given = parser.parse_args()
    if not SHARED.is_dir():
        parser.error(f"the public books are absent. Given: {SHARED}. Do: put them there")
    rows: list[dict[str, Any]] = []
    for name, book in BOOKS.items():
        size = (1, 4) if given.quick else (book.shuffles, 1)
        rows.append({"case": name, "system": "arseg", **measured(judge, name, *size, given.jobs)})
    if not given.quick and not any("failed" in row for row in rows):
        write_page(rows)
    report("skill", rows)


if __name__ == "__main__":
    main()
