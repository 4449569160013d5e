"""How a run says that items move together: fitted where the past is long enough, declared and said so where not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.forecast import Dependence, Simulation, draw_cash
from arseg.forecast.dependence_fit import fit_dependence
from arseg.forecast.open_book import OpenBook
from arseg.runs.forward_sections import CashForecast, Together
from arseg.runs.journal import Run
from arseg.runs.moving_together import DECLARED, FITTED, _draws, moving_together
from arseg.runs.past_books import PastBook, past_forecasts

WEEKS = 3


def _kept(run: Run, days: int) -> list[PastBook]:
    """Leave books of past days with their curves as the backtest does, and return what they brought."""
    rng, found = np.random.default_rng(5), []
    for place in range(days):
        day = dt.date(2025, 1, 31) + dt.timedelta(days=30 * place)
        items = pd.DataFrame(
            {
                "invoice_id": [f"i{number:02d}" for number in range(24)],
                "customer_id": np.repeat([f"c{number}" for number in range(8)], 3),
                "balance": rng.uniform(10, 90, 24),
                "days_past_due": 0.0,
            }
        )
        gone = 1 - np.exp(-np.outer(rng.uniform(0.2, 0.9, 24), np.arange(1, WEEKS + 1)))
        curves = np.stack([gone, 0 * gone, 0 * gone], axis=1).astype(np.float32)
        run.save(f"past_book_{day:%Y%m%d}", items.assign(expected_loss=0.0))
        np.save(run.work / f"past_curves_{day:%Y%m%d}.npy", curves)
        book = OpenBook(items, curves, 7 * np.arange(1, WEEKS + 1), day)
        cube = draw_cash(
            book,
            dependence=Dependence(0, 0, 0, 0.9),
            simulation=Simulation(draws=1, weeks=WEEKS, seed=place),
            by=["invoice_id"],
        )
        found.append(PastBook(day, items, cube.draws[0].astype(np.float64)))
    return found


def test_eight_past_forecasts_teach_what_is_then_drawn_with(run: Run) -> None:
    books = _kept(run, 8)
    found = moving_together(run, books)
    seed = run.experiment.forecast.seed
    assert found.dependence == fit_dependence(past_forecasts(run, books), draws=200, seed=seed)
    assert (found.basis, found.origins) == (FITTED, 8)
    assert found.dependence.together > 0.5
    (row,) = found.table().to_dict("records")
    assert {row["customer"], row["origins"]} == {0.25, 8}
    assert "as fitted to 8 past key dates" in found.in_words()
    assert "2025-01-31 to 2025-08-29" in found.why


def test_fewer_fall_back_to_the_declared_values_and_say_so(run: Run) -> None:
    found = moving_together(run, _kept(run, 7))
    assert (found.basis, found.origins, found.dependence) == (DECLARED, 0, Dependence())
    assert found.why == "too few past forecasts to learn how items move together: 7, wanted 8 or more"
    assert "move together as declared" in found.in_words()


def test_a_past_day_without_curves_teaches_nothing(run: Run) -> None:
    books = _kept(run, 8)
    next(run.work.glob("past_curves_*")).unlink()
    assert moving_together(run, books).basis == DECLARED


def test_declared_values_are_taken_whatever_the_past_says(run: Run) -> None:
    run.experiment.__dict__["forecast"] = CashForecast(dependence=Together(customer=0.5, together=0.1))
    found = moving_together(run, _kept(run, 8))
    assert found.dependence == Dependence(customer=0.5, together=0.1)
    assert found.why == "the experiment declares it"


@pytest.mark.parametrize(("items", "draws"), [(0, 200), (3_600, 200), (1_000_000, 100), (10**7, 50)])
def test_a_large_book_is_looked_at_with_fewer_draws(items: int, draws: int) -> None:
    class Sized:
        cash = range(items)

    assert _draws([Sized()]) == draws  # type: ignore[list-item]


def test_a_run_says_which_it_was(told_run: Run) -> None:
    (row,) = told_run.load("cash_dependence").to_dict("records")
    # Two key dates of the backtest are no past to learn from.
    assert row["basis"] == DECLARED
    assert row["why"].startswith("too few past forecasts")
    assert any("move together as declared" in note for note in told_run.load("forecast_notes"))
