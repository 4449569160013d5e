"""What each policy's contacts would bring more than those of the policy in force: g-computation on the hazard (science 4.3).

The hazard of payment knows what contacts leave behind, a stock that fades; each policy's playbook makes a path of contacts,
and the courses of the same items under two paths are compared. Unlike the off-policy estimators this extrapolates by a
model, so it stands beside them and is no proof: its interval holds the error of the contacts' effect alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.desk_rows import FRESH_DAYS, desk_rows
from arseg.backtest.walk_forward import Walk
from arseg.features import Features
from arseg.models import DiscreteHazard
from arseg.models.contact_contrast import ALONE, Touch, contrasts
from arseg.schema import DataError
from arseg.treatments import Playbook
from arseg.uplift import followed

HORIZON: Final = 28
_BACK: Final = 120
_NORMAL: Final = 1.959963984540054
MEASURES: Final[Mapping[str, tuple[int, str]]] = {
    "cash": (0, "currency: paid within the horizon"),
    "amount_days": (1, "currency-days: open balance summed over the horizon"),
    "written_off": (2, "currency: written off within the horizon"),
}
COLUMNS: Final = (
    *("policy", "measure", "difference", "low", "high", "balance", "key_dates", "customers"),
    *("contacts", "unknown_contacts", "definition"),
)


def learn_effect(walk: Walk, key_date: dt.date, *, trees: int | None = None) -> DiscreteHazard:
    """Return a hazard that learnt with the desk's log what contacts do, from what a key date knew.

    Parameters
    ----------
    walk
        Ledger, protocol and features.
    key_date
        The day stood on.
    trees
        Of the booster; as by default where None.

    Raises
    ------
    DataError
        If the ledger logs no contact, or too little is known.
    """
    known = desk_rows(walk, key_date)
    log = known.log[known.log["day"].between(-_BACK, FRESH_DAYS)]
    # Several policies may have decided the same on one day: left alone is left alone once.
    contacts = log[(log["channel"] != ALONE) | ~log.duplicated()].reset_index(drop=True)
    if not (contacts["channel"] != ALONE).any():
        raise DataError(
            "no contact is logged from which its effect could be learnt",
            given=f"{len(contacts)} contacts by {key_date}",
            allowed="contacts about items past due",
            do="load the desk's log of contacts",
            code="no_contacts",
        )
    model = DiscreteHazard() if trees is None else DiscreteHazard(trees=trees)
    return model.fit(known.features, followed(known.outcomes, FRESH_DAYS), contacts=contacts)


def compare_courses(
    model: DiscreteHazard,
    seen: Iterable[tuple[Features, pd.DataFrame, pd.DataFrame]],
    playbook: Playbook,
    *,
    in_force: str,
    horizon: int = HORIZON,
) -> pd.DataFrame:
    """Return what each policy's contacts would bring more than those of the policy in force.

    Parameters
    ----------
    model
        As from ``learn_effect``.
    seen
        For each key date: its features, the customers' scores, and ``policy, customer_id, segment``.
    playbook
        From segment and stage to channel, tone and cadence.
    in_force
        The policy compared with.
    horizon
        Days over which the courses are followed; contacts come from the key date on, a cadence apart.

    Returns
    -------
    ``COLUMNS``: sums over the customers and key dates in the reporting currency, with 95 % intervals by the delta method
    on the covariance of the effect; ``contacts`` of the policy and how many of them are of a kind that the log is too
    thin for, which count as nothing.
    """
    sums = _Sums(model, horizon)
    for features, scores, segments in seen:
        sums.add(features, scores, segments, playbook)
    return sums.table(in_force)


class _Sums:
    """Gains of each policy over all key dates, and their slopes in the effect's coefficients."""

    def __init__(self, model: DiscreteHazard, horizon: int) -> None:
        assert model.contact_ is not None
        self.model, self.effect, self.horizon = model, model.contact_, horizon
        self.gains: dict[str, np.ndarray] = {}
        self.contacts: dict[str, np.ndarray] = {}
        self.balance, self.dates, self.who = 0.0, 0, set[str]()

    def add(
        self, features: Features, scores: pd.DataFrame, segments: pd.DataFrame, playbook: Playbook
    ) -> None:
        matrix = features.matrix()
        paths: dict[tuple[Touch, ...], int] = {}
        owner = features.items.set_index("invoice_id")["customer_id"].reindex(matrix.index)
        place = {}
        for policy, own in segments.groupby("policy"):
            name = str(policy)
            given = own[own["segment"].isin(["High", "Medium", "Low"])]
            asked = scores[scores["customer_id"].isin(given["customer_id"])]
            told = playbook.prescribe(given[["customer_id", "segment"]], asked)
            place[name] = owner.map(self._placed(told, paths, name)).fillna(-1).to_numpy(dtype=np.int64)
        balance = matrix["balance"].to_numpy(dtype=np.float64)
        self.balance += float(balance.sum())
        self.dates += 1
        self.who |= set(owner)
        if paths:
            self._sum(matrix, list(paths), place, balance)

    def _placed(self, told: pd.DataFrame, paths: dict[tuple[Touch, ...], int], policy: str) -> pd.Series:
        """Return the place of each customer's path, and count the contacts."""
        places = {}
        counted = self.contacts.setdefault(policy, np.zeros(2))
        for row in told.itertuples():
            kind = (str(row.channel), str(row.tone))
            if kind[0] == ALONE:
                continue
            days = range(0, self.horizon, max(1, int(row.cadence_days)))
            known = self.effect.knows(*kind)
            counted += (len(days), 0 if known else len(days))
            if known:
                path = tuple((day, *kind) for day in days)
                places[row.customer_id] = paths.setdefault(path, len(paths))
        return pd.Series(places, dtype="float64")

    def _sum(
        self,
        matrix: pd.DataFrame,
        paths: Sequence[Sequence[Touch]],
        place: Mapping[str, np.ndarray],
        balance: np.ndarray,
    ) -> None:
        size = 1 + len(self.effect.coefficients)
        for part in contrasts(self.model, matrix, paths, horizon=self.horizon):
            # The gain itself first, then its slope in each coefficient.
            values = np.concatenate([part.gains[None], part.slopes]) * balance[part.rows, None, None]
            for policy, where in place.items():
                path = where[part.rows]
                some = np.flatnonzero(path >= 0)
                total = values[:, some, path[some]].sum(axis=1)
                self.gains[policy] = self.gains.get(policy, np.zeros((size, 3))) + total

    def table(self, in_force: str) -> pd.DataFrame:
        nothing = np.zeros((1 + len(self.effect.coefficients), 3))
        base = self.gains.get(in_force, nothing)
        rows = []
        for policy, counted in self.contacts.items():
            more = self.gains.get(policy, nothing) - base
            for measure, (at, definition) in MEASURES.items():
                slope = more[1:, at]
                reach = _NORMAL * float(np.sqrt(max(0.0, slope @ self.effect.covariance @ slope)))
                value = float(more[0, at])
                rows.append(
                    (
                        *(policy, measure, value, value - reach, value + reach, self.balance, self.dates),
                        *(len(self.who), int(counted[0]), int(counted[1]), definition),
                    )
                )
        return pd.DataFrame(rows, columns=list(COLUMNS))
