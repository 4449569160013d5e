"""Segments, treatments and the day's worklist: what the policies say, what a person said, what is safe, what fits.

Order matters: the policy decides, then who overrules it by name and date; the playbook turns segments into
treatments; the safety rules soften, hold or hand over; only then are the collectors' hours dealt out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg.ledger import read_ledger
from arseg.policies import Hysteresis, make_policy
from arseg.policies.decisions import Basis
from arseg.policies.human import needs_human
from arseg.policies.opportunities import opportunities
from arseg.policies.overrides import apply_overrides
from arseg.runs.changing import keep_changes
from arseg.runs.contact_value import with_value
from arseg.runs.drawing import hold_out, save_propensities
from arseg.runs.earlier_edition import published_part
from arseg.runs.editions import is_daily, one_per_day
from arseg.runs.overrides import override_file, read_overrides
from arseg.runs.publication import published
from arseg.runs.reaching import keep_reach, owners_of
from arseg.runs.spread import badges_of, with_badges
from arseg.runs.team import balance_of, capacity_of
from arseg.schema.days import month_end
from arseg.side_by_side import together
from arseg.treatments import build_day, check_safety, read_playbook, shadow_price
from arseg.treatments.safety_contacts import Limits, check_contacts, unchecked_rules
from arseg.treatments.safety_repair import make_safe
from arseg.treatments.worklist import Beside

if TYPE_CHECKING:
    from arseg.policies import Policy
    from arseg.runs.journal import Run
    from arseg.treatments import Capacity

REVIEWS: Final = "reviews"
# Reviews of a policy with a memory that are published with it; later ones need no older.
KEPT_REVIEWS: Final = 12


def declared_policies(run: Run) -> list[Policy]:
    """Return the declared policies, the one in force first."""
    parts = sorted(run.experiment.policies, key=lambda part: part.named != run.experiment.in_force)
    return [make_policy(part.name, part.parameters) for part in parts]


def named_policy(run: Run, name: str) -> Policy:
    """Return the declared policy of that name or label."""
    part = next(part for part in run.experiment.policies if part.named == name)
    return make_policy(part.name, part.parameters)


def published_policy(run: Run) -> Policy:
    """Return the policy whose segments the run publishes."""
    part = published_part(run)
    return make_policy(part.name, part.parameters)


def assign(run: Run) -> pd.DataFrame:
    """Give every customer a segment and a treatment, and the collectors a worklist.

    Returns
    -------
    frame
        Segment sizes by policy.

    Raises
    ------
    DataError
        If the playbook breaks a safety rule, or a treatment still does after what a run may do by itself.
    """
    scores = run.load("customer_scores")
    by_policy = {repr(policy): _assigned(run, policy, scores) for policy in declared_policies(run)}
    policy = published_policy(run)
    made = read_overrides(override_file(run.home, run.experiment.name))
    overridden = apply_overrides(by_policy[repr(policy)], made, run.key_date)
    treated = hold_out(run, overridden.segmentation, scores, decided=set(overridden.applied["customer_id"]))
    by_policy[repr(policy)] = treated
    run.save("overrides", overridden.applied)
    run.save(
        "segmentations",
        pd.concat([frame.assign(policy=name) for name, frame in by_policy.items()], ignore_index=True),
    )
    run.save("moves", _moves(run, policy, overridden.segmentation))
    history = _earlier_reviews(run, policy) if isinstance(policy, Hysteresis) else None

    def change() -> None:
        keep_changes(run, Basis(policy, run.key_date, tuple(made), history), overridden.segmentation)

    def treat() -> None:
        _hand_over(run, scores, treated, unknown=[one.customer_id for one in overridden.unknown])
        _treat(run, scores, treated)

    together(change, treat)
    sizes = [frame["segment"].value_counts().rename(name) for name, frame in by_policy.items()]
    return pd.DataFrame(sizes).fillna(0).astype("int64")


def _assigned(run: Run, policy: Policy, scores: pd.DataFrame) -> pd.DataFrame:
    """Return what a policy says; one with a memory is told its earlier reviews, and they are kept for the next run."""
    if not isinstance(policy, Hysteresis):
        return policy.assign(scores)
    history = _earlier_reviews(run, policy)
    reviewed = policy.review(scores, history, key_date=run.key_date)
    if repr(policy) == repr(published_policy(run)):
        # Reviews are a month-end's: counted daily, a calm month would be over in three days.
        latest = history.head(0) if is_daily(run) else policy.remember(reviewed, run.key_date)
        days = pd.concat([history, latest], ignore_index=True)
        days["key_date"] = pd.to_datetime(days["key_date"])
        last = sorted(days["key_date"].unique())[-KEPT_REVIEWS:]
        run.save(REVIEWS, days[days["key_date"].isin(last)].reset_index(drop=True))
    return reviewed[list(policy.assign(scores.head(0)).columns)]


def _earlier_reviews(run: Run, policy: Hysteresis) -> pd.DataFrame:
    """Return the published reviews before the key date; where there is none, the month-end before stands in."""
    folder = published(run.home, run.experiment.name)
    for held in reversed(one_per_day(folder, run.key_date.isoformat()).values()):
        path = held / f"{REVIEWS}.parquet"
        if path.is_file():
            known = pd.read_parquet(path)
            before = known[pd.to_datetime(known["key_date"]) < pd.Timestamp(run.key_date)]
            if len(before):
                return before.reset_index(drop=True)
    before = run.load("customer_scores_before")
    return policy.follow([] if before.empty else [(month_end(run.key_date, back=1), before)])


def _hand_over(run: Run, scores: pd.DataFrame, segmentation: pd.DataFrame, *, unknown: list[str]) -> None:
    """Say who needs a person and why, and who is an opportunity."""
    badges = badges_of(run, published_policy(run), scores)
    check = needs_human(scores, segmentation, badges=badges)
    run.save("needs_human", with_badges(check.customers, badges))
    run.save("handoffs", check.counts)
    run.save("opportunities", opportunities(scores))
    run.save("unknown_overrides", unknown)


def _treat(run: Run, scores: pd.DataFrame, segmentation: pd.DataFrame) -> None:
    """Turn segments into safe treatments and a worklist that fits the hours."""
    playbook = read_playbook(run.playbook)
    check_safety(playbook)
    limits = Limits.of(playbook)
    safe = make_safe(playbook.prescribe(segmentation, scores), scores, run.key_date, limits=limits)
    check_contacts(safe.prescribed, scores, run.key_date, limits=limits)
    run.save("prescribed", safe.prescribed)
    save_propensities(run, segmentation, scores, playbook=playbook, limits=limits)
    run.save("safety_changes", safe.changes)
    run.save("safety", safe.counts())
    run.save("unchecked_rules", {rule: list(columns) for rule, columns in unchecked_rules(scores).items()})
    run.save("playbook", {"name": run.experiment.playbook, "hash": playbook.hash})
    capacity = capacity_of(run.experiment.capacity)
    day = build_day(
        with_value(run, _on_the_desks_day(safe.prescribed, pd.Timestamp(run.key_date))),
        scores,
        key_date=run.key_date,
        capacity=capacity,
        names=run.load("names").set_index("customer_id")["name"].to_dict(),
        beside=Beside(
            items=run.load("item_scores"),
            owners=owners_of(run, capacity),
            currency=read_ledger(run.ledger_path).currency,
        ),
    )
    run.save("worklist", day.worklist)
    run.save("desks", day.allocation.desks)
    run.save("capacity", _used(day.worklist, capacity) | balance_of(day.allocation))
    keep_reach(run, scores, segmentation, capacity=capacity, limits=limits)


def _on_the_desks_day(prescribed: pd.DataFrame, key_date: pd.Timestamp) -> pd.DataFrame:
    """Return the treatments as the desk meets them: a month that ends on a Saturday is worked on the next Monday."""
    day = pd.to_datetime(prescribed["contact_day"])
    free = day[prescribed["held"] == ""]
    first = free.min() if len(free) else key_date
    return prescribed.assign(contact_day=day.mask(day <= first, key_date))


def _used(worklist: pd.DataFrame, capacity: Capacity) -> dict[str, Any]:
    manual = worklist[worklist["on_today"] & (worklist["handling"] != "automatic")]
    return {
        "hours": capacity.minutes / 60,
        "used_hours": float(manual["minutes"].sum()) / 60,
        "shadow_price": float(shadow_price(worklist, capacity)),
    }


def _moves(run: Run, policy: Policy, now: pd.DataFrame) -> pd.DataFrame:
    """Return how many customers changed segment since the month-end before, had the policy run then."""
    before = run.load("customer_scores_before")
    if before.empty:
        return pd.DataFrame({"from_segment": [], "to_segment": [], "customers": []})
    both = policy.assign(before).merge(now, on="customer_id", suffixes=("_before", "_now"))
    moved = both[both["segment_before"] != both["segment_now"]]
    counts = moved.groupby(["segment_before", "segment_now"], sort=True).size().reset_index(name="customers")
    return counts.set_axis(["from_segment", "to_segment", "customers"], axis=1)
