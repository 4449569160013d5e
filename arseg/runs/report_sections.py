"""What an experiment declares of its report: the language, who may be named, and what is too small to be shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from arseg.runs.sections import Section


class Report(Section):
    """The page that stakeholders read.

    Parameters
    ----------
    language
        Of every label, number, amount and day on the page.
    names
        Whether the page's worklist names its customers; everywhere else stand ids, and the worklist file has names.
    fewest
        Customers from which a group is shown; smaller ones are hidden, and what would give them away.
    pdf
        Whether the page is printed to ``index.pdf`` beside it, where Chromium is installed.
    """

    language: Literal["en", "es", "de"] = "en"
    names: bool = False
    fewest: Annotated[int, Field(ge=1)] = 5
    pdf: bool = False
