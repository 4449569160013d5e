"""Plain functions that judge: payment curves, calibration, ranking, stability, receivables.

Each is a few lines with its formula beside it and knows nothing of models or ledgers; ``docs/metrics.md``
says what each decides. What a report calls DSO, bad-debt ratio or collection rate stands in ``receivables``.
"""

from __future__ import annotations

from arseg.metrics.calibration import calibration_slope, calibration_table
from arseg.metrics.concordance import concordance, discrimination_by_day, dynamic_auc
from arseg.metrics.curve_tests import CurveTest, a_calibration, d_calibration
from arseg.metrics.drift import drift_table, innovations, mean_ranks, shares
from arseg.metrics.incidence_calibration import calibration_integral, horizon_calibration, reliability
from arseg.metrics.integrated import censored_brier, integrated_brier
from arseg.metrics.observed import observed_incidence
from arseg.metrics.pay_date import median_pay_day, pay_day_error
from arseg.metrics.ranking import capture, somers_d
from arseg.metrics.stability import migration_matrix, population_stability_index
from arseg.metrics.survival import horizon_brier, horizon_log_loss, known_at, mean_log_loss
from arseg.metrics.unpaid import capture_at_shares, unpaid_amount

__all__ = [
    "CurveTest",
    "a_calibration",
    "calibration_integral",
    "calibration_slope",
    "calibration_table",
    "capture",
    "capture_at_shares",
    "censored_brier",
    "concordance",
    "d_calibration",
    "discrimination_by_day",
    "drift_table",
    "dynamic_auc",
    "horizon_brier",
    "horizon_calibration",
    "horizon_log_loss",
    "innovations",
    "integrated_brier",
    "known_at",
    "mean_log_loss",
    "mean_ranks",
    "median_pay_day",
    "migration_matrix",
    "observed_incidence",
    "pay_day_error",
    "population_stability_index",
    "reliability",
    "shares",
    "somers_d",
    "unpaid_amount",
]
