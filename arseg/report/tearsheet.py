"""A backtest on one page: the evidence bands only, to be saved or shown in a cell."""

from __future__ import annotations

import datetime as dt
import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from arseg.report.findings import Findings
from arseg.report.page import render_page
from arseg.report.summary import TEAR_SHEET_BANDS, summarise
from arseg.schema import UsageError

if TYPE_CHECKING:
    from pandas import DataFrame


class Backtested(Protocol):
    """What a tear sheet reads of a backtest's result."""

    @property
    def key_dates(self) -> Sequence[dt.date]:
        """Key dates of the replay, oldest first."""

    @property
    def horizon_days(self) -> int:
        """Days for which outcomes were followed."""

    @property
    def in_force(self) -> str:
        """The policy in force, as written."""

    @property
    def measures(self) -> DataFrame:
        """As `arseg.schema.MEASURES`."""

    @property
    def accuracy(self) -> DataFrame:
        """Log-loss by model and horizon."""

    @property
    def calibration(self) -> DataFrame:
        """Expected and observed by risk group."""

    @property
    def notes(self) -> Sequence[str]:
        """Sentences that limit what the result says."""


@dataclass(frozen=True)
class TearSheet:
    """One rendered page.

    Parameters
    ----------
    html
        The document.
    """

    html: str

    def save(self, path: str | Path) -> Path:
        """Write the page, whole or not at all, and return where it stands.

        Parameters
        ----------
        path
            File to write; missing folders are made.
        """
        return write_whole(Path(path), self.html)

    def _repr_html_(self) -> str:
        """Show the page in a notebook in a frame of its own, where its style stays its own."""
        page = html.escape(self.html)
        return f'<iframe sandbox="" title="Tear sheet" width="100%" height="820" style="border:0" srcdoc="{page}"></iframe>'

    def __repr__(self) -> str:
        return f"TearSheet({len(self.html):,} characters)"


def write_whole(path: Path, text: str) -> Path:
    """Write UTF-8 text through a file beside it, so that no reader meets a half-written page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(beside, path)  # noqa: PTH105 (atomic on every platform, and says so)
    return path


def tear_sheet(
    result: Backtested, *, title: str = "Backtest", currency: str = "", identification: str = ""
) -> TearSheet:
    """Return a backtest's page: separation, replay, counterfactual, trust and definitions.

    Parameters
    ----------
    result
        From `arseg.backtest`.
    title
        Name of the book or of the comparison.
    currency
        Reporting currency, ISO 4217.
    identification
        Why the counterfactual cannot be known, where that is known.

    Raises
    ------
    UsageError
        If the result has no key date.
    """
    if not result.key_dates:
        raise UsageError(
            "the backtest has no key date", given="none", allowed="one or more", do="backtest with key_dates"
        )
    findings = Findings(
        title=title,
        experiment=f"horizon {result.horizon_days} days",
        key_date=max(result.key_dates),
        currency=currency,
        policy="",
        in_force=result.in_force,
        measures=result.measures,
        accuracy=result.accuracy,
        calibration=result.calibration,
        notes=tuple(result.notes),
        identification=identification,
        key_dates=tuple(result.key_dates),
    )
    return TearSheet(render_page(summarise(findings, bands=TEAR_SHEET_BANDS, heading="Backtest")))
