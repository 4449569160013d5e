"""What a policy with its playbook would have done on every evening that the desk decided.

The segment is that of the last month-end before the evening, the stage that of the evening; the playbook turns both
into a treatment, and the treatment is matched with what the desk's log calls it. A contact that is not yet due by the
playbook's cadence is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.logged import Logged, Values, as_codes
from arseg.schema import PROFILE, DataError, require_columns
from arseg.treatments import Playbook

NONE: Final = "none"
# Longer ago than this a month-end says nothing of an evening.
OLDEST: Final = 31


@dataclass(frozen=True)
class Targets:
    """What the policies would have done, on the evenings on which all of them have a segment for the customer.

    Parameters
    ----------
    log
        The decisions of those evenings.
    policies
        Probability of every action, shape ``(n, A)``, by policy.
    unmatched
        Share of each policy's choices that no action of the log corresponds to: nothing is known of those.
    """

    log: DecisionLog
    policies: dict[str, Values]
    unmatched: dict[str, float]


def targets_of(
    log: DecisionLog,
    segments: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    playbook: Playbook,
    contacts: pd.DataFrame,
) -> Targets:
    """Return what each policy would have done on the evenings of a log.

    Parameters
    ----------
    log
        The decisions of the desk.
    segments
        ``policy, key_date, customer_id, segment``: what each policy said at each month-end.
    customers
        ``key_date, customer_id`` and the words of ``schema.PROFILE``, for the playbook's variants.
    playbook
        From segment and stage to treatment.
    contacts
        ``treatment, channel, tone``: one row per contact of the desk; says what its treatments are.

    Raises
    ------
    DataError
        If no evening follows a month-end within a month.
    """
    require_columns(segments.columns, ("policy", "key_date", "customer_id", "segment"), frame="segments")
    said = segments.pivot_table(
        index=["key_date", "customer_id"], columns="policy", values="segment", aggfunc="first"
    )
    evenings = _with_month_end(log.rows, said.index)
    kept = np.flatnonzero((evenings["key_date_said"].notna()).to_numpy())
    known = said.reindex(pd.MultiIndex.from_frame(evenings.iloc[kept][["key_date_said", "customer_id"]]))
    whole = known.isin(["High", "Medium", "Low"]).all(axis=1).to_numpy()
    kept, known = kept[whole], known[whole]
    if not len(kept):
        raise DataError(
            "no decision follows a month-end with segments",
            given=f"{len(log.rows)} decisions, {len(said)} segments",
            allowed=f"month-ends at most {OLDEST} days before the decisions",
            do="backtest over the months in which the desk decided",
            code="no_evenings",
        )
    some = _some(log, kept)
    scores = _scores(some.rows, evenings.iloc[kept], customers)
    names = _names(contacts, some.logged.actions)
    policies, unmatched = {}, {}
    for policy in known.columns:
        segmentation = pd.DataFrame(
            {"customer_id": scores["customer_id"], "segment": known[policy].to_numpy()}
        )
        action = _actions(playbook, segmentation, scores, names)
        policies[str(policy)], unmatched[str(policy)] = _as_probabilities(action, some.logged)
    return Targets(some, policies, unmatched)


def _with_month_end(rows: pd.DataFrame, index: pd.MultiIndex) -> pd.DataFrame:
    """Return customer and evening, with the last month-end on which the customer has segments."""
    said = index.to_frame(index=False).rename(columns={"key_date": "key_date_said"})
    said["key_date_said"] = pd.to_datetime(said["key_date_said"]).astype("datetime64[ns]")
    asked = rows[["customer_id", "key_date"]].reset_index(drop=True)
    asked["row"] = np.arange(len(asked))
    asked["key_date"] = pd.to_datetime(asked["key_date"]).astype("datetime64[ns]")
    joined = pd.merge_asof(
        asked.sort_values("key_date"),
        said.assign(on=said["key_date_said"]).sort_values("on"),
        left_on="key_date",
        right_on="on",
        by="customer_id",
        tolerance=pd.Timedelta(days=OLDEST),
    )
    return joined.sort_values("row", ignore_index=True)


def _some(log: DecisionLog, kept: np.ndarray) -> DecisionLog:
    logged, rows = log.logged, log.rows.iloc[kept].reset_index(drop=True)
    part = Logged(
        as_codes(rows["customer_id"].tolist()),
        logged.action[kept],
        logged.propensity[kept],
        logged.reward[kept],
        logged.actions,
        logged.components,
    )
    return replace(log, logged=part, state=log.state.iloc[kept].reset_index(drop=True), rows=rows)


def _scores(rows: pd.DataFrame, evenings: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return what a playbook reads, one line per evening, under a name of its own."""
    words = customers.drop_duplicates(["key_date", "customer_id"]).set_index(["key_date", "customer_id"])
    words.index = words.index.set_levels(
        pd.to_datetime(words.index.levels[0]).astype("datetime64[ns]"), level=0
    )
    own = words.reindex(pd.MultiIndex.from_frame(evenings[["key_date_said", "customer_id"]]))
    frame = pd.DataFrame(
        {
            "customer_id": [f"{row:09d}" for row in range(len(rows))],
            "open_balance": rows["open_balance"],
            "overdue_balance": rows["overdue_balance"],
            "disputed_balance": 0.0,
            "oldest_days_past_due": rows["oldest_days_past_due"],
            "promised_balance": rows["overdue_balance"].where(rows["promised"] > 0, 0.0),
            "last_contact_days": rows["last_contact_days"],
        }
    )
    for name in PROFILE:
        if name in own:
            frame[name] = own[name].fillna("").to_numpy()
    return frame


def _names(contacts: pd.DataFrame, actions: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Return what the log calls a channel and tone: the treatment that most such contacts were given for."""
    require_columns(contacts.columns, ("treatment", "channel", "tone"), frame="contacts")
    told = contacts[contacts["treatment"].isin(set(actions) - {NONE})]
    counts = told.groupby(["channel", "tone", "treatment"]).size().reset_index(name="n")
    # An action that is nearly always of one tone is that tone's; a call may come in any.
    share = counts["n"] / counts.groupby("treatment")["n"].transform("sum")
    ranked = counts.assign(share=share).sort_values(
        ["share", "n", "treatment"], ascending=[False, False, True]
    )
    best = ranked.drop_duplicates(["channel", "tone"])
    return {(row.channel, row.tone): row.treatment for row in best.itertuples()}


def _actions(
    playbook: Playbook, segmentation: pd.DataFrame, scores: pd.DataFrame, names: Mapping[tuple[str, str], str]
) -> pd.Series:
    """Return the log's name of what the policy would have done; empty where the log has none."""
    prescribed = playbook.prescribe(segmentation, scores).set_index("customer_id").loc[scores["customer_id"]]
    pairs = zip(prescribed["channel"], prescribed["tone"], strict=True)
    action = pd.Series([names.get(pair, "") for pair in pairs], index=scores.index, dtype="str")
    since = scores["last_contact_days"].fillna(np.inf)
    return action.where(since.to_numpy() >= prescribed["cadence_days"].to_numpy(), NONE)


def _as_probabilities(action: pd.Series, logged: Logged) -> tuple[Values, float]:
    """Return a row of probabilities for each choice; one that the log has no name for is spread, and counted."""
    codes = {name: code for code, name in enumerate(logged.actions)}
    place = action.map(codes).to_numpy(dtype=np.float64, na_value=np.nan)
    chances = np.full((len(action), len(codes)), 1 / len(codes))
    told = np.isfinite(place)
    chances[told] = np.eye(len(codes))[place[told].astype(np.int64)]
    return chances, float(1 - told.mean())
