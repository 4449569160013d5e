"""A headless Chromium over its own debugging protocol, for tests that ask a browser."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

websocket = pytest.importorskip("websocket", reason="websocket-client comes with JupyterLab")

FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-sync",
        "--disable-quic",
    ),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
    *("--remote-debugging-port=0", "--remote-allow-origins=*"),
)
# What a page must not cause: anything fetched, anything said to the console, a dialog.
LOUD = {
    *("Network.requestWillBeSent", "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"),
    *("Page.javascriptDialogOpening", "Page.frameAttached", "Audits.issueAdded"),
}


class Chromium:
    """One tab."""

    def __init__(self, profile: Path) -> None:
        found = shutil.which("chromium") or shutil.which("google-chrome")
        if found is None:
            pytest.skip("Chromium is not installed")
        self.process = subprocess.Popen(
            [found, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.numbers, self.events = itertools.count(1), []
        self.socket = websocket.create_connection(self._address(profile), timeout=60, suppress_origin=True)
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.send(f"{domain}.enable")

    def _address(self, profile: Path) -> str:
        from urllib.request import urlopen

        port_file = profile / "DevToolsActivePort"
        for _ in range(300):
            if port_file.is_file() and len(port_file.read_text().split()) == 2:
                break
            time.sleep(0.1)
        port = port_file.read_text().split()[0]
        with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            tabs = json.load(answer)
        return next(str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask, keep the events that come meanwhile, and return the answer."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            self.events.append(message)

    def open(
        self, page: Path, *, width: int = 1440, height: int = 900, dark: bool = False
    ) -> list[dict[str, Any]]:
        """Load a page of that width and return the loud events that it caused, its own request left out."""
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.send("Emulation.setEmulatedMedia", features=theme)
        self.events.clear()
        self.send("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self.socket.recv()))
        # What a script would do late it does within this time.
        time.sleep(0.15)
        self.ask("0")
        return self.loud(page)

    def loud(self, page: Path) -> list[dict[str, Any]]:
        return [
            event
            for event in self.events
            if event["method"] in LOUD and event["params"].get("request", {}).get("url") != page.as_uri()
        ]

    def ask(self, expression: str) -> Any:
        """Return the JSON value of an expression in the page."""
        told = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, key: str) -> None:
        code = {"Tab": 9, "Enter": 13, " ": 32}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, code=key, **more
            )

    def picture(self, target: Path) -> Path:
        import base64

        told = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        target.write_bytes(base64.b64decode(told["data"]))
        return target

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=20)
