"""Time-to-payment models behind one protocol.

Each answers with the cumulative incidence of payment, credit note and write-off after a key date;
``DiscreteHazard`` is the default and ``SplineHazard`` its form for small books; ``CoxPH`` and
``AcceleratedFailureTime`` are the field's usual ones; ``KaplanMeierByTerms`` and ``CustomerMeanDelay``
are what all must beat; ``DeclaredPrior`` answers where there is too little to learn from (``choose_model``),
``CalibratedModel`` bends another's curves to a later fold. Yes-or-no questions are for classifiers, of which a
``Scorecard`` and an ``ExpertScore`` can be read by people. Models are found by walking this room (``all_models``) and stored as JSON with a
manifest of hashes (``save_model``).
"""

from __future__ import annotations

from arseg.models.accelerated import AcceleratedFailureTime
from arseg.models.baselines import CustomerMeanDelay, KaplanMeierByTerms, aalen_johansen
from arseg.models.calibrated import CalibratedModel
from arseg.models.classifier import Classifier, all_classifiers, make_classifier
from arseg.models.cox import CoxPH
from arseg.models.declared_prior import DeclaredPrior
from arseg.models.dollar_rows import dollar_rows
from arseg.models.effects import effect, importance, what_if
from arseg.models.expert_score import ExpertScore
from arseg.models.gate import choose_model, gather_evidence, judge, require_enough
from arseg.models.hazard import DiscreteHazard
from arseg.models.labels import Labels, customer_bad, item_late, promise_kept, self_cure
from arseg.models.late_classifier import BoostedClassifier
from arseg.models.protocol import TimeToPayment, all_models, check_target, check_times, make_model
from arseg.models.scorecard import Scorecard
from arseg.models.spline_hazard import SplineHazard
from arseg.models.storage import load_classifier, load_model, save_model

__all__ = [
    "AcceleratedFailureTime",
    "BoostedClassifier",
    "CalibratedModel",
    "Classifier",
    "CoxPH",
    "CustomerMeanDelay",
    "DeclaredPrior",
    "DiscreteHazard",
    "ExpertScore",
    "KaplanMeierByTerms",
    "Labels",
    "Scorecard",
    "SplineHazard",
    "TimeToPayment",
    "aalen_johansen",
    "all_classifiers",
    "all_models",
    "check_target",
    "check_times",
    "choose_model",
    "customer_bad",
    "dollar_rows",
    "effect",
    "gather_evidence",
    "importance",
    "item_late",
    "judge",
    "load_classifier",
    "load_model",
    "make_classifier",
    "make_model",
    "promise_kept",
    "require_enough",
    "save_model",
    "self_cure",
    "what_if",
]
