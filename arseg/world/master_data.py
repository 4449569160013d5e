"""What the book holds about customers and the economy, restated as it learns better."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from arseg import schema
from arseg.world.book import World
from arseg.world.customers import (
    BUSINESS_TYPES,
    COUNTRIES,
    DELIVERIES,
    END_OF_MONTH_DAYS,
    INDUSTRIES,
    LANGUAGES,
    METHODS,
    PORTFOLIOS,
    REGIONS,
    TERMS,
)
from arseg.world.draws import Flags, Floats, Ints, Purpose, stream
from arseg.world.economy import LEAD_MONTHS
from arseg.world.parquet import days, ledger_table, money, named, numbered, numbers

_MISCLASSIFIED: Final = 0.04
_MOVED: Final = 0.06
_MONTHS_BETWEEN_SCORES: Final = 3
_RESTATED_SCORES: Final = 0.08
_ONSETS: Final = (
    "Al",
    "Ber",
    "Cor",
    "Dal",
    "El",
    "Fen",
    "Gar",
    "Hol",
    "Iv",
    "Jor",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
)
_CODAS: Final = ("dern", "gate", "mond", "stad", "wick", "vale", "berg", "mar", "tor", "lund", "sen", "ford")
_WORDS: Final = len(_ONSETS) * len(_CODAS)
_FORMS: Final = ("GmbH", "Inc.", "S.L.", "GmbH", "B.V.")


def customers_table(world: World, end: int) -> pa.Table:
    """Return the customers known before a day; some have a second row in which industry or portfolio was put right."""
    customers, calendar = world.customers, world.calendar
    count = len(customers)
    rng = stream(world.seed, Purpose.RESTATEMENTS)
    wrong, moved = rng.random(count) < _MISCLASSIFIED, rng.random(count) < _MOVED
    learned = rng.integers(10, max(11, calendar.days), count)
    learned = calendar.next_business[np.maximum(learned, customers.onboarded + 10)]
    again = np.flatnonzero((wrong | moved) & (learned < end))
    first_seen = np.flatnonzero(customers.onboarded < end)
    row = np.concatenate([first_seen, again])
    early = np.arange(len(row)) < len(first_seen)
    known = np.where(early, customers.onboarded[row], learned[row])
    industry = (customers.industry[row] + (early & wrong[row])) % len(INDUSTRIES)
    portfolio = (customers.portfolio[row] + (early & moved[row])) % len(PORTFOLIOS)
    order = np.lexsort((known, row))
    return _customer_rows(world, row[order], industry[order], portfolio[order], known=known[order])


def _customer_rows(world: World, row: Ints, industry: Ints, portfolio: Ints, *, known: Ints) -> pa.Table:
    traits, first = world.customers, world.calendar.first
    columns = {
        "customer_id": numbered("C", row, width=5),
        "name": pa.array(_names(world)).take(pa.array(row)),
        "parent": numbered("C", traits.parent[row], width=5),
        "industry": named(INDUSTRIES, industry),
        "country": named(COUNTRIES, traits.country[row]),
        "region": named(REGIONS, traits.region[row]),
        "business_type": named(BUSINESS_TYPES, traits.business_type[row]),
        "onboarded_on": days(traits.onboarded[row], first),
        "terms": named(*_terms(world, row)),
        "invoice_delivery": named(DELIVERIES, traits.delivery[row]),
        "payment_method": named(METHODS, traits.method[row]),
        "portfolio": named(PORTFOLIOS, portfolio),
        "language": named(LANGUAGES, traits.country[row]),
        "known_on": days(known, first),
    }
    return ledger_table(schema.CUSTOMERS, columns)


def _terms(world: World, row: Ints) -> tuple[list[str], Ints]:
    """Return the texts of all terms there are, and which of them each customer has."""
    traits = world.customers
    texts = [f"{days} days net" for days in TERMS]
    texts += [f"2% 10 days, {days} days net" for days in TERMS]
    texts.append(f"{END_OF_MONTH_DAYS} days after the end of the month")
    place = np.searchsorted(TERMS, traits.terms[row]) + len(TERMS) * traits.discount[row]
    return texts, np.where(traits.end_of_month[row], len(texts) - 1, place)


def _names(world: World) -> list[str]:
    """Return invented names; they may repeat, as names do."""
    traits = world.customers
    rows = zip(traits.name.tolist(), traits.industry.tolist(), traits.country.tolist(), strict=True)
    return [
        f"{_word(number)} {_word(number // _WORDS)} {INDUSTRIES[industry].title()} {_FORMS[country]}"
        for number, industry, country in rows
    ]


def _word(number: int) -> str:
    return f"{_ONSETS[number % len(_ONSETS)]}{_CODAS[number // len(_ONSETS) % len(_CODAS)]}"


def credit_table(world: World, end: int) -> pa.Table:
    """Return limits and scores known before a day, quarterly from a customer's onboarding on; some are restated later."""
    calendar, rng = world.calendar, stream(world.seed, Purpose.CREDIT)
    count = len(world.customers)
    turn = np.arange(count) % _MONTHS_BETWEEN_SCORES
    month = np.arange(calendar.months)
    scored = (month[None, :] % _MONTHS_BETWEEN_SCORES == turn[:, None]) | (month[None, :] == 0)
    present = calendar.month_starts[month][None, :] >= world.customers.onboarded[:, None]
    customer, month = np.nonzero(scored & present)
    effective = calendar.month_starts[month]
    known = calendar.next_business[effective + rng.integers(3, 21, len(customer))]
    later = calendar.next_business[known + rng.integers(20, 60, len(customer))]
    score = _scores(world, customer, month, rng)
    restated = rng.random(len(customer)) < _RESTATED_SCORES
    corrected = np.clip(score + rng.normal(0, 30, len(customer)), 300, 850)
    row = np.concatenate([np.arange(len(customer)), np.flatnonzero(restated)])
    known = np.concatenate([known, later[restated]])
    score = np.rint(np.concatenate([score, corrected[restated]]))
    order = np.lexsort((known, effective[row], customer[row]))
    order = order[known[order] < end]
    insured = rng.random(count) < 0.4
    return _credit_rows(
        world, customer[row[order]], effective[row[order]], score[order], known[order], insured
    )


def _scores(world: World, customer: Ints, month: Ints, rng: np.random.Generator) -> Floats:
    """Return scores from the month before: what a bureau saw of ability and distress, with its error."""
    seen = np.maximum(0, month - 1)
    ability = world.economy.ability[customer, seen]
    distressed = world.economy.distressed[customer, seen]
    slow = np.clip(world.customers.delay[customer], -10, 40)
    score = 620 + 45 * ability - 2.5 * slow - 110 * distressed
    return np.clip(score + rng.normal(0, 25, len(customer)), 300, 850)


def _credit_rows(
    world: World, customer: Ints, effective: Ints, score: Floats, known: Ints, insured: Flags
) -> pa.Table:
    traits, first = world.customers, world.calendar.first
    usual = traits.monthly_sales * (traits.terms + 30) / 30
    standing = np.clip(0.6 + (score - 450) / 250, 0.5, 2.0)
    limit = np.maximum(1, np.rint(1.5 * usual[customer] * standing / 1000)).astype(np.int64) * 100_000
    columns = {
        "customer_id": numbered("C", customer, width=5),
        "effective_on": days(effective, first),
        "credit_limit": money(limit),
        "credit_score": numbers(score),
        "insured": money(np.where(insured[customer], limit // 2, 0)),
        "known_on": days(known, first),
    }
    return ledger_table(schema.CREDIT, columns)


def indicators_table(world: World, end: int) -> pa.Table:
    """Return the monthly business climate released before a day, overall and by industry, 20 to 45 days later.

    What is released is the factor with an error of measurement, as an index around 100; it begins a year
    before the book.
    """
    calendar, rng = world.calendar, stream(world.seed, Purpose.INDICATORS)
    factors = np.vstack([world.economy.macro, world.economy.industry])
    series, month = np.divmod(np.arange(factors.size), factors.shape[1])
    starts = np.datetime64(calendar.start, "M") + np.arange(-LEAD_MONTHS, calendar.months + 1)
    bounds = starts.astype("datetime64[D]").astype(np.int64) - calendar.first
    value = np.round(100 + 4 * factors.ravel() + rng.normal(0, 1, factors.size), 1)
    released = bounds[month + 1] - 1 + rng.integers(20, 46, factors.size)
    order = np.lexsort((series, released))
    order = order[released[order] < end]
    series = series[order]
    columns = {
        "series": named(("business_climate", "industry_climate"), np.minimum(series, 1)),
        "industry": named(INDUSTRIES, series - 1),
        "period": days(bounds[month[order]], calendar.first),
        "value": numbers(value[order]),
        "known_on": days(released[order], calendar.first),
    }
    return ledger_table(schema.INDICATORS, columns)
