"""The editions of an experiment that were in force, latest first, and which of them a month-end made.

A daily refresh is an edition too, but it teaches nothing, looks back on nothing and forecasts nothing: whoever asks for
these asks for the last month-end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arseg.runs.publication import current, read_manifest, versions
from arseg.schema import DataError

if TYPE_CHECKING:
    from arseg.runs.journal import Run

WORK: Final = "work"
DAILY: Final = "daily"
# What a daily run saves first: by whom it scores.
SCORED_BY: Final = "scored_by"


def is_daily(run: Run) -> bool:
    """Return whether the run is a daily refresh."""
    return (run.work / f"{SCORED_BY}.json").is_file()


def in_force_before(folder: Path, key_date: str | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the editions that were in force, latest first, each with its manifest's facts.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    key_date
        ISO day before which their key dates lie; all where None.

    Raises
    ------
    DataError
        If the pointer or a manifest is damaged.
    """
    target = current(folder)
    seen = set()
    while target is not None and target.name not in seen and target.is_dir():
        seen.add(target.name)
        manifest = read_manifest(target)
        if key_date is None or target.name[:10] < key_date:
            yield target, manifest["facts"]
        before = manifest["predecessor"]
        target = None if before is None else target.with_name(before)


def one_per_day(folder: Path, key_date: str) -> dict[str, Path]:
    """Return one version of each earlier key date, oldest first: the one last in force, else the last by name.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    key_date
        ISO day before which their key dates lie.
    """
    found = {name[:10]: folder / "versions" / name for name in versions(folder) if name[:10] < key_date}
    try:
        for held, facts in reversed([*in_force_before(folder, key_date)]):
            # Of a day that has both, a month-end says more than a daily refresh.
            if facts.get(WORK) != DAILY:
                found[held.name[:10]] = held
    # Which of them was in force is not known where the pointer is damaged; what they hold still is.
    except DataError:
        pass
    return dict(sorted(found.items()))


def last_month_end(folder: Path, key_date: str | None = None) -> Path | None:
    """Return the last edition in force that a month-end made; None where there is none.

    Parameters
    ----------
    folder, key_date
        As for ``in_force_before``.
    """
    return next((held for held, facts in in_force_before(folder, key_date) if facts.get(WORK) != DAILY), None)
