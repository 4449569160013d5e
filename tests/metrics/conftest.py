from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

# They need libraries that the tests do not: doctest collection would import them.
collect_ignore_glob = ["reference/make_*.py"]


@dataclass(frozen=True)
class Peers:
    """A small censored book and what other libraries say of it."""

    y: pd.DataFrame
    incidence: np.ndarray
    times: list[int]
    said: dict


@dataclass(frozen=True)
class Book:
    """Outcomes on whole days with many ties, predictions at ``times``, strata and weights."""

    y: pd.DataFrame
    incidence: np.ndarray
    times: list[int]
    strata: np.ndarray
    weight: np.ndarray


@pytest.fixture(scope="session", name="peers")
def _peers() -> Peers:
    said = json.loads(Path(__file__).with_name("reference").joinpath("censored.json").read_text("utf-8"))
    y = pd.DataFrame({"event": said["event"], "duration": said["duration"]})
    return Peers(y, np.array(said["incidence"]), said["times"], said)


def draw_book(rows: int, seed: int = 0) -> Book:
    """Draw items of three key dates, each followed for its own range of days; predictions have ties."""
    rng = np.random.default_rng(seed)
    strata = rng.integers(0, 3, rows)
    followed = 30 + 10 * strata + rng.integers(0, 25, rows)
    true = rng.geometric(0.03, rows)
    event = np.where(true <= followed, rng.choice([1, 1, 1, 2, 3], rows), 0)
    y = pd.DataFrame({"event": event, "duration": np.minimum(true, followed), "followed_days": followed})
    times = [5, 12, 30]
    level = np.round(rng.random(rows), 1)[:, None, None] * (1 - 0.97 ** np.array(times))
    incidence = level * np.array([0.6, 0.2, 0.2])[None, :, None]
    return Book(y, incidence, times, strata, rng.random(rows) + 0.2)


@pytest.fixture(scope="session", name="book")
def _book() -> Book:
    return draw_book(120)
