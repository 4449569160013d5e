"""P(late) by a classifier on the splits of the floors: learnt from every invoice whose lateness is known by the cut.

An invoice that is past due and open is known to be late, so that nothing is left out but what is not due yet. Beside
what the curves know (``models_floors.on_issue``) it knows what the customer has past due on the day of issue, and how many
of the last invoices were late. These columns were chosen on the three months before the cut of highradius.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_SPANS = (5, 15)
_SAME_DAY = 10
_RECENT = 60


def late_columns(invoices: pd.DataFrame) -> pd.DataFrame:
    """Return shares of late invoices and what is past due, as known in the morning of the day of issue."""
    parts = [_of_customer(own) for _, own in invoices.groupby("customer", sort=False)]
    return pd.concat(parts).loc[invoices.index]


def _of_customer(own: pd.DataFrame) -> pd.DataFrame:
    issued, due = own["issued"].to_numpy(), own["due"].to_numpy()
    cleared = own["cleared"].fillna(np.inf).to_numpy()
    return pd.DataFrame(
        [_seen(day, on, issued, due, cleared) for day, on in zip(issued, due, strict=True)], own.index
    )


def _seen(
    day: float, on: float, issued: np.ndarray, due: np.ndarray, cleared: np.ndarray
) -> dict[str, float]:
    """Return the columns of one invoice, issued on a day and due on another."""
    known, past_due = cleared < day, (issued < day) & (cleared >= day) & (due < day)
    late = np.where(known, cleared - due, day - due)
    recent = (known | past_due) & (due >= day - _RECENT) & (due < day)
    order = np.flatnonzero(known)
    order = order[np.argsort(cleared[order], kind="stable")]
    same = order[due[order] % 7 == on % 7][-_SAME_DAY:]
    shares = {f"late_share_{span}": _mean(late[order[-span:]] > 0) for span in _SPANS}
    return shares | {
        "late_share_due_weekday": _mean(late[same] > 0),
        "past_due_count": float(past_due.sum()),
        "past_due_oldest": float((day - due[past_due]).max()) if past_due.any() else 0.0,
        "past_due_share": float(past_due.sum()) / max(1, int(((issued < day) & ~known).sum())),
        "recent_late_share": _mean(late[recent] > 0),
        "recent_late_mean": _mean(late[recent]),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def late_auc(X: pd.DataFrame, invoices: pd.DataFrame, *, cut: float, judged: pd.Series) -> float:
    """Return the AUC of P(late), learnt by the cut, on cleared invoices of the test window."""
    from sklearn.metrics import roc_auc_score

    from arseg.models import BoostedClassifier

    late = (invoices["cleared"].fillna(np.inf) > invoices["due"]).astype("int64")
    known = (invoices["issued"] < cut) & ((invoices["cleared"] <= cut) | (invoices["due"] < cut))
    columns = X.join(late_columns(invoices))
    model = BoostedClassifier().fit(columns[known], late[known])
    asked = judged & invoices["cleared"].notna()
    return round(float(roc_auc_score(late[asked], model.predict_probability(columns[asked]))), 4)
