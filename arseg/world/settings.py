"""What sets one world apart from another, and the named worlds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, TypeVar

from arseg.schema import UsageError
from arseg.schema.shown import AsWritten

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Setting(AsWritten):
    """How a world differs from a typical one.

    Parameters
    ----------
    legacy
        The contact policy that was in force; see ``arseg.world.legacy``.
    growth
        Growth of invoice counts per month; 0.04 is 4 %.
    distress
        Entries into distress, times those of a typical world.
    shared
        Weight of what moves all customers at once, the macro and industry factors; 0 makes them independent.
    friction
        Disputes, part and duplicate payments, unapplied cash, bounces and back-dated postings, times those of
        a typical world; 0 has none.
    lateness
        Days by which everybody approves payment later.
    confounding
        Largest factor by which what the collector alone sees moves the odds of an action away from those that
        are logged (Lambda of the marginal sensitivity model, science 4.3), in legacy mode ``confounded``.
    interference
        Share of a contact's effect that spreads to the other customers of the same group.
    even
        Whether sizes and traits are spread evenly, one customer per quantile, so that small books of the same
        world are alike. Without it customers are drawn one by one, as an interval that draws customers again
        takes them to be.
    """

    legacy: str = "stochastic"
    growth: float = 0.0
    distress: float = 1.0
    shared: float = 1.0
    friction: float = 1.0
    lateness: float = 0.0
    confounding: float = 2.0
    interference: float = 0.0
    even: bool = True


TYPICAL: Final = Setting()

WORLDS: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        "clean": Setting(friction=0.0, shared=0.0),
        "typical": TYPICAL,
        "stressed": Setting(distress=3.0, friction=1.5, lateness=4.0),
        "growth": Setting(growth=0.04),
        "deterministic": Setting(legacy="deterministic"),
        "confounded": Setting(legacy="confounded"),
        "rule_change": Setting(legacy="rule_change"),
    }
)


def setting_of(name: str) -> Setting:
    """Return the setting of a named world.

    Raises
    ------
    UsageError
        If there is none of that name.

    Examples
    --------
    >>> setting_of("growth").growth
    0.04
    """
    return one_named(name, WORLDS, "world")


def one_named(name: str, things: Mapping[str, Thing], what: str) -> Thing:
    """Return the thing of a name.

    Raises
    ------
    UsageError
        If there is none; it proposes the nearest name.
    """
    if name in things:
        return things[name]
    near = get_close_matches(name, things, n=1)
    raise UsageError(
        f"unknown {what}",
        given=repr(name),
        allowed=", ".join(things),
        do=f"write {near[0]}" if near else "choose one of them",
    )
