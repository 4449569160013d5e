"""The cash of the coming weeks, as a run publishes it: bands by week, by what is asked, and under other courses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from arseg.forecast import CashCube, Dependence, OpenBook, Simulation, draw_cash
from arseg.forecast.cash_reconciliation import reconciled_cash
from arseg.forecast.cash_scenarios import compare_scenario, longer_terms, stops_paying
from arseg.forecast.new_sales import SalesBaseline, collection_curve, sales_baseline
from arseg.runs.contact_plan import under_plan
from arseg.runs.item_curves import NONE, asked_by, make_book, segment_of
from arseg.runs.moving_together import moving_together
from arseg.runs.open_promises import promised
from arseg.runs.own_snapshot import holding_history, own_snapshot
from arseg.runs.past_books import past_books
from arseg.runs.said_before import AGING, aging_shares, look_back, say
from arseg.runs.stages import open_walk
from arseg.runs.walked import load_walk
from arseg.schema import DataError
from arseg.side_by_side import side_by_side

if TYPE_CHECKING:
    from arseg.runs.forward_sections import CashScenario
    from arseg.runs.journal import Run

OPEN_ITEMS, NEW_SALES, ALL = "open items", "new sales", "all"
BANDS: Final = ("low_80", "low_50", "median", "high_50", "high_80")
# How the published tables of this stage are called.
TABLES: Final = (
    "cash_by_week",
    "cash_to_date",
    "cash_reconciliation",
    "cash_scenarios",
    "cash_dependence",
    AGING,
    "said_and_came",
    "forecast_accuracy",
    "largest_misses",
)


@dataclass(frozen=True)
class Drawn:
    """Cash of the items open today, and of sales to come where they are asked for."""

    items: CashCube
    sales: CashCube | None

    @property
    def all(self) -> CashCube:
        """Both together, future by future."""
        return self.items if self.sales is None else self.items.plus(self.sales)


@holding_history
def forecast(run: Run) -> pd.DataFrame:
    """Draw the cash of the coming weeks, keep what was said, and hold earlier forecasts against what came.

    Returns
    -------
    frame
        ``cash_by_week`` of the total: expectation and bands.
    """
    walk = load_walk(run, open_walk(run))
    book, past = make_book(run), past_books(run)
    moving = moving_together(run, past)
    by = asked_by(book.items)
    book, kept = promised(run, book)
    notes = [moving.in_words(), *kept]
    drawing = _Drawing(run, moving.dependence, by)
    sales = _sales(run, by, notes)
    drawn, scenarios = _draw_all(drawing, book, sales, notes)
    run.save("cash_by_week", stamped(run, _by_week(drawn, by)))
    run.save("cash_to_date", stamped(run, _by_week(drawn, by, cumulative=True)))
    run.save("cash_reconciliation", stamped(run, _reconciled(run, book)))
    run.save("cash_scenarios", stamped(run, scenarios))
    run.save("cash_dependence", stamped(run, moving.table()))
    run.save(AGING, stamped(run, aging_shares(past)))
    say(run, walk, book, drawn.items)
    for name, frame in look_back(run).items():
        run.save(name, stamped(run, frame))
    run.save("forecast_notes", notes)
    return whole(run.load("cash_by_week"))


def stamped(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with what it was made of: key date, hash of the data and of the experiment."""
    return frame.assign(
        key_date=pd.Timestamp(run.key_date),
        data_sha256=run.ledger_hash,
        experiment_sha256=run.experiment.experiment_hash,
    )


def whole(cash: pd.DataFrame, source: str = OPEN_ITEMS) -> pd.DataFrame:
    """Return the total of one source from ``cash_by_week``, by week."""
    return cash[(cash["source"] == source) & (cash["by"] == "total")].reset_index(drop=True)


@dataclass(frozen=True)
class _Drawing:
    """How the futures of a run are drawn: the same for every scenario, so that they can be compared one by one."""

    run: Run
    dependence: Dependence
    by: list[str]

    def items(self, book: OpenBook) -> CashCube:
        """Draw the cash of open items."""
        asked = self.run.experiment.forecast
        size = Simulation(draws=asked.draws, weeks=asked.weeks, seed=asked.seed)
        return draw_cash(book, dependence=self.dependence, simulation=size, by=self.by)

    def with_sales(self, items: CashCube, sales: SalesBaseline | None) -> Drawn:
        """Draw the cash of sales to come beside that of the items."""
        asked = self.run.experiment.forecast
        return Drawn(items, None if sales is None else sales.cash(draws=asked.draws, seed=asked.seed))


@dataclass(frozen=True)
class _Case:
    """The book and the sales of one course; the first, without a name, is what is expected."""

    name: str
    book: OpenBook
    sales: SalesBaseline | None


def _by_week(drawn: Drawn, by: list[str], *, cumulative: bool = False) -> pd.DataFrame:
    """Return the bands of every source by every column: one row per group and week."""
    sources = {OPEN_ITEMS: drawn.items}
    if drawn.sales is not None:
        sources |= {NEW_SALES: drawn.sales, ALL: drawn.all}
    parts = []
    for source, cube in sources.items():
        whole_of = cube.bands(cumulative=cumulative)
        parts.append(whole_of.assign(source=source, by="total", group="all"))
        for name in by:
            own = cube.bands([name], cumulative=cumulative).rename(columns={name: "group"})
            parts.append(own.assign(source=source, by=name))
    columns = ["source", "by", "group", "week", "ahead", "expected", *BANDS]
    return pd.concat(parts, ignore_index=True)[columns]


def _reconciled(run: Run, book: OpenBook) -> pd.DataFrame:
    """Return the expectation to the cent by customer and in all; the customers' rows sum to the last."""
    levels = reconciled_cash(book, weeks=run.experiment.forecast.weeks)
    total = levels["total"].assign(customer_id="all")
    return pd.concat([levels["customer"], total], ignore_index=True)


def _draw_all(
    drawing: _Drawing, book: OpenBook, sales: SalesBaseline | None, notes: list[str]
) -> tuple[Drawn, pd.DataFrame]:
    """Return the cash that is drawn, and what each scenario changes of it by week, future by future.

    The courses are drawn side by side. One that leaves the items as they are has the same futures of them.
    """

    def draw(case: _Case) -> CashCube | None:
        if not case.name:
            return drawing.items(case.book)
        # Of a scenario no more is held than the total.
        if case.book is not book:
            return drawing.with_sales(drawing.items(case.book), case.sales).all.view()
        return None

    found = side_by_side(lambda case: (case, draw(case)), _cases(drawing.run, book, sales, notes))
    _, items = next(found)
    assert items is not None
    drawn = drawing.with_sales(items, sales)
    before, parts = drawn.all.view(), []
    for case, other in found:
        after = drawing.with_sales(items, case.sales).all.view() if other is None else other
        parts.append(compare_scenario(before, after).assign(scenario=case.name))
    if not parts:
        return drawn, pd.DataFrame({"scenario": pd.Series(dtype="str")})
    frame = pd.concat(parts, ignore_index=True)
    return drawn, frame[["scenario", *(name for name in frame if name != "scenario")]]


def _cases(run: Run, book: OpenBook, sales: SalesBaseline | None, notes: list[str]) -> Iterator[_Case]:
    """Yield what is expected, then each scenario that is declared and can be told."""
    yield _Case("", book, sales)
    for scenario in run.experiment.forecast.scenarios:
        changed = _under(run, book, scenario, notes)
        if changed is not None:
            yield _Case(scenario.name, changed, _sales_under(sales, scenario))


def _under(run: Run, book: OpenBook, scenario: CashScenario, notes: list[str]) -> OpenBook | None:
    """Return the book under a scenario; None where its plan of contacts cannot be told, and a note either way."""
    if scenario.contacts_of is not None:
        planned = under_plan(run, book, scenario)
        notes.append(planned.said)
        if planned.book is None:
            return None
        book = planned.book
    if scenario.stops_paying:
        book = stops_paying(book, scenario.stops_paying)
    return longer_terms(book, scenario.terms_days) if scenario.terms_days else book


def _sales_under(sales: SalesBaseline | None, scenario: CashScenario) -> SalesBaseline | None:
    if sales is None:
        return None
    return sales.scaled(scenario.sales).collected_later(scenario.terms_days)


def _sales(run: Run, by: list[str], notes: list[str]) -> SalesBaseline | None:
    """Return the sales to come; None where they are switched off or the book is too young to say."""
    if not run.experiment.forecast.new_sales:
        notes.append("Sales to come are switched off: the forecast holds the items open today only.")
        return None
    invoices, payments = _history(run)
    weeks = run.experiment.forecast.weeks
    settled = run.key_date - dt.timedelta(days=run.experiment.training.settle_lag_days)
    try:
        curve = collection_curve(invoices, payments, known_to=settled, days=7 * weeks)
        return sales_baseline(invoices, curve, key_date=run.key_date, weeks=weeks, by=by)
    except DataError as problem:
        notes.append(f"Sales to come are not in the forecast: {problem.what} ({problem.given}).")
        return None


def _history(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the invoices and the payments that the key date knew, by day."""
    with own_snapshot(run) as snapshot:
        invoices = snapshot.sql(
            "SELECT i.invoice_id, i.customer_id, i.document_date AS day, CAST(i.amount AS DOUBLE) AS amount,"
            " i.currency, i.entity, c.portfolio FROM invoices AS i LEFT JOIN customers AS c USING (customer_id)"
            " WHERE i.amount > 0 ORDER BY i.invoice_id"
        )
        payments = snapshot.sql(
            "SELECT invoice_id, value_date AS day, CAST(amount AS DOUBLE) AS amount FROM postings"
            " WHERE kind = 'payment' AND invoice_id IS NOT NULL ORDER BY invoice_id, value_date, amount"
        )
    invoices["segment"] = segment_of(run).reindex(invoices["customer_id"]).to_numpy()
    for name in ("segment", "currency", "entity", "portfolio"):
        invoices[name] = invoices[name].astype(object).where(invoices[name].notna(), NONE).astype(str)
    return invoices, payments
