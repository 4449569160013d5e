"""Which columns count for the published model, and in which way, on the book of the key date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from arseg.explain import contributions
from arseg.models import effect, importance
from arseg.runs.scorer import inputs_of

if TYPE_CHECKING:
    import pandas as pd

    from arseg.models import TimeToPayment

HORIZON: Final = 30
# Columns that are dealt anew, those drawn as curves, points of a curve, and items: a few seconds on any book.
_DEALT: Final = 8
_DRAWN: Final = 3
_POINTS: Final = 6
_ITEMS: Final = 1000


def what_counts(model: TimeToPayment, matrix: pd.DataFrame, *, seed: int) -> dict[str, Any]:
    """Return the columns that move a model's predictions most, and its predictions along the first of them.

    Parameters
    ----------
    model
        Fitted.
    matrix
        Features of the open items; of more than 1,000 as many are drawn.
    seed
        Of the draw and the deals.

    Returns
    -------
    told
        Plain data: ``horizon`` (days), ``importance`` (``column, moved``) and ``effects`` by column
        (``value, unpaid, low, high, items``), as ``arseg.models.importance`` and ``effect`` give them.

    Examples
    --------
    >>> import pandas as pd
    >>> from arseg.models import KaplanMeierByTerms
    >>> X = pd.DataFrame({"days_past_due": [-20.0, 40.0] * 9, "terms_days": 30.0, "key_day": 20000.0})
    >>> model = KaplanMeierByTerms().fit(X, pd.DataFrame({"event": [1, 0] * 9, "duration": [20, 90] * 9}))
    >>> [row["column"] for row in what_counts(model, X, seed=1)["importance"]]
    ['days_past_due']
    """
    some = matrix.sample(min(len(matrix), _ITEMS), random_state=seed).sort_index()
    if some.empty:
        return {"horizon": HORIZON, "importance": [], "effects": {}}
    found = importance(model, some, _candidates(model, some), horizon=HORIZON, repeats=1, seed=seed)
    found = found[found["moved"] > 0]
    drawn = [name for name in found["column"][:_DRAWN] if some[name].notna().any()]
    curves = {name: effect(model, some, name, horizon=HORIZON, points=_POINTS) for name in drawn}
    return {
        "horizon": HORIZON,
        "importance": found.to_dict("records"),
        "effects": {name: curve.to_dict("records") for name, curve in curves.items()},
    }


def _candidates(model: TimeToPayment, some: pd.DataFrame) -> list[str]:
    """Return the columns with the largest contributions, or all that the model reads where it gives none."""
    parts = contributions(some, model)
    if parts is None:
        return [name for name in inputs_of(model) if name in some]
    strength = parts.abs().mean().sort_values(ascending=False, kind="stable")
    return [str(name) for name in strength.index[:_DEALT]]
