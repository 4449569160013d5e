"""What an experiment declares of its backtest, and what it knows of the desk's own rule."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from arseg.runs.sections import Count, Floor, Name, Section, Text

Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class KnownCut(Section):
    """A value from which on the desk treated customers otherwise, such as ``oldest_days_past_due`` at 31.

    Parameters
    ----------
    by
        The column that decided.
    at
        Its first value of the other treatment.
    """

    by: Name
    at: float | int


class KnownChange(Section):
    """A day from which on the desk's rule was another for some customers: ``region`` in ``[North]``.

    Parameters
    ----------
    on
        ISO day.
    by
        The column that tells who they are.
    where
        Its values of those for whom it changed.
    """

    on: Day
    by: Name
    where: Annotated[list[Text], Field(min_length=1)]


class Replay(Section):
    """The backtest: past key dates, days followed after each, bootstrap draws and their seed.

    Parameters
    ----------
    key_dates
        How many.
    horizon_days
        Days that each is followed.
    draws
        Bootstrap draws of the customers, for the intervals.
    seed
        Of all that is drawn in a run.
    final_days
        Length of the final window, on which no choice is made; the horizon where None, 0 for none.
    warn_within_days
        How long an early warning may precede its loss.
    minute_cost
        Of a collector, reporting currency.
    cuts, rule_changes
        What is known of the desk's own rule: natural experiments, where nothing was drawn by lot.
    g_computation
        Whether a hazard learns what contacts do and the policies' paths of contacts are compared by it: about as long
        again as the model takes to learn.
    self_check
        How many small worlds with a known truth are analysed beside the book; 0 shows the reference that the
        benchmark left, where there is one.
    """

    key_dates: Count = 12
    horizon_days: Count = 90
    draws: Count = 500
    seed: Annotated[int, Field(ge=0)] = 20260131
    final_days: Floor | None = None
    warn_within_days: Count = 180
    minute_cost: Annotated[float, Field(ge=0)] = 0.8
    cuts: list[KnownCut] = Field(default_factory=list)
    rule_changes: list[KnownChange] = Field(default_factory=list)
    g_computation: bool = False
    self_check: Annotated[int, Field(ge=0, le=20)] = 0
