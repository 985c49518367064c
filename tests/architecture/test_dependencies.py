"""What is installed is what the lock says: every version pinned, fingerprinted and allowed.

Known weaknesses of these versions are looked for where there is a source of advisories (CI); this
needs no network.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>(?:.*\\\n)*.*)", re.M)
FINGERPRINT = re.compile(r"--hash=sha256:[0-9a-f]{64}")
ELSEWHERE = re.compile(r"https?://|^-{1,2}[a-z]|\bgit\+|\bfile:", re.M)
"""Addresses, and options that name any; a fingerprint is indented and is none."""
ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|Python Software Foundation|PSF|Mozilla Public|MPL|Unlicense|CC0|Zlib"
    r"|0BSD|HPND|public domain|LGPL",
    re.IGNORECASE,
)
"""Licences under which a program may be used and passed on inside an organisation."""


def named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def lock() -> str:
    """Everything that is pinned: for all, and beside it for Spark."""
    locks = ("requirements.lock", "requirements-spark.lock")
    return "".join((ROOT / name).read_text("utf-8") for name in locks)


@pytest.fixture(scope="module")
def pins(lock: str) -> dict[str, set[str]]:
    """Versions by package; a package may have one for each version of Python."""
    found: dict[str, set[str]] = {}
    for pin in PIN.finditer(lock):
        found.setdefault(named(pin["name"]), set()).add(pin["version"])
    return found


def test_every_pin_has_fingerprints_and_no_address(lock: str) -> None:
    pins = list(PIN.finditer(lock))
    assert len(pins) > 100
    assert [pin["name"] for pin in pins if not FINGERPRINT.search(pin["rest"])] == []
    assert not ELSEWHERE.search(lock)
    lines = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert [line for line in lines if not PIN.match(line)] == []


def test_what_is_installed_is_what_is_locked(pins: dict[str, set[str]]) -> None:
    installed = {named(each.name): each.version for each in metadata.distributions()}
    tools_of_the_environment = {"pip", "setuptools", "wheel", "uv"}
    assert sorted(installed.keys() - pins.keys() - tools_of_the_environment) == []
    wrong = {
        name: (version, pins[name])
        for name, version in installed.items()
        if name in pins and version not in pins[name]
    }
    assert wrong == {}


def test_what_the_project_asks_for_is_locked(pins: dict[str, set[str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"].get("dependencies", [])]
    groups += [*project["project"].get("optional-dependencies", {}).values()]
    groups += [*project.get("dependency-groups", {}).values()]
    asked = {
        named(re.split(r"[\s\[<>=!~;]", entry)[0])
        for group in groups
        for entry in group
        if isinstance(entry, str)
    }
    assert asked
    assert sorted(asked - pins.keys()) == []


def _licences(found: metadata.Distribution) -> list[str]:
    words = [each for each in found.metadata.get_all("Classifier") or [] if "License ::" in each]
    for name in ("License-Expression", "License"):
        words += found.metadata.get_all(name) or []
    enclosed = [file for file in found.files or () if file.name.upper().startswith("LICEN")]
    words += [file.read_text().strip()[:120] for file in enclosed if not any(words)]
    return [word for word in words if word]


def test_every_package_says_a_licence_that_is_allowed(pins: dict[str, set[str]]) -> None:
    unsaid = {
        named(found.name): _licences(found)[:2]
        for found in metadata.distributions()
        if named(found.name) in pins and not any(ALLOWED.search(each) for each in _licences(found))
    }
    assert unsaid == {}
