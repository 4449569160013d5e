"""Whether the value of acting is an estimate from the book's own log or the playbook's assumption, in words."""

from __future__ import annotations

from typing import Final

from arseg.report import wording
from arseg.report.findings import Findings
from arseg.report.language import say

ASSUMED, ESTIMATED, BOTH = "assumed", "estimated", "in part estimated"
_SENTENCES: Final = {
    ASSUMED: "The value of acting is an assumption of the playbook, not an estimate.",
    ESTIMATED: "The value of acting is estimated from the book's own log of contacts.",
}


def basis(findings: Findings) -> str:
    """Return ``assumed``, ``estimated`` or ``in part estimated``; a list that does not say is assumed.

    Parameters
    ----------
    findings
        The page's findings.
    """
    estimated, count = _estimated(findings)
    if not estimated:
        return ASSUMED
    return ESTIMATED if estimated == count else BOTH


def basis_sentence(findings: Findings) -> str:
    """Return a sentence on where the values of the list come from.

    Parameters
    ----------
    findings
        The page's findings.
    """
    estimated, count = _estimated(findings)
    whole = _SENTENCES.get(basis(findings), "")
    if whole:
        return say(whole)
    return say(
        "The value of acting is estimated from the book's own log of contacts for {estimated} of {count} customers;"
        " for the others it is an assumption of the playbook.",
        estimated=wording.count(estimated),
        count=wording.count(count),
    )


def _estimated(findings: Findings) -> tuple[int, int]:
    frame = findings.worklist
    if frame is None or "value_basis" not in frame.columns:
        return 0, 0
    return int((frame["value_basis"] == ESTIMATED).sum()), len(frame)
