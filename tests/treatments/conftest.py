"""Random customers: their scores and segments, with disputes, ties, zero balances and shuffled rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.schema import SEGMENTS
from arseg.treatments import STAGES, Playbook, read_playbook

Book = tuple[pd.DataFrame, pd.DataFrame]


def _draw(seed: int, customers: int) -> Book:
    rng = np.random.default_rng(seed)
    ids = pd.Series([f"C{i:03d}" for i in range(customers)], dtype="str")
    # A few coarse values, so that ties in value per minute are common.
    balance = rng.choice([0.0, 100.0, 2500.0, 40_000.0], customers)
    days = rng.choice([-20, 0, 1, 30, 31, 60, 61, 200], customers)
    scores = pd.DataFrame(
        {
            "customer_id": ids,
            "open_count": rng.integers(1, 2000, customers),
            "open_balance": balance,
            "overdue_balance": np.where(days > 0, balance * rng.choice([0.5, 1.0], customers), 0.0),
            "disputed_balance": np.where(rng.random(customers) < 0.2, balance, 0.0),
            "oldest_days_past_due": days,
            "p_unpaid_30": rng.choice([0.0, 0.05, 0.41, 1.0], customers),
            "reasons": pd.Series(rng.choice(["", "late twice"], customers), dtype="str"),
        }
    )
    segments = pd.Series(rng.choice(SEGMENTS, customers), dtype="str")
    segmentation = pd.DataFrame({"customer_id": ids, "segment": segments, "why": "drawn"})
    return segmentation.sample(frac=1, random_state=rng), scores.sample(frac=1, random_state=rng)


@pytest.fixture(scope="session")
def draw_book() -> Callable[[int, int], Book]:
    return _draw


@pytest.fixture(scope="session")
def standard() -> Playbook:
    return read_playbook("standard")


def _draw_playbook(seed: int) -> Playbook:
    """Return a playbook that obeys no safety rule, with variants for up to three kinds of customers."""
    rng = np.random.default_rng(seed)

    def one_of(*allowed: str) -> str:
        return str(rng.choice(allowed))

    def treatment(name: str) -> dict[str, object]:
        handling = one_of("automatic", "collector", "expert")
        return {
            "name": name,
            "channel": one_of("call", "email", "letter", "portal"),
            "tone": one_of("nudge", "reminder", "firm"),
            "handling": handling,
            "deadline_hours": float(rng.choice([0, 24, 168])),
            "cadence_days": int(rng.choice([1, 2, 7, 30])),
            "minutes": 5.0 if handling == "collector" else 0.0,
            "cost": float(rng.integers(0, 9)),
            "assumed_lift": 0.1,
        }

    # Each in an order of its own: whichever comes first, the later ones are still reached.
    whens = [
        {"language": ["de", "es"], "invoice_delivery": ["paper"]},
        {"language": ["de", "en"], "payment_method": ["check", "card"]},
        {"invoice_delivery": ["paper", "portal"], "payment_method": ["card"], "industry": ["retail"]},
    ]

    def row(place: str) -> dict[str, object]:
        chosen = rng.permutation(3)[: rng.integers(0, 4)]
        variants = [{"when": whens[i], **treatment(f"{place} {i}")} for i in chosen]
        return {**treatment(place), "variants": variants}

    treatments = {segment: {stage: row(f"{segment} {stage}") for stage in STAGES} for segment in SEGMENTS}
    caps = {"contacts_per_week": int(rng.integers(1, 9)), "contacts_per_month": int(rng.integers(1, 12))}
    head = {"name": "drawn", "version": 1, **caps, "quiet_days": ["11-02", "12-24"]}
    return Playbook.model_validate({**head, "treatments": treatments})


def _draw_history(scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return scores with what else may be known of customers; now and then a column is absent."""
    rng = np.random.default_rng(seed)
    count = len(scores)
    drawn = scores.assign(
        promised_balance=np.where(rng.random(count) < 0.3, scores["open_balance"], 0.0),
        legal=rng.choice([0.0, 1.0, np.nan], count, p=[0.7, 0.1, 0.2]),
        on_time_share=rng.choice([0.1, 0.8, 0.95, np.nan], count),
        late_share=rng.choice([0.0, 0.1, 0.9, np.nan], count),
        cleared_count=rng.choice([0.0, 2.0, 12.0], count),
        last_contact_days=rng.choice([0.0, 1.0, 6.0, 29.0, 200.0, np.nan], count),
        contacts_30d=rng.choice([0.0, 5.0, 30.0, np.nan], count),
        country=rng.choice(["DE", "US", "SA", "", "Atlantis"], count),
        language=rng.choice(["de", "es", "en", ""], count),
        invoice_delivery=rng.choice(["paper", "email", "portal", ""], count),
        payment_method=rng.choice(["check", "card", "transfer"], count),
        industry=rng.choice(["retail", "building"], count),
    )
    absent = [name for name in drawn.columns[len(scores.columns) :] if rng.random() < 0.05]
    return drawn.drop(columns=absent)


@pytest.fixture(scope="session")
def draw_playbook() -> Callable[[int], Playbook]:
    return _draw_playbook


@pytest.fixture(scope="session")
def draw_history() -> Callable[[pd.DataFrame, int], pd.DataFrame]:
    return _draw_history
