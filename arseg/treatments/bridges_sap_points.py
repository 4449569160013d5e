"""What a SAP collection strategy does with customers: which rules fire, and the points they add up to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from arseg.treatments.bridges_sap import PROFILE_RULES, SapStrategy, Selection
from arseg.treatments.stages import at_law, disputed_share, promised_share, words


def sap_points(sap: SapStrategy, segmentation: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rule and the points of every customer, as SAP would add them up.

    Parameters
    ----------
    sap
        From ``to_sap``.
    segmentation, scores
        As for ``Playbook.prescribe``.

    Returns
    -------
    frame
        customer_id, rules (how many fired), points (sum of their valuations), RULE_ID (the last that fired).

    Examples
    --------
    >>> from arseg.treatments.bridges_sap import to_sap
    >>> from arseg.treatments.playbook import read_playbook
    >>> scores = pd.DataFrame({"customer_id": ["A"], "oldest_days_past_due": [70], "open_balance": [9.0],
    ...                        "disputed_balance": [0.0]})
    >>> segments = pd.DataFrame({"customer_id": ["A"], "segment": ["High"]})
    >>> sap_points(to_sap(read_playbook("standard")), segments, scores).values.tolist()
    [['A', 1, 20, 'ZH_LATE_0']]
    """
    customers = scores.drop(columns="segment", errors="ignore").merge(
        segmentation[["customer_id", "segment"]], on="customer_id", validate="1:1"
    )
    passes = _Passes(customers)
    fired = np.zeros(len(customers), dtype="int64")
    points, rule = fired.copy(), np.full(len(customers), "", dtype=object)
    uses = sap.selections.groupby("SEQUENCE_ID").indices
    chosen = list(
        sap.selections[["BASIS_RULE_ID", "SIGN", "OPTION", "LOW", "HIGH"]].itertuples(index=False, name=None)
    )
    for use in sap.rules.itertuples(index=False):
        passed = passes.all_of([chosen[row] for row in uses[use.SEQUENCE_ID]])
        fired += passed
        points += np.where(passed, use.VALUATION, 0)
        rule[passed] = use.RULE_ID
    found = {"customer_id": customers["customer_id"], "rules": fired, "points": points, "RULE_ID": rule}
    return pd.DataFrame(found).astype({"RULE_ID": "str"}).sort_values("customer_id", ignore_index=True)


class _Passes:
    """Whom select-options let pass; each option is looked at once."""

    def __init__(self, customers: pd.DataFrame) -> None:
        self._figures = _figures(customers)
        self._seen: dict[tuple[str, str, str, str], np.ndarray] = {}
        self._everybody = np.ones(len(customers), dtype=bool)

    def all_of(self, selections: Iterable[Selection]) -> np.ndarray:
        """Mark the customers whom every basic rule lets pass: any of its I, and none of its E."""
        within: dict[tuple[str, str], np.ndarray] = {}
        for basic, sign, *option in selections:
            held = self._holds(basic, *option)
            within[basic, sign] = within.get((basic, sign), False) | held
        passed = self._everybody.copy()
        for (_, sign), held in within.items():
            passed &= held if sign == "I" else ~held
        return passed

    def _holds(self, basic: str, option: str, low: str, high: str) -> np.ndarray:
        key = (basic, option, low, high)
        if key not in self._seen:
            self._seen[key] = _compared(self._figures[basic], option, low, high)
        return self._seen[key]


def _figures(customers: pd.DataFrame) -> dict[str, pd.Series]:
    numbers = {
        "Z_AT_LAW": at_law(customers).astype("float64"),
        "Z_DISPUTED": disputed_share(customers),
        "Z_PROMISED": promised_share(customers),
        "Z_DAYS": customers["oldest_days_past_due"].astype("float64"),
    }
    texts = {basic: words(customers, name) for name, basic in PROFILE_RULES.items()}
    return {"Z_SEGMENT": customers["segment"], **numbers, **texts}


def _compared(figure: pd.Series, option: str, low: str, high: str) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(figure):
        return (figure == low).to_numpy()
    if option == "BT":
        return figure.between(float(low), float(high)).to_numpy()
    tests = {"EQ": figure.eq, "GT": figure.gt, "GE": figure.ge, "LT": figure.lt, "LE": figure.le}
    return tests[option](float(low)).to_numpy()
