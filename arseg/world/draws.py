"""Where the world's chance comes from: one stream per purpose, and noise addressed by what it falls on.

A number drawn from a stream depends on every number drawn before it. Noise that must be the same under
another contact policy (common random numbers) is therefore not drawn but looked up, by the invoice and
the day it falls on.
"""

from __future__ import annotations

from enum import IntEnum, unique

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_INVOICE_STEP = np.uint64(0x9E3779B97F4A7C15)
_DAY_STEP = np.uint64(0xD1B54A32D192ED03)
_MIX_ONE = np.uint64(0xBF58476D1CE4E5B9)
_MIX_TWO = np.uint64(0x94D049BB133111EB)


@unique
class Purpose(IntEnum):
    """What a stream is for; a number once given is never given to another purpose."""

    CUSTOMERS = 1
    BEHAVIOUR = 2
    ECONOMY = 3
    INDICATORS = 4
    CREDIT = 5
    INVOICES = 6
    FATES = 7
    APPROVAL = 8
    POSTING_LAG = 9
    PAYMENT_FLOAT = 10
    ACTION = 11
    REACH = 12
    PROMISE = 13
    PROMISE_DAYS = 14
    RESTATEMENTS = 15
    CONTACT_DESK = 16
    COLLECTORS = 17
    PROMISE_KEPT = 18
    CHURN = 19
    TERMS = 20
    MISHAPS = 21


def stream(seed: int, purpose: Purpose) -> np.random.Generator:
    """Return the generator of a purpose.

    Examples
    --------
    >>> stream(7, Purpose.CREDIT).integers(100) == stream(7, Purpose.CREDIT).integers(100)
    np.True_
    """
    return np.random.default_rng([seed, int(purpose)])


def roll(seed: int, purpose: Purpose, subject: Ints, occasion: Ints | int, *, luck: int = 0) -> Floats:
    """Return the uniform number in [0, 1) that belongs to each subject on an occasion.

    Parameters
    ----------
    seed
        The world's seed.
    purpose
        What the number is for.
    subject
        Number of the invoice or customer.
    occasion
        Day, or number of the attempt; one for all subjects or one each.
    luck
        Which of many equally likely courses; 0 is the one that the book tells of.

    Returns
    -------
    One number per subject: the same whatever was rolled before, so two policies meet the same luck.

    Notes
    -----
    Two rounds of the finaliser of SplitMix64 (Steele, Lea and Flood 2014) over a counter.

    Examples
    --------
    >>> both = roll(7, Purpose.APPROVAL, np.array([3, 4]), 10)
    >>> bool(both[1] == roll(7, Purpose.APPROVAL, np.array([4]), 10)[0])
    True
    """
    entropy = [seed, int(purpose), luck] if luck else [seed, int(purpose)]
    key = np.random.SeedSequence(entropy).generate_state(1, np.uint64)
    mixed = _mix(np.atleast_1d(subject).astype(np.uint64) * _INVOICE_STEP + key)
    mixed = _mix(mixed + np.atleast_1d(occasion).astype(np.uint64) * _DAY_STEP)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * _MIX_ONE
    value = (value ^ (value >> np.uint64(27))) * _MIX_TWO
    return value ^ (value >> np.uint64(31))
