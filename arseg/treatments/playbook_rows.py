"""One row of the playbook: a treatment, and its variants for some customers."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Final, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from arseg.schema.shown import AsWritten
from arseg.treatments.stages import words

STRICT: Final = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

Channel = Literal["call", "email", "letter", "portal"]
Tone = Literal["nudge", "reminder", "firm"]
Handling = Literal["automatic", "collector", "expert"]

# Nothing waits longer than a year; beyond it days no longer fit into dates.
Hours = Annotated[float, Field(ge=0, le=366 * 24)]
Days = Annotated[int, Field(ge=1, le=366)]
Amount = Annotated[float, Field(ge=0)]
TemplateName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _as_tuple(value: object) -> object:
    """Read one word as a list of one, as people write it."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Words = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_as_tuple),
    Field(min_length=1, max_length=20),
]


class Treatment(AsWritten, BaseModel):
    """What a customer gets.

    ``deadline_hours`` counts from the key date, ``cadence_days`` lie between two contacts, ``minutes`` are
    collector minutes per contact, ``cost`` is in the reporting currency, and ``assumed_lift`` is the share
    of the balance likely unpaid that the treatment is assumed to bring in. ``template`` names the message;
    where none is declared, `default_template` does.
    """

    model_config = STRICT

    name: str = Field(min_length=1)
    channel: Channel
    tone: Tone
    handling: Handling
    deadline_hours: Hours
    cadence_days: Days
    minutes: Amount
    cost: Amount
    assumed_lift: float = Field(ge=0, le=1)
    template: TemplateName | None = None

    @model_validator(mode="after")
    def _only_collectors_spend_minutes(self) -> Treatment:
        if (self.minutes > 0) != (self.handling == "collector"):
            message = "minutes above 0 where a collector handles it, and 0 elsewhere"
            raise ValueError(message)
        return self


FIELDS: Final = tuple(Treatment.model_fields)


# Allowed words by column; a column that does not stand in it is free.
Box = Mapping[str, Collection[str]]


class Condition(BaseModel):
    """For whom a variant is: every word that is declared must be one of those listed."""

    model_config = STRICT

    industry: Words | None = None
    language: Words | None = None
    invoice_delivery: Words | None = None
    payment_method: Words | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if not self.box:
            message = f"one or more of {', '.join(Condition.model_fields)}"
            raise ValueError(message)
        return self

    @property
    def box(self) -> dict[str, tuple[str, ...]]:
        """The words by column of the customer scores; a column that does not stand here is free."""
        declared = {name: getattr(self, name) for name in Condition.model_fields}
        return {name: allowed for name, allowed in declared.items() if allowed}

    def __str__(self) -> str:
        return ", ".join(f"{name} {' or '.join(allowed)}" for name, allowed in self.box.items())

    def holds(self, scores: pd.DataFrame) -> np.ndarray:
        """Mark the customers for whom it holds, shape (n,); nobody where a column is absent."""
        held = np.ones(len(scores), dtype=bool)
        for name, allowed in self.box.items():
            held &= words(scores, name).isin(allowed).to_numpy()
        return held


class Variant(BaseModel):
    """What is other for some customers; what it does not name stays as in its row."""

    model_config = STRICT

    when: Condition | None = None
    name: Annotated[str, Field(min_length=1)] | None = None
    channel: Channel | None = None
    tone: Tone | None = None
    handling: Handling | None = None
    deadline_hours: Hours | None = None
    cadence_days: Days | None = None
    minutes: Amount | None = None
    cost: Amount | None = None
    assumed_lift: Annotated[float, Field(ge=0, le=1)] | None = None
    template: TemplateName | None = None

    @model_validator(mode="after")
    def _is_for_somebody_and_other(self) -> Variant:
        if self.when is None or not self.changes:
            message = "when: {...}, and one or more of " + ", ".join(FIELDS)
            raise ValueError(message)
        return self

    @property
    def condition(self) -> Condition:
        """For whom it is."""
        assert self.when is not None  # the validator refuses it
        return self.when

    @property
    def changes(self) -> dict[str, Any]:
        """What it makes other."""
        return self.model_dump(include=set(FIELDS), exclude_none=True)


class Row(Treatment):
    """A treatment and its variants; the first variant that holds for a customer wins."""

    variants: Annotated[tuple[Variant, ...], BeforeValidator(_as_tuple), Field(max_length=12)] = ()

    @model_validator(mode="after")
    def _variants_are_treatments_that_are_reached(self) -> Row:
        for place, variant in enumerate(self.variants):
            merged = self.model_dump(include={"handling", "minutes"}) | variant.changes
            if (merged["minutes"] > 0) != (merged["handling"] == "collector"):
                message = f"minutes above 0 where a collector handles it, and 0 elsewhere, also for {variant.condition}"
                raise ValueError(message)
            earlier = [before.condition.box for before in self.variants[:place]]
            if not is_reached(variant.condition.box, earlier):
                message = f"variants that are reached; those before it take all of {variant.condition}"
                raise ValueError(message)
        return self

    def treatment(self, variant: int = 0) -> Treatment:
        """Return the row's own treatment (0), or that of a variant (from 1)."""
        own = self.model_dump(include=set(FIELDS))
        changes = self.variants[variant - 1].changes if variant else {}
        return Treatment.model_construct(**own | changes)  # both were validated

    def variant_of(self, scores: pd.DataFrame) -> np.ndarray:
        """Return the variant of every customer, shape (n,): the first that holds, 0 where none does."""
        if not self.variants:
            return np.zeros(len(scores), dtype="int64")
        held = [variant.condition.holds(scores) for variant in self.variants]
        return np.select(held, range(1, len(held) + 1), default=0).astype("int64")


def is_reached(box: Box, earlier: Iterable[Box]) -> bool:
    """Tell whether a customer exists for whom ``box`` holds and nothing of ``earlier`` does.

    A column that ``box`` leaves free may hold a word that nobody lists: no customer escapes the earlier
    variants more easily. So only the listed words of ``box`` have to be tried.

    Examples
    --------
    >>> is_reached({"language": ["de", "es"]}, [{"language": ["de"]}, {"language": ["es"]}])
    False
    >>> is_reached({"language": ["de"]}, [{"language": ["de"], "industry": ["retail"]}])
    True
    """
    before = list(earlier)
    tried = (dict(zip(box, point, strict=True)) for point in itertools.product(*box.values()))
    return any(
        not any(
            all(name in point and point[name] in listed for name, listed in other.items()) for other in before
        )
        for point in tried
    )


def default_template(stage: str, tone: str) -> str:
    """Return the message that a treatment sends where it declares none; at law there is none.

    Examples
    --------
    >>> default_template("early", "reminder"), default_template("promise", "nudge")
    ('reminder', 'promise')
    """
    if stage in ("dispute", "promise"):
        return stage
    return "" if stage == "legal" else tone
