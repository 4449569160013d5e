"""What a process that failed said last, as one line."""

from __future__ import annotations

import re
from typing import Final

_RAISED: Final = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Timeout|Interrupt)\b")
_LONGEST: Final = 300


def last_words(said: str) -> str:
    r"""Return the line of its exception, whose message may be many lines long; else its last line; else that there is none.

    Parameters
    ----------
    said
        All that it said.

    Examples
    --------
    >>> last_words("Traceback ...\nx.RefusedError: code 403, body:\nGet you gone\n'")
    'x.RefusedError: code 403, body:'
    >>> last_words("")
    'it said nothing'
    """
    lines = [line for line in said.strip().splitlines() if line.strip()]
    raised = [line for line in lines if _RAISED.match(line)]
    return ([*lines[-1:], *raised[-1:]] or ["it said nothing"])[-1][:_LONGEST]
