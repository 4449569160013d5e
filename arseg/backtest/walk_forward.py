"""Walk over past key dates: train on what was known then, score what was open then.

Every month-end is a landmark: its open items are rows, their features frozen there. A model for a
key date sees the landmarks before it with the outcomes that the book knew by that key date, less the
time the book needs to learn of them. What came later is read only afterwards, to judge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

import pandas as pd

from arseg.backtest.embargo import Embargo, embargo_at
from arseg.backtest.lot import drawn_by_lot
from arseg.backtest.plan import Plan
from arseg.backtest.purge import purge
from arseg.backtest.standing import Standing, take_standing
from arseg.features import Features, build_features, kept_place
from arseg.ledger import Ledger, Snapshot, observe_outcomes, take_snapshots
from arseg.ledger.snapshots import EngineName
from arseg.models import TimeToPayment
from arseg.models.asked_once import AskedBook
from arseg.models.same_size import anew
from arseg.schema import DataError
from arseg.schema.days import month_ends
from arseg.schema.shown import Shown
from arseg.scores import Scores, score
from arseg.side_by_side import side_by_side, workers


@dataclass(frozen=True)
class Landmark(Shown):
    """One past month-end: what was known of it then, and the folder in which its features are kept, if they are."""

    key_date: dt.date
    features: Features
    standing: Standing
    kept: Path | None = None


@dataclass(frozen=True)
class Fold(Shown):
    """One key date of the walk: the models as fitted by then, and what they said.

    Parameters
    ----------
    key_date
        The day stood on.
    fitted_on
        The last day that the models' training data knew.
    scores
        What the first model said.
    models
        The fitted models by name; the first is the one under test, the others are baselines.
    features
        The features of that day.
    said
        What the first model says of the items, asked once for all who read it.
    """

    key_date: dt.date
    fitted_on: dt.date
    scores: Scores
    models: Mapping[str, TimeToPayment]
    features: Features
    said: AskedBook


@dataclass
class Walk(Shown):
    """A ledger's month-ends, each built once and kept.

    Parameters
    ----------
    ledger
        The ledger.
    plan
        The protocol.
    blocks, folder
        As in ``build_features``.
    cache, engine
        As in ``take_snapshots``.
    """

    ledger: Ledger
    plan: Plan
    blocks: Sequence[str] | None = None
    folder: str | None = None
    cache: Path | None = None
    engine: EngineName = "duckdb"
    _built: dict[dt.date, Landmark] = field(default_factory=dict, repr=False)
    _embargoes: dict[dt.date, Embargo] = field(default_factory=dict, repr=False)
    _building: RLock = field(default_factory=RLock, repr=False, compare=False)

    def embargo(self, key_date: dt.date) -> Embargo:
        """Return the days before a key date of which its models learn nothing, from what the book knew by then."""
        if key_date not in self._embargoes:
            self._embargoes[key_date] = embargo_at(self.ledger, key_date, self.plan)
        return self._embargoes[key_date]

    def known_until(self, key_date: dt.date) -> dt.date:
        """Return the last day of which a model for the key date may learn."""
        if self.plan.embargo == "declared":
            return key_date - dt.timedelta(days=self.plan.settle_lag_days)
        return key_date - dt.timedelta(days=self.embargo(key_date).days)

    def keep(self, landmark: Landmark) -> None:
        """Take a month-end that was built elsewhere."""
        self._built[landmark.key_date] = landmark

    def build(self, key_dates: Iterable[dt.date]) -> None:
        """Build the month-ends that are not built yet, several at the same time."""
        # A fit that is begun ahead asks for month-ends, too.
        with self._building:
            for landmark in self.each({*key_dates} - self._built.keys()):
                self.keep(landmark)

    def each(self, key_dates: Iterable[dt.date]) -> Iterator[Landmark]:
        """Yield month-ends, oldest first, as they are built, and keep none: those of a large book do not fit together."""
        days = sorted({*key_dates})
        if days:
            with take_snapshots(self.ledger, days, cache=self.cache, engine=self.engine) as snapshots:
                yield from snapshots.map(self._look)

    def _look(self, snapshot: Snapshot) -> Landmark:
        features = build_features(snapshot, blocks=self.blocks, folder=self.folder)
        kept = kept_place(snapshot, blocks=self.blocks, folder=self.folder)
        return Landmark(snapshot.key_date, features, take_standing(snapshot), kept)

    def landmark(self, key_date: dt.date) -> Landmark:
        """Return the features and the standing at a key date."""
        self.build([key_date])
        return self._built[key_date]

    def landmarks(self, key_date: dt.date) -> list[Landmark]:
        """Return the landmarks that a model for the key date may learn from, oldest first."""
        first = self.ledger.first_posting
        if first is None:
            return []
        past = [day for day in month_ends(first, key_date) if first <= day < key_date]
        days = past if self.plan.window == "expanding" else past[-self.plan.landmarks :]
        self.build(days)
        return [self._built[day] for day in days]

    def training(self, key_date: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return X and y of all landmark rows whose outcome the book had learnt by the key date.

        Raises
        ------
        DataError
            If there are fewer payments, or they were followed for fewer days, than the plan asks for.
        """
        marks = self.landmarks(key_date)
        most = self.share_of(marks)
        parts = [
            part
            for part in side_by_side(lambda mark: self.known(mark, key_date, most=most), marks)
            if len(part)
        ]
        known = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"event": []})
        paid = int((known["event"] == 1).sum())
        followed = (self.known_until(key_date) - marks[0].key_date).days if marks else 0
        if paid < self.plan.fewest_events or followed < self.plan.fewest_followed_days:
            raise DataError(
                f"too little is known on {key_date} to train a model",
                given=f"{paid} payments of items open at an earlier month-end, followed up to {max(followed, 0)} days",
                allowed=f"{self.plan.fewest_events} or more, followed {self.plan.fewest_followed_days} or more",
                do="choose a later key date or load more history",
            )
        return known.drop(columns=["event", "duration"]), known[["event", "duration"]].astype("int64")

    def share_of(self, marks: Sequence[Landmark]) -> int:
        """Return how many rows of each landmark a fit learns from at the most."""
        return max(1, self.plan.most_rows // max(1, len(marks)))

    def known(self, mark: Landmark, key_date: dt.date, *, most: int | None = None) -> pd.DataFrame:
        """Return features and outcome of one landmark's items, followed to the embargo before the key date.

        Parameters
        ----------
        mark
            The landmark.
        key_date
            The day stood on.
        most
            Items that are drawn by lot where there are more; all of them where None.
        """
        told = self.told(mark, key_date)
        if told.empty:
            return pd.DataFrame()
        target = (told if most is None else self.drawn(told, mark, most))[["event", "duration"]]
        return mark.features.of(target.index).matrix().join(target, how="inner")

    def told(self, mark: Landmark, key_date: dt.date) -> pd.DataFrame:
        """Return what became of one landmark's items, by invoice_id, as ``observe_outcomes`` says it."""
        until = self.known_until(key_date)
        if until <= mark.key_date:
            return pd.DataFrame()
        outcomes = observe_outcomes(
            self.ledger, mark.key_date, observed_on=key_date, until=until, cache=self.cache
        )
        return purge(outcomes.set_index("invoice_id"), mark.key_date, until=until).rows

    def drawn(self, told: pd.DataFrame, mark: Landmark, most: int) -> pd.DataFrame:
        """Return of what was told so many rows at the most, drawn by lot."""
        return told[drawn_by_lot(told.index, most, day=mark.key_date, seed=self.plan.seed)]


Fitted = dict[str, TimeToPayment]


class _Fits:
    """The fits of a walk; the next is begun while the key dates of the one before are looked at.

    Parameters
    ----------
    walk
        The walk.
    models
        Unfitted.
    pool
        Of one thread.
    """

    def __init__(self, walk: Walk, models: Mapping[str, TimeToPayment], pool: ThreadPoolExecutor) -> None:
        self._walk, self._models, self._pool = walk, models, pool
        self._begun: dict[dt.date, Future[Fitted | DataError]] = {}

    def begin(self, key_date: dt.date, before: Fitted) -> None:
        """Begin what will be asked for, where there is a core for it."""
        if workers() > 1:
            self._begun[key_date] = self._pool.submit(self._fit, key_date, before)

    def at(self, key_date: dt.date, before: Fitted) -> Fitted | DataError:
        """Return the models as a key date teaches them, or why too little is known on it."""
        begun = self._begun.pop(key_date, None)
        return begun.result() if begun else self._fit(key_date, before)

    def _fit(self, key_date: dt.date, before: Fitted) -> Fitted | DataError:
        try:
            X, y = self._walk.training(key_date)
        except DataError as problem:
            return problem
        return {
            name: anew(model, before.get(name), rows=len(X)).fit(X, y) for name, model in self._models.items()
        }


def walk_forward(
    walk: Walk, models: Mapping[str, TimeToPayment], key_dates: Sequence[dt.date]
) -> Iterator[Fold | DataError]:
    """Yield one fold per key date, or the reason why there is none.

    Parameters
    ----------
    walk
        The ledger and the protocol.
    models
        Unfitted models by name; the first is the one under test.
    key_dates
        In ascending order.
    """
    fitted: Fitted = {}
    fitted_on, age = dt.date.min, 0
    with ThreadPoolExecutor(1) as pool:
        fits = _Fits(walk, models, pool)
        for index, key_date in enumerate(key_dates):
            if not fitted or age >= walk.plan.refit_every:
                found = fits.at(key_date, fitted)
                if isinstance(found, DataError):
                    yield found
                    continue
                fitted, fitted_on, age = found, key_date, 0
                for following in key_dates[index + walk.plan.refit_every :][:1]:
                    fits.begin(following, fitted)
            age += 1
            yield _fold(walk, key_date, fitted_on, fitted)


def _fold(walk: Walk, key_date: dt.date, fitted_on: dt.date, fitted: Fitted) -> Fold:
    features = walk.landmark(key_date).features
    first = next(iter(fitted.values()))
    said = AskedBook(first, features.matrix())
    return Fold(
        key_date, fitted_on, score(features, first, reasons=False, said=said), dict(fitted), features, said
    )
