"""How items leave together in a run's forecast: learnt from the backtest's own past forecasts, or as declared."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from arseg.forecast import Dependence
from arseg.forecast.dependence_fit import PastForecast, fit_dependence
from arseg.runs.forward_sections import Together
from arseg.runs.past_books import PastBook, past_forecasts
from arseg.schema import DataError

if TYPE_CHECKING:
    from arseg.runs.journal import Run

DECLARED, FITTED = "declared", "fitted"
# Items times draws of one look at all past forecasts: a large book's bands need fewer draws to be told.
_WORK: Final = 100_000_000
_FEWEST, _USUAL = 50, 200


@dataclass(frozen=True)
class Moving:
    """How items leave together, and from where that is known.

    Parameters
    ----------
    dependence
        What the draws take.
    basis
        ``fitted`` or ``declared``.
    origins
        Past key dates that it was learnt from; 0 where declared.
    why
        One sentence.
    """

    dependence: Dependence
    basis: str
    origins: int
    why: str

    def table(self) -> pd.DataFrame:
        """Return one row: basis, the four values, number of origins, and why."""
        values = dataclasses.asdict(self.dependence)
        return pd.DataFrame([{"basis": self.basis, **values, "origins": self.origins, "why": self.why}])

    def in_words(self) -> str:
        """Return the sentence for the page.

        Examples
        --------
        >>> Moving(Dependence(), "declared", 0, "the experiment declares it").in_words()
        'Items move together as declared: variance of the pace of a customer 0.25, of the book 0.01, of a week 0.01; chance
        to follow the customer 0.50 (the experiment declares it).'
        """
        own = self.dependence
        how = f"as fitted to {self.origins} past key dates" if self.basis == FITTED else "as declared"
        return (
            f"Items move together {how}: variance of the pace of a customer {own.customer:.3g}, of the book"
            f" {own.book:.3g}, of a week {own.week:.3g}; chance to follow the customer {own.together:.2f}"
            f" ({self.why})."
        )


def moving_together(run: Run, books: list[PastBook]) -> Moving:
    """Return the dependence of the run's draws.

    Parameters
    ----------
    run
        Its experiment says ``fitted``, or the values.
    books
        From ``past_books``.
    """
    asked = run.experiment.forecast.dependence
    if isinstance(asked, Together):
        return Moving(Dependence(**asked.model_dump()), DECLARED, 0, "the experiment declares it")
    past = past_forecasts(run, books)
    usual = Dependence(**Together().model_dump())
    try:
        found = fit_dependence(past, start=usual, draws=_draws(past), seed=run.experiment.forecast.seed)
    except DataError as problem:
        why = f"{problem.what}: {problem.given}, wanted {problem.allowed}"
        return Moving(usual, DECLARED, 0, why)
    first, last = past[0].book.key_date, past[-1].book.key_date
    why = f"the least under which 80 % bands held 80 % of what came, {first} to {last}; a customer's is declared"
    return Moving(found, FITTED, len(past), why)


def _draws(past: list[PastForecast]) -> int:
    items = sum(len(one.cash) for one in past)
    return min(max(_WORK // max(items, 1), _FEWEST), _USUAL)
