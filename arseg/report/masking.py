"""Groups too small to be shown: their figures would be those of persons.

A group of fewer customers than the threshold is hidden, and where a total stands beside the groups, so are as many
more of the smallest as it takes that no hidden one can be had by subtraction. Where only counts are told, the counts
that are large enough stand and the sum gives way instead. The threshold is said on the page.
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
    away = [is_small(each, fewest) for each in sizes]
    if not any(away):
        return away
    for place in sorted(range(len(sizes)), key=lambda each: (sizes[each], each)):
        kept = [size for size, gone in zip(sizes, away, strict=True) if gone]
        if len(kept) > 1 and sum(kept) >= fewest:
            break
        away[place] = away[place] or sizes[place] > 0
    return away


def is_small(customers: float, fewest: int = FEWEST) -> bool:
    """Return whether a count of customers is too small to be told; none at all is not."""
    return 0 < customers < fewest


def fewer(fewest: int = FEWEST) -> str:
    """Return what stands in place of a small number of customers."""
    return say("fewer than {count}", count=count(fewest))


def cells(customers: Sequence[int], fewest: int = FEWEST) -> list[str]:
    """Return what stands for each count of customers where no exact sum of them stands beside: all but the small ones.

    Examples
    --------
    >>> cells([12, 3])
    ['12', 'fewer than 5']
    """
    return [fewer(fewest) if is_small(each, fewest) else count(each) for each in customers]


def total(customers: Sequence[int], fewest: int = FEWEST) -> str:
    """Return the sum of counts that stand beside it as ``cells`` says them; not exact where it would give one away.

    Examples
    --------
    >>> total([12, 7]), total([12, 3]), total([3]), total([12, 3, 4]), total([])
    ('19', 'more than 12', 'fewer than 5', '19', '0')
    """
    small = [each for each in customers if is_small(each, fewest)]
    told = sum(customers) - sum(small)
    if not small or (len(small) > 1 and sum(small) >= fewest):
        return count(sum(customers))
    return say("more than {count}", count=count(told)) if told else fewer(fewest)


def customers_in_words(customers: Sequence[int], fewest: int = FEWEST) -> str:
    """Return ``total`` with its noun.

    Examples
    --------
    >>> customers_in_words([1, 12], 1), customers_in_words([1], 1), customers_in_words([12, 3])
    ('13 customers', '1 customer', 'more than 12 customers')
    """
    shown = total(customers, fewest)
    return say("{count} customer" if shown == "1" else "{count} customers", count=shown)


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
