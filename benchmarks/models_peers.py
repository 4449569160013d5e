"""Other people's survival models behind our protocol's two verbs, with their own defaults where they run at all.

What is done for all of them: missing values become the median with a column that says so, columns are standardised, constant
ones dropped; lifelines and hazardous get the columns that go most with the duration, by rank correlation; a model of one event is told that credit notes and write-offs are censored, and its 1 - S is read as
the incidence of payment. A peer that cannot carry all rows gets as many as its limit, drawn by lot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

Values = np.ndarray
LAST_DAY: Final = 365


class Plain:
    """Median, indicator of missing, standardised; learnt on the training rows."""

    def __init__(self, X: pd.DataFrame, y: pd.DataFrame, most: int | None = None) -> None:
        # As in our models: a date that never comes again must not be learnt.
        values = X.drop(columns="key_day").astype("float64")
        self.names = [name for name in values.columns if values[name].min() < values[name].max()]
        if most and len(self.names) > most:
            tied = values[self.names].rank().corrwith(y["duration"].rank()).abs()
            self.names = sorted(
                tied.sort_values(ascending=False, kind="stable").index[:most], key=self.names.index
            )
        self.median = values[self.names].median()
        filled = values[self.names].fillna(self.median)
        low, high = filled.quantile(0.01), filled.quantile(0.99)
        self.low, self.high = low, high
        clipped = filled.clip(low, high, axis=1)
        self.mean, self.spread = clipped.mean(), clipped.std().replace(0, np.nan)
        self.missing = [name for name in self.names if 0.01 < values[name].isna().mean() < 0.99]

    def __call__(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that a linear model can take."""
        X = X.reset_index(drop=True)
        filled = X[self.names].astype("float64").fillna(self.median).clip(self.low, self.high, axis=1)
        found = ((filled - self.mean) / self.spread).dropna(axis=1, how="all").fillna(0.0)
        return found.join(X[self.missing].isna().astype("float64").add_suffix("_missing"))


def few(X: pd.DataFrame, y: pd.DataFrame, limit: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return at most so many rows, drawn by lot."""
    if len(X) <= limit:
        return X, y
    rows = np.random.default_rng(7).permutation(len(X))[:limit]
    return X.iloc[rows], y.iloc[rows]


def at_times(index: Values, survival: Values, times: list[int]) -> Values:
    """Return 1 - S at some days as an incidence of three causes, from a step function of shape (rows, index)."""
    place = np.searchsorted(index, times, side="right") - 1
    paid = np.where(place >= 0, 1 - survival[:, np.maximum(place, 0)], 0.0)
    found = np.zeros((len(survival), 3, len(times)))
    found[:, 0] = np.clip(np.nan_to_num(paid, nan=1.0), 0, 1)
    return found


class Lifelines:
    """``CoxPHFitter`` or ``WeibullAFTFitter`` with a ridge, without which they do not converge here."""

    def __init__(self, kind: str, most: int = 60) -> None:
        self.kind, self.most = kind, most

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> None:
        """Learn."""
        import lifelines

        X, y = few(X, y, 5_000)
        self.learnt_from = f"{len(X)} rows"
        self.plain = Plain(X, y, self.most)
        frame = self.plain(X)
        frame = frame.loc[:, frame.std() > 1e-6]
        self.columns = list(frame.columns)
        made = getattr(lifelines, self.kind)(penalizer=0.1)
        frame["event"] = (y["event"] == 1).astype(int).to_numpy()
        frame["duration"] = y["duration"].clip(upper=LAST_DAY).to_numpy()
        self.model = made.fit(frame, "duration", "event")

    def incidence(self, X: pd.DataFrame, times: list[int]) -> Values:
        """Return the incidence, shape (rows, 3, times)."""
        survival = self.model.predict_survival_function(self.plain(X)[self.columns], times=times)
        return at_times(np.asarray(times), survival.to_numpy().T, times)


class SkSurv:
    """``RandomSurvivalForest`` or ``GradientBoostingSurvivalAnalysis`` of scikit-survival."""

    most = None

    def __init__(self, kind: str, limit: int, **settings: Any) -> None:
        self.kind, self.limit, self.settings = kind, limit, settings

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> None:
        """Learn."""
        from sksurv import ensemble

        X, y = few(X, y, self.limit)
        self.learnt_from = f"{len(X)} rows"
        self.plain = Plain(X, y, self.most)
        target = np.array(
            list(zip(y["event"] == 1, y["duration"].clip(upper=LAST_DAY), strict=True)),
            dtype=[("event", bool), ("time", float)],
        )
        self.model = getattr(ensemble, self.kind)(random_state=0, **self.settings).fit(self.plain(X), target)

    def incidence(self, X: pd.DataFrame, times: list[int]) -> Values:
        """Return the incidence, shape (rows, 3, times)."""
        parts = []
        for at in range(0, len(X), 2000):
            survival = self.model.predict_survival_function(
                self.plain(X.iloc[at : at + 2000]), return_array=True
            )
            parts.append(at_times(self.model.unique_times_, survival, times))
        return np.concatenate(parts)


class Hazardous:
    """``SurvivalBoost`` of hazardous, which knows competing risks."""

    def __init__(self, limit: int, most: int, **settings: Any) -> None:
        self.limit, self.most, self.settings = limit, most, settings

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> None:
        """Learn."""
        from hazardous import SurvivalBoost

        X, y = few(X, y, self.limit)
        self.learnt_from = f"{len(X)} rows"
        self.plain = Plain(X, y, self.most)
        self.causes = sorted(set(y["event"].unique()) - {0})
        coded = y["event"].map({0: 0} | {cause: at for at, cause in enumerate(self.causes, 1)})
        target = pd.DataFrame({"event": coded.to_numpy(), "duration": y["duration"].to_numpy(dtype=float)})
        self.model = SurvivalBoost(show_progressbar=False, random_state=0, **self.settings)
        self.model.fit(self.plain(X), target)

    def incidence(self, X: pd.DataFrame, times: list[int]) -> Values:
        """Return the incidence, shape (rows, 3, times)."""
        said = self.model.predict_cumulative_incidence(self.plain(X), times=np.asarray(times, dtype=float))
        found = np.zeros((len(X), 3, len(times)))
        for at, cause in enumerate(self.causes, 1):
            found[:, cause - 1] = said[:, at]
        return found / np.maximum(found.sum(axis=1, keepdims=True), 1.0)


class PersonPeriod:
    """A multinomial booster on our person-period rows: LightGBM or scikit-learn's, as anybody would set it up."""

    def __init__(self, make: Callable[[], Any], limit: int = 150_000) -> None:
        self.make, self.limit = make, limit

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> None:
        """Learn."""
        from arseg.models import DiscreteHazard
        from arseg.models.habit import book_mean
        from arseg.models.person_period import Items, Layout, training_rows
        from arseg.models.row_order import row_keys
        from arseg.models.row_sample import Sampling

        values = X.to_numpy(dtype=float)
        weight = np.ones(len(X))
        self.layout = Layout(list(X.columns), book_mean(X, weight))
        event, duration = (y[name].to_numpy() for name in ("event", "duration"))
        plain = DiscreteHazard()
        sampling = Sampling(self.limit, plain.keep_share, plain.seed)
        rows, _ = training_rows(
            self.layout, Items(values, event, duration, weight, row_keys(values)), sampling
        )
        self.learnt_from = f"{len(rows.matrix)} person-period rows"
        self.model = self.make()
        self.model.fit(rows.matrix, rows.event, sample_weight=rows.weight)

    def incidence(self, X: pd.DataFrame, times: list[int]) -> Values:
        """Return the incidence, shape (rows, 3, times)."""
        from arseg.models.grid import accumulate, expand

        found = []
        for at in range(0, len(X), 4096):
            values = X.iloc[at : at + 4096].to_numpy(dtype=float)
            age, _ = self.layout.clocks(values)
            periods = expand(age, np.full(len(age), times[-1]))
            said = self.model.predict_proba(self.layout.matrix(values, periods))
            hazards = np.zeros((len(said), 3))
            for place, cause in enumerate(self.model.classes_):
                if cause:
                    hazards[:, int(cause) - 1] = said[:, place]
            found.append(accumulate(periods, hazards, np.asarray(times)))
        return np.concatenate(found)


def _lightgbm() -> Any:
    import lightgbm

    return lightgbm.LGBMClassifier(n_estimators=150, num_leaves=63, learning_rate=0.1, n_jobs=1, verbose=-1)


def _histogram() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=150, max_leaf_nodes=63, learning_rate=0.1, random_state=0)


# What each needs, by the first word of its name.
MODULES: Final = {
    "lifelines": ("lifelines",),
    "scikit-survival": ("sksurv.ensemble",),
    "hazardous": ("hazardous",),
    "LightGBM": ("lightgbm", "xgboost", "arseg.models"),
    "scikit-learn": ("sklearn.ensemble", "xgboost", "arseg.models"),
}

PEERS: Final[dict[str, Callable[[], Any]]] = {
    "lifelines CoxPHFitter": lambda: Lifelines("CoxPHFitter", most=90),
    "lifelines WeibullAFTFitter": lambda: Lifelines("WeibullAFTFitter", most=45),
    "scikit-survival RandomSurvivalForest": lambda: SkSurv(
        "RandomSurvivalForest", 4000, n_estimators=100, min_samples_leaf=15, n_jobs=1, max_features="sqrt"
    ),
    "scikit-survival GradientBoosting": lambda: SkSurv(
        "GradientBoostingSurvivalAnalysis", 4000, n_estimators=100, subsample=0.5, max_depth=3
    ),
    "hazardous SurvivalBoost": lambda: Hazardous(
        2_000, 30, n_iter=40, learning_rate=0.15, ipcw_strategy="kaplan-meier", n_horizons_per_observation=3
    ),
    "LightGBM person-period": lambda: PersonPeriod(_lightgbm),
    "scikit-learn HGB person-period": lambda: PersonPeriod(_histogram),
}
