"""What a finished stage left, sealed: a later attempt starts from exactly that state, or not at all.

A sentinel alone says that a stage once ended. The seal also says by which hash, and holds the SHA-256 of
every file that then stood in the run's work folder, so that a file cut short by a crash, or written over
by a stage that came later and failed, is never taken for the stage's result.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, Final

from arseg.runs.journal import Run
from arseg.runs.plain import write_plain
from arseg.runs.stage_hash import file_hash

_FOLDER: Final = "kept"


class Shelf:
    """The work folder of a run with the seals of its stages.

    Parameters
    ----------
    run
        The run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[Path, tuple[tuple[int, int], str]] = {}

    def seal(self, stage: str, stage_hash: str, output: Path) -> None:
        """Write down what stands after a stage, and by which hash."""
        seal = self._path(stage)
        seal.parent.mkdir(exist_ok=True)
        told = {"hash": stage_hash, "notebook": file_hash(output), "files": self._files()}
        write_plain(seal, told)

    def unseal(self, stage: str) -> None:
        """Take back the seal and the sentinel of a stage that starts again."""
        for path in (self._path(stage), self._run.sentinel(stage)):
            path.unlink(missing_ok=True)

    def kept(self, stage: str, stage_hash: str, output: Path) -> str:
        """Return why the stage must be executed again; empty where what it left can be used.

        Parameters
        ----------
        stage
            Its name.
        stage_hash
            What it depends on now.
        output
            Its executed notebook.
        """
        sealed = self._sealed(stage)
        if not sealed or not self._run.sentinel(stage).is_file():
            return "it has not reached its end"
        if sealed["hash"] != stage_hash:
            return "its inputs, parameters or code are not those of then"
        if not output.is_file() or file_hash(output) != sealed["notebook"]:
            return "its executed notebook is not there any more"
        return ""

    def restore(self, stage: str) -> str:
        """Bring the work folder back to where the stage left it; return why that cannot be, else nothing."""
        files = self._sealed(stage)["files"]
        for name, digest in files.items():
            path = self._run.work / name
            if not path.is_file() or self._hash(path) != digest:
                return f"{name} is not as it left it"
        for path in self._paths():
            if path.relative_to(self._run.work).as_posix() not in files:
                path.unlink()
        return ""

    def _files(self) -> dict[str, str]:
        return {path.relative_to(self._run.work).as_posix(): self._hash(path) for path in self._paths()}

    def _paths(self) -> list[Path]:
        return sorted(path for path in self._run.work.rglob("*") if path.is_file())

    def _hash(self, path: Path) -> str:
        """Return a file's hash; one that has not changed since is not read again."""
        about = path.stat()
        stamp = (about.st_mtime_ns, about.st_size)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            known = self._known[path] = (stamp, file_hash(path))
        return known[1]

    def _sealed(self, stage: str) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            told: dict[str, Any] = json.loads(self._path(stage).read_text(encoding="utf-8"))
            return told
        return {}

    def _path(self, stage: str) -> Path:
        return self._run.folder / _FOLDER / f"{stage}.json"
