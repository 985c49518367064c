"""The program on this machine: Python, packages against the lock, the browser, the port."""

from __future__ import annotations

import re
import socket
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata

from assets.command_line import LOOPBACK
from assets.health.finding import Finding, note, ok, wrong
from dashboards.browser import find_chromium
from pipelines.core.versions import PROJECT, code_version

OLDEST_PYTHON = (3, 11)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.M)
MOST_NAMED = 5


def look_at_program(port: int) -> Iterator[Finding]:
    """Everything that doesn't depend on a workspace."""
    yield _python(sys.version_info[:2])
    yield _packages(_pins(), _installed())
    yield _browser()
    yield _port(port)


def _python(version: tuple[int, ...]) -> Finding:
    said = ".".join(str(part) for part in version)
    if version < OLDEST_PYTHON:
        return wrong("python", f"this is {said}; 3.11 or newer is needed")
    return ok("python", f"{said}, program {code_version()}")


def _packages(pins: dict[str, set[str]], installed: dict[str, str]) -> Finding:
    """Other versions than the lock's, and what the project asks for and isn't there."""
    others = sorted(
        f"{name} {version}" for name, version in installed.items()
        if name in pins and version not in pins[name]
    )  # fmt: skip
    missing = sorted(f"{name} (missing)" for name in _asked_for() - installed.keys())
    if found := others + missing:
        return wrong(
            "packages",
            f"{len(found)} aren't as requirements.lock says: {', '.join(found[:MOST_NAMED])}; "
            "make them so with `make clean install`",
        )
    return ok("packages", f"{len(pins)} versions in requirements.lock, all that are here agree")


def _pins() -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, version in _PIN.findall((PROJECT / "requirements.lock").read_text("utf-8")):
        pins.setdefault(_named(name), set()).add(version)
    return pins


def _installed() -> dict[str, str]:
    return {_named(each.name): each.version for each in metadata.distributions() if each.name}


def _asked_for() -> set[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return {_named(re.split(r"[\s\[<>=!~;]", entry)[0]) for entry in project["dependencies"]}


def _named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _browser() -> Finding:
    found = find_chromium()
    if found is None:
        return note("browser", "no Chromium: the pages are complete, summary.pdf is left out")
    return ok("browser", "a Chromium is here for summary.pdf")


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex((LOOPBACK, port)) != 0:
            return ok("port", f"{port} is free for the UI")
    return note("port", f"something listens on {port}: the UI, or another program (PORT=3001)")
