"""Score again only whom something touched: a customer whose figures did not change keeps its score.

An item's score depends on its own row alone. A customer's sums, and the book's share paid on time that is pulled into
every customer's, are made anew for all. From one key date to the next every item grows a day older, and so every customer is touched;
what is saved is the second refresh of a day, after a later load.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.schema.places import places_of
from arseg.scores import Scores, by_customer, score

if TYPE_CHECKING:
    from arseg.features import Features
    from arseg.models import TimeToPayment

_PARTS: Final = ("items", "customers", "prints")
_WEEK: Final = "week_"


@dataclass(frozen=True)
class Rescored:
    """The scores of a day, and who was scored anew for them.

    Parameters
    ----------
    scores
        Of every open item and every customer who has one.
    touched
        Customers whose rows were scored; the others kept their scores.
    """

    scores: Scores
    touched: tuple[str, ...]


def rescore(features: Features, model: TimeToPayment, place: Path) -> Rescored:
    """Return what ``score`` returns, scoring only customers whose figures differ from those of the last time.

    Parameters
    ----------
    features
        Of the day.
    model
        Fitted.
    place
        Where the last scores of this model are kept; other columns or words than those need another place.
    """
    prints = print_customers(features)
    kept = _read(place)
    same = set(prints.index) if kept is not None else set()
    if kept is not None:
        known = kept[2].set_index("customer_id")["print"].reindex(prints.index)
        same = set(prints.index[(known == prints).to_numpy()])
    touched = [name for name in prints.index if name not in same]
    found = _joined(features, model, kept, touched, same)
    _keep(place, found, prints)
    return Rescored(found, tuple(touched))


def print_customers(features: Features) -> pd.Series:
    """Return a fingerprint of all figures and words of each customer and of its items, by customer_id.

    Parameters
    ----------
    features
        Of one day.
    """
    hashed = partial(pd.util.hash_pandas_object, index=False)
    own = features.customers.merge(features.profile, on="customer_id", how="left", validate="one_to_one")
    own = own[own["customer_id"].isin(features.items["customer_id"])]
    place = places_of(features.items["customer_id"], own["customer_id"])
    # A customer's items in whatever order: their hashes add up.
    items = np.zeros(len(own), dtype=np.uint64)
    np.add.at(items, place, hashed(features.items).to_numpy())
    names = own["customer_id"].to_numpy(dtype=object)
    found = hashed(pd.DataFrame({"own": hashed(own).to_numpy(), "items": items}))
    return pd.Series(found.to_numpy(), index=pd.Index(names, name="customer_id", dtype="str"), name="print")


def _joined(
    features: Features,
    model: TimeToPayment,
    kept: tuple[pd.DataFrame, ...] | None,
    touched: list[str],
    same: Collection[str],
) -> Scores:
    """Return fresh and kept scores of items; those of customers are summed anew, as a sum rounds with what it is of."""
    fresh = score(_of(features, touched) if same else features, model)
    items = fresh.items.join(pd.DataFrame(fresh.paid_by_week).add_prefix(_WEEK))
    reasons = fresh.customers.set_index("customer_id")["reasons"]
    if kept is not None and same:
        old_items, old_reasons = (old[old["customer_id"].isin(same)] for old in kept[:2])
        items = pd.concat([each for each in (old_items, items) if len(each)], ignore_index=True)
        reasons = pd.concat([old_reasons.set_index("customer_id")["reasons"], reasons])
    items = items.sort_values("invoice_id", ignore_index=True)
    customers = by_customer(items, features)
    customers["reasons"] = reasons.reindex(customers["customer_id"]).to_numpy()
    weekly = [name for name in items if str(name).startswith(_WEEK)]
    return Scores(
        items.drop(columns=weekly), customers[list(fresh.customers)], items[weekly].to_numpy(dtype=np.float64)
    )


def _of(features: Features, customers: Collection[str]) -> Features:
    """Return the features of some customers alone."""
    chosen = set(customers)
    return replace(
        features,
        **{
            name: frame[frame["customer_id"].isin(chosen)].reset_index(drop=True)
            for name in ("items", "customers", "profile")
            for frame in [getattr(features, name)]
        },
    )


def _read(place: Path) -> tuple[pd.DataFrame, ...] | None:
    try:
        return tuple(pd.read_parquet(place / f"{part}.parquet") for part in _PARTS)
    except (OSError, ValueError):
        return None


def _keep(place: Path, found: Scores, prints: pd.Series) -> None:
    """Keep the scores; the fingerprints go first and come last, so that a half-written set is never taken for one."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "prints.parquet").unlink(missing_ok=True)
    items = found.items.join(pd.DataFrame(found.paid_by_week).add_prefix(_WEEK))
    frames = (items, found.customers, prints.reset_index())
    for part, frame in zip(_PARTS, frames, strict=True):
        aside = place / f".{part}.part"
        frame.to_parquet(aside, index=False)
        aside.replace(place / f"{part}.parquet")
