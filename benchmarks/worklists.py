"""Whom to call first: six ways to order a worklist at equal collector minutes, judged by the truth of typical worlds.

Each world is a book of its own. A hazard learns from what the first review day knew; on every review day all overdue
customers are ordered by each rule, and called in that order until the minutes are used up. What a call truly brings
comes from running the world with and without it under the same luck (``worklists_world``). ``--quick`` takes one
small world. Worlds 1 to 7 were looked at while this was built; what is reported comes from others. ``--parts`` goes on
where an earlier call was stopped.
"""

from __future__ import annotations

import argparse
import datetime as dt
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from measuring import RESULTS, report
from worklists_page import write_page
from worklists_world import drawn_book, learn, true_value

from arseg.scores import score
from arseg.uplift import Worth, incremental_value

FIRST_REVIEW: Final = dt.date(2025, 8, 3)
BETWEEN: Final = dt.timedelta(days=28)
FIRST_WORLD: Final = 101
# Declared before the first look: a quarter of the minutes that calling everybody overdue would take.
BUDGET: Final = 0.25
OURS: Final = "incremental value"
ORACLE: Final = "oracle"
RULES: Final = (OURS, "random", "oldest first", "largest first", "riskiest first", "expected loss first")
BESIDE: Final = ("assumed lift", ORACLE)
SHARES: Final = np.round(np.linspace(0.0, 1.0, 41), 3)
DRAWS: Final = 2_000
_CALL: Final = {"treatment": "Call", "channel": "call", "cost": 0.0}


def one_world(customers: int, days: int, courses: int, seed: int) -> pd.DataFrame:
    """Return a row per review day and overdue customer: order by each rule, minutes, and what a call truly brings."""
    parts = []
    with drawn_book(customers, seed) as book:
        plain, effect = learn(book, FIRST_REVIEW)
        for number in range(days):
            key_date = FIRST_REVIEW + number * BETWEEN
            features = book.walk.landmark(key_date).features
            scores = score(features, plain, reasons=False).customers
            due = scores[(scores["overdue_balance"] > 0) & (scores["oldest_days_past_due"] >= 1)]
            work = due[["customer_id"]].assign(**_CALL, tone=tone_of(due), minutes=minutes_of(due))
            found = incremental_value(features, plain, work, effect=effect, worth=Worth(first_day=1))
            truth = true_value(book, key_date, courses).reindex(due["customer_id"]).reset_index(drop=True)
            parts.append(
                orders(due, found).assign(
                    customer_id=due["customer_id"].to_numpy(),
                    minutes=work["minutes"].to_numpy(),
                    estimated=found["incremental_value"].to_numpy(),
                    error=found["incremental_error"].to_numpy(),
                    day=number,
                    **{name: truth[name].to_numpy() for name in truth},
                )
            )
    told = dict(zip([*effect.columns, "contact x risk"], effect.coefficients.round(3), strict=True))
    frame = pd.concat(parts, ignore_index=True).assign(world=seed)
    frame.attrs["effect"] = {"half_life": effect.half_life, **{name: float(v) for name, v in told.items()}}
    return frame


def kept_world(folder: Path | None, size: tuple[int, int, int], seed: int) -> pd.DataFrame:
    """Return a world, read from a folder where it was kept by an earlier call."""
    if folder is None:
        return one_world(*size, seed)
    path = part_of(folder, size, seed)
    if path.is_file():
        return pd.read_parquet(path)
    found = one_world(*size, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    found.to_parquet(path)
    return found


def part_of(folder: Path, size: tuple[int, int, int], seed: int) -> Path:
    """Return where a world of a size is kept."""
    return folder / f"{seed}-{'-'.join(map(str, size))}.parquet"


def minutes_of(due: pd.DataFrame) -> pd.Series:
    """Return the minutes that a call takes on average: two without an answer, else eight and one per 15 days past due."""
    talk = 8.0 + np.minimum(6.0, due["oldest_days_past_due"] // 15)
    return 0.65 * talk + 0.35 * 2.0


def tone_of(due: pd.DataFrame) -> np.ndarray:
    """Return the tone in which this desk calls: the later, the firmer."""
    age = due["oldest_days_past_due"]
    return np.where(age >= 45, "firm", np.where(age >= 15, "reminder", "nudge"))


def orders(due: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return by rule the number by which it orders, the largest first."""
    numbers = {
        OURS: found["per_minute"],
        "oldest first": due["oldest_days_past_due"],
        "largest first": due["overdue_balance"],
        "riskiest first": due["p_unpaid_30"],
        "expected loss first": due["expected_loss"],
        "assumed lift": due["overdue_balance"] * due["p_unpaid_30"],
    }
    return pd.DataFrame({name: values.to_numpy(dtype=np.float64) for name, values in numbers.items()})


def taken(frame: pd.DataFrame, rule: str, share: float) -> np.ndarray:
    """Return how much of each row's call is made within a share of the day's minutes; the last one in part.

    Random order is not drawn but averaged over: everybody is called with the same chance.
    """
    if rule == "random":
        return np.full(len(frame), share)
    made = np.zeros(len(frame))
    for rows in frame.groupby(["world", "day"]).indices.values():
        minutes = frame["minutes"].to_numpy()[rows]
        order = np.argsort(-frame[rule].to_numpy()[rows], kind="stable")
        before = np.cumsum(minutes[order]) - minutes[order]
        made[rows[order]] = np.clip((share * minutes.sum() - before) / minutes[order], 0.0, 1.0)
    return made


def brought(frame: pd.DataFrame, rule: str, share: float) -> np.ndarray:
    """Return what the calls within a share of the minutes truly bring, euros per row."""
    if rule == ORACLE:
        halves = (("first", "second"), ("second", "first"))
        swapped = [
            taken(frame.assign(**{ORACLE: frame[chosen] / frame["minutes"]}), ORACLE, share) * frame[judged]
            for chosen, judged in halves
        ]
        return np.asarray(np.mean(swapped, axis=0))
    return taken(frame, rule, share) * truth_of(frame)


def truth_of(frame: pd.DataFrame) -> np.ndarray:
    """Return what a call truly brings, euros per row."""
    return np.asarray((frame["first"] + frame["second"]) / 2)


def compared(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the value of each rule within the budget, and what ours brings more, with its interval."""
    worlds = frame["world"].to_numpy()
    ours, every = brought(frame, OURS, BUDGET), truth_of(frame).sum()
    minutes = BUDGET * frame["minutes"].sum()
    rows = []
    for rule in (*RULES, *BESIDE):
        theirs = brought(frame, rule, BUDGET)
        more = ours - theirs
        low, high = interval(frame, more)
        by_world = pd.Series(more).groupby(worlds).sum()
        rows.append(
            {
                "rule": rule,
                "value": round(float(theirs.sum())),
                "per_minute": round(float(theirs.sum() / minutes), 2),
                "share_of_all": round(float(theirs.sum() / every), 4),
                "ours_more": round(float(more.sum())),
                "low": round(float(low)),
                "high": round(float(high)),
                "worlds_ahead": int((by_world > 0).sum()),
                "by_world": by_world.round().astype(int).tolist(),
            }
        )
    return rows


def interval(frame: pd.DataFrame, more: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a sum: worlds are drawn anew, and within them whole customers with all their days."""
    rng = np.random.default_rng(20260801)
    by_customer = pd.Series(more).groupby([frame["world"].to_numpy(), frame["customer_id"].to_numpy()]).sum()
    sums = []
    for _, values in by_customer.groupby(level=0):
        count = len(values)
        sums.append(rng.multinomial(count, np.full(count, 1 / count), size=DRAWS) @ values.to_numpy())
    often = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
    low, high = np.quantile((often * np.column_stack(sums)).sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def curves(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Return by rule the share of the value of calling everybody, at each share of the minutes."""
    every = truth_of(frame).sum()
    return {
        rule: [round(float(brought(frame, rule, share).sum() / every), 4) for share in SHARES]
        for rule in (*RULES, *BESIDE)
    }


def draw(found: dict[str, list[float]], picture: Path) -> None:
    """Draw value by minutes, a line per rule."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.2, 4.8), layout="constrained")
    for rule, values in found.items():
        style = {OURS: ("-", 2.8), "random": (":", 1.6), ORACLE: ("--", 1.4)}.get(rule, ("-", 1.4))
        color = {OURS: "#0b5d7a", "random": "#5b6875", ORACLE: "#17212b"}.get(rule)
        axes.plot(SHARES * 100, np.array(values) * 100, style[0], linewidth=style[1], color=color, label=rule)
    axes.axvline(BUDGET * 100, color="#dfe5ea", zorder=0)
    axes.set(
        xlabel="collector minutes, % of those that calling everybody overdue takes",
        ylabel="true value, % of that of calling everybody",
        xlim=(0, 100),
    )
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=9)
    figure.savefig(picture, dpi=130)


def summed_up(found: list[pd.DataFrame]) -> dict[str, Any]:
    """Return the figures of all worlds."""
    frame = pd.concat(found, ignore_index=True)
    return {
        "decisions": len(frame),
        "budget": BUDGET,
        "draws": DRAWS,
        "value_of_all": round(float(truth_of(frame).sum())),
        "estimated_of_all": round(float(frame["estimated"].sum())),
        "minutes_of_all": round(float(frame["minutes"].sum())),
        "effects": [part.attrs["effect"] for part in found],
        "rules": compared(frame),
        "shares": SHARES.tolist(),
        "curves": curves(frame),
    }


def main() -> None:
    """Run the worlds, report, and write figure and page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small world; neither figure nor page")
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--customers", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--parts", type=Path, help="keep each world there, and go on with those that are")
    parser.add_argument("--kept", action="store_true", help="report the worlds kept in --parts, run none")
    given = parser.parse_args()
    worlds, customers, days, courses = (
        (1, 200, 1, 4) if given.quick else (given.worlds, given.customers, 3, 16)
    )
    declared = range(FIRST_WORLD, FIRST_WORLD + worlds)
    one = partial(kept_world, given.parts, (customers, days, courses))
    if given.kept:
        seeds = [
            seed for seed in declared if part_of(given.parts, (customers, days, courses), seed).is_file()
        ]
        found = [one(seed) for seed in seeds]
    else:
        seeds = list(declared)
        with ProcessPoolExecutor(given.jobs) as pool:
            found = list(pool.map(one, seeds))
    case = f"{len(seeds)} typical worlds of {customers} customers, {days} review days each, {courses} courses"
    told = {"case": case, "system": "arseg", "seeds": seeds, "declared": len(declared), "courses": courses}
    result = {**told, **summed_up(found)}
    if not given.quick:
        draw(result["curves"], RESULTS / "worklists.png")
        write_page(result)
    report("worklists", [result])


if __name__ == "__main__":
    main()
