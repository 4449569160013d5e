"""Plain functions that judge: payment curves, calibration, ranking, stability, receivables.

Each is a few lines with its formula beside it and knows nothing of models or ledgers. What a report
calls DSO, bad-debt ratio or collection rate stands in ``receivables``.
"""

from __future__ import annotations

from arseg.metrics.calibration import calibration_slope, calibration_table
from arseg.metrics.ranking import capture, somers_d
from arseg.metrics.stability import migration_matrix, population_stability_index
from arseg.metrics.survival import horizon_brier, horizon_log_loss, known_at, mean_log_loss

__all__ = [
    "calibration_slope",
    "calibration_table",
    "capture",
    "horizon_brier",
    "horizon_log_loss",
    "known_at",
    "mean_log_loss",
    "migration_matrix",
    "population_stability_index",
    "somers_d",
]
