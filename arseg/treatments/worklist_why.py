"""Why a customer stands where he stands on the worklist, in one sentence."""

from __future__ import annotations

from typing import Any

import pandas as pd


def whys(work: pd.DataFrame, currency: str = "") -> list[str]:
    """Return the sentence of every row.

    Parameters
    ----------
    work
        The columns of the worklist, and assumed_lift, value_basis, value_low, value_high, held, nobody (why
        no collector can do it), asked (worth of a minute today; missing where unknown), p_unpaid_30,
        open_count, reasons.
    currency
        Of the amounts; left out where empty.
    """
    unit = f" {currency}" if currency else ""
    return [
        f"{_situation(row, unit)}; {_worth(row, unit)}{_place(row)}{_reasons(row.reasons)}"
        for row in work.itertuples(index=False)
    ]


def counted(number: float, noun: str) -> str:
    """Return a number with its noun, as people say it.

    Examples
    --------
    >>> counted(1, "day"), counted(1200, "item")
    ('1 day', '1,200 items')
    """
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def _situation(row: Any, unit: str) -> str:
    items = counted(row.open_count, "item")
    overdue = f"{row.overdue_balance:,.2f}{unit} overdue"
    amount = overdue if row.overdue_balance > 0 else f"{row.open_balance:,.2f}{unit} open, nothing overdue"
    return f"{row.segment}: {items}, {amount}, {100 * row.p_unpaid_30:.0f} % likely unpaid in 30 days"


def _worth(row: Any, unit: str) -> str:
    channel = "e-mail" if row.channel == "email" else row.channel
    worth = f"{channel} worth {row.expected_value:,.2f}{unit}"
    if row.value_basis == "assumed":
        return f"{worth} (assumed lift {100 * row.assumed_lift:g} %)"
    if pd.isna(row.value_low) or pd.isna(row.value_high):
        return f"{worth} (estimated)"
    return f"{worth} (estimated, {row.value_low:,.2f} to {row.value_high:,.2f})"


def _place(row: Any) -> str:
    if row.held:
        return f"; waits: {row.held}"
    if row.on_today:
        return f"; {_a_minute(row)}" if row.minutes > 0 else ""
    if row.expected_value <= 0:
        return (
            f"; waits: not {'assumed' if row.value_basis == 'assumed' else 'estimated'} to be worth its cost"
        )
    if row.nobody:
        return f"; waits: {row.nobody}"
    return f"; waits: today's hours are spent{_too_dear(row)}"


def _a_minute(row: Any) -> str:
    """Return why first: what a minute brings here, against what today's minutes are worth."""
    brings = f"brings {row.expected_value / row.minutes:,.2f} a minute"
    if pd.isna(row.asked) or row.asked < 0.005:
        return brings
    return f"{brings}, today's last minute {row.asked:,.2f}"


def _too_dear(row: Any) -> str:
    if pd.isna(row.asked):
        return ""
    brings = row.expected_value / row.minutes
    if brings >= row.asked - 0.005:
        return f" (no day has room for its {counted(row.minutes, 'minute')})"
    return f" (brings {brings:,.2f} a minute, today's last minute {row.asked:,.2f})"


def _reasons(reasons: object) -> str:
    return f". Against the book: {reasons}" if isinstance(reasons, str) and reasons.strip() else ""
