"""What an experiment declares beside itself, section by section: typed, strict, frozen."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from arseg.schema import LEDGER

# Names become folders, file names and MLflow names, so nothing in them may mean anything there.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
LedgerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=1)]
Floor = Annotated[int, Field(ge=0)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Section(BaseModel):
    """A part of an experiment: unknown keys are refused, and nothing is converted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(Section):
    """A model or a policy: the class as it is written, with its plain parameters.

    ``label`` tells two policies of one class apart, in ``in_force`` and ``publish``; the class's name where empty.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    label: Name | None = None

    @property
    def named(self) -> str:
        """By which the experiment speaks of it."""
        return self.label or self.name


class FeatureChoice(Section):
    """Which blocks to compute, and on which engine.

    All where ``blocks`` is empty; more from ``folder``, relative to the home.
    """

    blocks: list[Name] | None = None
    folder: Text | None = None
    engine: Literal["duckdb", "spark"] = "duckdb"


class Hours(Section):
    """The collectors' capacity: people, and hours each per day."""

    collectors: Annotated[int, Field(ge=0)] = 2
    hours_per_day: Annotated[float, Field(gt=0, le=24)] = 6.0


class Training(Section):
    """How many past month-ends are landmarks, how many days late postings need to settle, how often to refit.

    ``refit_every`` counts key dates of the backtest from one fit to the next; ``valid_days`` how many days
    after its key date a model may still be used. ``embargo`` says whether ``settle_lag_days`` is taken as declared or
    measured on the book, ``window`` whether the last landmarks are trained on or all; see ``arseg.backtest.Plan``.
    """

    landmarks: Count = 12
    settle_lag_days: Annotated[int, Field(ge=0)] = 10
    refit_every: Count = 3
    valid_days: Count = 92
    embargo: Literal["declared", "measured"] = "declared"
    window: Literal["rolling", "expanding"] = "rolling"


class Gate(Section):
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


class Holdout(Section):
    """The randomised holdout: which share of the customers is treated as the segment next to its own, and the seed.

    Their chances are published with the assignments; loaded back, they let a later backtest say what a policy was worth.
    """

    share: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    seed: Annotated[int, Field(ge=0)] = 20260131


class KnownCut(Section):
    """A value from which on the desk treated customers otherwise, such as ``oldest_days_past_due`` at 31."""

    by: Name
    at: float | int


class KnownChange(Section):
    """A day from which on the desk's rule was another for some customers: ``region`` in ``[North]``."""

    on: Day
    by: Name
    where: Annotated[list[Text], Field(min_length=1)]


class Replay(Section):
    """The backtest: past key dates, days followed after each, bootstrap draws and their seed.

    Parameters
    ----------
    final_days
        Length of the final window, on which no choice is made; the horizon where None, 0 for none.
    warn_within_days
        How long an early warning may precede its loss.
    minute_cost
        Of a collector, reporting currency.
    cuts, rule_changes
        What is known of the desk's own rule: natural experiments, where nothing was drawn by lot.
    g_computation
        Whether a hazard learns what contacts do and the policies' paths of contacts are compared by it: about as long
        again as the model takes to learn.
    self_check
        How many small worlds with a known truth are analysed beside the book; 0 shows the reference that the
        benchmark left, where there is one.
    """

    key_dates: Count = 12
    horizon_days: Count = 90
    draws: Count = 500
    seed: Annotated[int, Field(ge=0)] = 20260131
    final_days: Floor | None = None
    warn_within_days: Count = 180
    minute_cost: Annotated[float, Field(ge=0)] = 0.8
    cuts: list[KnownCut] = Field(default_factory=list)
    rule_changes: list[KnownChange] = Field(default_factory=list)
    g_computation: bool = False
    self_check: Annotated[int, Field(ge=0, le=20)] = 0


class Quality(Section):
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


class Tracking(Section):
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
