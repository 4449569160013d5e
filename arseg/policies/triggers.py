"""Hard triggers: facts that put a customer in High at once, whatever margin, review or dwell would say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.admission import admit
from arseg.policies.checks import checked_number
from arseg.schema import UsageError

# Column -> whether it fires from its limit on (+1) or up to it (-1), and in which words.
_KNOWN: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "failure_risk": (1, "insolvency within a year is {percent:.0f} % likely"),
        "promise_broken_days": (-1, "a promise was broken {value:.0f} days ago"),
        "payer_jumped": (1, "the latest payment came out of the blue"),
    }
)

TRIGGERS: Final[Mapping[str, float]] = MappingProxyType(
    {"failure_risk": 0.5, "promise_broken_days": 30.0, "payer_jumped": 1.0}
)


def checked_triggers(triggers: object) -> Mapping[str, float]:
    """Return limits by column, read-only and in the order of the words; an empty mapping has no trigger.

    Raises
    ------
    UsageError
        If a column has no trigger, or a limit is no number.

    Examples
    --------
    >>> dict(checked_triggers({"payer_jumped": 1, "failure_risk": 0.2}))
    {'failure_risk': 0.2, 'payer_jumped': 1.0}
    """
    unknown = [name for name in triggers if name not in _KNOWN] if isinstance(triggers, Mapping) else ["?"]
    if not isinstance(triggers, Mapping) or unknown:
        raise UsageError(
            f"there is no trigger {unknown[0]!r}",
            given=repr(triggers),
            allowed=f"limits of {', '.join(_KNOWN)}",
            do="leave out what shall not trigger",
        )
    names = [name for name in _KNOWN if name in triggers]
    return MappingProxyType({name: checked_number(triggers[name], name=f"trigger {name}") for name in names})


def pulled(triggers: Mapping[str, float], scores: pd.DataFrame) -> pd.Series:
    """Return in words which triggers each customer pulls, empty where none; index customer_id, sorted.

    ``failure_risk`` and ``payer_jumped`` fire from their limit on, ``promise_broken_days`` up to it. A
    column that the scores lack, and a gap in one, pulls nothing.

    Parameters
    ----------
    triggers
        Limit by column.
    scores
        Customer scores.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["B", "A"], "failure_risk": [0.9, None]})
    >>> pulled(TRIGGERS, scores).to_dict()
    {'A': '', 'B': 'insolvency within a year is 90 % likely'}
    """
    held = [name for name in triggers if name in scores.columns]
    table = admit(scores, ("customer_id", *held)).set_index("customer_id")
    words = np.full(len(table), "", dtype=object)
    for name in held:
        sign, told = _KNOWN[name]
        values = table[name].to_numpy()
        for row in np.flatnonzero(sign * values >= sign * triggers[name]):
            words[row] += ("; " if words[row] else "") + told.format(
                value=values[row], percent=100 * values[row]
            )
    return pd.Series(words, index=table.index, dtype="str")
