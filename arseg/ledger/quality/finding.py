"""One doubt about a ledger, and how bad it is.

An error means that the book cannot be segmented; a warning, that a figure may mislead; a note, that
the reader should know.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One doubt.

    Parameters
    ----------
    severity
        error, warning or note.
    code
        A stable word.
    message
        One sentence; it names ids, never names of debtors.
    count
        Rows (or customers) that it concerns, where that is known.
    amount
        Their amount in reporting currency, where that is known.
    """

    severity: Severity
    code: str
    message: str
    count: int | None = None
    amount: Decimal | None = None

    @property
    def rank(self) -> tuple[int, str, str]:
        """Place among findings: by severity, then code, then message.

        Examples
        --------
        >>> Finding("note", "a", "x").rank > Finding("error", "b", "y").rank
        True
        """
        return SEVERITIES.index(self.severity), self.code, self.message

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data; the amount is decimal text."""
        amount = None if self.amount is None else str(self.amount)
        return {
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "count": self.count,
            "amount": amount,
        }
