"""What an experiment declares beside itself, section by section: typed, strict, frozen."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from arseg.runs.secret import holds_password
from arseg.schema import LEDGER
from arseg.schema.shown import AsWritten

# Names become folders, file names and MLflow names, so nothing in them may mean anything there.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
LedgerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
ClassName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
# Of the environment.
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
Count = Annotated[int, Field(ge=1)]
Floor = Annotated[int, Field(ge=0)]


class Section(AsWritten, BaseModel):
    """A part of an experiment: unknown keys are refused, and nothing is converted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(Section):
    """A model or a policy: the class as it is written, with its plain parameters.

    Parameters
    ----------
    name
        The class.
    parameters
        Its parameters by name; the others keep their defaults.
    label
        Tells two policies of one class apart, in ``in_force`` and ``publish``; the class's name where empty.
    """

    name: ClassName
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    label: Name | None = None

    @property
    def named(self) -> str:
        """By which the experiment speaks of it."""
        return self.label or self.name


class FeatureChoice(Section):
    """Which blocks to compute, and on which engine.

    Parameters
    ----------
    blocks
        Names of the blocks; all where left out.
    folder
        Where more of them lie, one ``.sql`` file each, relative to the home.
    engine
        What runs them.
    """

    blocks: list[Name] | None = None
    folder: Text | None = None
    engine: Literal["duckdb", "spark"] = "duckdb"


class Desk(Section):
    """One collector: hours, and what he or she can take on.

    Parameters
    ----------
    name
        As it stands on the worklist.
    hours
        Hours for this work in a day; the team's ``hours_per_day`` where left out.
    languages, portfolios
        Of the customers; any where empty.
    skills
        Handlings of the playbook that he or she does.
    max_customers
        Customers in a day at most; as many as the hours hold where left out.
    """

    name: Text
    hours: Annotated[float, Field(ge=0, le=24)] | None = None
    languages: list[Text] = Field(default_factory=list)
    portfolios: list[Text] = Field(default_factory=list)
    skills: Annotated[list[Text], Field(min_length=1)] = Field(default_factory=lambda: ["collector"])
    max_customers: Floor | None = None


class Hours(Section):
    """The collectors' capacity: people, and hours each per day.

    Parameters
    ----------
    collectors
        How many there are, where they are alike.
    hours_per_day
        Hours that each has for this work in a day.
    team
        Who they are, where they are not alike; ``collectors`` is then not read.
    """

    collectors: Annotated[int, Field(ge=0)] = 2
    hours_per_day: Annotated[float, Field(gt=0, le=24)] = 6.0
    team: list[Desk] = Field(default_factory=list)

    @field_validator("team")
    @classmethod
    def _each_once(cls, team: list[Desk]) -> list[Desk]:
        names = [desk.name for desk in team]
        if len(set(names)) < len(names):
            problem = "each name once"
            raise ValueError(problem)
        return team


class Training(Section):
    """How many past month-ends are landmarks, how many days late postings need to settle, how often to refit.

    Parameters
    ----------
    landmarks
        Past month-ends.
    settle_lag_days
        Days that late postings are waited for.
    refit_every
        Key dates of the backtest from one fit to the next.
    most_rows
        Items of all landmarks together that a fit learns from; of more, so many are drawn by lot.
    valid_days
        Days after its key date that a model may still be used.
    embargo
        Whether ``settle_lag_days`` is taken as declared or measured on the book; see ``arseg.backtest.Plan``.
    window
        Whether the last landmarks are trained on, or all of them.
    """

    landmarks: Count = 12
    settle_lag_days: Annotated[int, Field(ge=0)] = 10
    refit_every: Count = 3
    most_rows: Count = 300_000
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
    """The randomised holdout: some customers are treated as the segment next to their own, by lot.

    Their chances are published with the assignments; loaded back, they let a later backtest say what a policy was worth.

    Parameters
    ----------
    share
        Of the customers.
    seed
        Of the lots.
    """

    share: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    seed: Annotated[int, Field(ge=0)] = 20260131


class Classifying(Section):
    """A classifier of customers that a run teaches beside its curves; a ``Scorecard`` publishes its card.

    Parameters
    ----------
    name, parameters
        The class and its parameters; the weighted score that needs no teaching is the policy ``WeightedScore``.
    days
        Days after a key date within which a customer turns bad: an item written off, or 90 days past due.
    min_share
        Share of the open balance that has to turn bad; 0 says that any item suffices.
    """

    name: Literal["Scorecard", "BoostedClassifier"] = "Scorecard"
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    days: Count = 90
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.0


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


class DailyRefresh(Section):
    """What a daily refresh does past the day until which its champion is approved.

    Parameters
    ----------
    when_overdue
        Whether it stops, or stamps its page and ends with exit code 1.
    """

    when_overdue: Literal["stop", "stamp"] = "stamp"


class Tracking(Section):
    """Where MLflow listens, and the name it files under.

    Parameters
    ----------
    uri
        Its address, without a password; the home's own SQLite store where left out.
    uri_env
        Environment variable that holds the address, with or without a password.
    uri_file
        File that holds it, relative to the home.
    name
        Of the MLflow experiment; the experiment's own where left out.
    """

    uri: Text | None = None
    uri_env: Variable | None = None
    uri_file: Text | None = None
    name: Text | None = None

    @field_validator("uri")
    @classmethod
    def _no_secret(cls, uri: str | None) -> str | None:
        if uri is not None and holds_password(uri):
            problem = "an address without a password; name where it stands with uri_env or uri_file"
            raise ValueError(problem)
        return uri

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(each is not None for each in (self.uri, self.uri_env, self.uri_file)) > 1:
            problem = "at most one of uri, uri_env and uri_file"
            raise ValueError(problem)
        return self
