"""The page on the world says what the world does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from arseg.world import LEGACY_MODES, WORLDS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "world.md").read_text(encoding="utf-8")
SCRIPT = SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "world.py")))


@pytest.fixture(scope="module")
def typical():  # noqa: ANN201 (a class of the script)
    return SCRIPT.drawn(WORLDS["typical"])


def test_every_world_and_every_legacy_mode_stands_on_the_page() -> None:
    assert set(SCRIPT.WHAT) == set(WORLDS)
    assert set(SCRIPT.MODES) == set(LEGACY_MODES)
    for name in (*WORLDS, *LEGACY_MODES):
        assert f"`{name}`" in PAGE


def test_the_row_of_the_typical_world_is_what_it_measures(typical) -> None:
    assert SCRIPT.page({"typical": typical}, {"a": 1.0, "b": -1.0}).count("| `typical` |") == 1
    row = next(
        line
        for line in SCRIPT.page({"typical": typical}, {"a": 1.0, "b": -1.0}).splitlines()
        if line.startswith("| `typical`")
    )
    assert row in PAGE, "run make world"


def test_payments_spike_on_weekdays_at_the_end_of_the_month_and_around_the_due_day(typical) -> None:
    found = SCRIPT.spikes(typical)
    weekday, from_end, late = found["weekday"], found["from_month_end"], found["days_late"]
    assert weekday[5:].sum() == 0
    assert weekday[:5].min() > 0
    assert from_end[0] > 1.3 * np.median(from_end[1:18])
    assert np.argmax(late) in range(26, 34)
    assert late.max() > 1.5 * np.median(late)


def test_the_naive_contrast_has_the_wrong_sign(typical) -> None:
    naive, true = SCRIPT.contrasts(typical).values()
    assert naive > 10
    assert true < -0.5


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"\((world/\w+\.png)\)", PAGE)
    assert len(pictures) == 3
    for name in pictures:
        assert (ROOT / "docs" / name).stat().st_size > 4000


def test_the_python_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(block, "docs/world.md", "exec"), {})
    assert "Truth(value=" in capsys.readouterr().out
