"""An experiment: one typed YAML file that says everything a run does, except on which day.

A misspelt key is an error with its line and the key that was meant; nothing is guessed and nothing
unknown is passed on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from arseg.declarations import read_declaration, validate
from arseg.schema import LEDGER

# Names become folders, file names and MLflow names, so nothing in them may mean anything there.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
LedgerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=1)]
Floor = Annotated[int, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(_Section):
    """A model or a policy: the class as it is written, with its plain parameters."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class FeatureChoice(_Section):
    """Which blocks to compute, and on which engine.

    All where ``blocks`` is empty; more from ``folder``, relative to the home.
    """

    blocks: list[Name] | None = None
    folder: Text | None = None
    engine: Literal["duckdb", "spark"] = "duckdb"


class Hours(_Section):
    """The collectors' capacity: people, and hours each per day."""

    collectors: Annotated[int, Field(ge=0)] = 2
    hours_per_day: Annotated[float, Field(gt=0, le=24)] = 6.0


class Training(_Section):
    """How many past month-ends are landmarks, how many days late postings need to settle, how often to refit.

    ``refit_every`` counts key dates of the backtest from one fit to the next; ``valid_days`` how many days
    after its key date a model may still be used.
    """

    landmarks: Count = 12
    settle_lag_days: Annotated[int, Field(ge=0)] = 10
    refit_every: Count = 3
    valid_days: Count = 92


class Gate(_Section):
    """What a book must say at least for the declared model and its challengers to be trained on it.

    Where one of the four is left out, ``arseg.models.gate.NEEDS`` says what the model needs; where the book
    falls short, the run takes a less demanding model and in the end the declared prior.

    Parameters
    ----------
    events
        Training rows that left the book.
    customers
        Distinct customers among them.
    key_dates
        Distinct key dates of training rows.
    followed_days
        Days that half of the training rows were followed.
    prior
        Parameters of ``DeclaredPrior``.
    when_vetoed
        Whether a run stops or stamps its report where the probabilities of every candidate are off.
    """

    events: Floor | None = None
    customers: Floor | None = None
    key_dates: Floor | None = None
    followed_days: Floor | None = None
    prior: dict[str, JsonValue] = Field(default_factory=dict)
    when_vetoed: Literal["stop", "stamp"] = "stamp"

    @property
    def asked(self) -> dict[str, int]:
        """The thresholds that the experiment declares itself."""
        return self.model_dump(
            include={"events", "customers", "key_dates", "followed_days"}, exclude_none=True
        )


class Replay(_Section):
    """The backtest: past key dates, days followed after each, bootstrap draws and their seed."""

    key_dates: Count = 12
    horizon_days: Count = 90
    draws: Count = 500
    seed: Annotated[int, Field(ge=0)] = 20260131


class Quality(_Section):
    """What a run asks of its ledger.

    Parameters
    ----------
    refuse_on
        From which severity of a finding on the run stops.
    max_age_days
        How many days before the key date the last row may have been known: by table, or one number for
        invoices and postings.
    when_stale
        Whether an input that is older, or not whole, stops the run or stamps its report.
    """

    refuse_on: Literal["error", "warning", "never"] = "error"
    max_age_days: int | dict[str, int] = 7
    when_stale: Literal["stop", "stamp"] = "stamp"

    @field_validator("max_age_days", mode="before")
    @classmethod
    def _days_of_tables(cls, ages: Any) -> Any:
        each = ages if isinstance(ages, dict) else {"invoices": ages}
        if not all(name in LEDGER and type(age) is int and age >= 0 for name, age in each.items()):
            problem = f"whole days from 0 on: one number, or one for some of {', '.join(LEDGER)}"
            raise ValueError(problem)
        return ages


class Tracking(_Section):
    """Where MLflow listens (the home's own SQLite store where empty), and the name it files under."""

    uri: Text | None = None
    name: Text | None = None

    @field_validator("uri")
    @classmethod
    def _no_secret(cls, uri: str | None) -> str | None:
        if uri is not None and re.search(r"//[^/]*@", uri):
            problem = (
                "an address without a password; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
            )
            raise ValueError(problem)
        return uri


class Experiment(_Section):
    """Everything that a run does, as declared.

    Parameters
    ----------
    name
        Names the publication and the report's folder.
    title
        The report's heading.
    ledger
        Name of the ledger in ``data/ledger``.
    key_date
        ISO day; the last month-end that the ledger knows where None.
    model
        The model of time to payment.
    challengers
        Models that take its place where they foretell a later fold better.
    calibrate
        Whether each of them also stands for choice with its curves bent to a later fold.
    baselines
        Models that the chosen one is shown beside.
    policies
        The policies that the backtest compares.
    in_force
        Name of the policy that every other is compared with.
    publish
        Name of the policy whose segments are published.

    Examples
    --------
    >>> one = Experiment(name="demo", ledger="demo", model=Part(name="DiscreteHazard"),
    ...                  policies=[Part(name="AgingBuckets")], in_force="AgingBuckets",
    ...                  publish="AgingBuckets")
    >>> one.resolved(dt.date(2026, 10, 31))["key_date"]
    '2026-10-31'
    """

    name: Name
    title: Text | None = None
    ledger: LedgerName
    key_date: str | None = None
    features: FeatureChoice = FeatureChoice()
    model: Part
    challengers: list[Part] = Field(default_factory=list)
    calibrate: bool = False
    gate: Gate = Gate()
    baselines: list[Part] = Field(
        default_factory=lambda: [Part(name="KaplanMeierByTerms"), Part(name="CustomerMeanDelay")]
    )
    policies: Annotated[list[Part], Field(min_length=1)]
    in_force: str
    publish: str
    playbook: Text = "standard"
    capacity: Hours = Hours()
    training: Training = Training()
    backtest: Replay = Replay()
    quality: Quality = Quality()
    tracking: Tracking = Tracking()

    @field_validator("key_date")
    @classmethod
    def _a_day(cls, day: str | None) -> str | None:
        if day is not None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            raise ValueError(_DAY)
        try:
            return day and dt.date.fromisoformat(day).isoformat()
        except ValueError:
            raise ValueError(_DAY) from None

    @field_validator("policies", "baselines")
    @classmethod
    def _each_once(cls, parts: list[Part]) -> list[Part]:
        names = [part.name for part in parts]
        if len(set(names)) < len(names):
            problem = "each name once"
            raise ValueError(problem)
        return parts

    @field_validator("challengers")
    @classmethod
    def _each_another(cls, parts: list[Part], info: ValidationInfo) -> list[Part]:
        declared = [part for part in (info.data.get("model"), *parts) if part is not None]
        if any(part in declared[:place] for place, part in enumerate(declared)):
            problem = "each another model than the declared one, or with other parameters"
            raise ValueError(problem)
        return parts

    @field_validator("in_force", "publish")
    @classmethod
    def _among_policies(cls, name: str, info: ValidationInfo) -> str:
        known = [part.name for part in info.data.get("policies", ())]
        if known and name not in known:
            problem = f"one of the policies above: {', '.join(known)}"
            raise ValueError(problem)
        return name

    @property
    def experiment_hash(self) -> str:
        """SHA-256 of everything declared but the key date, so that months of one experiment share it."""
        declared = self.model_dump(mode="json", exclude={"key_date"})
        return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()

    def playbook_in(self, home: Path) -> str | Path:
        """Return the playbook's name, or its path where the experiment names a file of the home."""
        is_file = "/" in self.playbook or self.playbook.endswith((".yaml", ".yml"))
        return home / self.playbook if is_file else self.playbook

    def blocks_in(self, home: Path) -> Path | None:
        """Return the folder with the experiment's own feature blocks, where it names one."""
        return home / self.features.folder if self.features.folder else None

    def resolved(self, key_date: dt.date) -> dict[str, Any]:
        """Return the JSON-safe record of what a run on that key date does, every default written out."""
        return self.model_dump(mode="json") | {"key_date": key_date.isoformat()}


_DAY = "a calendar day as YYYY-MM-DD"


def read_experiment(path: str | Path) -> Experiment:
    """Read one experiment file.

    Raises
    ------
    UsageError
        If the file is missing, is not YAML, or has an unknown, doubled, missing or wrong key.
    """
    return validate(read_declaration(path), Experiment)
