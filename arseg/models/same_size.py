"""A model grown to the size that another found.

A part of a book teaches no size of its own worth the search, and a large book teaches next month the size that it taught
this month. The search is a third of a fit's time.
"""

from __future__ import annotations

import copy
from typing import Final

from arseg.models.hazard import DiscreteHazard
from arseg.models.protocol import TimeToPayment

# From so many landmark rows on a fit a month or three later finds the size that an earlier one found.
SETTLED_ROWS: Final = 100_000


def anew(model: TimeToPayment, before: TimeToPayment | None, *, rows: int) -> TimeToPayment:
    """Return an unfitted copy for the next fit, of a large book to be grown to the size that the fit before found.

    Parameters
    ----------
    model
        Unfitted; it stays as it is, so that a fit never starts from another's state.
    before
        Of the same kind, fitted on what an earlier day knew; None where there is none.
    rows
        Landmark rows of the next fit.

    Examples
    --------
    >>> from arseg.models import CustomerMeanDelay
    >>> anew(CustomerMeanDelay(), None, rows=500)
    CustomerMeanDelay()
    """
    if before is None or rows < SETTLED_ROWS:
        return copy.deepcopy(model)
    return copy.deepcopy(sized_like(model, before))


def sized_like(model: TimeToPayment, fitted: TimeToPayment) -> TimeToPayment:
    """Return a model that a fit grows to the size of a fitted one, without the search that is half of a fit's time.

    Parameters
    ----------
    model
        Unfitted; it stays as it is.
    fitted
        Of the same kind, on more of the same book. One that was read from its file has no sizes to tell.

    Returns
    -------
    model
        A copy; of a kind that has no size to search, the model itself.

    Examples
    --------
    >>> from arseg.models import CustomerMeanDelay
    >>> sized_like(CustomerMeanDelay(), CustomerMeanDelay())
    CustomerMeanDelay()
    """
    if not isinstance(model, DiscreteHazard) or not isinstance(fitted, DiscreteHazard):
        return model
    sized = copy.deepcopy(model)
    sized.sizes_ = {
        cause: hazard.size for cause, hazard in fitted.hazards_.items() if hazard.size is not None
    }
    return sized


def thinned(model: TimeToPayment, share: float) -> TimeToPayment:
    """Return a model for a part of what another learns from, which draws its rows as thinly as that one does.

    Parameters
    ----------
    model
        Unfitted; it stays as it is.
    share
        Of the whole that the part is.

    Examples
    --------
    >>> thinned(DiscreteHazard(), 0.5).row_limit
    200000
    """
    if not isinstance(model, DiscreteHazard):
        return model
    part = copy.deepcopy(model)
    part.row_limit = max(1, round(share * model.row_limit))
    return part
