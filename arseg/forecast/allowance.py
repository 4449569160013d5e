"""The allowance from one balance day to the next, to the cent, and what moved it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from arseg.forecast.money import as_money, in_cents, share_of, total
from arseg.schema import DataError, require_columns

STEPS: Final = ("opening", "charge", "written_off", "recovered", "fx", "closing")


def roll_forward(
    opening: Mapping[str, Any],
    closing: Mapping[str, Any],
    movements: pd.DataFrame,
) -> pd.DataFrame:
    """Return ``opening + charge - written_off + recovered + fx = closing`` of each segment, exact.

    The charge to profit and loss is what is left: the closing allowance is computed from the book, the others are
    postings.

    Parameters
    ----------
    opening, closing
        Allowance by segment, specific provisions included where they are shown together; a segment that one of them
        lacks had or has none.
    movements
        ``segment``, ``written_off``, ``recovered`` and ``fx`` of the period; a segment may stand in several rows or in
        none. Written off is what was used of the allowance, >= 0.

    Returns
    -------
    frame
        ``segment`` (last ``total``) and the six figures as Decimal.

    Raises
    ------
    DataError
        If a column is missing or a write-off or recovery is negative.

    Examples
    --------
    >>> moves = pd.DataFrame({"segment": ["High"], "written_off": [30], "recovered": [5], "fx": [0]})
    >>> roll_forward({"High": 100}, {"High": 120}, moves)["charge"].map(str).tolist()
    ['45.00', '45.00']
    """
    require_columns(movements.columns, ("segment", "written_off", "recovered", "fx"), frame="movements")
    amounts = {name: in_cents(movements[name], what=name) for name in ("written_off", "recovered", "fx")}
    if (amounts["written_off"] < 0).any() or (amounts["recovered"] < 0).any():
        raise DataError(
            "a write-off or a recovery is negative",
            given=f"{int(((amounts['written_off'] < 0) | (amounts['recovered'] < 0)).sum())} rows",
            allowed="0 or more; the roll-forward sets the signs",
            do="pass amounts",
            code="movement_negative",
        )
    sums = pd.DataFrame(amounts).groupby(movements["segment"].to_numpy()).sum()
    segments = list(dict.fromkeys([*opening, *closing, *sums.index]))
    sums = sums.reindex(segments, fill_value=0)
    sums["opening"] = in_cents([opening.get(name, 0) for name in segments], what="opening")
    sums["closing"] = in_cents([closing.get(name, 0) for name in segments], what="closing")
    sums.loc["total"] = sums.sum()
    sums["charge"] = sums["closing"] - sums["opening"] + sums["written_off"] - sums["recovered"] - sums["fx"]
    frame = pd.DataFrame({name: as_money(sums[name]) for name in STEPS})
    frame.insert(0, "segment", list(sums.index))
    return frame


def check_chain(earlier: pd.DataFrame, later: pd.DataFrame) -> None:
    """Refuse two roll-forwards of which the second does not open where the first closed.

    Raises
    ------
    DataError
        Naming the segments.
    """
    closed = earlier.set_index("segment")["closing"]
    opened = later.set_index("segment")["opening"]
    names = closed.index.union(opened.index, sort=False)
    apart = [name for name in names if closed.get(name, Decimal(0)) != opened.get(name, Decimal(0))]
    if apart:
        raise DataError(
            "an allowance does not open where it closed",
            given={str(name): (str(closed.get(name)), str(opened.get(name))) for name in apart[:3]},
            allowed="opening = the closing before",
            do="restate the opening as a movement of its own",
            code="allowance_chain",
        )


def allowance_bridge(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return what moved the allowance between two matrices: volume, mix, rates of the past, outlook.

    Volume is the change of the exposed total at the old coverage; mix, that it stands in other cells at the old
    rates; rates, that the past taught other rates; outlook, that what is to come is seen otherwise. Taken in this
    order; the last takes the odd cents, so that the steps sum to the change exactly.

    Parameters
    ----------
    before, after
        From ``provision_matrix``, with the same cells.

    Returns
    -------
    frame
        ``step`` (opening, volume, mix, rates, outlook, closing) and ``amount`` as Decimal.

    Raises
    ------
    DataError
        If the cells differ.
    """
    old, new = (frame.set_index(["segment", "bucket"]) for frame in (before, after))
    if set(old.index) != set(new.index):
        raise DataError(
            "the two matrices have different cells",
            given=sorted({str(cell) for cell in set(old.index) ^ set(new.index)})[:3],
            allowed="the same segments and buckets",
            do="build both with rates of the same cells",
            code="cells_differ",
        )
    new = new.loc[old.index]
    opening, closing = total(old["allowance"]), total(new["allowance"])
    then, now = total(old["exposed"]), total(new["exposed"])
    volume = opening * (now / then - 1) if then else Decimal(0)
    # The new book at the old rates, then at the new ones under the old view of what is to come.
    exposed = np.maximum(in_cents(new["exposed"]), 0)
    known = old["rate"].to_numpy(dtype=np.float64)
    view = np.where(
        known > 0, old["outlook_rate"].to_numpy(dtype=np.float64) / np.where(known > 0, known, 1), 1.0
    )
    at_old = total(as_money(share_of(exposed, old["outlook_rate"])))
    at_new = total(as_money(share_of(exposed, np.minimum(1, new["rate"].to_numpy(dtype=np.float64) * view))))
    volume = volume.quantize(Decimal("0.01"))
    steps = [opening, volume, at_old - opening - volume, at_new - at_old, closing - at_new, closing]
    return pd.DataFrame(
        {"step": ["opening", "volume", "mix", "rates", "outlook", "closing"], "amount": steps}
    )
