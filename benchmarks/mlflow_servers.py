"""A real MLflow server on the loopback address, and everything that can stand in its place or before it.

``Server`` is ``mlflow server`` over SQLite with an artifact folder. Importing MLflow takes most of its start, so that
``Nursery`` imports it once and forks the very worker that ``mlflow server`` would start, as often as one is killed.
``Proxy`` stands before either, counts the calls, and may delay, refuse or break one. ``deaf`` and ``full`` are black holes.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from arseg.runs.surroundings import surroundings

LOOPBACK = "127.0.0.1"
# A machine under load needs long to import MLflow.
_START_SECONDS = 120


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class Server:
    """``mlflow server`` with one worker, its store and its artifacts in a folder.

    Parameters
    ----------
    folder
        Where both are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        store = ["--backend-store-uri", f"sqlite:///{self.folder}/server.db"]
        artifacts = ["--artifacts-destination", str(self.folder / "artifacts")]
        place = ["--host", LOOPBACK, "--port", str(self.port), "--workers", "1"]
        self._begin("-m", "mlflow", "server", *store, *artifacts, *place)
        self._await()
        return self

    def kill(self) -> None:
        """End it and all its workers by SIGKILL."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _begin(self, *command: str) -> subprocess.Popen[str]:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command without a shell
                [sys.executable, *command],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=surroundings(MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false"),
                start_new_session=True,
                text=True,
            )
        return self._process

    def _await(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit((self.folder / "server.log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:  # noqa: S310 - ours
                return bool(answer.status == http.HTTPStatus.OK)
        except OSError:
            return False


class Nursery(Server):
    """Forks the worker of ``mlflow server``, which can be killed and is back at once.

    Parameters
    ----------
    folder
        Of its store and its artifacts.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._worker = 0

    def __enter__(self) -> Self:
        self._begin(str(Path(__file__)), str(self.folder), str(self.port))
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
        super().kill()

    def start(self) -> Self:
        """Start a worker where none lives, and wait until it answers."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            message = "the nursery is closed"
            raise SystemExit(message)
        if not self._worker:
            process.stdin.write("start\n")
            process.stdin.flush()
            self._worker = int(process.stdout.readline() or 0)
            self._await()
        return self

    def kill(self) -> None:
        """End the worker by SIGKILL."""
        worker, self._worker = self._worker, 0
        if worker:
            os.kill(worker, signal.SIGKILL)


@dataclass(frozen=True)
class Refuse:
    """Answer with a status of failure instead of asking the server."""

    status: int


@dataclass(frozen=True)
class Delay:
    """Ask the server after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Break:
    """Do something, such as killing the server, and never answer: before, while or after the server works."""

    action: Callable[[], None]
    when: str = "before"


class Proxy:
    """What a client takes for the server, and which decides on each call, counted from 1.

    Parameters
    ----------
    port
        Of the server behind it.
    decide
        Returns a ``Refuse``, ``Delay``, ``Break``, or None to let the call pass.
    """

    def __init__(self, port: int, decide: Callable[[int], Any] = lambda _number: None) -> None:
        self.behind = port
        self.decide = decide
        self.calls: list[str] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer((LOOPBACK, 0), type("Handler", (_Handler,), {"proxy": self}))
        self._http.daemon_threads = True
        self.address = f"http://{LOOPBACK}:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def count(self, call: str) -> int:
        """Note a call, and return its number."""
        with self._lock:
            self.calls.append(call)
            return len(self.calls)


class _Handler(BaseHTTPRequestHandler):
    """One connection to a proxy."""

    proxy: Proxy

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _any(self) -> None:
        body = self._body()
        decided = self.proxy.decide(self.proxy.count(f"{self.command} {self.path.partition('?')[0]}"))
        if isinstance(decided, Refuse):
            self.send_response(decided.status)
            self.end_headers()
            self.wfile.write(b'{"error_code": "INTERNAL_ERROR", "message": "planted"}')
            return
        if isinstance(decided, Delay):
            time.sleep(decided.seconds)
        if isinstance(decided, Break):
            self._broken(decided, body)
            return
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._pass_on(*self._ask(body))

    def _broken(self, decided: Break, body: bytes) -> None:
        if decided.when == "while":
            threading.Timer(0.005, decided.action).start()
        if decided.when != "before":
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._ask(body)
        if decided.when != "while":
            decided.action()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        dropped = {"transfer-encoding", "content-length", "connection", "host", "accept-encoding"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        connection = http.client.HTTPConnection(LOOPBACK, self.proxy.behind, timeout=300)
        with contextlib.closing(connection):
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def _pass_on(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {
                "transfer-encoding",
                "content-length",
                "connection",
                "date",
                "server",
            }:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - the library's names


@contextlib.contextmanager
def nothing() -> Iterator[str]:
    """Yield an address where nothing listens."""
    yield f"http://{LOOPBACK}:{free_port()}"


@contextlib.contextmanager
def deaf() -> Iterator[str]:
    """Yield an address that accepts every connection and never answers."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as listening:
        held: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(listening.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        for each in held:
            each.close()


@contextlib.contextmanager
def full() -> Iterator[str]:
    """Yield an address that never accepts: its backlog is full, so that a connection is never made."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        place = listening.getsockname()
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(place)
        yield f"http://{LOOPBACK}:{place[1]}"


def nurse(folder: Path, port: int) -> None:
    """Import what ``mlflow server`` imports, make its store, and fork its worker whenever a line comes in."""
    told = {
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder}/server.db",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    }
    os.environ.update(told)
    # Printed lines are worker ids, and nothing else.
    out, sys.stdout = sys.stdout, sys.stderr
    import uvicorn
    from mlflow.server.fastapi_app import app
    from mlflow.server.handlers import initialize_backend_stores

    maker = os.fork()
    if not maker:
        initialize_backend_stores(told["_MLFLOW_SERVER_FILE_STORE"], None, "mlflow-artifacts:/")
        os._exit(0)
    if os.waitpid(maker, 0)[1]:
        raise SystemExit(1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        worker = os.fork()
        if not worker:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            uvicorn.run(app, host=LOOPBACK, port=port, log_level="warning")
            os._exit(0)
        out.write(f"{worker}\n")
        out.flush()


if __name__ == "__main__":
    nurse(Path(sys.argv[1]), int(sys.argv[2]))
