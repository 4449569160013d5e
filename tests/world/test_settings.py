from __future__ import annotations

import pytest

from arseg.schema import UsageError
from arseg.world.legacy import LEGACY_MODES
from arseg.world.settings import TYPICAL, WORLDS, Setting, setting_of


def test_the_worlds_are_those_that_are_promised() -> None:
    names = ("clean", "typical", "stressed", "growth", "deterministic", "confounded", "rule_change")
    assert tuple(WORLDS) == names


def test_no_two_worlds_are_alike_and_each_has_a_mode_that_exists() -> None:
    assert len(set(WORLDS.values())) == len(WORLDS)
    assert {setting.legacy for setting in WORLDS.values()} <= set(LEGACY_MODES)


def test_a_typical_world_is_the_default() -> None:
    assert setting_of("typical") == TYPICAL == Setting()


def test_an_unknown_world_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"unknown world.*'grwth'.*write growth"):
        setting_of("grwth")
