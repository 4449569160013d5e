"""From the log of the desk to decisions that estimators can use: actions, propensities, rewards, state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.value.logged import Logged, Values, as_codes
from arseg.backtest.value.propensity import estimate_propensities
from arseg.schema import DECISIONS, DataError, require_columns

# What the desk could go by.
STATE: Final = (
    "open_balance",
    "overdue_balance",
    "overdue_count",
    "oldest_days_past_due",
    "mean_days_past_due",
    "due_soon_balance",
    "cleared_count",
    "cleared_days_late",
    "contacts_7d",
    "contacts_30d",
    "last_contact_days",
    "promised",
)
# Amounts span orders of magnitude; what a desk and a debtor go by is their size.
_AMOUNTS: Final = ("open_balance", "overdue_balance", "due_soon_balance")
COMPONENTS: Final = ("value", "cash", "amount_days", "written_off", "minutes", "contacts")


@dataclass(frozen=True)
class Prices:
    """What a euro-day, a collector's minute and a contact cost, in reporting currency.

    Parameters
    ----------
    interest
        Per year, on what is outstanding.
    minute
        Of a collector.
    contact
        For the customer's patience, beside the minutes.
    loss
        Share of a write-off that is lost in the end.
    """

    interest: float = 0.08
    minute: float = 0.8
    contact: float = 0.0
    loss: float = 1.0


@dataclass(frozen=True)
class DecisionLog:
    """The decisions of a desk, ready to be asked what another policy would have been worth.

    Parameters
    ----------
    logged
        Decisions with the rewards ``COMPONENTS``.
    state
        What was known at each, numbers; amounts as logarithms.
    rows
        The log itself, as ``schema.DECISIONS``, one row per decision.
    propensities_logged
        Whether the desk wrote down how likely each decision was. Where it did not, they are estimated, and
        rest on the belief that the ledger holds every reason for which a collector chose.
    slope
        Calibration slope of estimated propensities; None where all were logged.
    """

    logged: Logged
    state: pd.DataFrame
    rows: pd.DataFrame
    propensities_logged: bool
    slope: float | None

    @property
    def sales(self) -> Values:
        """Invoiced to the customer over the horizon, shape ``(n,)``; what is decided on one evening hardly moves it."""
        return self.rows["sales"].to_numpy(dtype=np.float64)

    @property
    def balance(self) -> Values:
        """Open on the evening of the decision, shape ``(n,)``."""
        return self.rows["open_balance"].to_numpy(dtype=np.float64)


def read_decisions(rows: pd.DataFrame, *, prices: Prices | None = None, seed: int = 0) -> DecisionLog:
    """Return the decisions of a log as ``arseg.ledger.observe_decisions`` gives it.

    The reward ``value`` is cash less interest on the euro-days, minutes, contacts and losses (science 4.3).

    Parameters
    ----------
    rows
        As ``schema.DECISIONS``.
    prices
        What waiting and working cost.
    seed
        Deals customers into folds where propensities have to be estimated.

    Raises
    ------
    DataError
        If a column is missing, only one action was ever taken, or a logged propensity is not above 0 and at
        most 1.
    """
    require_columns(rows.columns, DECISIONS.required, frame="decisions")
    actions = _actions(rows["action"])
    action = rows["action"].map({name: code for code, name in enumerate(actions)}).to_numpy(dtype=np.int64)
    customer, state = as_codes(rows["customer_id"].tolist()), _state(rows)
    told = rows["propensity"].to_numpy(dtype=np.float64)
    _check_told(told)
    found = estimate_propensities(state, action, customer, actions=len(actions), seed=seed)
    all_told = bool(np.isfinite(told).all())
    chances = _with_told(found.chances, action, told)
    logged = Logged(customer, action, chances, _rewards(rows, prices or Prices()), actions, COMPONENTS)
    return DecisionLog(logged, state, rows, all_told, None if all_told else found.slope)


def _actions(column: pd.Series) -> tuple[str, ...]:
    """Return the actions, to do nothing first."""
    names = sorted(set(column))
    if len(names) < 2:
        raise DataError(
            "only one action was ever taken",
            given=", ".join(names) or "none",
            allowed="two or more, of which none may be one",
            do="log also when nothing is done",
            code="one_action",
        )
    return tuple(sorted(names, key=lambda name: (name != "none", name)))


def _state(rows: pd.DataFrame) -> pd.DataFrame:
    state = rows[list(STATE)].astype(np.float64)
    for name in _AMOUNTS:
        state[name] = np.log1p(state[name].clip(lower=0.0))
    return state


def _rewards(rows: pd.DataFrame, prices: Prices) -> Values:
    contacted = (rows["action"] != "none").astype(np.float64)
    waiting = prices.interest * rows["amount_days"] / 365
    cost = prices.minute * rows["minutes"] + prices.contact * contacted
    value = rows["cash"] - waiting - cost - prices.loss * rows["written_off"]
    parts = (value, rows["cash"], rows["amount_days"], rows["written_off"], rows["minutes"], contacted)
    return np.column_stack([np.asarray(part, dtype=np.float64) for part in parts])


def _check_told(told: Values) -> None:
    wrong = told[np.isfinite(told) & ((told <= 0) | (told > 1))]
    if len(wrong):
        raise DataError(
            "a logged propensity is no probability of what was done",
            given=wrong[:3].tolist(),
            allowed="above 0 and at most 1, or empty",
            do="log the probability of the treatment that was given",
            code="propensity",
        )


def _with_told(chances: Values, action: np.ndarray, told: Values) -> Values:
    """Return probabilities of all actions: what was done as logged, the others as estimated, scaled to the rest."""
    known, row = np.isfinite(told), np.arange(len(action))
    taken = np.where(known, told, np.maximum(chances[row, action], 1e-9))
    others = chances.copy()
    others[row, action] = 0.0
    total = others.sum(axis=1, keepdims=True)
    width = chances.shape[1]
    even = np.full_like(others, 1 / (width - 1))
    even[row, action] = 0.0
    shares = np.where(total > 0, others / np.where(total > 0, total, 1.0), even)
    result = shares * (1 - taken)[:, None]
    result[row, action] = taken
    return np.asarray(result)
