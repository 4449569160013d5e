"""Beside the day's list: reminders before due, what each segment prefers, and when those who wait are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.treatments import plan_in_words, plan_reach
from arseg.treatments.preferred import KINDS, preferred
from arseg.treatments.reminders import DAYS_BEFORE, plan_reminders

if TYPE_CHECKING:
    from arseg.ledger.snapshot import Snapshot
    from arseg.runs.journal import Run
    from arseg.treatments import Capacity
    from arseg.treatments.safety_contacts import Limits

# Days within which a payment or a promise answers a contact; only contacts that old are counted.
ANSWERED_WITHIN: Final = 14

OWNERS: Final = "owners"

# What happened in a year, by customer. That a payment followed is no effect of the contact.
_COUNTS: Final = {
    "channel": f"""
        SELECT c.customer_id, c.channel, count(*) AS count, count(*) FILTER (WHERE c.answered) AS answered
        FROM (
            SELECT customer_id, channel, EXISTS (
                SELECT 1 FROM postings AS p WHERE p.payer_id = k.customer_id AND p.kind = 'payment'
                AND p.value_date > k.contacted_on AND p.value_date <= k.contacted_on + {ANSWERED_WITHIN}
            ) OR EXISTS (
                SELECT 1 FROM promises AS m WHERE m.customer_id = k.customer_id
                AND m.made_on >= k.contacted_on AND m.made_on <= k.contacted_on + {ANSWERED_WITHIN}
            ) AS answered
            FROM contacts AS k
            WHERE contacted_on > key_date - 365 AND contacted_on <= key_date - {ANSWERED_WITHIN}
        ) AS c GROUP BY c.customer_id, c.channel ORDER BY c.customer_id, c.channel""",
    "payment_method": """
        SELECT payer_id AS customer_id, method AS payment_method, count(*) AS count
        FROM postings
        WHERE kind = 'payment' AND amount > 0 AND method IS NOT NULL AND payer_id IS NOT NULL
            AND value_date > key_date - 365
        GROUP BY payer_id, method ORDER BY payer_id, method""",
}

# Who made the latest contact of a year.
_OWNERS: Final = """
    SELECT customer_id, collector FROM (
        SELECT customer_id, collector,
            row_number() OVER (PARTITION BY customer_id ORDER BY contacted_on DESC, contact_id DESC) AS turn
        FROM contacts WHERE collector IS NOT NULL AND contacted_on > key_date - 365
    ) AS c WHERE turn = 1 ORDER BY customer_id"""


def keep_counts(run: Run, snapshot: Snapshot) -> None:
    """Save how often each customer was contacted by which channel, and paid by which method, in a year, and by whom last."""
    for kind in KINDS:
        run.save(f"counts_{kind}", snapshot.sql(_COUNTS[kind]))
    run.save(OWNERS, snapshot.sql(_OWNERS))


def owners_of(run: Run, capacity: Capacity) -> dict[str, str]:
    """Return each customer's own collector, by customer_id: who contacted the customer last, of those of today's team."""
    if not (run.work / f"{OWNERS}.parquet").is_file():
        return {}
    last = run.load(OWNERS)
    own = last[last["collector"].isin(capacity.names)]
    return dict(zip(own["customer_id"], own["collector"], strict=True))


def keep_reach(
    run: Run, scores: pd.DataFrame, segmentation: pd.DataFrame, *, capacity: Capacity, limits: Limits
) -> None:
    """Save ``reminders``, ``preferred``, ``reach`` and, in words and numbers, ``reaching``.

    Parameters
    ----------
    run
        With ``worklist`` saved.
    scores
        Customer scores.
    segmentation
        Of the same customers.
    capacity
        The collectors and their hours.
    limits
        Of the playbook: its quiet days.
    """
    reminders = plan_reminders(scores, run.key_date, quiet_days=limits.quiet_days)
    # A month that ends on a weekend is worked on the next Monday, so the plan starts the day after that.
    day = pd.Timestamp(np.busday_offset(np.datetime64(run.key_date, "D"), 0, roll="forward")).date()
    reach = plan_reach(run.load("worklist"), capacity, key_date=day)
    run.save("reminders", reminders)
    run.save("preferred", _preferred(run, segmentation))
    run.save("reach", reach)
    run.save(
        "reaching",
        {
            "plan": plan_in_words(reach),
            "reminders": len(reminders),
            "earlier": int((reminders["days_before"] > DAYS_BEFORE).sum()),
            "usual_days": DAYS_BEFORE,
            "sooner_invoices": int((reminders["invoice_days_earlier"] > 0).sum()),
        },
    )


def _preferred(run: Run, segmentation: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([preferred(segmentation, _counts(run, kind), kind) for kind in KINDS], ignore_index=True)


def _counts(run: Run, kind: str) -> pd.DataFrame:
    if (run.work / f"counts_{kind}.parquet").is_file():
        found: pd.DataFrame = run.load(f"counts_{kind}")
        return found
    return pd.DataFrame({"customer_id": [], kind: [], "count": []}).astype(
        {"customer_id": "str", kind: "str"}
    )
