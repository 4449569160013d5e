"""Key date after key date, each policy is asked for its segments, and finds what it said before.

A policy with hysteresis holds a customer where earlier reviews put it, and a policy with chosen cuts keeps them until
it may choose again. In a backtest both must be those of the backtest's own walk.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pandas as pd

from arseg.backtest.chosen_cuts import Choosing
from arseg.backtest.recorded import Recorded
from arseg.policies import Hysteresis, Policy

Entrant = Policy | Choosing | Recorded


@dataclass
class Reviews:
    """What the policies of a backtest said so far.

    Parameters
    ----------
    choices
        ``policy, chosen_on, holds`` (the policy with its cuts, as written): every choice made, in order.
    """

    choices: list[dict[str, object]] = field(default_factory=list)
    _memory: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _chosen: dict[str, Policy] = field(default_factory=dict, repr=False)

    def segments(
        self, entrant: Entrant, customers: pd.DataFrame, key_date: dt.date, *, may_choose: bool
    ) -> pd.Series:
        """Return the segment by customer_id that a policy gives on a key date.

        Parameters
        ----------
        entrant
            The policy.
        customers
            Customer scores of the key date.
        key_date
            Later than those asked for before.
        may_choose
            Whether cuts may be chosen anew; the first time they always are.
        """
        if isinstance(entrant, Recorded):
            return entrant.segments_on(key_date)
        name = repr(entrant)
        policy = (
            self._held(entrant, customers, key_date, may_choose=may_choose)
            if isinstance(entrant, Choosing)
            else entrant
        )
        if not isinstance(policy, Hysteresis):
            return policy.assign(customers).set_index("customer_id")["segment"]
        reviewed = policy.review(customers, self._memory.get(name), key_date=key_date)
        kept = policy.remember(reviewed, key_date)
        before = self._memory.get(name)
        self._memory[name] = kept if before is None else pd.concat([before, kept], ignore_index=True)
        return reviewed.set_index("customer_id")["segment"]

    def history(self, entrant: Entrant) -> pd.DataFrame | None:
        """Return the reviews that a policy remembers; None where it remembers none."""
        return self._memory.get(repr(entrant))

    def _held(
        self, entrant: Choosing, customers: pd.DataFrame, key_date: dt.date, *, may_choose: bool
    ) -> Policy:
        name = repr(entrant)
        if may_choose or name not in self._chosen:
            self._chosen[name] = entrant.choose(customers)
            self.choices.append({"policy": name, "chosen_on": key_date, "holds": repr(self._chosen[name])})
        return self._chosen[name]
