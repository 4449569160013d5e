"""The edition of a daily refresh: segments, treatments and the day's list, and where everything else is to be read.

A daily refresh teaches nothing, so it looks back on nothing and forecasts nothing: the backtest, the headline, the cash
and the provision stand in the last month-end's edition, which its page names.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arseg import __version__
from arseg.ledger import read_ledger
from arseg.report import Findings
from arseg.runs.assigning import REVIEWS, declared_policies, published_policy
from arseg.runs.earlier_edition import keep_basis
from arseg.runs.edition_files import (
    leave_assignments,
    leave_page,
    leave_tables,
    leave_worklist,
    segments_table,
)
from arseg.runs.editions import DAILY, SCORED_BY, WORK
from arseg.runs.learnt_from import LEARNT
from arseg.runs.model_card import CARD
from arseg.runs.stamps import book_stamps
from arseg.treatments.messages_preview import preview_page

if TYPE_CHECKING:
    import pandas as pd

    from arseg.runs.journal import Run

BANDS: Final = ("decisions", "segments", "moves", "worklist", "quality", "definitions", "reproduce")
TABLES: Final = (
    *("customer_scores", "item_scores", "segmentations", "quality", "changes", "holdout"),
    *("overrides", "needs_human", "handoffs", "opportunities", "safety", "reminders", "preferred", "reach"),
    "desks",
)
DEFINITIONS: Final = (
    ("Champion", "the model and policy of a month-end that a person approved by name, until a day"),
    ("Daily refresh", "the champion's scores on the key date and what follows from them; nothing is taught"),
)
MESSAGES: Final = "messages.html"
# The page of a daily refresh stands beside that of a month-end on the same day.
REPORT: Final = "daily.html"


def collect(run: Run) -> Findings:
    """Return what the page of a daily refresh needs, as plain frames."""
    ledger = read_ledger(run.ledger_path)
    policy, changed = repr(published_policy(run)), run.load("changed")
    return Findings(
        title=run.experiment.title or run.experiment.name,
        experiment=run.experiment.name,
        key_date=run.key_date,
        compared_with=dt.date.fromisoformat(changed["since"]) if changed["since"] else None,
        currency=ledger.currency,
        policy=policy,
        in_force=repr(declared_policies(run)[0]),
        segments=segments_table(run, policy),
        moves=_moves(run.load("changes")),
        changes=run.load("changes"),
        changed=changed,
        worklist=run.load("worklist"),
        capacity=run.load("capacity"),
        desks=run.load("desks"),
        preferred=run.load("preferred"),
        reaching=run.load("reaching"),
        quality=run.load("quality"),
        checked=run.load("check"),
        stamps=[*book_stamps(run, ledger), *_champion_stamps(run)],
        reproduce=_reproduce(run, ledger.content_hash),
        definitions=DEFINITIONS,
        notes=(*ledger.notes, *said_elsewhere(run)),
    )


def said_elsewhere(run: Run) -> list[str]:
    """Return what this refresh does not say and where it stands, and what it says with less than a month-end."""
    by, told = run.load(SCORED_BY), run.load("refreshed")
    where = by["month_end"] or "no edition yet"
    news = (
        ""
        if told["with_news"] is None
        else f", {told['with_news']} of them with news since the edition before"
    )
    who = (
        f"Daily refresh: no model was taught. {by['model']} of {by['key_date']}, approved by {by['approver']} until"
        f" {by['until']}, scored {told['customers']} customers{news}."
    )
    notes = [
        who,
        f"Headline, backtest, cash and provision are not made anew: they stand in the month-end's edition, {where}.",
        "What a contact would bring is assumed from the playbook; whose segment is borderline is not redrawn.",
    ]
    if run.experiment.classifier is not None:
        notes.append("The classifier's figures stand in the month-end's edition.")
    return notes


def write(run: Run, findings: Findings) -> Path:
    """Draw the page and leave every file to publish; return the page."""
    folder, edition = run.to_publish, Path(run.load(SCORED_BY)["edition"])
    leave_tables(run, TABLES, sometimes=[REVIEWS])
    keep_basis(run)
    for name in (LEARNT, CARD):
        shutil.copyfile(edition / name, folder / name)
    (folder / MESSAGES).write_text(preview_page(), encoding="utf-8")
    leave_assignments(run)
    for name in ("segments", "moves"):
        getattr(findings, name).to_parquet(folder / f"{name}.parquet", index=False)
    leave_worklist(run)
    page, summary = leave_page(run, findings, bands=BANDS)
    run.save("tracking", _tracking(run, summary))
    return page


def _moves(changes: pd.DataFrame) -> pd.DataFrame:
    """Return how many customers of both editions changed segment since the one before."""
    moved = changes[changes["before"] != changes["after"]]
    counts = moved.groupby(["before", "after"], sort=True).size().reset_index(name="customers")
    return counts.set_axis(["from_segment", "to_segment", "customers"], axis=1)


def _tracking(run: Run, summary: dict[str, Any]) -> dict[str, Any]:
    by = run.load(SCORED_BY)
    facts = {WORK: DAILY, "champion": by["version"], "month_end": by["month_end"], "overdue": by["overdue"]}
    return {
        "version": summary["page"]["version"],
        "stale": "; ".join(run.load("check")["stale"]),
        "report": REPORT,
        "facts": facts,
        "parameters": {
            WORK: DAILY,
            "champion": {name: by[name] for name in ("version", "model", "approver")},
        },
        "metrics": {name: value for name, value in run.load("refreshed").items() if value is not None},
        # A champion is registered already.
        "model": "none",
    }


def _champion_stamps(run: Run) -> list[dict[str, str]]:
    by = run.load(SCORED_BY)
    if by["overdue"]:
        return [{"text": by["overdue"], "strong": "OVERDUE", "level": "bad"}]
    text = f"Daily refresh by the champion of {by['key_date']}, approved until {by['until']}"
    return [{"text": text, "strong": "Daily refresh", "level": ""}]


def _reproduce(run: Run, ledger_hash: str) -> dict[str, Any]:
    by = run.load(SCORED_BY)
    return {
        "Commands": [f"arseg score experiments/{run.experiment.name}.yaml --key-date {run.key_date}"],
        "Ledger, SHA-256": ledger_hash,
        "Experiment, SHA-256": run.experiment.experiment_hash,
        "Playbook, SHA-256": run.load("playbook")["hash"],
        "Champion": f"{by['model']}, edition {by['version']}",
        "Champion, SHA-256": by["model_sha256"],
        "arseg": __version__,
    }
