"""A desk to try policies on: scores and outcomes are made once, then each policy answers in under a second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from arseg.backtest import BacktestResult, Plan, Walk, contest, mature_key_dates
from arseg.backtest.replay import SUMS, UNSCORED, measure, replay
from arseg.backtest.reviews import Entrant, Reviews
from arseg.models import KaplanMeierByTerms, TimeToPayment
from arseg.policies import AgingBuckets, Policy
from arseg.schema import SEGMENTS
from arseg.schema.days import parse_key_dates
from arseg.schema.shown import Shown
from arseg.treatments import Capacity, build_day, read_playbook, shadow_price
from arseg.treatments.safety_contacts import Limits
from arseg.treatments.safety_repair import make_safe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from arseg.ledger import Ledger

LIMIT: Final = (
    "what came to those each policy picks, under the treatments actually given: a threshold moves who is in a segment, "
    "so it moves the DSO of each segment; that of the whole book is history and stays"
)


@dataclass(frozen=True)
class Tried(Shown):
    """What a policy would have picked, beside the policy in force.

    Parameters
    ----------
    policy, in_force
        As written.
    sizes
        Customers of the last key date by segment, a column per policy.
    measures
        As ``schema.MEASURES``, of both policies.
    moved
        ``measure, segment, in_force, tried, change``: the tried policy against the one in force.
    hours
        ``hours, used_hours, treatments, shadow_price`` of the last key date's worklist.
    limit
        What the figures do not say.
    """

    policy: str
    in_force: str
    sizes: pd.DataFrame
    measures: pd.DataFrame
    moved: pd.DataFrame
    hours: dict[str, float]
    limit: str = LIMIT

    def plot(self, name: str = "dso", *, ax: Axes | None = None) -> Figure:
        """Draw a measure of each segment with its interval, under both policies; see ``backtest.plots``."""
        from arseg.backtest.plots import plot_measure

        return plot_measure(self.measures, name, ax=ax)


@dataclass(frozen=True)
class PolicyDesk(Shown):
    """Past key dates with their scores and outcomes.

    Parameters
    ----------
    result
        The backtest of the policy in force.
    draws
        Customer-clustered draws behind each interval.
    playbook
        Name of the playbook that turns segments into treatments.
    """

    result: BacktestResult
    draws: int = 200
    playbook: str = "standard"

    def try_policy(self, policy: Policy, *, hours: float = 6.0, collectors: int = 2) -> Tried:
        """Return what a policy would have picked, and how far the hours would have reached.

        Parameters
        ----------
        policy
            The policy, with the thresholds and weights to try.
        hours
            Of each collector on a day.
        collectors
            How many.
        """
        own, name = self.rows(policy), repr(policy)
        before = self.result.rows
        both = before if name == self.result.in_force else pd.concat([before, own], ignore_index=True)
        window = f"{len(self.result.key_dates)} key dates"
        measures = measure(both, draws=self.draws, seed=Plan().seed, window=window)
        return Tried(
            policy=name,
            in_force=self.result.in_force,
            sizes=_sizes(both, self.result.key_dates[-1]),
            measures=measures,
            moved=_moved(measures, name, self.result.in_force),
            hours=self._day(own, Capacity(collectors, hours)),
        )

    def rows(self, policy: Entrant) -> pd.DataFrame:
        """Return the backtest's rows as they would be under another policy; outcomes stay what they were."""
        reviews, parts = Reviews(), []
        scored = dict(iter(self.result.customers.groupby("key_date")))
        for day, known in self.result.rows.groupby("key_date"):
            sums = known.set_index("customer_id")[list(SUMS)]
            key_date = pd.Timestamp(day).date()
            parts.append(
                replay([policy], scored[day].drop(columns="key_date"), sums, key_date, reviews=reviews)
            )
        return pd.concat(parts, ignore_index=True)

    def _day(self, rows: pd.DataFrame, capacity: Capacity) -> dict[str, float]:
        """Deal out the hours of the last key date."""
        last = self.result.key_dates[-1]
        stamp = pd.Timestamp(last)
        customers = self.result.customers
        scores = customers[customers["key_date"] == stamp].drop(columns="key_date").reset_index(drop=True)
        own = rows[(rows["key_date"] == stamp) & (rows["segment"] != UNSCORED)]
        segments = own[["customer_id", "segment"]].assign(why="tried in the lab", cell=own["segment"])
        playbook = read_playbook(self.playbook)
        safe = make_safe(
            playbook.prescribe(segments.reset_index(drop=True), scores),
            scores,
            last,
            limits=Limits.of(playbook),
        )
        day = build_day(safe.prescribed, scores, key_date=last, capacity=capacity).worklist
        manual = day[day["on_today"] & (day["handling"] != "automatic")]
        return {
            "hours": capacity.minutes / 60,
            "used_hours": float(manual["minutes"].sum()) / 60,
            "treatments": float(day["on_today"].sum()),
            "shadow_price": float(shadow_price(day, capacity)),
        }


def open_desk(
    ledger: Ledger,
    model: TimeToPayment | None = None,
    *,
    in_force: Entrant | None = None,
    key_dates: str | Sequence[dt.date] | None = None,
    plan: Plan | None = None,
) -> PolicyDesk:
    """Return a desk over past key dates of a ledger; this is the part that takes time.

    Parameters
    ----------
    ledger
        The ledger.
    model
        An unfitted model that scores the book; Kaplan-Meier by terms where None.
    in_force
        The policy to compare with; aging buckets where None.
    key_dates
        As for ``arseg.backtest``; the last three mature month-ends where None.
    plan
        The protocol; models learn from six month-ends where None.
    """
    plan = plan or Plan(landmarks=6)
    # Where the home keeps what its runs read of the ledger, the desk opens in a fraction of the time.
    cache = ledger.path.resolve().parents[1] / "cache"
    walk = Walk(ledger, plan, cache=cache if cache.is_dir() else None)
    days = parse_key_dates(key_dates) if isinstance(key_dates, str) else key_dates
    days = days or mature_key_dates(plan, ledger.last_known, count=3)
    scorer = model or KaplanMeierByTerms()
    result = contest(
        walk,
        [in_force or AgingBuckets()],
        {repr(scorer): scorer},
        key_dates=days,
        observed_on=ledger.last_known,
    )
    return PolicyDesk(result)


def _sizes(rows: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    last = rows[(rows["key_date"] == pd.Timestamp(day)) & (rows["segment"] != UNSCORED)]
    counts = pd.crosstab(last["segment"], last["policy"])
    return counts.reindex(list(SEGMENTS), fill_value=0)


def _moved(measures: pd.DataFrame, tried: str, in_force: str) -> pd.DataFrame:
    keys = ["measure", "segment"]
    values = {
        name: measures[measures["policy"] == policy].set_index(keys)["value"]
        for name, policy in (("in_force", in_force), ("tried", tried))
    }
    both = pd.DataFrame(values)
    return both.assign(change=both["tried"] - both["in_force"]).reset_index()
