"""Features x a hazard that knows contacts -> what each treatment would bring that leaving the customer alone would not.

Risk is not uplift: who will pay anyway and who cannot pay are both poor places for a collector's minute. A contact's
value is the difference of two courses of the same items, foretold by the hazard with and without the contact's stock
(g-computation, science 4.3 and 4.5), and is only as good as the log that the effect was learnt from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.models import DiscreteHazard
from arseg.models.contact_contrast import ALONE, Touch, contrasts
from arseg.schema import DataError, UsageError, require_columns
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from arseg.features import Features
    from arseg.models import TimeToPayment
    from arseg.models.contact_effect import ContactEffect

Values = NDArray[np.float64]

OPTIONS: Final = ("customer_id", "treatment", "channel", "tone", "minutes", "cost")
LOG: Final = ("invoice_id", "day", "channel", "tone")
ESTIMATED, ASSUMED = "estimated", "assumed"
_NORMAL: Final = 1.959963984540054


@dataclass(frozen=True)
class Worth(Shown):
    """What a course of payments is worth, and which contacts are weighed.

    Parameters
    ----------
    horizon_days
        Days after the key date over which a course is followed, 1 to 365.
    first_day
        Day of the first contact; 0 is the key date, and a contact works from the day after it.
    touches
        Contacts of a treatment, ``cadence_days`` apart; those beyond the horizon do not count.
    interest
        Cost of waiting for money, per year; 0.08 is 8 %.
    loss_share
        Share of a write-off that is lost for good.
    """

    horizon_days: int = 60
    first_day: int = 0
    touches: int = 1
    interest: float = 0.08
    loss_share: float = 1.0

    def __post_init__(self) -> None:
        sound = (
            1 <= self.horizon_days <= 365
            and 0 <= self.first_day < self.horizon_days
            and self.touches >= 1
            and self.interest >= 0
            and 0 <= self.loss_share <= 1
        )
        if not sound:
            raise UsageError(
                "a number of Worth is out of range",
                given=self,
                allowed="horizon_days 1 to 365, first_day within it, touches >= 1, interest >= 0, loss_share in [0, 1]",
                do="correct it",
            )


def incremental_value(
    features: Features,
    model: TimeToPayment,
    options: pd.DataFrame,
    *,
    effect: ContactEffect | None = None,
    worth: Worth | None = None,
) -> pd.DataFrame:
    """Return what each treatment would bring that no contact would not, summed over the customer's open items.

    ``incremental_value = cash + interest x euro_days / 365 + loss_share x loss``, all before the treatment's cost. The
    interval is that of the effect alone (delta method on its robust covariance): the hazard under the book's practice is
    taken as it is. Nothing is estimated, and ``value_basis`` says ``assumed``, where nobody learnt what contacts do, the
    log has too few contacts of this channel or tone, or the customer has no open item; a worklist then falls
    back on the playbook's assumption. A contact counts for the items that are past due on its day.

    Parameters
    ----------
    features
        What the blocks say at the key date.
    model
        Fitted; where it is no ``DiscreteHazard``, all is assumed.
    options
        A row per customer and treatment, as a playbook prescribes them: ``customer_id``, ``treatment``,
        ``channel``, ``tone``, ``minutes`` and ``cost`` of a contact, and ``cadence_days`` where there are several.
    effect
        What contacts do; by default what the model itself learnt.
    worth
        Horizon, prices and number of contacts.

    Returns
    -------
    frame
        Index and order of the options: ``customer_id, treatment``; ``cash`` (more within the horizon), ``euro_days``
        (less outstanding), ``loss`` (less written off); ``incremental_value`` with ``incremental_error`` and the
        95 % interval ``incremental_low`` to ``incremental_high``; ``net_value`` (less cost), ``per_minute`` (the net value
        by minute, missing where none is spent), ``value_basis``. Money in the reporting currency.

    Raises
    ------
    DataError
        If a column is missing.
    """
    require_columns(options.columns, OPTIONS, frame="treatments")
    asked = worth or Worth()
    effect = (effect or model.contact_) if isinstance(model, DiscreteHazard) else None
    matrix = features.matrix()
    customers = pd.Index(features.items["customer_id"].unique()).sort_values()
    customer = customers.get_indexer(options["customer_id"])
    paths, place = _paths(options, effect, asked)
    known = (place >= 0) & (customer >= 0)
    gains = np.full((len(options), 5), np.nan)
    if effect is not None and isinstance(model, DiscreteHazard):
        owner = customers.get_indexer(features.items["customer_id"])
        sums = _summed((model, effect), matrix, paths, owner, asked)
        gains[known] = sums[customer[known], place[known]]
    return _priced(options, gains, known, asked)


def overdue_contacts(log: pd.DataFrame, X: pd.DataFrame) -> pd.DataFrame:
    """Return the contacts about items that were past due on their day, for a fit or a path of a model.

    A desk calls about what is past due. Counted for a customer's other items as well, contacts would tell of a
    customer in trouble, and seem to do harm.

    Parameters
    ----------
    log
        ``invoice_id``, ``day`` after the key date (zero or less for the past), ``channel``, ``tone``, as ``observe_contacts``
        gives them. Where the desk logged that it left a customer alone, give that as well, with channel and tone
        ``none``: whoever is up for a contact pays later than others, contacted or not.
    X
        Items with ``days_past_due``, index ``invoice_id``.

    Returns
    -------
    frame
        ``row`` (position in X), ``day``, ``channel``, ``tone``.

    Raises
    ------
    DataError
        If a column is missing, or an item stands twice in X.

    Examples
    --------
    >>> X = pd.DataFrame({"days_past_due": [-5.0, 3.0]}, index=["A", "B"])
    >>> log = pd.DataFrame({"invoice_id": ["A", "A", "B"], "day": [5, 6, -1], "channel": "call", "tone": "firm"})
    >>> overdue_contacts(log, X)[["row", "day"]].to_numpy().tolist()
    [[0, 6], [1, -1]]
    """
    require_columns(log.columns, LOG, frame="contacts")
    require_columns(X.columns, ["days_past_due"], frame="X")
    if not X.index.is_unique:
        raise DataError(
            "an item stands twice in X",
            given=X.index[X.index.duplicated()][0],
            allowed="every item once",
            do="give the items of one key date",
        )
    row = X.index.get_indexer(log["invoice_id"])
    late = X["days_past_due"].to_numpy(dtype=np.float64)[row] + log["day"].to_numpy(dtype=np.float64) > 0
    kept = (row >= 0) & late
    return log.loc[kept, list(LOG[1:])].assign(row=row[kept]).reset_index(drop=True)


def followed(y: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return outcomes as if each item had been followed for so many days only.

    What contacts do is learnt from rows whose figures are fresh: an item that is still open at the next key date is a
    row of that one. Followed on from the first, it would be judged by what was known of its customer months ago.

    Parameters
    ----------
    y
        ``event`` and ``duration``.
    days
        From one key date to the next, about.

    Examples
    --------
    >>> followed(pd.DataFrame({"event": [1, 1], "duration": [9, 50]}), 31).to_numpy().tolist()
    [[1, 9], [0, 31]]
    """
    late = y["duration"] > days
    return y.assign(event=y["event"].where(~late, 0), duration=y["duration"].where(~late, days))


def _paths(
    options: pd.DataFrame, effect: ContactEffect | None, worth: Worth
) -> tuple[list[Sequence[Touch]], NDArray[np.int64]]:
    """Return the different paths of contacts, and the place of each option's, -1 where none can be estimated."""
    if worth.touches > 1:
        require_columns(options.columns, ["cadence_days"], frame="treatments")
    cadence = options["cadence_days"] if worth.touches > 1 else 1
    kinds = options[["channel", "tone"]].assign(cadence=cadence)
    code, firsts = pd.factorize(pd.MultiIndex.from_frame(kinds), sort=True)
    paths: list[Sequence[Touch]] = []
    place = np.full(len(firsts), -1)
    for number, (channel, tone, days) in enumerate(firsts):
        if effect is None or channel == ALONE or not effect.knows(channel, tone):
            continue
        upto = [worth.first_day + days * touch for touch in range(worth.touches)]
        place[number] = len(paths)
        paths.append([(int(day), channel, tone) for day in upto if day < worth.horizon_days])
    return paths, place[code] if len(firsts) else np.zeros(0, dtype=np.int64)


def _summed(
    models: tuple[DiscreteHazard, ContactEffect],
    matrix: pd.DataFrame,
    paths: list[Sequence[Touch]],
    owner: NDArray[np.int64],
    worth: Worth,
) -> Values:
    """Return cash, euro-days, loss, value and its error by customer and path, shape (customers, paths, 5)."""
    model, effect = models
    balance = matrix["balance"].to_numpy(dtype=np.float64)
    count, weights = int(owner.max()) + 1, np.array([1.0, worth.interest / 365, worth.loss_share])
    sums = np.zeros((count, len(paths), 3))
    slopes = np.zeros((len(effect.coefficients), count, len(paths)))
    for part in contrasts(model, matrix, paths, effect=effect, horizon=worth.horizon_days):
        # More cash is a gain, more days and more write-offs are none.
        money = balance[part.rows, None, None] * np.array([1.0, -1.0, -1.0])
        np.add.at(sums, owner[part.rows], part.gains * money)
        for own, slope in zip(slopes, part.slopes, strict=True):
            np.add.at(own, owner[part.rows], (slope * money) @ weights)
    variance = np.einsum("kcp,kl,lcp->cp", slopes, effect.covariance, slopes, optimize=True)
    error = np.sqrt(np.maximum(variance, 0.0))
    return np.concatenate([sums, (sums @ weights)[..., None], error[..., None]], axis=2)


def _priced(options: pd.DataFrame, gains: Values, known: Any, worth: Worth) -> pd.DataFrame:
    cash, euro_days, loss, value, error = gains.T
    minutes = options["minutes"].to_numpy(dtype=np.float64) * worth.touches
    net = value - options["cost"].to_numpy(dtype=np.float64) * worth.touches
    return options[["customer_id", "treatment"]].assign(
        cash=cash,
        euro_days=euro_days,
        loss=loss,
        incremental_value=value,
        incremental_error=error,
        incremental_low=value - _NORMAL * error,
        incremental_high=value + _NORMAL * error,
        net_value=net,
        per_minute=net / np.where(minutes > 0, minutes, np.nan),
        value_basis=np.where(known, ESTIMATED, ASSUMED),
    )
