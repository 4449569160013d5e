"""Simple DSO under each of its labels: the same name is used for six figures (science 1.1)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from arseg.metrics.receivables import Ratio
from arseg.schema import UsageError


def dso_variants(opening: float, closing: float, sales: Mapping[int, float]) -> pd.DataFrame:
    """Return simple DSO on closing and on average receivables, for windows of several lengths.

    Parameters
    ----------
    opening, closing
        Receivables at the start and at the end of the reporting period.
    sales
        Net credit sales of the last so many days, by days: ``{30: ..., 91: ..., 365: ...}``.

    Returns
    -------
    One row per basis and length: ``label``, ``numerator`` (currency x days), ``denominator``, ``value`` (days).

    Raises
    ------
    UsageError
        If a window has no day.

    Examples
    --------
    >>> dso_variants(190.0, 210.0, {90: 300.0}).set_index("label")["value"].to_dict()
    {'closing receivables, 90 days': 63.0, 'average receivables, 90 days': 60.0}
    """
    if any(days < 1 for days in sales):
        raise UsageError(
            "a window has no day", given=list(sales), allowed="1 day or more", do="pass 91 for a quarter"
        )
    rows = []
    for days, sold in sales.items():
        for basis, receivables in (("closing", closing), ("average", (opening + closing) / 2)):
            found = Ratio.of(receivables * days, sold)
            rows.append(
                {
                    "label": f"{basis} receivables, {days} days",
                    "numerator": found.numerator.item(),
                    "denominator": found.denominator.item(),
                    "value": found.value.item(),
                }
            )
    return pd.DataFrame(rows, columns=["label", "numerator", "denominator", "value"])
