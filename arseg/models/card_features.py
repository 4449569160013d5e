"""Which features stand on a scorecard, and with what weight."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np

from arseg.models.classifier import LabelledRows
from arseg.models.protocol import Numbers
from arseg.schema import DataError


def uncorrelated(evidence: Mapping[str, Numbers], weight: Numbers, *, limit: float) -> list[str]:
    """Return the features of which none repeats a stronger one.

    Parameters
    ----------
    evidence
        Weight of evidence of each row by feature, the strongest feature first, each shape (rows,).
    weight
        Weight of each row, shape (rows,).
    limit
        Greatest correlation with a feature that is kept, without its sign.

    Examples
    --------
    >>> rows = {"a": np.array([1.0, 2.0, 3.0]), "twice_a": np.array([2.0, 4.0, 6.0])}
    >>> uncorrelated(rows, np.ones(3), limit=0.7)
    ['a']
    """
    kept: dict[str, Numbers] = {}
    for name, found in evidence.items():
        centred = found - np.average(found, weights=weight)
        own = centred * np.sqrt(weight / max(float((weight * centred**2).sum()), 1e-300))
        if all(abs(float(own @ other)) <= limit for other in kept.values()):
            kept[name] = own
    return list(kept)


def weigh(
    evidence: Mapping[str, Numbers], rows: LabelledRows, levels: Mapping[str, Numbers], smoothing: float
) -> tuple[float, dict[str, float]]:
    """Fit the log-odds of good on the weights of evidence.

    The rows of the book's own mix that smooth a bin are rows of the fit too, with the bin's weight of
    evidence and 0 in every other feature. A single feature then has the coefficient 1, and a bin without
    a good row cannot drive its coefficient to infinity.

    A coefficient at or below 0 says that the feature, beside the others, speaks against its own bins:
    the worst of them is dropped and the rest fitted again.

    Parameters
    ----------
    evidence
        Weight of evidence of each row by feature, each shape (rows,).
    rows
        The labelled rows.
    levels
        Weight of evidence of each bin by feature, each shape (bins,).
    smoothing
        Rows that smooth each bin.

    Returns
    -------
    The intercept, and the coefficient of each feature that is left, all above 0.

    Raises
    ------
    DataError
        If the features part good from bad without an error, which takes a smoothing of 0.
    """
    names = list(evidence)
    while names:
        told = [np.column_stack([evidence[name] for name in names])]
        # One row of the identity per feature: its bins, and 0 elsewhere.
        told += [np.outer(levels[name], unit) for name, unit in zip(names, np.eye(len(names)), strict=True)]
        intercept, *slopes = _logistic(*_with_mix(np.concatenate(told), rows, smoothing))
        if min(slopes) > 0:
            return intercept, dict(zip(names, slopes, strict=True))
        del names[int(np.argmin(slopes))]
    return float(np.log(rows.good_weight / rows.bad_weight)), {}


def _with_mix(evidence: Numbers, rows: LabelledRows, smoothing: float) -> tuple[Numbers, Numbers, Numbers]:
    """Return evidence, whether good, and weight; the rows beyond the book's are told once good, once bad."""
    more = len(evidence) - len(rows.bad)
    share = rows.good_weight / (rows.good_weight + rows.bad_weight)
    good = np.concatenate([1 - rows.bad, np.ones(more), np.zeros(more)])
    mix = np.repeat([smoothing * share, smoothing * (1 - share)], more)
    return np.concatenate([evidence, evidence[len(rows.bad) :]]), good, np.concatenate([rows.weight, mix])


def _logistic(evidence: Numbers, good: Numbers, weight: Numbers) -> list[float]:
    """Return the intercept and the coefficients by maximum likelihood."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import (
        PerfectSeparationWarning,
    )

    # Equal rows are joined: fewer to fit, and in an order that does not depend on that of X. Good and bad
    # stay apart, for a share that is met exactly would pass for a perfect separation.
    counted = weight > 0
    told, place = np.unique(np.column_stack([evidence, good])[counted], axis=0, return_inverse=True)
    joined = np.bincount(place.ravel(), weight[counted])
    columns = np.column_stack([np.ones(len(told)), told[:, :-1]])
    model = sm.GLM(told[:, -1], columns, sm.families.Binomial(), freq_weights=joined)
    try:
        # With as many rows as columns the residual scale, which is not used, is 0 / 0.
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.simplefilter("error", PerfectSeparationWarning)
            return [float(value) for value in model.fit(tol=1e-10, maxiter=100).params]
    except PerfectSeparationWarning:
        raise DataError(
            "the features part good from bad without an error",
            given=f"{len(told)} combinations of bins, each all good or all bad",
            allowed="features known at the key date, which never tell the outcome in full",
            do="look for a feature that knows the outcome, or add rows",
        ) from None
