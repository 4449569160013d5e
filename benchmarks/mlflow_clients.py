"""The process that talks to MLflow, forked from one that has imported MLflow, so that a sweep pays for that once.

``stand_in`` puts a small program in the place of this interpreter: it hands its arguments, environment and streams to
the nursery, which forks ``python -m arseg.runs.<module>``, and ends as the fork ends. Where the program is killed, the
fork is, too. Everything but the seconds of importing is as in a run.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

_STREAMS = 3
_PROGRAM = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({place!r})
    told = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(line, [len(told).to_bytes(8, "big")], [0, 1, 2])
    line.sendall(told)
    code = line.recv(4)
sys.exit(int.from_bytes(code, "big", signed=True) if code else 1)
"""


@contextlib.contextmanager
def stand_in(folder: Path) -> Iterator[None]:
    """Let every process that this one starts by ``sys.executable -m`` be such a fork.

    Parameters
    ----------
    folder
        For the program and the nursery's socket.
    """
    place, program, python = folder / "clients", folder / "client", sys.executable
    program.write_text(_PROGRAM.format(python=python, place=str(place)), encoding="utf-8")
    program.chmod(0o700)
    nursery = subprocess.Popen([python, __file__, str(place)], stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603 - ourselves
    if nursery.stdout is None or not nursery.stdout.readline():
        message = "the nursery of clients did not start"
        raise SystemExit(message)
    sys.executable = str(program)
    try:
        yield
    finally:
        sys.executable = python
        os.killpg(nursery.pid, signal.SIGKILL)
        nursery.communicate()


def nurse(place: str) -> None:
    """Import what the client imports, and fork whenever a program asks."""
    for name in ("mlflow.pyfunc", "mlflow.tracking", "arseg.models", "arseg.runs.mlflow_store"):
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            line = listening.accept()[0]
            if not os.fork():
                listening.close()
                _serve(line)
            line.close()


def _serve(line: socket.socket) -> None:
    """Fork the client between two ends: whichever ends first ends the other."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(line, 8, _STREAMS)
    told = b""
    while len(told) < int.from_bytes(size, "big"):
        told += line.recv(1 << 16)
    arguments, environment, folder = json.loads(told)
    client = os.fork()
    if not client:
        line.close()
        for at, stream in enumerate(streams):
            os.dup2(stream, at)
            os.close(stream)
        _become(arguments, environment, folder)
    for stream in streams:
        os.close(stream)

    def watch() -> None:
        with contextlib.suppress(OSError):
            if not line.recv(1):
                os.kill(client, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    code = os.waitstatus_to_exitcode(os.waitpid(client, 0)[1])
    with contextlib.suppress(OSError):
        line.sendall(code.to_bytes(4, "big", signed=True))
    os._exit(0)


def _become(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Run the module that is asked for, as its own interpreter would."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [arguments[1], *arguments[2:]]
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(at, mode, buffering=1, closefd=False) for at, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    code = 0
    try:
        # The copy that the nursery imported would otherwise stand in the way, with a warning.
        sys.modules.pop(arguments[1], None)
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - an interpreter would print it and end with 1
        sys.excepthook(*sys.exc_info())
        code = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    nurse(sys.argv[1])
