"""Small worlds, each drawn once for all tests."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import Course, draw_world, follow
from arseg.world.draws import Floats
from arseg.world.legacy import by_softmax, on_review
from arseg.world.reviews import CALL, Decision, Review
from arseg.world.simulate import Synthesis, synthesize


def in_peace(review: Review, luck: Floats) -> Decision:
    """Contact nobody."""
    del luck
    return Decision(np.zeros(len(review), dtype=np.int64))


def call_everyone(review: Review, luck: Floats) -> Decision:
    """Call every overdue customer every week."""
    del luck
    return Decision(np.full(len(review), CALL))


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return Calendar(dt.date(2024, 1, 1), 18)


@pytest.fixture(scope="session")
def world(calendar: Calendar) -> World:
    return draw_world(120, calendar, seed=11)


@pytest.fixture(scope="session")
def course(world: World) -> Course:
    return follow(world, on_review(by_softmax))


@pytest.fixture(scope="session")
def peaceful(world: World) -> Course:
    return follow(world, on_review(in_peace))


@pytest.fixture(scope="session")
def phoned(world: World) -> Course:
    return follow(world, on_review(call_everyone))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize(tmp_path_factory.mktemp("book"), customers=90, months=16, seed=3)
