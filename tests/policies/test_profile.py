from __future__ import annotations

import typing

import pandas as pd
import pytest

from arseg.policies import Profile
from arseg.policies.profile import Word
from arseg.schema import PROFILE, DataError, UsageError

SCORES = pd.DataFrame(
    {"customer_id": list("ABCD"), "invoice_delivery": ["paper", "email", "", None], "region": list("nsew")}
)


def test_the_words_are_those_of_the_schema() -> None:
    assert typing.get_args(Word) == tuple(PROFILE)


def test_a_listed_word_any_other_and_an_unknown_one_each_have_their_place() -> None:
    assigned = Profile(segments={"paper": "High"}, other="Low").assign(SCORES)
    assert assigned.to_numpy().tolist() == [
        ["A", "High", "invoice delivery paper, declared High", "High / paper"],
        ["B", "Low", "invoice delivery email, declared for any other Low", "Low / email"],
        ["C", "Medium", "invoice delivery unknown, declared Medium", "Medium / unknown"],
        ["D", "Medium", "invoice delivery unknown, declared Medium", "Medium / unknown"],
    ]


@pytest.mark.parametrize("word", PROFILE)
def test_every_word_of_a_profile_is_an_axis(word, draw_scores) -> None:
    policy = Profile(word)
    assert policy.needs == ("customer_id", word)
    assert len(policy.assign(draw_scores(1, 30))) == 30


def test_words_in_another_order_are_the_same_policy() -> None:
    one, two = {"paper": "High", "edi": "Low"}, {"edi": "Low", "paper": "High"}
    assert repr(Profile(segments=one)) == repr(Profile(segments=two))
    assert Profile(segments=one) == Profile(segments=two)


def test_a_misspelt_word_names_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"Profile: by is 'industri'.*Do: write 'industry'"):
        Profile("industri")


def test_an_absent_column_is_named() -> None:
    with pytest.raises(DataError, match="'industry'"):
        Profile("industry").assign(SCORES)


def test_segments_are_segments() -> None:
    with pytest.raises(UsageError, match="Profile: segments: 'paper' is 'Hihg'"):
        Profile(segments={"paper": "Hihg"})
    with pytest.raises(UsageError, match="Profile: other is None"):
        Profile(other=None)
