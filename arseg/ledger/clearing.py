"""When an invoice is cleared, and by which cause: the one SQL for the past and for what comes after.

Science 3.1. An invoice is cleared on the day on which its balance is brought within tolerance *and stays
there* as far as is known: if a payment bounces, the day counts on which the balance came back for good.
Days are compared at their end, so what nets out within a day never happened. The cause is read off what
had been removed up to that day: a recovery long after a write-off does not turn it into a payment.
"""

from __future__ import annotations

from arseg.schema import (
    BALANCE_SIGN,
    CREDITED,
    CREDITED_SHARE,
    PAID,
    SETTLED_AMOUNT,
    SETTLED_SHARE,
    WRITTEN_OFF,
)


def tolerance(amount: str) -> str:
    """Return the SQL of the largest balance that is noise.

    Examples
    --------
    >>> tolerance("amount")
    'greatest(0.01, 0.005 * (amount))'
    """
    return f"greatest({SETTLED_AMOUNT}, {SETTLED_SHARE} * ({amount}))"


def signed(kind: str = "kind", amount: str = "amount") -> str:
    """Return the SQL of what a posting adds to its invoice's balance."""
    raises = ", ".join(f"'{name}'" for name, sign in BALANCE_SIGN.items() if sign > 0)
    return f"CASE WHEN {kind} IN ({raises}) THEN {amount} ELSE -{amount} END"


def moves(postings: str, day: str, *, keep: str = "") -> str:
    """Return the SELECT of postings as moves of a balance.

    Parameters
    ----------
    postings
        A relation with the columns of ``postings``.
    day
        SQL of the day on which a posting counts.
    keep
        Further columns of a posting, each with a comma after it.

    Returns
    -------
    str
        invoice_id, those to keep, day, change (of the balance), cash (payments less reversals), credited,
        written_off (less recoveries).
    """
    return f"""
    SELECT invoice_id, {keep} {day} AS day, {signed()} AS change,
        CASE kind WHEN 'payment' THEN amount WHEN 'reversal' THEN -amount ELSE 0 END AS cash,
        CASE kind WHEN 'credit_note' THEN amount ELSE 0 END AS credited,
        CASE kind WHEN 'write_off' THEN amount WHEN 'recovery' THEN -amount ELSE 0 END AS written_off
    FROM {postings} WHERE invoice_id IS NOT NULL"""


def totals(moved: str) -> str:
    """Return the SELECT that sums moves by invoice, with the first and last day of a move."""
    return f"""
    SELECT invoice_id, CAST(sum(change) AS DECIMAL(18,2)) AS change, CAST(sum(cash) AS DECIMAL(18,2)) AS cash,
        CAST(sum(credited) AS DECIMAL(18,2)) AS credited,
        CAST(sum(written_off) AS DECIMAL(18,2)) AS written_off, min(day) AS first_day, max(day) AS last_day
    FROM {moved} GROUP BY invoice_id"""


def clearing(settled: str, moved: str) -> str:
    """Return the SELECT of items whose balance ended within tolerance, with clearing day and cause.

    Parameters
    ----------
    settled
        SELECT of items with ``opening + change <= tolerance``: invoice_id, opening (balance before the
        moves), tolerance, change, credited, written_off, first_day, last_day (of ``totals``), and any more.
    moved
        Relation with the columns of ``moves``.

    Returns
    -------
    str
        The columns of ``settled``, and cleared (of the type of ``day``) and event: 1 paid, 2 credited,
        3 written off.
    """
    # Nearly every invoice is cleared by the postings of one day; only the others need a running balance.
    return f"""
    WITH settled AS NOT MATERIALIZED ({settled}), several AS (
        SELECT invoice_id, opening, tolerance FROM settled WHERE first_day < last_day
    ), causes AS ({causes("several", moved, key="invoice_id")})
    SELECT settled.*, coalesce(causes.day, first_day) AS cleared, coalesce(causes.event, {cause()}) AS event
    FROM settled LEFT JOIN causes USING (invoice_id)"""


def causes(several: str, moved: str, *, key: str) -> str:
    """Return the SELECT of the clearing day and cause of items with moves on several days.

    Parameters
    ----------
    several
        Relation of items whose balance ended within tolerance: the key, opening and tolerance.
    moved
        Relation with the key and the columns of ``moves``.
    key
        Names of the columns that make an item unique, with commas between.

    Returns
    -------
    str
        The key, day and event.
    """
    return f"""
    WITH daily AS (
        SELECT {key}, day, opening, tolerance,
            sum(change) AS change, sum(credited) AS credited, sum(written_off) AS written_off
        FROM {moved} JOIN {several} USING ({key}) GROUP BY {key}, day, opening, tolerance
    ), running AS (
        SELECT {key}, day, opening, tolerance, sum(change) OVER so_far AS change,
            sum(credited) OVER so_far AS credited, sum(written_off) OVER so_far AS written_off
        FROM daily WINDOW so_far AS (PARTITION BY {key} ORDER BY day ROWS UNBOUNDED PRECEDING)
    ), last_above AS (
        SELECT {key}, max(day) AS above FROM running WHERE opening + change > tolerance GROUP BY {key}
    ), decisive AS (
        SELECT {key}, min(day) AS day FROM running LEFT JOIN last_above USING ({key})
        WHERE above IS NULL OR day > above GROUP BY {key}
    )
    SELECT {key}, day, {cause()} AS event FROM running JOIN decisive USING ({key}, day)"""


def cause() -> str:
    """Return the SQL of the cause, read off change, credited, written_off and tolerance up to the day."""
    return f"""CASE WHEN credited > 0 AND credited >= {CREDITED_SHARE} * -change THEN {CREDITED}
        WHEN written_off > tolerance THEN {WRITTEN_OFF} ELSE {PAID} END"""
