"""Whether a book says enough for a model to be trained on it, and which model is left where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pandas as pd

from arseg.models.classifier import check_labels
from arseg.schema import OPEN, DataError, require_columns
from arseg.schema.shown import Shown

# The columns that say how much a row tells.
ROW_COLUMNS: Final = ("customer_id", "key_date", "followed_days")


@dataclass(frozen=True)
class Evidence(Shown):
    """How much a set of labelled rows says.

    Parameters
    ----------
    events
        Rows that left the book; of 0-1 labels, the rows of the rarer label.
    customers
        Distinct customers among those rows: a thousand events of one customer are one habit.
    key_dates
        Distinct key dates.
    followed_days
        Days after its key date for which at least half of the rows were followed.
    """

    events: int = 0
    customers: int = 0
    key_dates: int = 0
    followed_days: int = 0

    @property
    def words(self) -> str:
        """The evidence in words."""
        return ", ".join(f"{getattr(self, name)} {word}" for name, word in _WORDS.items())


_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "events": "events",
        "customers": "customers with an event",
        "key_dates": "key dates",
        "followed_days": "days followed by half of the rows",
    }
)

# What is needed at least. The default model leaves a cause of fewer than ten events at its daily rates and
# gives a leaf to every 150; one with fewer than 200 could only repeat the book's curve. Two key dates
# are the fewest that can tell a season or a drift from a habit. A card needs a handful of bad rows in each
# of its bins: 50 let five features of three bins stand.
NEEDS: Final[Mapping[str, Evidence]] = MappingProxyType(
    {
        "DiscreteHazard": Evidence(events=200, customers=30, key_dates=2, followed_days=30),
        "CustomerMeanDelay": Evidence(events=100, customers=20, key_dates=1, followed_days=30),
        "KaplanMeierByTerms": Evidence(events=30, customers=10, key_dates=1, followed_days=30),
        "DeclaredPrior": Evidence(),
        "BoostedClassifier": Evidence(events=100, customers=50, key_dates=2, followed_days=30),
        "Scorecard": Evidence(events=50, customers=30, key_dates=2, followed_days=30),
        "ExpertScore": Evidence(),
    }
)

# A model that is not named above must have as much as the default one.
DEFAULT_NEEDS: Final = NEEDS["DiscreteHazard"]

# From the most demanding to the one that needs nothing.
TIME_LADDER: Final = ("DiscreteHazard", "CustomerMeanDelay", "KaplanMeierByTerms", "DeclaredPrior")
CLASSIFIER_LADDER: Final = ("BoostedClassifier", "Scorecard", "ExpertScore")


@dataclass(frozen=True)
class Verdict(Shown):
    """Whether a model may be trained, and why not.

    Parameters
    ----------
    model
        Name of the model.
    evidence
        What the rows say.
    reasons
        What is short, in words; empty where nothing is.
    """

    model: str
    evidence: Evidence
    reasons: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether the model may be trained."""
        return not self.reasons


@dataclass(frozen=True)
class Choice(Shown):
    """The model that may be trained, and the verdicts on those before it.

    Parameters
    ----------
    model
        Name of the first model of the ladder that has enough.
    passed_over
        The verdicts on the ones before it.
    """

    model: str
    passed_over: tuple[Verdict, ...]


def gather_evidence(y: pd.DataFrame | pd.Series, rows: pd.DataFrame) -> Evidence:
    """Return how much labelled rows say.

    Parameters
    ----------
    y
        ``event`` and ``duration``, or 0-1 labels.
    rows
        The same rows: ``customer_id``, ``key_date``, ``followed_days`` (days after the key date).

    Raises
    ------
    DataError
        If a column is missing, a label is, or y and rows are not the same rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["a", "a", "b"], "key_date": "2025-01-31",
    ...                      "followed_days": [90, 60, 30]})
    >>> gather_evidence(pd.Series([1, 1, 0]), rows) == Evidence(events=1, customers=1, key_dates=1, followed_days=60)
    True
    """
    require_columns(rows.columns, ROW_COLUMNS, frame="rows")
    if len(y) != len(rows) or not y.index.equals(rows.index):
        raise DataError(
            "y and rows are not the same rows",
            given=f"{len(y)} and {len(rows)} rows",
            allowed="equal indexes",
            do="take rows.loc[y.index]",
        )
    if len(rows) == 0:
        return Evidence()
    happened = _happened(y)
    return Evidence(
        events=int(happened.sum()),
        customers=int(rows.loc[happened, "customer_id"].nunique()),
        key_dates=int(rows["key_date"].nunique()),
        followed_days=int(rows["followed_days"].quantile(0.5, interpolation="lower")),
    )


def _happened(y: pd.DataFrame | pd.Series) -> pd.Series:
    """Return which rows tell one outcome from another."""
    if isinstance(y, pd.Series):
        bad = check_labels(y) > 0
        return pd.Series(bad if bad.sum() * 2 <= len(bad) else ~bad, index=y.index)
    require_columns(y.columns, ("event",), frame="y")
    if bool(y["event"].isna().any()):
        raise DataError(
            "y has missing values",
            given=f"{int(y['event'].isna().sum())} rows",
            allowed="none; an item still open has event 0",
            do="drop or observe those rows",
        )
    return y["event"] != OPEN


def judge(model: str, evidence: Evidence, needs: Evidence | None = None) -> Verdict:
    """Return whether the evidence suffices for a model.

    Parameters
    ----------
    model
        Name of the model.
    evidence
        From ``gather_evidence``.
    needs
        What it must reach; by default what ``NEEDS`` says of the model.

    Examples
    --------
    >>> judge("Scorecard", Evidence(events=12, customers=40, key_dates=6, followed_days=90)).reasons
    ('12 events, 50 needed',)
    """
    wanted = NEEDS.get(model, DEFAULT_NEEDS) if needs is None else needs
    short = {name: word for name, word in _WORDS.items() if getattr(evidence, name) < getattr(wanted, name)}
    reasons = (f"{getattr(evidence, n)} {word}, {getattr(wanted, n)} needed" for n, word in short.items())
    return Verdict(model, evidence, tuple(reasons))


def require_enough(
    y: pd.DataFrame | pd.Series, rows: pd.DataFrame, *, model: str, needs: Evidence | None = None
) -> Verdict:
    """Return the verdict on a model, or refuse with everything that is short.

    Parameters
    ----------
    y, rows
        As ``gather_evidence``.
    model, needs
        As ``judge``.

    Raises
    ------
    DataError
        If the rows do not say enough.
    """
    verdict = judge(model, gather_evidence(y, rows), needs)
    if not verdict.enough:
        raise DataError(
            f"the book says too little to train {model}",
            given="; ".join(verdict.reasons),
            allowed=(NEEDS.get(model, DEFAULT_NEEDS) if needs is None else needs).words,
            do="add key dates or history, or take the model that choose_model names",
            code="too_little_data",
        )
    return verdict


def choose_model(
    evidence: Evidence, ladder: Sequence[str] = TIME_LADDER, *, needs: Mapping[str, Evidence] | None = None
) -> Choice:
    """Return the first model of the ladder that may be trained, with the reasons against those before it.

    Parameters
    ----------
    evidence
        From ``gather_evidence``.
    ladder
        Names of models, the most demanding first.
    needs
        What some of them must reach, by name; by default what ``NEEDS`` says.

    Raises
    ------
    DataError
        If none may be trained; the last of either standard ladder always may.

    Examples
    --------
    >>> choose_model(Evidence(events=12)).model
    'DeclaredPrior'
    >>> choose_model(Evidence(60, 45, 6, 90), CLASSIFIER_LADDER).model
    'Scorecard'
    """
    asked = needs or {}
    verdicts = [judge(name, evidence, asked.get(name)) for name in ladder]
    for place, verdict in enumerate(verdicts):
        if verdict.enough:
            return Choice(verdict.model, tuple(verdicts[:place]))
    raise DataError(
        "no model of the ladder may be trained",
        given=evidence.words,
        allowed=list(ladder),
        do="end the ladder with DeclaredPrior or ExpertScore",
        code="too_little_data",
    )
