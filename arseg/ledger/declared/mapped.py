"""Where one column of a table comes from, and the small declared operations on the way."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from arseg.ledger.declared.day_format import DateFormats


class Declared(BaseModel):
    """What a user declares: exact types, no unknown key."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def as_names(value: object) -> object:
    """Return one name as a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], Field(min_length=1), BeforeValidator(as_names)]
# By column, the texts that are meant.
Values = dict[str, Names]


class Sign(Declared):
    """The sign stands in another column: negative where that says one of these."""

    column: str
    negative: Names


class Term(Declared):
    """One term of a running amount in an event log.

    Parameters
    ----------
    column
        An amount of the source; empty where an event says nothing of it.
    how
        ``last``: what was said last up to this row; ``sum``: of all up to this row; ``increase``: growth
        of what was said last since the row before.
    minus
        Whether the term is taken off.
    """

    column: str
    how: Literal["last", "sum", "increase"]
    minus: bool = False


class Carried(Declared):
    """In an event log: what was said last in a column up to this row, on rows with one of these values."""

    column: str
    only: Values = Field(default_factory=dict)


class PlusDays(Declared):
    """A day and so many days: a fixed number, or the first of these columns that is a number and not zero."""

    day: str
    days: list[str] | Annotated[int, Field(ge=-3660, le=3660)]

    @property
    def counted(self) -> list[str]:
        """Columns that hold the number of days."""
        return self.days if isinstance(self.days, list) else []


ORIGINS: Final = (
    "column", "constant", "content_id", "joined", "first_of", "latest_of", "plus_days", "due_minus_days",
    "assumed", "running", "carried",
)  # fmt: skip


class Mapped(Declared):
    """Where one column comes from, and the small operations on the way; exactly one origin.

    Parameters
    ----------
    column
        Origin: a column of the source; of several names the first that the header has.
    constant
        Origin: the same text in every row.
    content_id
        Origin: an id made from the SHA-256 of these columns, for sources without one.
    joined
        Origin: these columns with ``separator`` between them; empty where one is empty.
    first_of
        Origin: the first of these columns that is not empty.
    latest_of
        Origin: the latest day of these columns.
    plus_days
        Origin: a day and so many days.
    due_minus_days
        Origin: the row's ``due_date`` less so many days.
    assumed
        Origin, for ``known_on`` only: the event day stands in for the second clock.
    running
        Origin, in an event log: the sum of these terms up to the row.
    carried
        Origin, in an event log: what an earlier row of the case said.
    separator
        Between ``joined`` columns.
    date
        Format or formats of the day, where they are not the source's.
    strip_prefix, strip_suffix
        Cut this off where it stands there, as ``.0`` of an id that went through a float.
    pad_left
        Fill up with zeros to this width, where the text is digits only.
    map, otherwise
        Text to text; a value that is not listed becomes ``otherwise``, or is quarantined where there is none.
    prefix
        Put this in front.
    negate, absolute, sign
        Of an amount: turn its sign, drop it, or take it from another column.
    optional
        Leave the column empty where the header lacks the source's.
    """

    column: Names | None = None
    constant: str | None = None
    content_id: Names | None = None
    joined: Names | None = None
    first_of: Names | None = None
    latest_of: Names | None = None
    plus_days: PlusDays | None = None
    due_minus_days: int | None = None
    assumed: str | None = None
    running: Annotated[list[Term], Field(min_length=1)] | None = None
    carried: Carried | None = None
    separator: str = "-"
    date: DateFormats | None = None
    strip_prefix: str | None = None
    strip_suffix: str | None = None
    pad_left: Annotated[int, Field(ge=1, le=64)] | None = None
    map: dict[str, str] | None = Field(default=None, min_length=1)
    otherwise: str | None = None
    prefix: str | None = None
    negate: bool = False
    absolute: bool = False
    sign: Sign | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Mapped:
        if sum(getattr(self, origin) is not None for origin in ORIGINS) != 1:
            raise ValueError(f"exactly one of {', '.join(ORIGINS)}")
        if self.otherwise is not None and self.map is None:
            raise ValueError("otherwise only beside map")
        return self

    @property
    def reads(self) -> tuple[tuple[str, ...], ...]:
        """Names of the source columns that it reads; of each the alternatives."""
        made = [tuple(self.column)] if self.column else [(name,) for name in self.made_of]
        counted = self.plus_days.counted if self.plus_days else []
        chosen = self.carried.only if self.carried else {}
        signed = [self.sign.column] if self.sign else []
        return tuple(dict.fromkeys([*made, *((name,) for name in (*counted, *chosen, *signed))]))

    @property
    def made_of(self) -> tuple[str, ...]:
        """Source columns whose text becomes the value; those that only choose or count are left out."""
        several = self.column or self.content_id or self.joined or self.first_of or self.latest_of or []
        events = [term.column for term in self.running or ()] + (
            [self.carried.column] if self.carried else []
        )
        day = [self.plus_days.day] if self.plus_days else []
        return tuple(dict.fromkeys([*several, *day, *events]))

    def resolved(self, header: frozenset[str]) -> Mapped | None:
        """Return the mapping for a file's header: one name per column; None where it may and must do without."""
        if self.optional and not all(header & set(names) for names in self.reads):
            return None
        if self.column is None or len(self.column) == 1:
            return self
        chosen = next((name for name in self.column if name in header), self.column[0])
        return self.model_copy(update={"column": [chosen]})

    @property
    def source_column(self) -> str:
        """The one column it reads, where ``column`` is its origin; else empty."""
        return self.column[0] if self.column else ""
