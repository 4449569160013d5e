"""What a contact policy is shown on a review evening: the ledger so far, and nothing of the truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from arseg.schema import UsageError
from arseg.world.draws import Floats
from arseg.world.reviews import ACTIONS, Decision, Review

Tables = Callable[[str], pa.Table]


class LedgerSoFar(Mapping[str, pa.Table]):
    """The ledger as the book knows it on a key date: its tables by name, made when asked for.

    Parameters
    ----------
    key_date
        The review's day; every row is known by then.
    review
        The overdue customers whose turn it is, ascending by number; all of it follows from the tables.
    luck
        One uniform number in [0, 1) per customer of the review, the same under every policy.
    names
        Names of the tables.
    table
        Gives one.
    """

    def __init__(
        self, key_date: dt.date, review: Review, luck: Floats, *, names: tuple[str, ...], table: Tables
    ) -> None:
        self.key_date = key_date
        self.review = review
        self.luck = luck
        self._names = names
        self._table = table

    @property
    def customer_ids(self) -> list[str]:
        """Return the ids of the review's customers, in its order."""
        return [customer_id(number) for number in self.review.customer.tolist()]

    def __getitem__(self, name: str) -> pa.Table:
        """Return a table."""
        if name not in self._names:
            raise KeyError(name)
        return self._table(name)

    def __iter__(self) -> Iterator[str]:
        """Return the names of the tables."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self._names)


# What a policy answers: actions by customer id, those left out getting none; or a decision per row of the review.
Contacts = Mapping[str, str] | Decision
Decide = Callable[[LedgerSoFar, dt.date], Contacts]


def customer_id(number: int) -> str:
    """Return the id of a customer.

    Examples
    --------
    >>> customer_id(11)
    'C00012'
    """
    return f"C{number + 1:05d}"


def decision_of(contacts: Contacts, so_far: LedgerSoFar) -> Decision:
    """Return what a policy answered as one action per customer of the review.

    Raises
    ------
    UsageError
        If it names a customer whose turn it is not, or an action that there is none of, or a decision does
        not have one action per customer.
    """
    if isinstance(contacts, Decision):
        return _fitting(contacts, so_far)
    ids = so_far.customer_ids
    strangers = sorted(set(contacts) - set(ids))
    if strangers:
        raise UsageError(
            "a contact with a customer who is not under review",
            given=", ".join(strangers[:5]),
            allowed=f"the {len(ids)} overdue customers of the review of {so_far.key_date}",
            do="choose among so_far.customer_ids",
            code="not_under_review",
        )
    unknown = sorted(set(contacts.values()) - set(ACTIONS))
    if unknown:
        raise UsageError(
            "unknown action",
            given=", ".join(unknown),
            allowed=", ".join(ACTIONS),
            do="write one of them",
            code="unknown_action",
        )
    codes = {name: code for code, name in enumerate(ACTIONS)}
    return Decision(np.array([codes[contacts.get(one, "none")] for one in ids], dtype=np.int64))


def _fitting(decision: Decision, so_far: LedgerSoFar) -> Decision:
    action, count = np.asarray(decision.action), len(so_far.review)
    if action.shape != (count,) or (count and not (action.min() >= 0 and action.max() < len(ACTIONS))):
        raise UsageError(
            "the decision does not fit the review",
            given=f"{action.shape[0] if action.ndim else 'no'} actions, codes {sorted(set(action.ravel().tolist()))}",
            allowed=f"{count} codes from 0 to {len(ACTIONS) - 1}, one per customer of the review",
            do="give one action per row of so_far.review",
            code="not_one_action_each",
        )
    return decision
