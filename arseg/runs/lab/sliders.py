"""Sliders on thresholds, weights and hours, where ipywidgets is installed; the plain answer where it is not."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from arseg.policies import RiskTiers, WeightedScore
from arseg.schema import UsageError

if TYPE_CHECKING:
    from arseg.runs.lab.policy_desk import PolicyDesk, Tried


def slide_tiers(desk: PolicyDesk) -> Any:
    """Return sliders on the thresholds of ``RiskTiers`` and on the hours; without ipywidgets what its defaults give.

    Parameters
    ----------
    desk
        From ``open_desk``.
    """

    def answer(medium_from: float, high_from: float, hours: float) -> Tried:
        return desk.try_policy(RiskTiers(medium_from, high_from), hours=hours)

    return _slid(answer, {"medium_from": (0.15, 1.0), "high_from": (0.35, 1.0), "hours": (6.0, 24.0)})


def slide_weights(desk: PolicyDesk) -> Any:
    """Return sliders on the weights of ``WeightedScore``, taken in proportion; without ipywidgets what its defaults give.

    Parameters
    ----------
    desk
        From ``open_desk``.
    """
    published = WeightedScore().weights

    def answer(**weights: float) -> Tried:
        return desk.try_policy(WeightedScore(in_proportion(weights)))

    return _slid(answer, {name: (weight, 1.0) for name, weight in published.items()})


def in_proportion(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights that sum to 1 from any that are not all zero.

    Raises
    ------
    UsageError
        If one is negative or all are zero.

    Examples
    --------
    >>> in_proportion({"payment_history": 3.0, "credit_trend": 1.0})
    {'payment_history': 0.75, 'credit_trend': 0.25}
    """
    total = sum(weights.values())
    if min(weights.values(), default=0.0) < 0 or total <= 0:
        raise UsageError(
            "the weights are no weights",
            given=dict(weights),
            allowed="none negative, one above zero",
            do="raise one",
        )
    return {name: weight / total for name, weight in weights.items()}


def _slid(answer: Callable[..., Tried], ranges: Mapping[str, tuple[float, float]]) -> Any:
    """Return sliders that call the answer when they are let go; the answer at the start where there are none."""
    if importlib.util.find_spec("ipywidgets") is None:
        return answer(**{name: start for name, (start, _) in ranges.items()})
    widgets = importlib.import_module("ipywidgets")
    sliders = {
        name: widgets.FloatSlider(value=start, min=0.0, max=top, step=0.01, continuous_update=False)
        for name, (start, top) in ranges.items()
    }
    return widgets.interactive(answer, **sliders)
