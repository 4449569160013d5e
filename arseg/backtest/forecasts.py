"""What was foretold of each item at later ages, and what the simplest rule would have gone by.

``p_unpaid_30`` is what policies read. To judge segments at 60 and 90 days past due the same model is asked about later
days, on the same key date.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.walk_forward import Fold
from arseg.features import Features
from arseg.models.asked_once import Reading
from arseg.models.protocol import LAST_DAY
from arseg.schema import CAUSES, CREDITED, PAID

# Days after the late day, which is 30 days after due or after the key date.
LATER: Final = {60: 30, 90: 60}
# The first that a fold's features hold; the customer's own mean drawn to the book's comes first.
_DELAYS: Final = ("payer_days_late_shrunk", "cleared_days_late_mean_12m")


def forecast_unpaid(fold: Fold, items: pd.DataFrame) -> pd.DataFrame:
    """Return item scores with ``p_unpaid_60`` and ``p_unpaid_90``.

    Parameters
    ----------
    fold
        Key date, models and features; the first model is asked.
    items
        Item scores of the key date, as ``schema.ITEM_SCORES``.

    Returns
    -------
    frame
        P(neither paid nor credited) 30 and 60 days after the item's late day, at the latest a year after the key date,
        beside the scores.
    """
    asked = fold.said.matrix.index
    late = items.set_index("invoice_id")["late_day"].loc[asked].to_numpy(dtype=np.int64)
    found = np.ones((len(asked), len(LATER)))

    def read(rows: slice, said: Reading) -> None:
        days = np.minimum(late[rows, None] + np.array(list(LATER.values())), LAST_DAY)
        times = np.unique(days)
        incidence = said.at(times)
        cleared = incidence[:, CAUSES.index(PAID)] + incidence[:, CAUSES.index(CREDITED)]
        found[rows] = 1 - np.take_along_axis(cleared, np.searchsorted(times, days), axis=1)

    for _ in fold.said.each(read) if len(asked) else ():
        pass
    names = [f"p_unpaid_{age}" for age in LATER]
    told = pd.DataFrame(found, index=asked, columns=names).loc[items["invoice_id"]]
    return items.assign(**{name: told[name].to_numpy() for name in names})


def mean_delays(features: Features, customers: pd.DataFrame) -> pd.DataFrame:
    """Return customer scores with ``mean_days_late``, the rule of thumb that a model has to beat.

    Parameters
    ----------
    features
        Of the key date.
    customers
        Customer scores of the key date.

    Returns
    -------
    frame
        The customer's mean days late in the year before, beside the scores; missing where no block says it or
        nothing was cleared.
    """
    figures = features.customers.set_index("customer_id")
    name = next((name for name in _DELAYS if name in figures), None)
    delay = np.nan if name is None else figures[name].reindex(customers["customer_id"]).to_numpy()
    return customers.assign(mean_days_late=delay)
