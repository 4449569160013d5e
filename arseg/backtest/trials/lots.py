"""Lots that anybody can draw again: from a seed, a name and a day, and nothing else.

A customer's lot must not hang on who else is in the book, on the order of rows, or on how often a run is repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def lots(names: Iterable[str], *, seed: int, purpose: str) -> Values:
    """Return one number in [0, 1) for each name, equal for equal names.

    Parameters
    ----------
    names
        Whom to draw for: customers, or groups that shall fare alike.
    seed
        The same seed draws the same lots.
    purpose
        What for; lots for another purpose are independent of these.

    Examples
    --------
    >>> one, two, again = lots(["A", "B", "A"], seed=1, purpose="holdout 2026-10-31").tolist()
    >>> one == again, one == two, 0 <= two < 1
    (True, False, True)
    """
    prefix = f"{seed}\x1f{purpose}\x1f".encode()
    drawn = (hashlib.blake2b(prefix + name.encode(), digest_size=8).digest() for name in names)
    # 53 bits fill a float; more would round up to 1.
    return np.array([(int.from_bytes(digest, "big") >> 11) / 2**53 for digest in drawn], dtype=np.float64)
