"""Errors of machine and disk, made for real, in our own words and without a library's."""

from __future__ import annotations

import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from assets.errors import describe_error
from pipelines.core import free_space
from pipelines.core.errors import (
    DiskFullError,
    MachineError,
    NotAllowedError,
    ReadOnlyError,
    StorageError,
    WarehouseDamagedError,
    WarehouseLockedError,
)
from pipelines.core.expected_errors import in_own_words
from pipelines.core.free_space import check_room
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    with open_warehouse(path) as con:
        con.execute("create table raw.t as select range as a, random() as b from range(200000)")
    return path


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.3, 0.9])
def test_a_truncated_warehouse_is_damaged(warehouse: Path, share: float) -> None:
    with warehouse.open("r+b") as file:
        file.truncate(int(warehouse.stat().st_size * share))
    with (
        pytest.raises(WarehouseDamagedError, match="`make rebuild`"),
        open_warehouse(warehouse) as con,
    ):
        con.execute("select sum(b) from raw.t").fetchall()


HOLD = """
import sys, time
from pathlib import Path
from pipelines.core.warehouse import open_warehouse
with open_warehouse(Path(sys.argv[1])):
    print("open", flush=True)
    time.sleep(60)
"""


def test_a_warehouse_that_another_program_holds_is_locked(warehouse: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "open"
        with pytest.raises(WarehouseLockedError, match="end it"), open_warehouse(warehouse):
            pass
    finally:
        holder.kill()
        holder.communicate()


FILL = """
import resource, signal, sys
from pathlib import Path
from assets.errors import describe_error
from pipelines.core.warehouse import open_warehouse
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, -1))
try:
    with open_warehouse(Path(sys.argv[1])) as con:
        con.execute("create table raw.u as select random() as b from range(4000000)")
        con.execute("checkpoint")
except Exception as error:
    print(describe_error(error).summary)
"""


def test_a_warehouse_that_can_grow_no_further_says_the_disk_is_full(warehouse: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(warehouse)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("the disk is full; make room"), done.stdout + done.stderr
    with open_warehouse(warehouse) as con:
        assert con.execute("select count(*) from raw.t").fetchall() == [(200000,)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_whoever_writes(tmp_path: Path) -> None:
    with pytest.raises(OSError) as raised, Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")
    assert isinstance(in_own_words(raised.value), DiskFullError)
    assert describe_error(raised.value).summary.startswith("the disk is full")


def test_a_place_that_cannot_be_written_is_told() -> None:
    assert isinstance(in_own_words(OSError(30, "x")), ReadOnlyError)
    for number in (1, 13):
        assert isinstance(in_own_words(OSError(number, "x")), NotAllowedError)
    assert "too little memory" in describe_error(MemoryError()).summary


def test_what_others_say_is_believed_of_nobody_but_the_database() -> None:
    assert in_own_words(ValueError("Corrupt database file, says jane@example.org")) is None
    assert in_own_words(OSError("No space left on device")) is None


def test_too_little_room_stops_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_room(Workspace(tmp_path))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(
        free_space.shutil, "disk_usage", lambda _: usage(10**12, 10**12, 10 * free_space.MEGABYTE)
    )
    with pytest.raises(MachineError, match=r"10 MB are free .* may need 256 MB"):
        check_room(Workspace(tmp_path))


def test_what_dagster_s_storage_says_is_told_in_our_words(tmp_path: Path) -> None:
    """A server that isn't there, a file that was scribbled over, and one on a full disk."""
    absent = create_engine("postgresql+psycopg2://u:hidden-word@127.0.0.1:1/d")
    scribbled = tmp_path / "runs.db"
    scribbled.write_bytes(b"no database" * 1000)
    full = create_engine(f"sqlite:///{tmp_path / 'full.db'}")
    for engine, kind in (
        (absent, StorageError),
        (create_engine(f"sqlite:///{scribbled}"), StorageError),
        (full, DiskFullError),
    ):
        with pytest.raises(SQLAlchemyError) as raised, engine.connect() as con:
            con.execute(text("pragma max_page_count = 2"))
            con.execute(text("create table t as select randomblob(100000) as b"))
        told = describe_error(raised.value).summary
        assert isinstance(in_own_words(raised.value), kind), told
        assert "hidden-word" not in told
        assert ("PostgreSQL" in told) == (engine is absent), told
