from __future__ import annotations

import pytest
from pydantic import ValidationError

from arseg.report.language import LANGUAGES
from arseg.runs.report_sections import Report


def test_without_a_word_the_report_is_english_pseudonymous_and_hides_groups_below_five() -> None:
    assert Report().model_dump() == {"language": "en", "names": False, "fewest": 5, "pdf": False}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_page_can_be_declared(language: str) -> None:
    assert Report.model_validate({"language": language}).language == language


@pytest.mark.parametrize("wrong", [{"language": "fr"}, {"fewest": 0}, {"names": 1}, {"pdff": True}])
def test_what_is_not_known_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Report.model_validate(wrong)
