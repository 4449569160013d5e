"""What the book's own log says each treatment would bring; where it cannot say, the playbook's assumption stays.

The log supports an estimate where it tells enough contacts from enough customers who were left alone, and where
whom to leave alone was drawn by lot: a desk that follows a rule never shows what would have come otherwise.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.backtest.desk_rows import FRESH_DAYS, desk_rows
from arseg.models import DiscreteHazard
from arseg.schema import DataError
from arseg.uplift import ASSUMED, ESTIMATED, followed, incremental_value

if TYPE_CHECKING:
    from arseg.backtest import Walk
    from arseg.models import TimeToPayment
    from arseg.models.contact_effect import ContactEffect
    from arseg.runs.journal import Run

# Contacts about items past due, and decisions to leave alone, after the key dates: fewer say too little.
FEWEST: Final = 500
# Of the decisions to leave alone, those that carry a chance strictly between 0 and 1.
DRAWN_SHARE: Final = 0.5
# A kind of contact whose change of the log-hazard has a larger standard error stays assumed: a guess is no estimate.
MOST_ERROR: Final = 0.15
MOST_ITEMS: Final = 20_000
# A few coefficients want less of a booster than a course does.
TREES: Final = 50
# What a contact does was learnt from what is past due; a dispute or a promise is no dunning.
DUNNED: Final = ("early", "mid", "late")
# The coefficients themselves, for whom a plan of contacts is asked about.
LEARNT: Final = "contact_learnt"
TOLD: Final = ("incremental_value", "incremental_low", "incremental_high")
_RULE: Final = "a desk that follows a rule never shows what would have come otherwise"
_KIND: Final = ["customer_id", "channel", "tone"]


def keep_value(run: Run, walk: Walk, model: TimeToPayment) -> None:
    """Learn what contacts do, and keep what each kind of contact would bring to each customer of the key date.

    Saves ``contact_value`` (a row per customer, channel and tone; none where the log does not support an estimate),
    ``contact_effect`` (``basis`` and ``why``) and, where there is an estimate, ``LEARNT``.

    Parameters
    ----------
    run, walk
        The run, and its month-ends.
    model
        The model that the run publishes.
    """
    knowing, why = learn_effect(run, walk)
    effect = None if knowing is None else knowing.contact_
    kinds = [] if effect is None else _kinds(effect)
    if knowing is None or effect is None or not kinds:
        said = why if effect is None else f"{why}, which tells no kind of contact well enough from none"
        run.save("contact_value", pd.DataFrame(columns=[*_KIND, *TOLD]))
        run.save("contact_effect", {"basis": ASSUMED, "why": said})
        return
    features = walk.landmark(run.key_date).features
    options = _options(features.items["customer_id"], kinds)
    # A course wants a hazard with its contacts; another model's scores do not tell of one.
    course = model if isinstance(model, DiscreteHazard) else knowing
    found = incremental_value(features, course, options, effect=effect)
    run.save(LEARNT, effect.to_dict())
    run.save("contact_value", options[_KIND].join(found[list(TOLD)]))
    names = [*effect.columns, "contact x risk"]
    told = {
        name: [round(float(size), 4), round(float(error), 4)]
        for name, size, error in zip(names, effect.coefficients, effect.errors, strict=True)
    }
    run.save(
        "contact_effect", {"basis": ESTIMATED, "why": why, "half_life": effect.half_life, "effects": told}
    )


def with_value(run: Run, prescribed: pd.DataFrame) -> pd.DataFrame:
    """Return prescribed treatments with ``incremental_value`` and its interval, missing where it is assumed.

    Parameters
    ----------
    run
        In which ``keep_value`` may have run; one that learnt nothing assumes.
    prescribed
        From ``make_safe``.
    """
    try:
        known = run.load("contact_value")
    except DataError:
        return prescribed.assign(**dict.fromkeys(TOLD, np.nan))
    told = prescribed[[*_KIND, "stage"]].merge(known, on=_KIND, how="left", validate="m:1")
    dunned = told["stage"].isin(DUNNED).to_numpy()
    return prescribed.assign(
        **{name: np.where(dunned, told[name].to_numpy(dtype=np.float64), np.nan) for name in TOLD}
    )


def learn_effect(run: Run, walk: Walk) -> tuple[DiscreteHazard | None, str]:
    """Return a hazard that knows contacts, or none where the log does not support it; and why.

    Parameters
    ----------
    run
        Its key date.
    walk
        With the month-ends before the key date.
    """
    if not {"contacts", "assignments"} <= set(run.load("present")):
        return None, "the ledger logs no contacts, or no decisions to leave a customer alone"
    known = desk_rows(walk, run.key_date, most=MOST_ITEMS)
    log, drawn = known.log, known.drawn_share
    acting = log.loc[log["day"] > 0, "channel"] if len(log) else pd.Series(dtype="str")
    alone = int((acting == "none").sum())
    made = len(acting) - alone
    counts = f"{made:,} contacts about items past due, {alone:,} decisions to leave one alone"
    if min(made, alone) < FEWEST:
        return None, f"the log says too little: {counts}; {FEWEST} of each are wanted"
    if drawn < DRAWN_SHARE:
        return None, f"of the decisions to leave alone {drawn:.0%} were drawn by lot: {_RULE}"
    y = followed(known.outcomes, FRESH_DAYS)
    return DiscreteHazard(trees=TREES).fit(known.features, y, contacts=log), f"learnt from {counts}"


def _kinds(effect: ContactEffect) -> list[tuple[str, str]]:
    """Return the channels and tones whose effect the log tells well enough from that of leaving alone."""
    channels, tones = (
        sorted(
            {usual, *(name.partition("=")[2] for name in effect.columns if name.startswith(kind))} - {"none"}
        )
        for kind, usual in zip(("channel", "tone"), effect.commonest, strict=True)
    )
    alone, spread = effect.stock_of("none", "none"), effect.covariance[:-1, :-1]
    found = []
    for kind in product(channels, tones):
        stock = effect.stock_of(*kind) - alone
        if np.sqrt(stock @ spread @ stock) <= MOST_ERROR:
            found.append(kind)
    return found


def _options(customers: pd.Series, kinds: list[tuple[str, str]]) -> pd.DataFrame:
    """Return a row per customer and kind of contact; neither minutes nor costs enter what a contact brings."""
    ids = pd.DataFrame({"customer_id": np.sort(customers.unique())})
    each = ids.merge(pd.DataFrame(kinds, columns=["channel", "tone"]), how="cross")
    return each.assign(treatment=each["channel"] + " " + each["tone"], minutes=0.0, cost=0.0)
