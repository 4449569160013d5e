"""A feed declares how one row of a source becomes one row of a table, by a few small operations."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from arseg.schema import LEDGER

# What each directive of a date format may look like, so that nothing loose slips through.
DIRECTIVES: Final = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
    "%b": r"[A-Za-z]{3}",
    "%B": r"[A-Za-z]+",
    "%H": r"\d{1,2}",
    "%M": r"\d{1,2}",
    "%S": r"\d{1,2}",
}
ISO_DAY: Final = "%Y-%m-%d"


def _check_format(text: str) -> str:
    found = re.findall(r"%.?", text)
    unknown = [item for item in found if item not in DIRECTIVES]
    letters = {item[1:].lower() for item in found if item in {"%Y", "%y", "%m", "%b", "%B", "%d"}}
    if unknown or not letters & {"y"} or not letters & {"m", "b"} or not letters & {"d"}:
        raise ValueError(f"a date format with a year, a month and a day out of {', '.join(DIRECTIVES)}")
    return text


DateFormat = Annotated[str, BeforeValidator(_check_format)]


class Declared(BaseModel):
    """What a user declares: exact types, no unknown key."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Mapped(Declared):
    """Where one column comes from, and the small operations on the way; exactly one origin.

    Parameters
    ----------
    column
        Origin: a column of the source.
    constant
        Origin: the same text in every row.
    content_id
        Origin: an id made from the SHA-256 of these columns, for sources without one.
    due_minus_days
        Origin: the row's ``due_date`` less so many days.
    assumed
        Origin, for ``known_on`` only: the event day stands in for the second clock.
    date
        Format of the day, where it is not the source's.
    map
        Text to text; a value that is not listed is quarantined.
    strip_suffix
        Cut this off the end where it stands there, as ``.0`` of an id that went through a float.
    pad_left
        Fill up with zeros to this width, where the text is digits only.
    prefix
        Put this in front.
    """

    column: str | None = None
    constant: str | None = None
    content_id: list[str] | None = Field(default=None, min_length=1)
    due_minus_days: int | None = None
    assumed: str | None = None
    date: DateFormat | None = None
    map: dict[str, str] | None = Field(default=None, min_length=1)
    strip_suffix: str | None = None
    pad_left: Annotated[int, Field(ge=1, le=64)] | None = None
    prefix: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Mapped:
        origins = (self.column, self.constant, self.content_id, self.due_minus_days, self.assumed)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("exactly one of column, constant, content_id, due_minus_days, assumed")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the source columns that it reads."""
        return (self.column,) if self.column is not None else tuple(self.content_id or ())


class Feed(Declared):
    """How a row of the source becomes a row of one table.

    Parameters
    ----------
    table
        One of the nine tables.
    columns
        Where each column comes from; columns left out stay empty.
    same_names
        Take every column of the table from the source column of that name.
    skip_row_when_empty
        Make no row of this table where one of these source columns is empty.
    keep_one
        The source repeats these rows (a customer on each of its invoices): of several with the
        same key the first in alphabetical order counts, and a version that repeats the one before is left out.
    """

    table: str
    columns: dict[str, Mapped] = Field(default_factory=dict)
    same_names: bool = False
    skip_row_when_empty: list[str] = Field(default_factory=list)
    keep_one: bool = False

    @model_validator(mode="after")
    def _known_words(self) -> Feed:
        if self.table not in LEDGER:
            raise ValueError(f"table one of {', '.join(LEDGER)}")
        table = LEDGER[self.table]
        for name, mapped in self.columns.items():
            if name not in table.names:
                near = difflib.get_close_matches(name, table.names, n=1)
                raise ValueError(
                    f"columns of {table.name}{f' ({near[0]!r} is near {name!r})' if near else ''}"
                )
            if mapped.assumed is not None and (name != "known_on" or mapped.assumed not in self.columns):
                raise ValueError("assumed only under known_on, naming another mapped column")
            if mapped.due_minus_days is not None and "due_date" not in self.columns:
                raise ValueError("due_minus_days only beside due_date")
        missing = [name for name in table.required if name not in self.columns]
        if missing and not self.same_names:
            raise ValueError(f"a mapping of {', '.join(missing)} too")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the source columns without which the feed cannot work, in order, once each."""
        named = [column for mapped in self.columns.values() for column in mapped.reads]
        own = [n for n in LEDGER[self.table].required if n not in self.columns] if self.same_names else []
        return tuple(dict.fromkeys([*own, *named, *self.skip_row_when_empty]))

    def mappings(self, header: list[str]) -> dict[str, Mapped]:
        """Return where each column of the table comes from, given the source's header."""
        found = {n: Mapped(column=n) for n in LEDGER[self.table].names if self.same_names and n in header}
        return found | self.columns
