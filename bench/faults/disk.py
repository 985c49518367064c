"""Faults of disk, memory and files: a full disk, a read-only one, damaged files, too little memory.

Full and read-only disks are a small file system of their own in memory, which only root can mount;
elsewhere a limit on the size of files stands for the full disk, and the other isn't tried.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.workspace import Workspace
from tests.faults.running import Running, published, refresh_to_end
from tests.faults.small_centre import END, SmallCentre, whole_publication
from tests.integration.refreshing import Ended, fingerprint

MEGABYTE = 2**20
DISK = 420 * MEGABYTE
"""More than a refresh asks for before it begins."""
FILLED_WHEN = ("made     raw/", "made     marts/", "made     outcomes/", "made     published/")
NEXT_DAY = END - dt.timedelta(days=1)


def failed(centre: SmallCentre, ended: Ended, before: dict[str, str], *words: str) -> None:
    """It failed, in our words where there are some, and what stood stands."""
    assert ended.status == 1, ended.output
    last = ended.last_line
    assert not words or any(each in last for each in words), last
    assert fingerprint(centre.workspace.published) == before


def heals(centre: SmallCentre) -> None:
    """The next refresh publishes without hands, and no row is lost or doubled."""
    before = whole_publication(centre.workspace)
    published(refresh_to_end(centre.workspace))
    assert whole_publication(centre.workspace) > before
    centre.assert_staged()


def full_disk(centre: SmallCentre) -> str:
    """The disk fills while a refresh runs; before that one is turned away for want of room."""
    centre.deliver_day(NEXT_DAY)
    before = fingerprint(centre.workspace.published)
    with small_disk(centre) as disk:
        if disk is None:
            limits = {resource.RLIMIT_FSIZE: 3 * MEGABYTE}
            ended = Running(centre.workspace, limits=limits).end()
            failed(centre, ended, before, "the disk is full")
            heals(centre)
            return "a limit on the size of files: told as a full disk"
        filler = disk / "filler"
        fill(filler, leave=100 * MEGABYTE)
        failed(centre, refresh_to_end(centre.workspace), before, "MB are free")
        filler.unlink()
        n_failed = sum(_fill_when(centre, filler, made) for made in FILLED_WHEN)
        heals(centre)
    return (
        f"turned away for want of room; {len(FILLED_WHEN)} disks filled while a refresh ran, "
        f"{n_failed} of them failed, in our words"
    )


def _fill_when(centre: SmallCentre, filler: Path, made: str) -> bool:
    """Fill the disk when a refresh has made something; whether it failed, in our words then."""
    before = fingerprint(centre.workspace.published)
    running = Running(centre.workspace)
    assert running.wait_until(lambda: made in running.output), running.output
    fill(filler, leave=0)
    ended = running.end()
    filler.unlink()
    if ended.status != 0:
        failed(centre, ended, before, "the disk is full")
    whole_publication(centre.workspace)
    return ended.status != 0


def read_only_disk(centre: SmallCentre) -> str:
    """The disk is read-only when a refresh begins."""
    centre.deliver_day(NEXT_DAY)
    before = fingerprint(centre.workspace.published)
    with small_disk(centre) as disk:
        if disk is None:
            return "not tried: a file system can't be mounted here"
        mount("-o", "remount,ro", str(disk))
        failed(centre, refresh_to_end(centre.workspace), before, "can't be written")
        mount("-o", "remount,rw", str(disk))
        heals(centre)
    return "told in our words"


def too_little_memory(centre: SmallCentre) -> str:
    """Less and less memory, until a refresh can't end."""
    centre.deliver_day(NEXT_DAY)
    ends = []
    for megabytes in (1500, 2500, 3500):
        ended = Running(centre.workspace, limits={resource.RLIMIT_AS: megabytes * MEGABYTE}).end()
        whole_publication(centre.workspace)
        if ended.status == 0:
            ends.append(f"{megabytes} MB: published")
        elif ended.output.strip():
            ends.append(f"{megabytes} MB: {ended.last_line[:60]}")
        else:
            ends.append(f"{megabytes} MB: ended by status {ended.status}")
    heals(centre)
    return "; ".join(ends)


def damaged_warehouse(centre: SmallCentre) -> str:
    """The warehouse is cut short; then it is gone."""
    centre.deliver_day(NEXT_DAY)
    published(refresh_to_end(centre.workspace))
    for path in centre.workspace.landing.rglob("*.csv"):
        path.unlink()
    before = fingerprint(centre.workspace.published)
    file = centre.workspace.warehouse_file
    os.truncate(file, file.stat().st_size // 2)
    failed(centre, refresh_to_end(centre.workspace), before, "the warehouse is damaged")
    heals(centre)
    for path in centre.workspace.private.glob("warehouse.duckdb*"):
        path.unlink()
    heals(centre)
    return "a damaged one is told once and made anew by the next refresh, a lost one at once"


@contextlib.contextmanager
def small_disk(centre: SmallCentre) -> Iterator[Path | None]:
    """Put the workspace onto a small file system for the block; None where that can't be."""
    own = centre.workspace.root
    disk = own.with_name(f"{own.name}-disk")
    disk.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)):
        yield None
        return
    try:
        shutil.copytree(own, disk / "centre")
        centre.workspace = Workspace(disk / "centre")
        yield disk
    finally:
        centre.workspace = Workspace(own)
        subprocess.run(["umount", str(disk)], check=True)


def mount(*arguments: str) -> bool:
    """Mount; whether that is possible here."""
    try:
        done = subprocess.run(["mount", *arguments], check=False, capture_output=True)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def fill(file: Path, leave: int) -> None:
    """Fill a disk but for so many bytes."""
    free = shutil.disk_usage(file.parent).free - leave
    with contextlib.suppress(OSError), file.open("wb") as opened:
        while free > 0:
            free -= opened.write(b"\0" * min(free, MEGABYTE))
            opened.flush()
