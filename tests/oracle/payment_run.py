"""On which days a customer pays."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections import defaultdict
from decimal import Decimal

from oracle.known import Known, Row, ratio
from oracle.payment_method import payments


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    paid: dict[dt.date, Decimal] = defaultdict(Decimal)
    for row in payments(known).get(key, []):
        paid[row["value_date"]] += row["euro"]
    days = sorted(day for day, amount in paid.items() if amount > 0)
    weekdays = [day.weekday() for day in days]
    main = statistics.mode(sorted(weekdays)) if days else None
    # Three days after one of the last three days of a month is another month.
    ends = [day for day in days if (day + dt.timedelta(days=3)).month != day.month]
    return {
        "payment_run_days_12m": len(days),
        "payment_run_weekday_12m": main,
        "payment_run_weekday_share_12m": ratio(sum(day == main for day in weekdays), len(days)),
        "payment_run_month_end_share_12m": ratio(len(ends), len(days)),
        "payment_run_month_start_share_12m": ratio(sum(day.day <= 5 for day in days), len(days)),
        **_rhythm(known, days),
    }


def _rhythm(known: Known, days: list[dt.date]) -> Row:
    last = known.ago(days[-1]) if days else None
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    usual = statistics.mean(gaps) if len(gaps) >= 2 else None
    return {
        "payment_run_gap_mean_12m": usual,
        "payment_run_gap_cv_12m": statistics.stdev(gaps) / usual if usual else None,
        "payment_run_last_days": last,
        "payment_run_pause_12m": last / usual if usual and last is not None else None,
        "payment_run_next_days_12m": max(usual - last, 0) if usual and last is not None else None,
    }
