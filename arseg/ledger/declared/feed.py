"""A feed declares how one row of a source becomes one row of one table."""

from __future__ import annotations

import difflib
from typing import Literal

from pydantic import Field, model_validator

from arseg.ledger.declared.mapped import Declared, Mapped, Names, Values
from arseg.schema import LEDGER

Needs = tuple[tuple[str, ...], ...]


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
    only, never
        Make a row only where, or never where, each, or one, of these columns has one of these values.
    only_equal, never_equal
        Make a row only where the two columns say the same, or something else.
    only_sign
        Make a row only where the source's amount has this sign.
    keep_one
        The source repeats these rows (a customer on each of its invoices): of several with the
        same key the first in alphabetical order counts, and a version that repeats the one before is left out.
    keep
        ``last``: of several rows of an event log with the same key the last counts.
    """

    table: str
    columns: dict[str, Mapped] = Field(default_factory=dict)
    same_names: bool = False
    skip_row_when_empty: list[str] = Field(default_factory=list)
    only: Values = Field(default_factory=dict)
    never: Values = Field(default_factory=dict)
    only_equal: dict[str, str] = Field(default_factory=dict)
    never_equal: dict[str, str] = Field(default_factory=dict)
    only_sign: dict[str, Literal["positive", "negative", "nonzero"]] = Field(default_factory=dict)
    keep_one: bool = False
    keep: Literal["last"] | None = None

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
            if mapped.optional and (name in table.required or name == "due_date"):
                raise ValueError("optional only for a column that a row may lack")
            if mapped.assumed is not None and (name != "known_on" or mapped.assumed not in self.columns):
                raise ValueError("assumed only under known_on, naming another mapped column")
            if mapped.due_minus_days is not None and "due_date" not in self.columns:
                raise ValueError("due_minus_days only beside due_date")
        missing = [name for name in table.required if name not in self.columns]
        if missing and not self.same_names:
            raise ValueError(f"a mapping of {', '.join(missing)} too")
        return self

    @property
    def loose(self) -> bool:
        """Whether several source rows may make one row of the table."""
        return self.keep_one or self.keep is not None

    @property
    def filtered(self) -> bool:
        """Whether it may make no row of a source row."""
        return bool(
            self.skip_row_when_empty
            or self.only
            or self.never
            or self.only_equal
            or self.never_equal
            or self.only_sign
        )

    @property
    def reads(self) -> Needs:
        """Source columns without which the feed cannot work, in order, once each; of each the alternatives."""
        named = [need for m in self.columns.values() if not m.optional for need in m.reads]
        own = [n for n in LEDGER[self.table].required if n not in self.columns] if self.same_names else []
        compared = [c for pair in (*self.only_equal.items(), *self.never_equal.items()) for c in pair]
        filters = [*self.skip_row_when_empty, *self.only, *self.never, *compared, *self.only_sign]
        return tuple(dict.fromkeys([*((n,) for n in own), *named, *((n,) for n in filters)]))

    def mappings(self, header: Names) -> dict[str, Mapped]:
        """Return where each column of the table comes from, given the source's header."""
        present = frozenset(header)
        found = {n: Mapped(column=[n]) for n in LEDGER[self.table].names if self.same_names and n in present}
        chosen = {name: mapped.resolved(present) for name, mapped in self.columns.items()}
        return found | {name: mapped for name, mapped in chosen.items() if mapped is not None}
