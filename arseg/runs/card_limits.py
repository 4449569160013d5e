"""What a model cannot know, and whom its columns could stand in for, read off the run rather than declared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from arseg.models.protocol import LAST_DAY

if TYPE_CHECKING:
    import pandas as pd

    from arseg.runs.journal import Run

# Attributes of natural persons that no model may read, as words of a column's name or meaning.
PROTECTED: Final = (
    "birth",
    "colour",
    "disability",
    "ethnicity",
    "gender",
    "health",
    "marital",
    "nationality",
    "origin",
    "pregnancy",
    "race",
    "religion",
    "sex",
    "union",
)
# Columns that say where a customer sits or that it is a natural person: they can stand in for such attributes.
_STAND_IN: Final = re.compile(r"country|region|sole_trader")

# What a model does without a table that a ledger may leave out.
WITHOUT: Final[Mapping[str, str]] = {
    "contacts": "The ledger has no log of contacts: the model cannot say what a call or a letter would change.",
    "disputes": "The ledger has no disputes: an item in dispute looks like any other.",
    "promises": "The ledger has no promises to pay.",
    "credit": "The ledger has no credit limits or scores.",
    "indicators": "The ledger has no industry or economic series: a turn of the economy shows only in payments.",
}
# Events of a cause below which its curve is little more than the book's daily rate.
_FEW: Final = 10


def what_it_cannot_know(run: Run, window: Mapping[str, Any], *, horizon_days: int) -> list[str]:
    """Return the limits of the run's model, one sentence each.

    Parameters
    ----------
    run
        A run whose training stage is done.
    window
        From ``model_card.observed_window``.
    horizon_days
        How long the backtest followed its items.
    """
    present = set(run.load("present"))
    most, half = window["followed_days_most"], window["followed_days_half"]
    limits = [
        f"It answers for 1 to {LAST_DAY} days after the key date and refuses later ones.",
        f"The backtest followed items for {horizon_days} days: what it says of later days was not judged.",
        f"Its rows were followed for {most} days at most, half of them for {half}: later days rest on few rows.",
        "It describes how customers paid under the contacts they were given; a reason is not a cause.",
        "A customer without paid invoices is judged by the book's habit; the reasons say how much of it.",
    ]
    if window["drawn_from"] > window["rows"]:
        limits.append(
            f"It learnt from {window['rows']:,d} of {window['drawn_from']:,d} rows, drawn by lot (training.most_rows)."
        )
    limits += [
        f"Only {count} items were {cause.replace('_', ' ')}: it says little of that."
        for cause, count in window["events"].items()
        if count < _FEW
    ]
    limits += [words for table, words in WITHOUT.items() if table not in present]
    if "disputes" in present:
        limits.append(
            "A dispute open at the key date is a state that the model reads; one opened later is not foreseen item"
            " by item, only its usual effect."
        )
    return limits + [f"{note[0].upper()}{note[1:]}." for note in run.load("selection")["notes"]]


def stand_ins(read: pd.DataFrame, *, own_blocks: bool) -> dict[str, Any]:
    """Return whether the model reads a protected attribute, and which columns could stand in for one.

    Parameters
    ----------
    read
        ``name`` and ``meaning`` of the columns that the model reads.
    own_blocks
        Whether the experiment brings feature blocks of its own.

    Returns
    -------
    ``read`` and ``stand_ins`` (names of columns) and ``words``.

    Examples
    --------
    >>> import pandas as pd
    >>> columns = pd.DataFrame({"name": ["age_days", "country_main"], "meaning": ["days since issue", "home market"]})
    >>> found = stand_ins(columns, own_blocks=False)
    >>> found["read"], found["stand_ins"]
    ([], ['country_main'])
    """
    texts = (read["name"].str.replace("_", " ") + " " + read["meaning"]).str.lower()
    word = re.compile(rf"\b(?:{'|'.join(PROTECTED)})\b")
    protected = read.loc[[bool(word.search(text)) for text in texts], "name"].tolist()
    near = read.loc[[bool(_STAND_IN.search(name)) for name in read["name"]], "name"].tolist()
    own = (
        " Blocks of the experiment's own were checked by the words of their columns only."
        if own_blocks
        else ""
    )
    said = (
        "No column that it reads is a protected attribute of a person."
        if not protected
        else f"It reads what may be protected attributes: {', '.join(protected)}."
    )
    also = f" Columns that could stand in for one: {', '.join(near)}." if near else ""
    return {"read": protected, "stand_ins": near, "words": said + also + own}
