"""Publishes one small version and says so: what crash tests stop at every call to the system.

Run as a script: ``publishing.py HOME [duckdb]``. Between two looks at files that do not exist it does nothing
but publish, so that whoever traces it knows which calls are the publication's.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from types import ModuleType

BEGIN, END = "/arseg-publication-begins", "/arseg-publication-ends"
OLD = {"index.html": b"<p>old</p>", "worklist.csv": b"rank\n1\n"}
# As many files as make more than 150 calls; the editions of runs have some 75.
NEW = {
    "index.html": b"<p>new</p>",
    "worklist.csv": b"rank\n2\n",
    "tables/measures.csv": b"x" * 70_000,
    **{f"tables/table{number:02}.csv": b"%d" % number for number in range(22)},
}


def publish_in(home: Path, files: dict[str, bytes], *, to_duckdb: bool = False) -> Path:
    """Publish files as a version of ``demo``, and carry it to a DuckDB file if asked."""
    from arseg.runs.publication import publish, version_of

    def carried(version: Path) -> None:
        from arseg.runs.targets.carrying import carry
        from arseg.runs.targets.duckdb_file import DuckDbFile

        carry(version, [DuckDbFile(home / "mart.duckdb", "duckdb mart.duckdb", "main")])

    return publish(
        files,
        folder=home / "data" / "published" / "demo",
        version=version_of("2026-10-31", files),
        facts={"experiment": "demo", "key_date": "2026-10-31"},
        before_pointing=carried if to_duckdb else None,
    )


def main() -> int:
    """Publish between two marks; 0 where it says that it is published, 1 where it says that it is not."""
    home, to_duckdb = Path(sys.argv[1]), "duckdb" in sys.argv[2:]
    if to_duckdb:
        import arseg.runs.targets.carrying
        import arseg.runs.targets.duckdb_file
        from oracle.editions import edition_files

        files = edition_files("High")
    else:
        files = NEW
        # Experiments and all that they load have no part in it.
        bare = ModuleType("arseg.runs")
        bare.__path__ = [str(Path(__import__("arseg").__file__).parent / "runs")]
        sys.modules["arseg.runs"] = bare
    import arseg.runs.publication  # noqa: F401 - as above
    from arseg.schema import DataError

    for mark in (BEGIN, END):
        with contextlib.suppress(FileNotFoundError):
            os.stat(mark)  # noqa: PTH116 - one call to the system and no more
        if mark == BEGIN:
            try:
                publish_in(home, files, to_duckdb=to_duckdb)
            except DataError:
                return 1
    return 0


if __name__ == "__main__":
    # At once: the interpreter's own last calls are not the publication's.
    os._exit(main())
