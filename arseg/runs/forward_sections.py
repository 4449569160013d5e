"""What an experiment declares of the days to come: the cash forecast, and the provision for what will not come."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from arseg.runs.sections import Count, Floor, Name, Section, Text

Share = Annotated[float, Field(ge=0, le=1)]
Variance = Annotated[float, Field(ge=0, le=10)]
Method = Literal["vintages", "roll_rates", "transitions", "model"]
METHODS: tuple[Method, ...] = ("vintages", "roll_rates", "transitions", "model")


class Together(Section):
    """How items leave together, as ``arseg.forecast.Dependence``: variances of the paces, and a chance.

    Parameters
    ----------
    customer, book, week
        Variance of the pace of a customer, of the whole book, of a single week; 0 for independence.
    together
        Chance that an item shares its customer's luck.
    """

    customer: Variance = 0.25
    book: Variance = 0.01
    week: Variance = 0.01
    together: Share = 0.5


def _kind(given: object) -> str:
    """Return which kind of dependence is given, so that a wrong value is told of that kind alone."""
    return "word" if isinstance(given, str) else "values"


Dependent = Annotated[
    Annotated[Literal["fitted"], Tag("word")] | Annotated[Together, Tag("values")], Discriminator(_kind)
]


class CashScenario(Section):
    """One other course of things: customers that stop paying, longer terms, other sales, other contacts.

    Parameters
    ----------
    name
        In the tables and on the page.
    stops_paying
        Ids of customers who pay nothing any more.
    terms_days
        Days by which everything is due, and leaves, later.
    sales
        Sales to come are times this.
    contacts_of
        A declared policy whose contacts are made from the key date on, instead of those of the policy in force.
    playbook
        From which those contacts come; the experiment's where left out.
    """

    name: Name
    stops_paying: list[Text] = Field(default_factory=list)
    terms_days: Floor = 0
    sales: Annotated[float, Field(ge=0, le=10)] = 1.0
    contacts_of: Text | None = None
    playbook: Text | None = None

    @model_validator(mode="after")
    def _a_plan_has_a_policy(self) -> Self:
        if self.playbook is not None and self.contacts_of is None:
            problem = "contacts_of, the policy whose contacts the playbook turns into a plan"
            raise ValueError(problem)
        return self


class CashForecast(Section):
    """The cash forecast: weeks ahead, futures drawn, whether sales to come are in it, scenarios.

    Parameters
    ----------
    weeks
        Ahead.
    draws
        Futures.
    seed
        Of their luck.
    new_sales
        Whether sales to come are in it.
    promises
        Whether open promises change the curves; a model that reads their block knows them already.
    dependence
        ``fitted`` to the backtest's past forecasts whose weeks are over, with the values below where those are too few;
        or the values.
    scenarios
        Other courses of things.
    """

    weeks: Annotated[int, Field(ge=1, le=52)] = 13
    draws: Annotated[int, Field(ge=100, le=10_000)] = 1000
    seed: Floor = 20260131
    new_sales: bool = True
    promises: bool = False
    dependence: Dependent = "fitted"
    scenarios: list[CashScenario] = Field(
        default_factory=lambda: [
            CashScenario(name="terms_plus_15", terms_days=15),
            CashScenario(name="sales_minus_20", sales=0.8),
        ]
    )

    @field_validator("scenarios")
    @classmethod
    def _each_once(cls, scenarios: list[CashScenario]) -> list[CashScenario]:
        names = [scenario.name for scenario in scenarios]
        if len(set(names)) < len(names):
            problem = "each name once"
            raise ValueError(problem)
        return scenarios


class LossView(Section):
    """One view of what is to come: its weight, and what the rates of the past are times.

    Parameters
    ----------
    name
        In the statement.
    weight
        All weights sum to 1.
    scalar
        The rates are times this, within ``cap``.
    """

    name: Name
    weight: Share
    scalar: Annotated[float, Field(gt=0)]


class Exclusions(Section):
    """What leaves the pool before a rate is applied.

    Parameters
    ----------
    related_parties
        Ids of customers of the own group.
    specific
        Customers judged alone: the share of their open balance that is provided for.
    dilution
        Whether the credit notes that the model expects leave the pool.
    insured
        Whether the insured part, from the ledger's ``credit``, leaves the pool.
    vat
        Rate of recoverable value-added tax on top of the net amount; 0.19 is 19 %.
    """

    related_parties: list[Text] = Field(default_factory=list)
    specific: dict[str, Share] = Field(default_factory=dict)
    dilution: bool = True
    insured: bool = True
    vat: Share = 0.0


class ProvisionRules(Section):
    """The provision: methods (the first decides), loss given default, the view of what is to come, exclusions.

    Parameters
    ----------
    methods
        The first decides, the others are held against it.
    loss_given_default
        Share of a written-off balance that is lost for good; for the methods from history as well.
    effective_rate
        Yearly rate by which the model's losses are discounted.
    mature_days
        Days after due until an invoice tells its loss.
    unpaid_is_lost
        Whether what is open so long after due counts as lost in the vintages.
    forward_looking
        ``scenario`` weighs the scenarios; ``asu2025_05`` takes the expedient of that update; ``none`` says so.
    scenarios, cap
        Views of what is to come, and the scalars that count at least and at most.
    subsequent_collections
        Whether cash after the key date leaves the pool; only with ``asu2025_05``.
    monotone
        Whether rates are made non-decreasing with age.
    tolerance
        Share of the first method's allowance within which another agrees.
    exclude
        What leaves the pool.
    """

    methods: Annotated[list[Method], Field(min_length=1)] = Field(default_factory=lambda: list(METHODS))
    loss_given_default: Share = 1.0
    effective_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    mature_days: Count = 270
    unpaid_is_lost: bool = True
    forward_looking: Literal["none", "scenario", "asu2025_05"] = "none"
    scenarios: list[LossView] = Field(default_factory=list)
    cap: list[Annotated[float, Field(gt=0)]] = Field(
        default_factory=lambda: [0.7, 2.0], min_length=2, max_length=2
    )
    subsequent_collections: bool = False
    monotone: bool = True
    tolerance: Share = 0.10
    exclude: Exclusions = Exclusions()

    @field_validator("methods")
    @classmethod
    def _each_once(cls, methods: list[Method]) -> list[Method]:
        if len(set(methods)) < len(methods):
            problem = "each method once"
            raise ValueError(problem)
        return methods
