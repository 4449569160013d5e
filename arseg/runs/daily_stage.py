"""The daily stage: the champion's scores on the key date. Nothing is trained; whose figures are as before keeps its score."""

from __future__ import annotations

import hashlib
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from arseg import __version__
from arseg.features import build_features, kept_place
from arseg.ledger import read_ledger
from arseg.ledger.snapshots import take_snapshots
from arseg.models import load_model
from arseg.models.asked_once import set_up
from arseg.runs.editions import SCORED_BY, in_force_before
from arseg.runs.learnt_from import refuse_changed
from arseg.runs.publication import published
from arseg.runs.rescoring import rescore
from arseg.runs.stages import keep_known, worded
from arseg.runs.walked import keep_day
from arseg.side_by_side import together

if TYPE_CHECKING:
    from arseg.features import Features
    from arseg.ledger.snapshot import Snapshot
    from arseg.runs.journal import Run

# Who had a row known after the edition before, by whatever table.
_NEWS = """
    SELECT DISTINCT customer_id FROM (
        SELECT customer_id FROM invoices WHERE known_on > DATE '{day}'
        UNION ALL SELECT i.customer_id FROM postings AS p JOIN invoices AS i USING (invoice_id)
            WHERE p.known_on > DATE '{day}'
        UNION ALL SELECT i.customer_id FROM disputes AS d JOIN invoices AS i USING (invoice_id)
            WHERE d.known_on > DATE '{day}'
        UNION ALL SELECT customer_id FROM promises WHERE known_on > DATE '{day}'
        UNION ALL SELECT customer_id FROM contacts WHERE known_on > DATE '{day}'
        UNION ALL SELECT customer_id FROM credit WHERE known_on > DATE '{day}'
    ) AS rows WHERE customer_id IS NOT NULL ORDER BY customer_id"""


def refresh(run: Run) -> pd.DataFrame:
    """Score every open item of the key date with the champion, and keep what later cells need.

    Returns
    -------
    frame
        ``figure, value``: open items, customers, customers with news since the edition before, customers scored anew.

    Raises
    ------
    DataError, UsageError
        If the ledger, a feature block or the policy is another than the champion was taught on.
    """
    by = run.load(SCORED_BY)
    edition = Path(by["edition"])
    shutil.copytree(edition / "model", run.work / "model", dirs_exist_ok=True)
    model = load_model(run.work / "model")
    (features, news), _ = together(partial(_look, run, edition), partial(set_up, model))
    found = rescore(features, model, _place(run, features, by["model_sha256"]))
    scores = worded(run, found.scores, features, model)
    run.save("item_scores", scores.items)
    run.save("customer_scores", scores.customers)
    # What the month-end before would have said is the business of a month-end.
    run.save("customer_scores_before", pd.DataFrame())
    told = {
        "open_items": len(scores.items),
        "customers": len(scores.customers),
        "with_news": news,
        "scored_anew": len(found.touched),
    }
    run.save("refreshed", told)
    return pd.DataFrame({"figure": [name.replace("_", " ") for name in told], "value": list(told.values())})


def _look(run: Run, edition: Path) -> tuple[Features, int | None]:
    """Return the features of the key date, and how many customers had news since the edition before."""
    chosen = run.experiment.features
    cache = run.cache
    ledger = read_ledger(run.ledger_path)
    with (
        take_snapshots(ledger, [run.key_date], cache=cache, engine=chosen.engine) as snapshots,
        snapshots.on(run.key_date) as snapshot,
    ):
        refuse_changed(run, edition, snapshot.present)
        features = build_features(snapshot, blocks=chosen.blocks, folder=run.blocks_folder)
        keep_day(run, features, kept_place(snapshot, blocks=chosen.blocks, folder=run.blocks_folder))
        keep_known(run, snapshot)
        return features, _news(run, snapshot)


def _news(run: Run, snapshot: Snapshot) -> int | None:
    folder = published(run.home, run.experiment.name)
    before: Any = next((held for held, _ in in_force_before(folder, run.key_date.isoformat())), None)
    return None if before is None else len(snapshot.sql(_NEWS.format(day=before.name[:10])))


def _place(run: Run, features: Features, model: str) -> Path:
    """Return where this model's last scores are kept: one place per model, columns, words and version of arseg."""
    said = [__version__, model, *features.dictionary.astype(str).agg("|".join, axis=1)]
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
    return run.cache / "scored" / f"{run.experiment.name}-{digest}"
