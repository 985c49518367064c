"""Processes that read a publication over and over while others take its place.

Two kinds of readers: one holds the folder that it opened and reads every file in it, as a web
server or a backup does; one opens the analysts' file by its name and asks it, as analysts do. Each
writes a line per reading; whether it was torn is told from these lines afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.core.warehouse import fetch, open_warehouse
from tests.integration.refreshing import PROJECT, environment

FOLDER, FILE = "folder", "file"
PAUSE_SECONDS = 0.3
START_SECONDS = 120
SUMS = """
select
    (select max(refresh_id) from meta.refresh where status = 'published') as refresh_id,
    (select count(*) from outcomes.comparison) as n_estimates,
    (select sum(hash(c)) from outcomes.comparison as c)::varchar as estimates,
    (select sum(hash(a)) from marts.agent as a)::varchar as agents
"""
"""Says of a file which publication it is, and what two of its tables hold."""


def read_folder(published: Path) -> str:
    """Read every file of the folder that stands now; ``whole`` or what differs.

    The folder is held by its descriptor, so all files are of the one that was opened.
    """
    held = os.open(published, os.O_RDONLY | os.O_DIRECTORY)
    try:
        folder = Path(f"/proc/self/fd/{held}")
        manifest = json.loads((folder / "manifest.json").read_bytes())
        for name, digest in manifest["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                return f"torn: {name} of publication {manifest['refresh_id']}"
        return f"whole {manifest['refresh_id']}"
    finally:
        os.close(held)


def read_file(file: Path) -> str:
    """What the file that stands now says of itself."""
    with open_warehouse(file, read_only=True) as con:
        return json.dumps(fetch(con, SUMS).row(0))


@contextlib.contextmanager
def four_readers(
    published: Path,
    notes: Path,
    kinds: tuple[str, ...] = (FOLDER, FOLDER, FILE, FILE),
    pause: float = PAUSE_SECONDS,
) -> Iterator[None]:
    """Let readers read as long as the block lasts; each has a file of notes."""
    notes.mkdir()
    readers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                __name__,
                kind,
                published,
                notes / f"{kind}-{place}",
                str(pause),
            ],
            cwd=PROJECT,
            env=environment(),
        )
        for place, kind in enumerate(kinds)
    ]
    try:
        _wait_for_first_readings(readers, notes)
        yield
        assert all(each.poll() is None for each in readers), "a reader ended by itself"
    finally:
        for each in readers:
            each.kill()
            each.wait()


def _wait_for_first_readings(readers: list[subprocess.Popen[bytes]], notes: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while sum(bool(each.stat().st_size) for each in notes.iterdir()) < len(readers):
        assert all(each.poll() is None for each in readers), "a reader ended by itself"
        assert time.monotonic() < deadline, "a reader didn't begin"
        time.sleep(0.05)


def torn_readings(notes: Path, said: set[str]) -> tuple[int, list[str]]:
    """How many readings there were, and those that were of no whole publication.

    ``said`` is what `read_file` says of each publication.
    """
    lines = [line for file in notes.iterdir() for line in file.read_text().splitlines()]
    torn = [line for line in lines if not line.startswith("whole ") and line not in said]
    return len(lines), torn


def publications_seen(notes: Path) -> pl.DataFrame:
    """By kind of reader, how many different publications were read."""
    rows = [
        {"kind": file.name.partition("-")[0], "said": line}
        for file in notes.iterdir()
        for line in file.read_text().splitlines()
    ]
    return pl.DataFrame(rows).group_by("kind").agg(pl.col("said").n_unique()).sort("kind")


def main() -> None:
    """Read until somebody ends this process."""
    kind, published, notes = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    pause = float(sys.argv[4])
    with notes.open("w", encoding="utf-8", buffering=1) as file:
        while True:
            if kind == FOLDER:
                said = read_folder(published)
            else:
                said = read_file(published / "analytics.duckdb")
            file.write(said + "\n")
            time.sleep(pause)


if __name__ == "__main__":
    main()
