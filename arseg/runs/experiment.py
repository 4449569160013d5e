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
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from arseg.declarations import read_declaration, validate
from arseg.runs.backtest_sections import Replay
from arseg.runs.forward_sections import CashForecast, ProvisionRules
from arseg.runs.limit_sections import Limits
from arseg.runs.publication_sections import PublicationTargets
from arseg.runs.report_sections import Report
from arseg.runs.sections import (
    Classifying,
    DailyRefresh,
    FeatureChoice,
    Gate,
    Holdout,
    Hours,
    LedgerName,
    Name,
    Part,
    Quality,
    Section,
    Text,
    Tracking,
    Training,
)


class Experiment(Section):
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
    features
        Which blocks are computed.
    model
        The model of time to payment.
    challengers
        Models that take its place where they foretell a later fold better.
    calibrate
        Whether each of them also stands for choice with its curves bent to a later fold.
    classifier
        A classifier of customers beside it, such as a scorecard; none where left out.
    gate
        What the book must say at least for a model to be taught on it.
    baselines
        Models that the chosen one is shown beside.
    policies
        The policies that the backtest compares.
    in_force
        Name (or label) of the policy that every other is compared with.
    publish
        Name (or label) of the policy whose segments are published.
    holdout
        The randomised holdout between adjacent segments; none where left out.
    playbook
        Name of a shipped playbook, or a file of the home.
    capacity
        The collectors and their hours.
    training
        What models learn from, and how long they may be used.
    backtest
        What is looked back on.
    quality
        What the ledger must be.
    daily
        What a daily refresh does past its champion's approval.
    publication
        Where the publication goes beside the home's folder.
    report
        The page's language, and what it may show.
    limits
        What a stage may take.
    tracking
        Where MLflow listens.

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
    classifier: Classifying | None = None
    baselines: list[Part] = Field(
        default_factory=lambda: [Part(name="KaplanMeierByTerms"), Part(name="CustomerMeanDelay")]
    )
    policies: Annotated[list[Part], Field(min_length=1)]
    in_force: str
    publish: str
    playbook: Text = "standard"
    capacity: Hours = Hours()
    holdout: Holdout | None = None
    training: Training = Training()
    backtest: Replay = Replay()
    quality: Quality = Quality()
    forecast: CashForecast = CashForecast()
    provision: ProvisionRules = ProvisionRules()
    daily: DailyRefresh = DailyRefresh()
    publication: PublicationTargets = PublicationTargets()
    report: Report = Report()
    limits: Limits = Limits()
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
        names = [part.named for part in parts]
        if len(set(names)) < len(names):
            problem = "each name once; give a label to the second of a class"
            raise ValueError(problem)
        written = [(part.name, part.parameters) for part in parts]
        if any(part in written[:place] for place, part in enumerate(written)):
            problem = "each with other parameters than those before it"
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
        known = [part.named for part in info.data.get("policies", ())]
        if known and name not in known:
            problem = f"one of the policies above: {', '.join(known)}"
            raise ValueError(problem)
        return name

    @field_validator("forecast")
    @classmethod
    def _plans_of_policies(cls, forecast: CashForecast, info: ValidationInfo) -> CashForecast:
        known = [part.named for part in info.data.get("policies", ())]
        asked = {scenario.contacts_of for scenario in forecast.scenarios} - {None}
        if known and asked - set(known):
            problem = f"contacts_of one of the policies above: {', '.join(known)}"
            raise ValueError(problem)
        return forecast

    @property
    def experiment_hash(self) -> str:
        """SHA-256 of everything that a result depends on but the key date, so that months of one experiment share it."""
        declared = self.model_dump(mode="json", exclude={"key_date", "limits"})
        return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()

    def playbook_in(self, home: Path, other: str | None = None) -> str | Path:
        """Return the playbook's name, or its path where the experiment names a file of the home.

        Parameters
        ----------
        home
            The home folder.
        other
            Another playbook, such as a scenario's.
        """
        name = other or self.playbook
        return home / name if "/" in name or name.endswith((".yaml", ".yml")) else name

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
