"""Independent pieces of work side by side, as many at a time as there are cores, with what they make in order.

In threads: DuckDB, Arrow, XGBoost and linear algebra let go of the interpreter while they work.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar, overload

Item = TypeVar("Item")
Result = TypeVar("Result")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

# What is made ahead of its reader waits in memory.
_MOST: Final = 4
_THREAD: Final = threading.local()


def workers() -> int:
    """Return how many pieces are worked on at a time."""
    return max(1, min(_MOST, os.cpu_count() or 1))


def is_beside() -> bool:
    """Return whether this thread works beside others: the cores are taken, and it should take no threads of its own."""
    return getattr(_THREAD, "beside", False)


def _begin() -> None:
    _THREAD.beside = True


def side_by_side(
    work: Callable[[Item], Result], items: Iterable[Item], *, at_once: int | None = None
) -> Iterator[Result]:
    """Yield what work makes of each item, in order; what is made ahead of its reader is no more than that and one.

    Parameters
    ----------
    work
        Runs in a thread, except on a machine of one core; what it raises is raised here, in its place.
    items
        One piece of work each.
    at_once
        How many at a time, each in a thread; ``workers()`` where None.

    Examples
    --------
    >>> list(side_by_side(len, ["one", "three"]))
    [3, 5]
    """
    count = at_once or workers()
    if at_once is None and count == 1:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(count, initializer=_begin) as pool:
        try:
            for item in items:
                if len(waiting) > count:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(work, item))
            while waiting:
                yield waiting.popleft().result()
        finally:
            # What nobody will read is not begun.
            for future in waiting:
                future.cancel()


@overload
def together(first: Callable[[], A], second: Callable[[], B], /) -> tuple[A, B]: ...
@overload
def together(
    first: Callable[[], A], second: Callable[[], B], third: Callable[[], C], /
) -> tuple[A, B, C]: ...
@overload
def together(*pieces: Callable[[], Result]) -> tuple[Result, ...]: ...
def together(*pieces: Callable[[], object]) -> tuple[object, ...]:
    """Do pieces of work side by side, and return what each made, in order; what one raises is raised here.

    Parameters
    ----------
    pieces
        Functions without parameters.

    Examples
    --------
    >>> together(lambda: "one", lambda: 3)
    ('one', 3)
    """
    return tuple(side_by_side(lambda piece: piece(), pieces))
