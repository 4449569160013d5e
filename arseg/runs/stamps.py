"""The stamps of page one: how fresh the book is, and whether its model can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arseg.ledger import Ledger
    from arseg.runs.journal import Run


def stamps_of(run: Run, ledger: Ledger) -> list[dict[str, str]]:
    """Return the stamps of page one, the gravest kind first: ``text``, its ``strong`` part and ``level``.

    Parameters
    ----------
    run
        With the check, the selection and the accuracy that its stages saved.
    ledger
        The book.
    """
    return [*book_stamps(run, ledger), *_model_stamps(run)]


def book_stamps(run: Run, ledger: Ledger) -> list[dict[str, str]]:
    """Return how fresh the book is, as stamps."""
    stamps = [
        {"text": f"STALE: {reason}", "strong": "STALE", "level": "bad"}
        for reason in run.load("check")["stale"]
    ]
    stamps.append(
        {"text": f"Book known to {ledger.last_known}", "strong": str(ledger.last_known), "level": ""}
    )
    if ledger.assumed_clocks:
        count = len(ledger.assumed_clocks)
        stamps.append(
            {"text": f"Second clock assumed on {count} tables", "strong": "assumed", "level": "warn"}
        )
    return stamps


def _model_stamps(run: Run) -> list[dict[str, str]]:
    """Return what a reader must know of the model before the first figure."""
    stamps = []
    selection = run.load("selection")
    if selection["fell_back"]:
        name = selection["chosen"]["name"]
        text = f"Too little is known to train {selection['asked']['name']}: {name} takes its place"
        stamps.append({"text": text, "strong": name, "level": "bad"})
    if selection["under_reserve"]:
        text = "Probabilities are off and published under reserve"
        stamps.append({"text": text, "strong": "under reserve", "level": "bad"})
    accuracy = run.load("accuracy")
    means = accuracy[accuracy["horizon"] == 0].set_index("model")["log_loss"]
    best = means.index[0] == means.idxmin()
    stamps.append(
        {"text": "Model beats its baselines", "strong": "beats", "level": "good"}
        if best
        else {"text": "Model does not beat its baselines", "strong": "does not beat", "level": "bad"}
    )
    return stamps
