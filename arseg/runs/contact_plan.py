"""Cash if another policy's contacts were made: each item's pace of payment under its plan of contacts against the usual.

What a contact leaves behind fades from day to day; a plan's stock less that of the contacts expected anyway, those of the
policy in force, moves the hazard of payment (science 4.5). Where the book's own log supports no estimate of what a contact
does, there is no plan to tell of: an assumed effect would give back as cash what was put in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.forecast import OpenBook
from arseg.forecast.open_book import WEEK
from arseg.forecast.paying_pace import at_other_pace
from arseg.models.contact_contrast import ALONE
from arseg.models.contact_effect import ContactEffect, with_risk
from arseg.models.contact_stock import left_behind
from arseg.runs.assigning import named_policy
from arseg.runs.contact_value import LEARNT
from arseg.schema import SEGMENTS
from arseg.treatments import read_playbook
from arseg.treatments.safety_contacts import Limits
from arseg.treatments.safety_repair import make_safe
from arseg.uplift import ESTIMATED

if TYPE_CHECKING:
    from arseg.runs.forward_sections import CashScenario
    from arseg.runs.journal import Run

_RISK_DAY: Final = 30
_NORMAL: Final = 1.959963984540054
_STEP: Final = 1e-3
_PLAN: Final = ("customer_id", "channel", "tone", "first", "every")


@dataclass(frozen=True)
class Planned:
    """A book under a plan of contacts, and what is to be said of it.

    Parameters
    ----------
    book
        With the curves under the plan; None where no effect of a contact can be told.
    said
        One sentence.
    """

    book: OpenBook | None
    said: str


def under_plan(run: Run, book: OpenBook, scenario: CashScenario) -> Planned:
    """Return the book under the contacts of a scenario's policy.

    Parameters
    ----------
    run
        In which the training stage said what contacts do, and the policies gave their segments.
    book
        Open items with the published model's curves, which hold the desk's usual contacts.
    scenario
        With ``contacts_of``.
    """
    known = run.load("contact_effect")
    name = f"Scenario {scenario.name}"
    if known["basis"] != ESTIMATED:
        return Planned(
            None, f"{name} cannot be told: what a contact does is not identified ({known['why']})."
        )
    effect = ContactEffect.from_dict(run.load(LEARNT))
    plan = contacts_of(run, str(scenario.contacts_of), scenario.playbook)
    stocks = _Stocks(effect, book, WEEK * run.experiment.forecast.weeks)
    planned, usual = stocks.of(plan), stocks.of(contacts_of(run, run.experiment.in_force))

    def paced(theta: np.ndarray) -> OpenBook:
        return at_other_pace(book, planned.pace(theta) - usual.pace(theta))

    found, weeks = paced(effect.coefficients), run.experiment.forecast.weeks
    cash = [_cash(paced(theta), weeks) for theta in _nudged(effect.coefficients)]
    more = _cash(found, weeks)
    slope = (np.array(cash) - more) / _STEP
    reach = _NORMAL * float(np.sqrt(np.maximum(slope @ effect.covariance @ slope, 0.0)))
    more -= _cash(book, weeks)
    kinds = plan[["channel", "tone"]].drop_duplicates().itertuples(index=False)
    rare = sum(not effect.knows(kind.channel, kind.tone) for kind in kinds)
    left_out = f"; {rare} kinds of contact are too rare in the log and count as nothing" if rare else ""
    return Planned(
        found,
        f"{name}: the contacts of {scenario.contacts_of} as prescribed on the key date instead of those of"
        f" {run.experiment.in_force}; by the error of the contacts' effect alone the expected difference lies"
        f" between {more - reach:,.0f} and {more + reach:,.0f} (95 %){left_out}.",
    )


def contacts_of(run: Run, policy: str, playbook: str | None = None) -> pd.DataFrame:
    """Return when each customer is contacted, and how, as a playbook prescribes it and the safety rules allow.

    Parameters
    ----------
    run
        The run.
    policy
        Name or label of a declared policy.
    playbook
        Name or path; the experiment's where None.

    Returns
    -------
    frame
        ``customer_id``, ``channel``, ``tone``, ``first`` (days after the key date) and ``every`` (days); without the
        customers who are left alone.
    """
    rows, scores = run.load("segmentations"), run.load("customer_scores")
    own = rows[(rows["policy"] == repr(named_policy(run, policy))) & rows["segment"].isin(SEGMENTS)]
    asked = scores[scores["customer_id"].isin(own["customer_id"])]
    table = read_playbook(run.experiment.playbook_in(run.home, playbook))
    prescribed = table.prescribe(own[["customer_id", "segment"]], asked)
    safe = make_safe(prescribed, asked, run.key_date, limits=Limits.of(table)).prescribed
    first = (pd.to_datetime(safe["contact_day"]) - pd.Timestamp(run.key_date)).dt.days
    safe = safe.assign(first=first, every=safe["cadence_days"].clip(lower=1).astype("int64"))
    made = safe[(safe["channel"] != ALONE) & first.notna()]
    return made.assign(first=made["first"].clip(lower=0).astype("int64"))[list(_PLAN)].reset_index(drop=True)


@dataclass(frozen=True)
class _Moved:
    """What a plan leaves: each item's kind of contact, shape (items, coefficients), and how much of it in each step."""

    kind: np.ndarray
    left: np.ndarray

    def pace(self, theta: np.ndarray) -> np.ndarray:
        """Return the change of the log-hazard of payment, shape (items, times)."""
        return np.asarray((self.kind @ theta)[:, None] * self.left)


@dataclass(frozen=True)
class _Stocks:
    """What contacts leave behind on the items of a book."""

    effect: ContactEffect
    book: OpenBook
    horizon: int

    def of(self, plan: pd.DataFrame) -> _Moved:
        """Return what a plan leaves; a contact works on an item only if that is past due on its day."""
        place = pd.Index(plan["customer_id"]).get_indexer(self.book.items["customer_id"])
        kind = np.zeros((len(place), len(self.effect.coefficients)))
        left = np.zeros((len(place), len(self.book.times)))
        touched, risk = place >= 0, self._risk()
        for group, rows in plan.groupby(["channel", "tone"]).indices.items():
            own = touched & np.isin(place, rows)
            if self.effect.knows(*group):
                stock = self._more_than_alone(*group)
                kind[own] = with_risk(np.tile(stock, (int(own.sum()), 1)), risk[own])
        for (first, every), rows in plan.groupby(["first", "every"]).indices.items():
            own = touched & np.isin(place, rows)
            left[own] = self._left(own, np.arange(first, self.horizon, every))
        return _Moved(kind, left)

    def _more_than_alone(self, channel: str, tone: str) -> np.ndarray:
        """Return what a contact adds to the stocks that a decision to leave alone would not."""
        stock = self.effect.stock_of(channel, tone)
        knows = self.effect.knows(ALONE, ALONE)
        return stock - self.effect.stock_of(ALONE, ALONE) if knows else stock

    def _left(self, own: np.ndarray, days: np.ndarray) -> np.ndarray:
        ends = self.book.times
        starts = np.concatenate([[0], ends[:-1]])
        faded = left_behind(starts[None], ends[None], days[:, None], self.effect.half_life)
        late = self.book.items["days_past_due"].to_numpy()[own][:, None] + days > 0
        return np.asarray(late.astype(np.float64) @ faded)

    def _risk(self) -> np.ndarray:
        paid = self.book.paid_by[:, self.book.at(np.array([_RISK_DAY]))[0]]
        inside = np.clip(paid, 1e-4, 1 - 1e-4)
        return self.effect.standardised(np.log((1 - inside) / inside))


def _nudged(theta: np.ndarray) -> np.ndarray:
    """Return the coefficients with each in turn a little larger, shape (coefficients, coefficients)."""
    return np.asarray(theta + _STEP * np.eye(len(theta)))


def _cash(book: OpenBook, weeks: int) -> float:
    return float(book.expected_by_week(weeks).sum())
