"""Which of the given files is which of a layout's sources: by name, else by header, never by content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from arseg.ledger.layout import Layout, Source
from arseg.ledger.read import check_header, read_header
from arseg.schema import DataError, UsageError


@dataclass(frozen=True)
class Matched:
    """A file, what it is called in reports, and the source that it was matched to."""

    path: Path
    name: str
    source: Source


def match_files(given: Sequence[str | Path], layout: Layout) -> list[Matched]:
    """Match files, and the files within folders, to the sources of a layout.

    Parameters
    ----------
    given
        Files or folders. In a folder only files of a declared name count; a file that is named
        itself may have another name, then its header decides.
    layout
        The layout.

    Returns
    -------
    list of Matched
        Sorted by name, so that the order in which files are given is without effect.

    Raises
    ------
    UsageError
        If nothing is given, a path does not exist, or a file is given twice.
    DataError
        If a folder holds no file of the layout, or a file's header fits no source.
    """
    if not given:
        raise UsageError("no source is given", given="nothing", allowed="files or folders", do="name one")
    found: list[tuple[Path, Source]] = []
    for path in map(Path, given):
        found += _in_folder(path, layout) if path.is_dir() else [(path, _of_file(path, layout))]
    paths = [path.resolve() for path, _ in found]
    twice = sorted({path.name for path in paths if paths.count(path) > 1})
    if twice:
        raise UsageError(
            "a file is given twice", given=", ".join(twice), allowed="each file once", do="remove the repeat"
        )
    short = [path.name for path, _ in found]
    names = [path.name if short.count(path.name) == 1 else path.as_posix() for path, _ in found]
    matched = [Matched(path, name, source) for name, (path, source) in zip(names, found, strict=True)]
    return sorted(matched, key=lambda match: match.name)


def _in_folder(folder: Path, layout: Layout) -> list[tuple[Path, Source]]:
    inside = [path for path in sorted(folder.iterdir()) if path.is_file()]
    named = [(path, source) for path in inside if (source := _by_name(path, layout)) is not None]
    if not named:
        patterns = ", ".join(pattern for source in layout.sources for pattern in source.files)
        raise DataError(
            f"the folder holds no file of layout {layout.name!r}",
            given=", ".join(path.name for path in inside) or "an empty folder",
            allowed=patterns,
            do="check the folder, or name the files themselves",
        )
    return named


def _of_file(path: Path, layout: Layout) -> Source:
    if not path.is_file():
        raise UsageError(
            "the source does not exist", given=path, allowed="an existing file or folder", do="check the path"
        )
    return _by_name(path, layout) or _by_header(path, layout)


def _by_name(path: Path, layout: Layout) -> Source | None:
    fits = (s for s in layout.sources if any(fnmatchcase(path.name.lower(), p.lower()) for p in s.files))
    return next(fits, None)


def _by_header(path: Path, layout: Layout) -> Source:
    """Return the source whose columns the file has; complain by the nearest one."""
    lacking = []
    for place, source in enumerate(layout.sources):
        header = read_header(path, source, name=path.name)
        lacking.append((len(set(source.reads) - set(header)), place, header))
    fewest, place, header = min(lacking)
    source = layout.sources[place]
    if fewest:
        check_header(header, source, name=path.name)
    return source
