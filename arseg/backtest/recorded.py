"""The policy that was really in force: the segments that the ledger says were given, as known on each day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pandas as pd

from arseg.ledger import Ledger
from arseg.ledger.visibility import attached, day_literal
from arseg.schema import SEGMENTS, DataError
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class Recorded(AsWritten):
    """The segments in ``assignments``; on a key date those given last, by what was known then.

    It stands in a backtest as any policy does. A customer that was never given a segment has none, so nothing of it
    is attributed to one.

    Parameters
    ----------
    policy
        Only assignments of the policy of that name, as logged; all where None.
    table
        ``customer_id, key_date, segment, known_on``, as from ``Recorded.read``.

    Raises
    ------
    DataError
        If a segment is none of the three.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "a"], "segment": ["Low", "High"],
    ...                       "key_date": pd.to_datetime(["2025-01-31", "2025-02-28"]),
    ...                       "known_on": pd.to_datetime(["2025-01-31", "2025-03-02"])})
    >>> recorded = Recorded(table=table)
    >>> recorded.segments_on(dt.date(2025, 2, 28)).to_dict(), recorded.segments_on(dt.date(2025, 3, 2)).to_dict()
    ({'a': 'Low'}, {'a': 'High'})
    """

    policy: str | None = None
    table: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False, compare=False)

    def __post_init__(self) -> None:
        odd = sorted(set(self.table.get("segment", [])) - set(SEGMENTS))
        if odd:
            raise DataError(
                "assignments name unknown segments",
                given=", ".join(odd),
                allowed=", ".join(SEGMENTS),
                do="map them when the ledger is loaded",
            )

    def __repr__(self) -> str:
        return "Recorded()" if self.policy is None else f"Recorded(policy={self.policy!r})"

    @classmethod
    def read(cls, ledger: Ledger, policy: str | None = None, *, known_by: dt.date | None = None) -> Recorded:
        """Return what the ledger recorded.

        Parameters
        ----------
        ledger
            The ledger.
        policy
            Only of the policy of that name; all where None.
        known_by
            Only what was known by this day; the last known day where None.

        Raises
        ------
        DataError
            If there is no such assignment.
        """
        seen = ledger.last_known if known_by is None else known_by
        with attached(ledger) as engine:
            table = engine.frame(
                "SELECT customer_id, policy, key_date, segment, known_on FROM book.assignments"
                f" WHERE known_on <= {day_literal(seen)} ORDER BY customer_id, key_date, known_on, policy"
            )
        own = table if policy is None else table[table["policy"] == policy]
        if own.empty:
            names = ", ".join(sorted(table["policy"].unique())) or "none"
            raise DataError(
                "the ledger records no segment",
                given="all policies" if policy is None else policy,
                allowed=names,
                do="load `assignments`, or compare with a policy that stands for what was done",
            )
        days = {name: pd.to_datetime(own[name]) for name in ("key_date", "known_on")}
        return cls(policy, own.drop(columns="policy").assign(**days).reset_index(drop=True))

    def segments_on(self, key_date: dt.date) -> pd.Series:
        """Return the segment by customer_id in force on a day, of every customer that was given one by then."""
        day = pd.Timestamp(key_date)
        seen = self.table[(self.table["key_date"] <= day) & (self.table["known_on"] <= day)]
        latest = seen.sort_values(["customer_id", "key_date", "known_on"], kind="stable")
        return latest.drop_duplicates("customer_id", keep="last").set_index("customer_id")["segment"]
