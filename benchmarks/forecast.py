"""Cash by week from frozen origins against three baselines, and its speed: 1e5 open items x 1,000 draws x 13 weeks.

Walks over the Fridays of a year (52 in a world). On each, the default model, learnt from what the book knew by then,
gives the curves; the dependence was learnt from origins whose 13 weeks were over before the year began. Every forecast is
frozen and held against the cash that the same items brought. Baselines: everything on its due day; due day plus the
customer's mean delay; aging roll rates. Each also with a band from its own past errors, or CRPS would be a contest of
a band with a point. A world is drawn per seed; differences over seeds have a t interval.

The model learns from Fridays, four weeks apart, as it is asked on Fridays. Taught on month-ends alone, as a month-end run
is, it was wrong about the first week after a Friday; teaching on Fridays took that away. Why is a conjecture: what a key date
does not know yet (paid, not posted) falls on the first day after it, and a model that met first days only as first days
of a month may take that for the calendar's doing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from forecast_losses import losses
from forecast_page import write
from measuring import RESULTS, measured, report

from arseg.forecast.accuracy import accuracy_table, better_than, score_frozen
from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.dependence_fit import PastForecast, fit_dependence
from arseg.forecast.frozen import FrozenForecast, freeze
from arseg.forecast.naive_cash import (
    cash_by_aging,
    cash_by_delay,
    cash_by_terms,
    learn_aging_cash,
    with_past_errors,
)
from arseg.forecast.open_book import WEEK, WEEKS, OpenBook

ROOT: Final = Path(__file__).resolve().parent.parent
SHARED: Final = ROOT.parent / "shared" / "data"
HORIZON: Final = WEEK * WEEKS
TIMES: Final = WEEK * np.arange(1, WEEKS + 1)
BASELINES: Final = ("terms", "average delay", "aging roll rates")
BLOCKS: Final = (
    "aging",
    "disputes",
    "due_calendar",
    "exposure",
    "frailty",
    "item",
    "payment_history",
    "payment_run",
    "promises",
    "relationship",
)


@dataclass(frozen=True)
class Span:
    """Which origins are judged, and which are learnt from.

    Parameters
    ----------
    first
        First judged origin.
    weeks
        How many judged origins, a week apart.
    warm_up
        How many origins the dependence is learnt from, before.
    step
        Weeks between those.
    """

    first: dt.date
    weeks: int = 52
    warm_up: int = 12
    step: int = 3

    @property
    def judged(self) -> list[dt.date]:
        """The judged origins."""
        return [self.first + dt.timedelta(days=WEEK * week) for week in range(self.weeks)]

    @property
    def learnt(self) -> list[dt.date]:
        """The earlier origins, the last of which was over when the first judged one was said."""
        last = self.first - dt.timedelta(days=HORIZON)
        return [last - dt.timedelta(days=WEEK * self.step * back) for back in reversed(range(self.warm_up))]


SPANS: Final = {
    "typical": Span(dt.date(2025, 10, 3), warm_up=10, step=4),
    "highradius": Span(dt.date(2019, 9, 6), weeks=12, warm_up=8, step=1),
    "traffic_fines": Span(dt.date(2009, 1, 2), warm_up=10, step=4),
}
SOURCES: Final = {
    "highradius": ("highradius/closed_invoices.csv", "highradius/open_invoices.csv"),
    "traffic_fines": ("traffic_fines/traffic_fines.csv",),
}
CASES: Final = ("speed", "worlds", "losses", *SOURCES)
# Origins from one fit to the next; a multiple of four, so that all fits learn from the same Fridays.
REFIT: Final = 16
APART: Final = 28


@dataclass(frozen=True)
class Said:
    """One origin: the book, its features, and what came."""

    book: OpenBook
    cleared: pd.DataFrame
    cash: np.ndarray


def walk(ledger: Any, days: Sequence[dt.date], known: dt.date) -> list[Said]:
    """Return what was known and said on each day, and what came as known on a later day."""
    from arseg.backtest.plan import Plan
    from arseg.backtest.walk_forward import Fold, Walk, walk_forward
    from arseg.models import DiscreteHazard

    class SameWeekday(Walk):
        """A walk whose models learn from key dates of the weekday on which they are asked."""

        def landmarks(self, key_date: dt.date) -> list[Any]:
            past = [key_date - dt.timedelta(days=APART * back) for back in range(self.plan.landmarks, 0, -1)]
            first = self.ledger.first_posting
            days = [day for day in past if first is not None and day >= first]
            self.build(days)
            return [self.landmark(day) for day in days]

    walked = SameWeekday(ledger, Plan(refit_every=REFIT, landmarks=12), blocks=list(BLOCKS))
    walked.build(days)
    folds = walk_forward(walked, {"hazard": DiscreteHazard()}, days)
    return [_said(ledger, fold, known) for fold in folds if isinstance(fold, Fold)]


def _said(ledger: Any, fold: Any, known: dt.date) -> Said:
    from arseg.ledger.receipts import observe_receipts
    from arseg.policies import RiskTiers

    matrix = fold.features.matrix()
    items = matrix[["balance", "days_past_due"]].reset_index().astype({"balance": "float64"})
    items = items.merge(fold.features.items[["invoice_id", "customer_id"]], on="invoice_id")
    tiers = RiskTiers().assign(fold.scores.customers).set_index("customer_id")["segment"]
    items["segment"] = tiers.reindex(items["customer_id"]).to_numpy()
    curves = fold.models["hazard"].predict_cumulative_incidence(
        matrix.loc[items["invoice_id"]], TIMES.tolist()
    )
    until = fold.key_date + dt.timedelta(days=HORIZON)
    came = observe_receipts(ledger, fold.key_date, observed_on=max(known, until), until=until)
    row = pd.Index(items["invoice_id"]).get_indexer(came["invoice_id"])
    cash = np.zeros((len(items), WEEKS))
    money = came["share"].to_numpy() * items["balance"].to_numpy()[row]
    np.add.at(cash, (row, (came["day"].to_numpy() - 1) // WEEK), money)
    past = fold.features.customers[
        ["customer_id", "cleared_count_12m", "cleared_days_late_mean_12m"]
    ].dropna()
    times = past["cleared_count_12m"].astype("int64")
    cleared = past.loc[past.index.repeat(times), ["customer_id"]]
    cleared["days_late"] = np.repeat(past["cleared_days_late_mean_12m"].to_numpy(dtype=float), times)
    return Said(OpenBook(items, curves, TIMES, fold.key_date), cleared.reset_index(drop=True), cash)


def points(said: Said, shares: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return what each baseline says of each item."""
    items = said.book.items
    return {
        "terms": cash_by_terms(items),
        "average delay": cash_by_delay(items, said.cleared),
        "aging roll rates": cash_by_aging(items, shares),
    }


def judged(ledger: Any, span: Span, draws: int) -> dict[str, Any]:
    """Return the figures of one book."""
    before = walk(ledger, span.learnt, span.first)
    dependence = fit_dependence([PastForecast(said.book, said.cash) for said in before])
    shares = learn_aging_cash(
        pd.concat([said.book.items for said in before]), np.concatenate([said.cash for said in before])
    )
    wrong = {
        name: (np.stack([points(said, shares)[name].sum(axis=0) for said in before])[:, None], _sums(before))
        for name in BASELINES
    }
    frozen: dict[str, list[FrozenForecast]] = {}
    actual = []
    for said in walk(ledger, span.judged, ledger.last_known):
        day = said.book.key_date
        size = Simulation(draws=draws, seed=day.toordinal())
        cube = draw_cash(said.book, dependence=dependence, simulation=size, by=["segment"])
        frozen.setdefault("arseg", []).append(freeze(cube, by="segment"))
        for name, cash in points(said, shares).items():
            expected = cash.sum(axis=0)[None]
            point = FrozenForecast(day, ("all",), expected, expected[None].astype(np.float32))
            frozen.setdefault(name, []).append(point)
            band = with_past_errors(expected, *wrong[name])
            frozen.setdefault(f"{name}, with band", []).append(
                FrozenForecast(day, ("all",), band.mean(axis=0).astype(np.float64), band)
            )
        actual.append(_actual(said))
    came = pd.concat(actual)
    scored = {name: score_frozen(said, came) for name, said in frozen.items()}
    return _figures(scored, dependence, len(before))


def _sums(said: Sequence[Said]) -> np.ndarray:
    return np.stack([one.cash.sum(axis=0) for one in said])[:, None]


def _actual(said: Said) -> pd.DataFrame:
    parts = {"all": np.ones(len(said.cash), dtype=bool)}
    segment = said.book.items["segment"].to_numpy()
    parts |= {name: segment == name for name in np.unique(segment)}
    return pd.DataFrame(
        [
            {"origin": said.book.key_date, "group": name, "ahead": week + 1, "cash": cash}
            for name, own in parts.items()
            for week, cash in enumerate(said.cash[own].sum(axis=0))
        ]
    )


def _figures(scored: dict[str, pd.DataFrame], dependence: Any, learnt: int) -> dict[str, Any]:
    ours = accuracy_table(scored["arseg"], by=["group"]).set_index("group")
    ahead = accuracy_table(scored["arseg"].query("group == 'all'"), by=["ahead"])
    whole = scored["arseg"].query("group == 'all'")
    others = {name: rows for name, rows in scored.items() if name != "arseg"}
    better = better_than(whole, others)
    return {
        "origins": len(set(whole["origin"])),
        "learnt_from_origins": learnt,
        "dependence": repr(dependence),
        "coverage_80": {name: round(float(value), 4) for name, value in ours["coverage_80"].items()},
        "coverage_50": {name: round(float(value), 4) for name, value in ours["coverage_50"].items()},
        "wape": round(float(ours.loc["all", "wape"]), 4),
        # The median is what WAPE is least for, and the pinball loss at 50 % is half its absolute error.
        "wape_of_median": round(float(2 * whole["pinball_50"].sum() / whole["actual"].sum()), 4),
        "bias": round(float(ours.loc["all", "bias"]), 4),
        "crps": round(float(ours.loc["all", "crps"]), 4),
        "pinball": round(float(ours.loc["all", "pinball"]), 4),
        "wape_by_week": ahead["wape"].round(4).tolist(),
        "bias_by_week": ahead["bias"].round(4).tolist(),
        "coverage_80_by_week": ahead["coverage_80"].round(4).tolist(),
        "against": better.round(4).astype(object).where(better.notna(), None).to_dict("records"),
    }


def world(seed: int, customers: int, weeks: int, draws: int) -> dict[str, Any]:
    """Return the figures of a typical world."""
    from arseg.ledger import load, read_ledger
    from arseg.world import synthesize

    span = SPANS["typical"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        synthesize(home / "book", customers=customers, months=36, seed=seed, setting="typical")
        loaded = load([home / "book"], "arseg", into="book", home=home)
        asked = replace(span, weeks=weeks) if weeks > 8 else Span(span.first, weeks=weeks, warm_up=8, step=1)
        return judged(read_ledger(loaded.ledger_path), asked, draws)


def real(name: str, draws: int) -> dict[str, Any]:
    """Return the figures of a public book."""
    from arseg.ledger import load, read_ledger

    with tempfile.TemporaryDirectory() as folder:
        loaded = load([SHARED / file for file in SOURCES[name]], name, into=name, home=Path(folder))
        return judged(read_ledger(loaded.ledger_path), SPANS[name], draws)


def speed(items: int, draws: int, daily: bool) -> dict[str, Any]:  # noqa: FBT001 (given by place to a process)
    """Draw the cash of a large book; the seconds of checking and drawing alone."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "invoice_id": [f"I{number:07d}" for number in range(items)],
            "customer_id": [f"C{number:06d}" for number in rng.integers(0, items // 10, items)],
            "balance": rng.lognormal(7, 1.5, items).round(2),
            "segment": rng.choice(["High", "Medium", "Low"], items),
            "currency": rng.choice(["EUR", "USD"], items),
        }
    )
    times = np.arange(1, HORIZON + 1) if daily else TIMES
    gone = 1 - np.exp(-rng.lognormal(-3.3, 0.8, items)[:, None] * times)
    incidence = np.stack([0.97 * gone, 0.02 * gone, 0.01 * gone], axis=1).astype(np.float32)
    start, spent = time.perf_counter(), time.process_time()
    book = OpenBook(frame, incidence, times, dt.date(2026, 10, 31))
    cube = draw_cash(book, simulation=Simulation(draws=draws, daily=daily), by=["segment", "currency"])
    took = {
        "drawing_seconds": time.perf_counter() - start,
        "drawing_cpu_seconds": time.process_time() - spent,
    }
    total = cube.by_week().view()
    error = np.abs(total.draws.mean(axis=0) / total.expected - 1).max()
    return {**{key: round(value, 3) for key, value in took.items()}, "mean_off_by": round(float(error), 5)}


def over_seeds(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean over worlds, and the t interval of each difference."""
    from scipy.stats import t

    found: dict[str, Any] = {"case": "typical, all seeds", "system": "arseg", "seeds": len(rows)}
    for name in ("wape", "wape_of_median", "bias", "crps"):
        found[name] = round(float(np.mean([row[name] for row in rows])), 4)
    for name in ("coverage_80", "coverage_50"):
        frame = pd.DataFrame([row[name] for row in rows])
        found[name] = {group: round(float(value), 4) for group, value in frame.mean().items()}
    frame = pd.concat([pd.DataFrame(row["against"]) for row in rows])
    found["against"] = []
    for (baseline, measure), part in frame.groupby(["baseline", "measure"], sort=False):
        gaps = part["difference"].to_numpy()
        half = (
            float(t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps)))
            if len(gaps) > 1
            else np.nan
        )
        means = {name: round(float(part[name].mean()), 4) for name in ("ours", "theirs", "difference")}
        ends = {"low": None, "high": None}
        if half is not None:
            ends = {"low": round(means["difference"] - half, 4), "high": round(means["difference"] + half, 4)}
        found["against"].append({"baseline": baseline, "measure": measure, **means, **ends})
    return found


def kept(rows: list[dict[str, Any]]) -> None:
    """Write rows into the results, each in the place of an earlier one of its case; what all seeds say comes anew."""
    path = RESULTS / "forecast.json"
    before = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    found = {row["case"]: row for row in [*before, *rows] if not row["case"].startswith("typical, all")}
    worlds = [row for case, row in found.items() if case.startswith("typical") and "failed" not in row]
    if len(worlds) > 1:
        found["typical, all seeds"] = over_seeds(worlds)
    report("forecast", list(found.values()))
    write(path)


def asked_rows(asked: argparse.Namespace) -> None:
    """Run the cases one by one; each is written down when it is done, for hours may go by until the last."""
    items = 10_000 if asked.quick else 100_000
    if "speed" in asked.cases:
        for daily in (False, True):
            case = f"{items:,} items x 1,000 draws x 13 weeks{', by day' * daily}"
            kept([{"case": case, "system": "arseg"} | measured(speed, items, 1000, daily)])
    if "losses" in asked.cases:
        kept(
            [
                {"case": "provision, four methods", "system": "arseg"}
                | measured(losses, 2 if asked.quick else 5)
            ]
        )
    if "worlds" in asked.cases:
        customers, weeks = (40, 4) if asked.quick else (asked.customers, asked.weeks)
        for seed in range(asked.first, asked.first + (1 if asked.quick else asked.seeds)):
            case = {"case": f"typical, seed {seed}", "system": "arseg", "customers": customers}
            kept([case | measured(world, seed, customers, weeks, 1000)])
    for name in SOURCES:
        if name in asked.cases and SHARED.is_dir() and not asked.quick:
            kept([{"case": name, "system": "arseg"} | measured(real, name, 1000)])


def main() -> None:
    """Run the cases that are asked for; ``--quick`` takes one small world and a tenth of the large book."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--weeks", type=int, default=52, help="judged origins of each world")
    asked_rows(parser.parse_args())


if __name__ == "__main__":
    main()
