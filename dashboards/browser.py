"""Drives an installed Chromium over a pipe: no port, no network, no further package.

What is spoken is the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/),
JSON messages that end with a zero byte, on file descriptors 3 and 4 of the browser.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VARIABLE = "COACHING_CHROMIUM"
"""Environment variable: the browser to use; empty, none is used."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APP = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
ARGUMENTS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
# The shell puts the two pipes where the browser looks for them, and silences it otherwise.
_ON_PIPES = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null'
_POLL_SECONDS = 0.05


class ChromiumError(Exception):
    """The browser isn't there, stopped, answered with an error, or took too long."""


def find_chromium() -> str | None:
    """Return the browser to use: the one that the environment names, else an installed one."""
    named = os.environ.get(VARIABLE)
    return find_installed() if named is None else named or None


def find_installed() -> str | None:
    """Return a browser that stands where browsers stand."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(MAC_APP) if MAC_APP.exists() else None)


@dataclass
class Chromium:
    """A running browser with one page; every call ends by ``deadline`` (of `time.monotonic`)."""

    process: subprocess.Popen[bytes]
    deadline: float
    session: str | None = None
    _buffer: bytearray = field(default_factory=bytearray)
    _n_calls: int = 0

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return what the browser answers; `ChromiumError` if it doesn't, or says no."""
        self._n_calls += 1
        message: dict[str, Any] = {"id": self._n_calls, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self._send(json.dumps(message).encode() + b"\0")
        while (answer := self._next_message()).get("id") != self._n_calls:
            pass
        if "error" in answer:
            raise ChromiumError(f"{method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page, awaited if it is a promise."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise ChromiumError(f"The page failed at {expression!r}.")
        return answer["result"].get("value")

    def open(self, url: str, width: int, height: int, scale: float = 1.0) -> None:
        """Show a page in light colours; return when it says that it is drawn."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        self.look(width, height, scale)
        self.go(url)

    def look(
        self, width: int, height: int, scale: float = 1.0, scheme: str = "light", media: str = ""
    ) -> None:
        """Set the window's size in CSS px, the colour scheme, and ``print`` as medium if wanted."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def go(self, url: str) -> None:
        """Show another page; return when it says that it is drawn."""
        self.call("Page.navigate", url=url)
        while not self._is_drawn():
            time.sleep(_POLL_SECONDS)

    def _is_drawn(self) -> bool:
        with suppress(ChromiumError):  # a call that meets the change of pages is asked again
            return bool(self.evaluate("document.documentElement.dataset.ready === '1'"))
        self._remaining()
        return False

    def pdf(self) -> bytes:
        """Return the page as it prints, tagged."""
        answer = self.call(
            "Page.printToPDF",
            preferCSSPageSize=True, printBackground=True, generateTaggedPDF=True,
        )  # fmt: skip
        return base64.b64decode(answer["data"])

    def picture(self, clip: dict[str, float], **how: Any) -> bytes:
        """Return a rectangle of the page (x, y, width, height in CSS px), a PNG by default."""
        options = {"format": "png", "captureBeyondViewport": True, **how}
        answer = self.call("Page.captureScreenshot", clip={"scale": 1, **clip}, **options)
        return base64.b64decode(answer["data"])

    def _send(self, data: bytes) -> None:
        if self.process.stdin is None:
            raise ChromiumError("The browser has no pipe to listen on.")
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except OSError as error:
            raise ChromiumError("The browser stopped.") from error

    def _next_message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            self._buffer += self._read()
        text, _, rest = bytes(self._buffer).partition(b"\0")
        self._buffer = bytearray(rest)
        message: dict[str, Any] = json.loads(text)
        return message

    def _read(self) -> bytes:
        if self.process.stdout is None:
            raise ChromiumError("The browser has no pipe to answer on.")
        ready, _, _ = select.select([self.process.stdout], [], [], self._remaining())
        data = os.read(self.process.stdout.fileno(), 1 << 20) if ready else b""
        if ready and not data:
            raise ChromiumError("The browser stopped.")
        return data

    def _remaining(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise ChromiumError("The browser took too long.")
        return left


@contextmanager
def chromium(path: str, seconds: float) -> Iterator[Chromium]:
    """Start a browser with a profile of its own; whatever happens, it and its profile are gone.

    ``seconds`` is all the time that it has.
    """
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(
        prefix="coaching-chromium-", ignore_cleanup_errors=True
    ) as own:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has none to enter
        command = [path, *ARGUMENTS, *sandbox, f"--user-data-dir={own}", "about:blank"]
        process = _start(command)
        try:
            yield Chromium(process, deadline)
        finally:
            _end(process)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", _ON_PIPES, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ChromiumError("The browser didn’t start.") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the browser and the processes it started, which share its session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()
