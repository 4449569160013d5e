"""What of each item is in the pool, and what is provided for elsewhere or cannot be lost (science 5.6)."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.forecast.money import Cents, as_money, in_cents, total
from arseg.schema import DataError, require_columns

# In this order, each from what the ones before it left: column of the items, what it takes out.
WATERFALL: Final = ("in_credit", "related_party", "specific", "dilution", "vat", "secured", "collected_after")
AMOUNTS: Final = ("dilution", "vat", "secured", "collected_after")


def pool_exposures(items: pd.DataFrame, *, subsequent_collections: bool = False) -> pd.DataFrame:
    """Return the items with what is taken out of the pool and what stays in it, exact to the cent.

    Parameters
    ----------
    items
        ``balance``, and where known: ``related_party`` (true: the group's own), ``specific_allowance`` (an amount on
        an item judged alone, as after an insolvency; the whole item leaves the pool), and as amounts: ``dilution``
        (credit notes expected: returns, price disputes; no credit loss), ``vat`` (recoverable), ``secured`` (insured
        or secured part) and ``collected_after`` (cash received after the balance day). A column that is absent, or a
        missing value, takes out nothing.
    subsequent_collections
        Whether cash after the balance day leaves the pool: the further election of ASU 2025-05, for entities other
        than public ones that take its expedient.

    Returns
    -------
    frame
        The items with ``in_credit`` (negative balances: owed to the customer, not netted), ``out_related_party``,
        ``out_specific``, ``out_dilution``, ``out_vat``, ``out_secured``, ``out_collected_after`` and ``exposed``, all
        Decimal; their sum is the balance.

    Raises
    ------
    DataError
        If a balance is missing, an amount is negative, or a specific allowance is above its balance.

    Examples
    --------
    >>> items = pd.DataFrame({"balance": [100.0, 50.0], "secured": [80.0, 0.0], "specific_allowance": [None, 40.0]})
    >>> [str(value) for value in pool_exposures(items)["exposed"]]
    ['20.00', '0.00']
    """
    require_columns(items.columns, ("balance",), frame="items")
    balance = in_cents(items["balance"], what="balance")
    left = np.maximum(balance, 0)
    taken = {"in_credit": balance - left}
    for name in WATERFALL[1:]:
        want = _wanted(items, name, left, subsequent=subsequent_collections)
        taken[f"out_{name}"] = np.minimum(want, left)
        left -= taken[f"out_{name}"]
    return items.assign(**{name: as_money(cents) for name, cents in taken.items()}, exposed=as_money(left))


def exclusion_totals(exposures: pd.DataFrame) -> pd.DataFrame:
    """Return the waterfall from gross to exposed as ``step`` and ``amount``; the first less the rest is the last.

    Examples
    --------
    >>> exclusion_totals(pool_exposures(pd.DataFrame({"balance": [100.0], "vat": [20.0]})))["amount"].map(str).tolist()
    ['100.00', '0.00', '0.00', '0.00', '0.00', '20.00', '0.00', '0.00', '80.00']
    """
    gross = total(as_money(in_cents(exposures["balance"])))
    columns = ["in_credit", *(f"out_{name}" for name in WATERFALL[1:]), "exposed"]
    amounts = [gross, *(total(exposures[name]) for name in columns)]
    return pd.DataFrame({"step": ["gross", *WATERFALL, "exposed"], "amount": amounts})


def _wanted(items: pd.DataFrame, name: str, left: Cents, *, subsequent: bool) -> Cents:
    """Return how much of each item one step would take."""
    if name == "related_party":
        return np.where(_flag(items, name), left, 0)
    if name == "specific":
        allowance = _amount(items, "specific_allowance")
        if (allowance > left).any():
            raise DataError(
                "a specific allowance is above what is open",
                given=f"{int((allowance > left).sum())} items",
                allowed="0 to the balance of an item that is not of a related party",
                do="correct the allowance",
                code="specific_over_balance",
            )
        judged = items["specific_allowance"].notna() if "specific_allowance" in items else False
        return np.where(judged, left, 0)
    if name == "collected_after" and not subsequent:
        return np.zeros(len(items), dtype=np.int64)
    return _amount(items, name)


def _amount(items: pd.DataFrame, name: str) -> Cents:
    if name not in items:
        return np.zeros(len(items), dtype=np.int64)
    column = items[name]
    cents = in_cents(column.where(column.notna(), 0), what=name)
    if (cents < 0).any():
        raise DataError(
            f"{name} is negative",
            given=f"{int((cents < 0).sum())} items",
            allowed="0 or more",
            do="give it as an amount that leaves the pool",
            code="exclusion_negative",
        )
    return cents


def _flag(items: pd.DataFrame, name: str) -> pd.Series:
    if name not in items:
        return pd.Series(data=False, index=items.index)
    return items[name].where(items[name].notna(), other=False).astype("bool")
