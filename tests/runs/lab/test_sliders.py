from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from arseg.policies import RiskTiers, WeightedScore
from arseg.runs.lab.sliders import in_proportion, slide_tiers, slide_weights
from arseg.schema import UsageError


class _Desk:
    """Remembers what it was asked."""

    def try_policy(self, policy: Any, *, hours: float = 6.0) -> tuple[Any, float]:
        return policy, hours


def test_without_widgets_the_answer_of_the_defaults_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert slide_tiers(_Desk()) == (RiskTiers(), 6.0)  # type: ignore[arg-type]
    policy, _ = slide_weights(_Desk())  # type: ignore[arg-type]
    assert policy.weights == pytest.approx(dict(WeightedScore().weights))


class _Widgets:
    made: ClassVar[dict[str, Any]] = {}

    @staticmethod
    def FloatSlider(**options: Any) -> dict[str, Any]:  # noqa: N802 - as ipywidgets spells it
        return options

    @classmethod
    def interactive(cls, answer: Any, **sliders: Any) -> Any:
        cls.made = sliders
        return answer


def test_with_widgets_each_slider_starts_at_the_default_and_asks_once_it_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: SimpleNamespace())
    monkeypatch.setattr(importlib, "import_module", lambda _name: _Widgets)
    answer = slide_tiers(_Desk())  # type: ignore[arg-type]
    assert {name: made["value"] for name, made in _Widgets.made.items()} == {
        "medium_from": 0.15,
        "high_from": 0.35,
        "hours": 6.0,
    }
    assert not any(made["continuous_update"] for made in _Widgets.made.values())
    assert answer(medium_from=0.2, high_from=0.5, hours=3.0) == (RiskTiers(0.2, 0.5), 3.0)


def test_weights_are_taken_in_proportion_and_must_be_weights() -> None:
    assert in_proportion({"a": 1.0, "b": 1.0}) == {"a": 0.5, "b": 0.5}
    for wrong in ({"a": 0.0}, {"a": -1.0, "b": 3.0}):
        with pytest.raises(UsageError, match="the weights are no weights"):
            in_proportion(wrong)


def test_the_real_widgets_answer_when_a_slider_is_let_go() -> None:
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed: make setup")
    asked: list[Any] = []

    class Desk:
        def try_policy(self, policy: Any, *, hours: float = 6.0) -> Any:
            asked.append((policy, hours))

    sliders = slide_tiers(Desk())  # type: ignore[arg-type]
    sliders.children[0].value = 0.2
    sliders.children[2].value = 3.0
    assert asked[-1] == (RiskTiers(0.2, 0.35), 3.0)
    assert [each.description for each in sliders.children[:3]] == ["medium_from", "high_from", "hours"]
