"""What would come of items under a path of contacts and without it: g-computation from the hazard (science 4.5).

One pass over the boosters serves all paths: a contact only adds its stock to the log-hazard of payment, and the hazards of
credit notes and write-offs stay what they are. It is added to the course that the book's practice leads to, not to one
without any contact: that hazard is learnt from all that was followed, and does not hang on what the stocks of
earlier contacts tell of a customer in trouble.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.models.cloglog import rate_of
from arseg.models.contact_effect import ContactEffect, with_risk
from arseg.models.contact_stock import cut_at_days, left_behind
from arseg.models.grid import Periods
from arseg.models.hazard import DiscreteHazard
from arseg.models.landmarks import read_features
from arseg.models.person_period import Layout, batches
from arseg.models.protocol import Integers, Numbers
from arseg.schema import CREDITED, PAID, WRITTEN_OFF, UsageError
from arseg.schema.shown import Shown

OUTCOMES: Final = ("paid", "days", "written_off")
# A decision to leave a customer alone, where a log tells of them.
ALONE: Final = "none"
_RISK_DAY: Final = 30
# Of a coefficient, for its slope.
_STEP: Final = 1e-3

# Day after the key date, channel, tone.
Touch = tuple[int, str, str]


@dataclass(frozen=True)
class Contrast(Shown):
    """What paths of contacts bring to some items that no contact would not.

    Parameters
    ----------
    rows
        Places of the items, shape (items,).
    gains
        Change of the chance to be paid by the horizon, of the expected days outstanding until then, and of the chance
        to be written off by then, shape (items, paths, 3).
    slopes
        Of the gains in the coefficients of the effect, shape (coefficients, items, paths, 3).
    """

    rows: Integers
    gains: Numbers
    slopes: Numbers


def contrasts(
    model: DiscreteHazard,
    X: pd.DataFrame,
    paths: Sequence[Sequence[Touch]],
    *,
    effect: ContactEffect | None = None,
    horizon: int = 60,
) -> Iterator[Contrast]:
    """Yield the gains of paths of contacts, some thousand items at a time.

    A contact works on an item only if it is past due on that day; items on which none works are left out, their
    gains are zero. A path is compared with the same practice less these contacts;
    where the log tells of decisions to leave customers alone (channel and tone ``none``), with such decisions.

    Parameters
    ----------
    model
        Fitted, for what the book's practice leads to.
    X
        Items, as for a prediction.
    paths
        The touches of each path, on days from 0 (the key date) to the day before the horizon.
    effect
        What contacts do; by default what the model itself learnt.
    horizon
        Days after the key date.

    Raises
    ------
    UsageError
        If the model learnt without a log of contacts, or a touch does not lie within the horizon.
    """
    effect = effect or model.contact_
    if effect is None:
        raise UsageError(
            f"{model!r} cannot say what contacts do",
            given="a path of contacts",
            allowed="a model that learnt with a log of contacts",
            do="fit it with contacts",
        )
    touched = sorted({touch[0] for path in paths for touch in path})
    if touched and not 0 <= touched[0] <= touched[-1] < horizon:
        raise UsageError(
            "a contact does not lie within the horizon",
            given=f"days {touched[0]} to {touched[-1]}",
            allowed=f"0 to {horizon - 1}",
            do="choose other days, or a longer horizon",
        )
    cuts = np.array(sorted({*touched, horizon} - {0}))
    values = read_features(X, model.features_)
    age = values[:, model.features_.index("days_past_due")]
    moved = np.flatnonzero(age + max(touched, default=0) > 0)
    for batch in batches(len(moved)):
        rows = moved[batch]
        course = _course(model, effect, (X.iloc[rows], values[rows]), cuts)
        yield _contrast(rows, effect, course, paths)


@dataclass(frozen=True)
class _Course:
    """Items under the book's practice, per part of an interval.

    ``margin`` is the log of the cumulative hazard of payment within a part, ``rare`` the cumulative hazards of a credit
    note and of a write-off, ``risk`` the standardised risk of each item.
    """

    periods: Periods
    margin: Numbers
    rare: Numbers
    risk: Numbers
    age: Numbers

    def outcomes(self, inputs: Numbers, theta: Numbers) -> Numbers:
        """Return chance paid, days outstanding and chance written off by the horizon, shape (items, 3)."""
        rate = rate_of(self.margin + inputs @ theta)
        total = np.maximum(rate + self.rare.sum(axis=1), 1e-12)
        first = np.flatnonzero(self.periods.position == 0)
        upto = np.cumsum(total)
        before = upto - total
        survival = np.exp(-(before - before[first][self.periods.item]))
        # Within a part the hazards are constant: the chance to leave it, over the sum of the hazards.
        left = survival * -np.expm1(-total) / total
        length = self.periods.end - self.periods.start
        each = np.column_stack([left * rate, left * length, left * self.rare[:, 1]])
        found: Numbers = np.add.reduceat(each, first, axis=0)
        return found


def _course(
    model: DiscreteHazard, effect: ContactEffect, items: tuple[pd.DataFrame, Numbers], cuts: np.ndarray
) -> _Course:
    X, values = items
    layout = Layout(model.features_, model.pool_, model.fine_)
    age, _ = layout.clocks(values)
    whole = layout.cut(age, np.full(len(age), cuts[-1]))
    cut, parent = cut_at_days(whole, cuts)
    matrix = layout.matrix(values, whole)
    hazards = [
        model.hazards_[cause].hazard(matrix, jobs=model.jobs) for cause in (PAID, CREDITED, WRITTEN_OFF)
    ]
    rates = -np.log1p(-np.clip(np.column_stack(hazards), 0, 1 - 1e-6))[parent] * cut.share[:, None]
    paid = model.predict_cumulative_incidence(X, [_RISK_DAY])[:, PAID - 1, 0]
    inside = np.clip(paid, 1e-4, 1 - 1e-4)
    return _Course(
        cut.periods,
        np.log(np.maximum(rates[:, 0], 1e-12)),
        rates[:, 1:],
        effect.standardised(np.log((1 - inside) / inside)),
        age.astype(np.float64),
    )


def _contrast(
    rows: Integers, effect: ContactEffect, course: _Course, paths: Sequence[Sequence[Touch]]
) -> Contrast:
    theta, item = effect.coefficients, course.periods.item
    moved = [theta, *(theta + _STEP * np.eye(len(theta)))]
    knows_alone = effect.knows(ALONE, ALONE)
    plain = course.outcomes(np.zeros((len(item), len(theta))), theta)
    found = []
    for path in paths:
        stock = _stock(effect, course, path)
        if knows_alone:
            stock = stock - _stock(effect, course, [(day, ALONE, ALONE) for day, *_ in path])
        inputs = with_risk(stock, course.risk[item])
        found.append(np.stack([course.outcomes(inputs, one) - plain for one in moved]))
    gains = np.stack(found, axis=2)
    return Contrast(rows, gains[0], (gains[1:] - gains[0]) / _STEP)


def _stock(effect: ContactEffect, course: _Course, path: Sequence[Touch]) -> Numbers:
    """Return the mean stocks that a path leaves over each part, shape (parts, columns)."""
    periods = course.periods
    found = np.zeros((len(periods.item), len(effect.columns)))
    for day, channel, tone in path:
        late = (course.age + day > 0)[periods.item]
        left = left_behind(periods.start, periods.end, day, effect.half_life) * late
        found += left[:, None] * effect.stock_of(channel, tone)
    return found
