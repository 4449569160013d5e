"""A layout declares how the files of one source become the nine tables; nothing is inferred.

Everything that could be guessed (encoding, marks, date formats, currency, which column is what) is
written down once, in YAML, and every assumption is a sentence that the ledger repeats.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from arseg.declarations import read_declaration, validate
from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.declared.mapped import Declared
from arseg.ledger.declared.source import Source
from arseg.schema import UsageError, parse_day

SHIPPED: Final = Path(__file__).parents[1] / "layouts"


def _read_day(value: object) -> object:
    return parse_day(value, name="the day") if isinstance(value, str) else value


Day = Annotated[dt.date, BeforeValidator(_read_day)]


class Reporting(Declared):
    """The reporting currency, and what one unit of each currency is worth in it.

    Parameters
    ----------
    currency
        ISO 4217.
    rates
        Reporting units per unit; the reporting currency's own may be left out.
    rates_file, rates_on
        Name of a CSV file beside the sources (``currency,valid_from,rate``) and the day whose rates count;
        without a day the file must have one rate per currency.
    complete_to
        Day to which the postings are complete, where the source says so.
    notes
        What the ledger should repeat, in sentences.
    """

    currency: str
    rates: dict[str, Annotated[float, Field(gt=0, lt=1e9)]] = Field(default_factory=dict)
    rates_file: str | None = None
    rates_on: Day | None = None
    complete_to: Day | None = None
    notes: list[str] = Field(default_factory=list)


class Limits(Declared):
    """How much may be rejected before the load is refused, and which days are believed.

    Parameters
    ----------
    rows, amount
        Largest share of rows, and of their amount, that may be rejected; exact repeats do not count.
    earliest, latest
        Days outside are rejected.
    years_ahead
        A day further than this after the row was known is rejected.
    restated
        Largest share of the ledger's rows that one later load may change.
    """

    rows: Annotated[float, Field(ge=0, le=1)] = 0.01
    amount: Annotated[float, Field(ge=0, le=1)] = 0.005
    earliest: Day = dt.date(1990, 1, 1)
    latest: Day = dt.date(2059, 12, 31)
    years_ahead: Annotated[int, Field(ge=1, le=100)] = 10
    restated: Annotated[float, Field(ge=0, le=1)] = 0.2


class Layout(Declared):
    """How the files of one system become a ledger.

    Parameters
    ----------
    name, title
        A word and a line.
    reporting
        The reporting currency; where empty, ``about_file`` says it, else the only currency present.
    about_file
        Name of a JSON file beside the sources: ``{"currency": "EUR", "rates": {"EUR": 1.0}}``.
    limits
        When a load is refused.
    bounds
        How large a source may be, and how far it may unpack.
    sources
        The kinds of file.
    notes
        What the layout assumes, in sentences.
    """

    name: str
    title: str
    reporting: Reporting | None = None
    about_file: str | None = None
    limits: Limits = Limits()
    bounds: Bounds = Bounds()
    sources: list[Source] = Field(min_length=1)
    notes: list[str] = Field(default_factory=list)

    @property
    def hash(self) -> str:
        """SHA-256, hexadecimal, of what is declared."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def shipped_layouts() -> tuple[str, ...]:
    """Return the names of the layouts that come with the package.

    Examples
    --------
    >>> "arseg" in shipped_layouts()
    True
    """
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def read_layout(layout: str | Path) -> Layout:
    """Read a shipped layout by its name, or a file of one's own by its path.

    Parameters
    ----------
    layout
        A shipped name, or a path that ends in ``.yaml`` or ``.yml``.

    Raises
    ------
    UsageError
        If there is none of that name, or the file declares something wrong (with its line).

    Examples
    --------
    >>> read_layout("ibm_ar").reporting.currency
    'USD'
    """
    if Path(layout).suffix in {".yaml", ".yml"}:
        return validate(read_declaration(layout), Layout)
    if str(layout) not in shipped_layouts():
        near = difflib.get_close_matches(str(layout), shipped_layouts(), n=1)
        raise UsageError(
            f"there is no layout {str(layout)!r}",
            given=layout,
            allowed=f"{', '.join(shipped_layouts())} or a .yaml file",
            do=f"write {near[0]!r}" if near else "name one of these or a file of your own",
            code="no_layout",
        )
    return validate(read_declaration(SHIPPED / f"{layout}.yaml"), Layout)
