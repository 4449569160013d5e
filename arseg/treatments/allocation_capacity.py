"""The collectors and their hours, and what each of them can take on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from arseg.schema import UsageError
from arseg.schema.shown import AsWritten

# What a plain collector handles; experts' work needs no collector's hours.
PLAIN: Final = ("collector",)


@dataclass(frozen=True)
class Collector(AsWritten):
    """One collector: hours, and what he or she can take on.

    Parameters
    ----------
    name
        The name, as it stands on the worklist.
    hours
        Hours for this work in a day; the team's ``hours_per_day`` where None.
    portfolios, languages
        Portfolios and languages (ISO 639-1) of the customers; empty: any. A customer whose portfolio or
        language is not known can go to anybody.
    skills
        The handlings that he or she does.
    max_customers
        Customers in a day at most; None: as many as the hours hold.

    Raises
    ------
    UsageError
        If the name is empty, the hours are not within 0 to 24, or max_customers is below 0.

    Examples
    --------
    >>> Collector("Ana", hours=5, languages=("de", "en")).takes(portfolio="north", language="de")
    True
    """

    name: str
    hours: float | None = None
    portfolios: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = PLAIN
    max_customers: int | None = None

    def __post_init__(self) -> None:
        for words in ("portfolios", "languages", "skills"):
            object.__setattr__(self, words, _words(getattr(self, words), words, self.name))
        if not (isinstance(self.name, str) and self.name.strip()):
            raise UsageError(
                "a collector has no name", given=repr(self.name), allowed="a text", do="write name: Ana"
            )
        if self.hours is not None and not _are_hours(self.hours):
            raise UsageError(
                f"the hours of {self.name} are not a number of hours",
                given=repr(self.hours),
                allowed="0 to 24, or None for the team's",
                do="write hours: 6",
            )
        most = self.max_customers
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
            raise UsageError(
                f"max_customers of {self.name} is not a number of customers",
                given=repr(most),
                allowed="0 or more, or None for no limit",
                do="write max_customers: 40",
            )

    def takes(self, *, portfolio: str = "", language: str = "", skill: str = "collector") -> bool:
        """Whether work of this kind can go to this collector; an empty word is not known and binds nobody."""
        return (
            skill in self.skills
            and (not portfolio or not self.portfolios or portfolio in self.portfolios)
            and (not language or not self.languages or language in self.languages)
        )


@dataclass(frozen=True)
class Capacity(AsWritten):
    """The collectors and their hours.

    Parameters
    ----------
    collectors
        How many, or their names, or ``Collector`` records where they are not alike.
    hours_per_day
        Hours that each has for this work in a day, unless its record says otherwise.

    Raises
    ------
    UsageError
        If there is no collector, a name is empty or stands twice, or the hours are not within 0 to 24.

    Examples
    --------
    >>> Capacity(collectors=("Ana", Collector("Ben", hours=4)), hours_per_day=5.5).minutes
    570.0
    """

    collectors: int | tuple[str | Collector, ...] = 2
    hours_per_day: float = 6.0

    def __post_init__(self) -> None:
        declared: object = self.collectors
        if isinstance(declared, list):  # as YAML gives names
            object.__setattr__(self, "collectors", tuple(declared))
        if not _are_collectors(self.collectors):
            raise UsageError(
                "the collectors are neither a number nor names",
                given=repr(self.collectors),
                allowed="1 or more, or names that differ",
                do="write collectors: 2",
            )
        if not _are_hours(self.hours_per_day):
            raise UsageError(
                "hours_per_day is not a number of hours",
                given=repr(self.hours_per_day),
                allowed="0 to 24",
                do="write hours_per_day: 6",
            )
        object.__setattr__(self, "hours_per_day", float(self.hours_per_day))

    @property
    def team(self) -> tuple[Collector, ...]:
        """A record per collector; ``collector 1`` and so on where only their number is known."""
        if isinstance(self.collectors, int):
            return tuple(Collector(f"collector {number}") for number in range(1, self.collectors + 1))
        return tuple(Collector(one) if isinstance(one, str) else one for one in self.collectors)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the collectors, in order."""
        return tuple(collector.name for collector in self.team)

    @property
    def minutes_each(self) -> tuple[float, ...]:
        """Minutes of each collector in a day, in order."""
        return tuple(
            60.0 * (self.hours_per_day if collector.hours is None else collector.hours)
            for collector in self.team
        )

    @property
    def minutes(self) -> float:
        """Minutes of the whole team in a day."""
        return sum(self.minutes_each)

    @property
    def alike(self) -> bool:
        """Whether every collector can take on the same work."""
        return len({(c.portfolios, c.languages, c.skills, c.max_customers) for c in self.team}) == 1 and not (
            self.team[0].portfolios or self.team[0].languages
        )


def _words(value: object, name: str, collector: object) -> tuple[str, ...]:
    words = tuple(value) if isinstance(value, (list, tuple)) else None
    if words is None or not all(isinstance(word, str) and word for word in words):
        raise UsageError(
            f"{name} of {collector} are not words",
            given=repr(value),
            allowed="a list of words",
            do=f"write {name}: [{'en' if name == 'languages' else 'north'}]",
        )
    return words


def _are_collectors(value: object) -> bool:
    if isinstance(value, tuple):
        names = [one.name if isinstance(one, Collector) else one for one in value]
        named = all(isinstance(name, str) and name.strip() for name in names)
        return named and 0 < len(names) == len(set(names))
    return not isinstance(value, bool) and isinstance(value, int) and value >= 1


def _are_hours(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and 0 <= value <= 24
