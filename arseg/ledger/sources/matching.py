"""Which of the given files and tables is which of a layout's sources: by name, else by header, never by content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from arseg.ledger.declared.layout import Layout
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.control import read_controlled
from arseg.ledger.sources.read import DATABASE_SUFFIXES, check_header, lacking, open_file
from arseg.ledger.sources.reading import Database, Reading
from arseg.schema import ArsegError, DataError, UsageError

URLS: Final = ("postgresql://", "postgres://", "service=")


@dataclass(frozen=True)
class Matched:
    """A file or a database's table, what it is called in reports, and the source that it was matched to.

    ``open`` opens it; ``path`` is the file, or the folder in which side files of a database stand.
    """

    path: Path
    name: str
    source: Source
    open: Callable[[], Reading]


def match_sources(given: Sequence[str | Path], layout: Layout, stack: ExitStack) -> list[Matched]:
    """Match files, the files within folders, and the tables of databases to the sources of a layout.

    Parameters
    ----------
    given
        Files, folders, DuckDB files or PostgreSQL addresses. In a folder or a database only what has a
        declared name counts; a file that is named itself may have another name, then its header decides.
    layout
        The layout.
    stack
        Closes the databases, which stay open so that all their tables are seen at one moment.

    Returns
    -------
    list of Matched
        Sorted by name, so that the order in which files are given is without effect.

    Raises
    ------
    UsageError
        If nothing is given, a path does not exist, or a file is given twice.
    DataError
        If a folder or a database holds nothing of the layout, or a file's header fits no source.
    """
    if not given:
        raise UsageError(
            "no source is given", given="nothing", allowed="files or folders", do="name one", code="no_source"
        )
    found: list[tuple[Path, Source]] = []
    tables: list[Matched] = []
    books = _books(given)
    for one in given:
        path = Path(one)
        if str(one).startswith(URLS):
            tables += _in_server(str(one), layout, stack)
        elif path.is_dir():
            files, held = _in_folder(path, books, layout, stack)
            found, tables = found + files, tables + held
        elif path in books:
            tables += _require_some(_in_file(path, books[path], layout, stack), layout, path.name)
        else:
            found.append((path, _of_file(path, layout)))
    return sorted([*_named(found, layout), *tables], key=lambda match: match.name)


def _named(found: list[tuple[Path, Source]], layout: Layout) -> list[Matched]:
    names = _told_apart([path for path, _ in found])
    return [
        Matched(path, name, source, _opener(path, source, name, layout))
        for name, (path, source) in zip(names, found, strict=True)
    ]


def _told_apart(paths: Sequence[Path]) -> list[str]:
    """Return what each file is called in reports; refuse one that is given twice."""
    whole = [path.resolve() for path in paths]
    twice = sorted({path.name for path in whole if whole.count(path) > 1})
    if twice:
        raise UsageError(
            "a file is given twice",
            given=", ".join(twice),
            allowed="each file once",
            do="remove the repeat",
            code="file_twice",
            file=twice[0],
        )
    short = [path.name for path in paths]
    return [path.name if short.count(path.name) == 1 else path.as_posix() for path in paths]


def _books(given: Sequence[str | Path]) -> dict[Path, str]:
    """Return the DuckDB files among what is given and in its folders, with their names."""
    servers = [str(one) for one in given if str(one).startswith(URLS)]
    if len(set(servers)) < len(servers):
        raise UsageError(
            "a database is given twice",
            given="postgresql",
            allowed="each database once",
            do="remove the repeat",
            code="database_twice",
        )
    inside = [path for one in map(Path, given) for path in (sorted(one.iterdir()) if one.is_dir() else [one])]
    books = [path for path in inside if path.suffix.lower() in DATABASE_SUFFIXES and path.is_file()]
    return dict(zip(books, _told_apart(books), strict=True))


def _opener(path: Path, source: Source, name: str, layout: Layout) -> Callable[[], Reading]:
    def opened() -> Reading:
        reading = open_file(path, source, name=name, bounds=layout.bounds)
        check_header(reading.header, source, name=name)
        return read_controlled(reading, path, source)

    return opened


def _in_folder(
    folder: Path, books: Mapping[Path, str], layout: Layout, stack: ExitStack
) -> tuple[list[tuple[Path, Source]], list[Matched]]:
    inside = [path for path in sorted(folder.iterdir()) if path.is_file()]
    named = [(path, source) for path in inside if (source := _by_name(path.name, layout)) is not None]
    held = [path for path in inside if path in books]
    tables = [table for path in held for table in _in_file(path, books[path], layout, stack)]
    if not named and not tables:
        raise _nothing("folder", [path.name for path in inside], layout, file=folder)
    return named, tables


def _in_file(path: Path, name: str, layout: Layout, stack: ExitStack) -> list[Matched]:
    from arseg.ledger.sources.read_duckdb import open_duckdb

    return _tables(stack.enter_context(open_duckdb(path, bounds=layout.bounds)), layout, path, name)


def _in_server(url: str, layout: Layout, stack: ExitStack) -> list[Matched]:
    from arseg.ledger.sources.read_postgres import open_postgres

    database = stack.enter_context(open_postgres(url, bounds=layout.bounds))
    return _require_some(_tables(database, layout, Path(), "postgresql"), layout, "the database")


def _tables(database: Database, layout: Layout, path: Path, origin: str) -> list[Matched]:
    matched = []
    for head in database.tables():
        full = f"{head.schema}.{head.table}"
        source = _by_table(head.table, full, layout)
        if source is not None:
            name = f"{origin}:{full}"
            matched.append(Matched(path, name, source, _table_opener(database, full, source, name)))
    return matched


def _table_opener(database: Database, table: str, source: Source, name: str) -> Callable[[], Reading]:
    def opened() -> Reading:
        reading = database.read(table)
        check_header(reading.header, source, name=name)
        reading.name = name
        return reading

    return opened


def _require_some(tables: list[Matched], layout: Layout, name: str) -> list[Matched]:
    if not tables:
        raise _nothing("database", [name], layout, file=name)
    return tables


def _nothing(where: str, given: Sequence[str], layout: Layout, *, file: object) -> DataError:
    return DataError(
        f"the {where} holds nothing of layout {layout.name!r}",
        given=", ".join(given) or f"an empty {where}",
        allowed=", ".join(name for source in layout.sources for name in (*source.files, *source.tables)),
        do=f"check the {where}, or name the files themselves",
        code="no_match",
        file=file,
    )


def _of_file(path: Path, layout: Layout) -> Source:
    if not path.is_file():
        raise UsageError(
            "the source does not exist",
            given=path,
            allowed="an existing file or folder",
            do="check the path",
            code="missing_source",
            file=path,
        )
    return _by_name(path.name, layout) or _by_header(path, layout)


def _by_name(name: str, layout: Layout) -> Source | None:
    plain = name.lower().removesuffix(".gz")
    fits = (
        s for s in layout.sources if any(fnmatchcase(plain, p.lower().removesuffix(".gz")) for p in s.files)
    )
    return next(fits, None)


def _by_table(table: str, full: str, layout: Layout) -> Source | None:
    """Return the source of a table: of its declared name, else of a file's name without its suffix."""
    for source in layout.sources:
        stems = [pattern.rpartition(".")[0] for pattern in source.files]
        if table in source.tables or full in source.tables:
            return source
        if not source.tables and any(fnmatchcase(table.lower(), stem.lower()) for stem in stems):
            return source
    return None


def _by_header(path: Path, layout: Layout) -> Source:
    """Return the source whose columns the file has; complain by the nearest one."""
    tries: list[tuple[int, int, Sequence[str] | ArsegError]] = []
    for place, source in enumerate(layout.sources):
        try:
            header = open_file(path, source, name=path.name, bounds=layout.bounds).header
        except DataError as refusal:
            tries.append((len(source.reads) + 1, place, refusal))
        else:
            tries.append((len(lacking(header, source.reads)), place, header))
    fewest, place, outcome = min(tries, key=lambda one: one[:2])
    if isinstance(outcome, ArsegError):
        raise outcome
    source = layout.sources[place]
    if fewest:
        check_header(outcome, source, name=path.name)
    return source
