"""A model grown to the size that another found: a part of a book teaches no size of its own worth the search."""

from __future__ import annotations

import copy

from arseg.models.hazard import DiscreteHazard
from arseg.models.protocol import TimeToPayment


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
