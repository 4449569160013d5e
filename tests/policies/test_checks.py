from __future__ import annotations

import numpy as np
import pytest

from arseg.policies.checks import checked_choice, checked_count, checked_segment, checked_words
from arseg.schema import UsageError


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", True, None])
def test_a_count_is_a_whole_number_from_one_on(value) -> None:
    with pytest.raises(UsageError, match="min_size is not a whole number from 1 on"):
        checked_count(value, name="min_size")


def test_a_count_of_numpy_is_stored_as_a_plain_one() -> None:
    assert type(checked_count(np.int64(3), name="min_size")) is int


def test_a_misspelt_choice_names_the_near_one_whatever_its_case() -> None:
    with pytest.raises(UsageError, match=r"ties is 'Dwon'.*Allowed: down, up\. Do: write 'down'"):
        checked_choice("Dwon", ("down", "up"), name="ties")


@pytest.mark.parametrize("value", [None, 3, "zzz", ["x"]])
def test_what_is_no_segment_is_answered_with_the_choice(value) -> None:
    with pytest.raises(UsageError, match=r"Allowed: High, Medium, Low\. Do: choose one"):
        checked_segment(value, name="unknown")


@pytest.mark.parametrize("words", [None, ["paper"], {"paper": ""}, {" ": "High"}, {3: "High"}, {"paper": 3}])
def test_words_map_text_to_text(words) -> None:
    with pytest.raises(UsageError, match="parents does not map words to words"):
        checked_words(words, name="parents")


def test_words_are_sorted_and_read_only() -> None:
    words = checked_words({"b": "x", "a": "y"}, name="parents")
    assert list(words) == ["a", "b"]
    with pytest.raises(TypeError):
        words["c"] = "z"


def test_a_word_may_map_to_allowed_ones_only() -> None:
    with pytest.raises(UsageError, match=r"segments: 'paper' is 'high'.*Do: write 'High'"):
        checked_words({"paper": "high"}, name="segments", values=("High", "Low"))
