"""Groups too small to be shown: their figures would be those of persons.

A group of fewer customers than the threshold is hidden, and where a total stands beside the groups, so are as many
more of the smallest as it takes that no hidden one can be had by subtraction. The threshold is said on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from arseg.report.language import say
from arseg.report.wording import count

FEWEST: Final = 5
NOT_SHOWN: Final = "not shown"


def hidden(customers: Sequence[int | float | None], fewest: int = FEWEST) -> list[bool]:
    """Return which groups are hidden.

    Parameters
    ----------
    customers
        Of each group; a group of none, or of an unknown number, hides nothing.
    fewest
        Customers from which a group is shown.

    Returns
    -------
    list of bool
        The groups hidden hold together at least ``fewest`` customers and are at least two, or all that there are.

    Examples
    --------
    >>> hidden([120, 3, 40]), hidden([120, 3, 2, 40]), hidden([120, 40]), hidden([2])
    ([False, True, True], [False, True, True, False], [False, False], [True])
    """
    sizes = [0 if each is None else each for each in customers]
    away = [0 < each < fewest for each in sizes]
    if not any(away):
        return away
    for place in sorted(range(len(sizes)), key=lambda each: (sizes[each], each)):
        kept = [size for size, gone in zip(sizes, away, strict=True) if gone]
        if len(kept) > 1 and sum(kept) >= fewest:
            break
        away[place] = away[place] or sizes[place] > 0
    return away


def fewer(fewest: int = FEWEST) -> str:
    """Return what stands in place of a small number of customers."""
    return say("fewer than {count}", count=count(fewest))


def withheld(told: Any) -> Any:
    """Return a part of the summary with every number taken out and words in its place.

    Examples
    --------
    >>> withheld({"segment": "High", "exposure": {"raw": 1.0, "shown": "1"}})
    {'segment': 'High', 'exposure': {'raw': None, 'shown': 'not shown'}}
    """
    if isinstance(told, dict) and "shown" in told:
        return {name: say(NOT_SHOWN) if name == "shown" else None for name in told}
    if isinstance(told, dict):
        return {name: withheld(each) for name, each in told.items()}
    return told
