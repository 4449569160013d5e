"""Time-to-payment models behind one protocol.

Each answers with the cumulative incidence of payment, credit note and write-off after a key date;
``DiscreteHazard`` is the default, the two others are what it must beat. Models are found by walking
this room (``all_models``) and stored as JSON with a manifest of hashes (``save_model``).
"""

from __future__ import annotations

from arseg.models.baselines import CustomerMeanDelay, KaplanMeierByTerms, aalen_johansen
from arseg.models.hazard import DiscreteHazard
from arseg.models.protocol import TimeToPayment, all_models, check_target, check_times, make_model
from arseg.models.storage import load_model, save_model

__all__ = [
    "CustomerMeanDelay",
    "DiscreteHazard",
    "KaplanMeierByTerms",
    "TimeToPayment",
    "aalen_johansen",
    "all_models",
    "check_target",
    "check_times",
    "load_model",
    "make_model",
    "save_model",
]
