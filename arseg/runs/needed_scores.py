"""Customer scores of another day or model, as far as the policies that will read them do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from arseg.scores import FARTHER, score, score_chances

if TYPE_CHECKING:
    import pandas as pd

    from arseg.features import Features
    from arseg.models import TimeToPayment
    from arseg.policies import Policy


def needed_scores(features: Features, model: TimeToPayment, policies: Iterable[Policy]) -> pd.DataFrame:
    """Return customer scores without reasons; what lies beyond the late day is asked only where a policy reads it.

    Parameters
    ----------
    features, model
        As ``score`` takes them.
    policies
        Who will read the scores.
    """
    if all(set(FARTHER).isdisjoint(policy.needs) for policy in policies):
        return score_chances(features, model)
    return score(features, model, reasons=False).customers
