"""The edition of a run: everything that stakeholders get, laid out for publication.

Collects what the stages saved, adds the headline, the cash band and the segments, draws the page, and
writes the files. The run's id and the clock stay out of every byte.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg import __version__
from arseg.backtest import headline
from arseg.backtest.replay import RATIOS
from arseg.backtest.standing import DEFINITIONS
from arseg.backtest.value.scored import HEADLINE
from arseg.forecast import expected_cash
from arseg.ledger import read_ledger
from arseg.report import Findings, draw_figures
from arseg.runs.answering import saved_answers, table_names
from arseg.runs.assigning import REVIEWS, published_policy
from arseg.runs.earlier_edition import keep_basis
from arseg.runs.edition_files import (
    leave_assignments,
    leave_facts,
    leave_page,
    leave_tables,
    leave_worklist,
    segments_table,
)
from arseg.runs.forward_edition import cash_ahead, forward_findings, is_told, publish_forward
from arseg.runs.learnt_from import keep_learnt
from arseg.runs.monitoring import watch
from arseg.runs.own_snapshot import holding_history
from arseg.runs.profiling import profiles_of
from arseg.runs.spread import badges_in_words
from arseg.runs.stages import open_walk
from arseg.runs.stamps import stamps_of
from arseg.runs.walked import kept_days, load_walk
from arseg.schema.days import month_end
from arseg.treatments.messages_preview import preview_page

if TYPE_CHECKING:
    from arseg.backtest import Walk
    from arseg.ledger import Ledger
    from arseg.runs.journal import Run

MONTHS_SHOWN: Final = 13
MESSAGES: Final = "messages.html"
TABLES: Final = (
    "customer_scores",
    "item_scores",
    "segmentations",
    "measures",
    "accuracy",
    "calibration",
    "quality",
    "moves",
    "changes",
    "counterfactual",
    "verdicts",
    "support",
    "holdout",
    "overrides",
    "needs_human",
    "handoffs",
    "opportunities",
    "safety",
    "reminders",
    "preferred",
    "reach",
    "desks",
)
# What the page gets as the stages saved it.
AS_SAVED: Final = (
    "moves",
    "changes",
    "changed",
    "measures",
    "verdicts",
    "accuracy",
    "calibration",
    "worklist",
    "capacity",
    "desks",
    "preferred",
    "reaching",
    "quality",
)
# What only some experiments have.
SOMETIMES: Final = (REVIEWS, "scorecard", "classifier_judged", "monitor")
NO_CONTACTS: Final = (
    "the ledger has no log of contacts, so history cannot say what another treatment would have done."
)


@holding_history
def collect(run: Run) -> Findings:
    """Return everything the page needs, as plain frames."""
    ledger = read_ledger(run.ledger_path)
    told = run.load("backtest")
    answers, limits = saved_answers(run)
    policy = repr(published_policy(run))
    walk = load_walk(run, open_walk(run))
    return Findings(
        title=run.experiment.title or run.experiment.name,
        experiment=run.experiment.name,
        key_date=run.key_date,
        compared_with=month_end(run.key_date, back=1),
        currency=ledger.currency,
        policy=policy,
        in_force=told["in_force"],
        headline=_headline(run, walk),
        segments=segments_table(run, policy, run.load("measures")),
        profiles=profiles_of(run, policy),
        **run.experiment.report.model_dump(include={"language", "names", "fewest"}),
        monitor=watch(run, walk),
        meanings=run.load("dictionary").set_index("name")["meaning"].to_dict(),
        cash=_cash(run),
        forward=forward_findings(run),
        counterfactual=headline_only(run.load("counterfactual")),
        checked=run.load("check"),
        stamps=stamps_of(run, ledger),
        reproduce=_reproduce(run, ledger),
        definitions=_definitions(),
        notes=(*ledger.notes, *told["notes"], *filter(None, [badges_in_words(run.load("needs_human"))])),
        identification=_unknown(run, told["unknown"]),
        **{name: run.load(name) for name in AS_SAVED},
        answers=answers,
        answer_notes=limits,
        key_dates=tuple(pd.Timestamp(day).date() for day in told["key_dates"]),
    )


def write(run: Run, findings: Findings) -> Path:
    """Draw the page and leave every file to publish; return the page."""
    folder = run.to_publish
    leave_tables(run, dict.fromkeys((*TABLES, *table_names(run))), sometimes=SOMETIMES)
    keep_basis(run)
    keep_learnt(run)
    (folder / MESSAGES).write_text(preview_page(), encoding="utf-8")
    publish_forward(run, folder)
    leave_assignments(run)
    for name in ("headline", "segments", "profiles", "cash"):
        getattr(findings, name).to_parquet(folder / f"{name}.parquet", index=False)
    leave_facts(run, findings)
    leave_worklist(run)
    page, summary = leave_page(run, findings)
    told = _tracking(run, findings, _keep_figures(run, summary))
    run.save(
        "tracking",
        told | {"version": summary["page"]["version"], "stale": "; ".join(run.load("check")["stale"])},
    )
    return page


def headline_only(table: pd.DataFrame) -> pd.DataFrame:
    """Return the headline estimator's rows, and the bounds of what is not identified."""
    return table[table["estimator"].isin([HEADLINE, "bounds"])].reset_index(drop=True)


def _unknown(run: Run, reasons: list[str]) -> str:
    """Say why no policy could be weighed, where none was; else history speaks for itself."""
    if not reasons:
        return ""
    return "; ".join(reasons) if "contacts" in run.load("present") else NO_CONTACTS


def _keep_figures(run: Run, summary: dict[str, Any]) -> list[str]:
    """Leave the page's drawings as files for MLflow, and return their paths in the work folder."""
    (run.work / "figures").mkdir(exist_ok=True)
    paths = []
    for name, svg in draw_figures(summary).items():
        path = run.work / "figures" / f"{name}.svg"
        path.write_text(svg, encoding="utf-8")
        paths.append(path.relative_to(run.work).as_posix())
    return paths


def _headline(run: Run, walk: Walk) -> pd.DataFrame:
    days = [day for day in kept_days(run) if day <= run.key_date][-MONTHS_SHOWN:]
    return headline([walk.landmark(day).standing for day in days], draws=walk.plan.draws, seed=walk.plan.seed)


def _cash(run: Run) -> pd.DataFrame:
    """Return the forecast's cash; before its notebook has run a plainer one."""
    if is_told(run):
        return cash_ahead(run)
    return expected_cash(run.load("item_scores"), run.load("paid_by_week").to_numpy(), key_date=run.key_date)


def _reproduce(run: Run, ledger: Ledger) -> dict[str, Any]:
    return {
        "Commands": [f"arseg run experiments/{run.experiment.name}.yaml --key-date {run.key_date}"],
        "Ledger, SHA-256": ledger.content_hash,
        "Experiment, SHA-256": run.experiment.experiment_hash,
        "Playbook, SHA-256": run.load("playbook")["hash"],
        "Model": run.load("training")["model"],
        "arseg": __version__,
    }


def _definitions() -> list[tuple[str, str]]:
    head = [(label, definition) for label, _, _, definition in DEFINITIONS.values()]
    panel = [(f"{name} (replay)", definition) for name, (*_, definition) in RATIOS.items()]
    return [*head, *panel]


def _tracking(run: Run, findings: Findings, figures: list[str]) -> dict[str, Any]:
    """Return what MLflow is told of the run."""
    head = pd.DataFrame(findings.headline).set_index("measure")
    metrics = {name: head.loc[name, "value"] for name in head.index}
    metrics |= {f"{name}_{end}": head.loc[name, end] for name in head.index for end in ("low", "high")}
    for row in run.load("accuracy").itertuples():
        model = row.model.partition("(")[0]
        metrics[f"log_loss_{model}_{row.horizon or 'mean'}"] = row.log_loss
    finite = {name: float(value) for name, value in metrics.items() if pd.notna(value)}
    return {
        "metrics": finite,
        "parameters": {"training": run.load("training")},
        "model": "model",
        "artifacts": figures,
    }
