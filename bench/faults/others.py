"""Faults by others: half-written files, a second refresh, readers that stay, a wrong clock."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from bench.faults.disk import NEXT_DAY, failed, heals
from pipelines.release.versions import roll_back
from tests.faults.readers import (
    PAUSE_SECONDS,
    four_readers,
    publications_seen,
    read_file,
    torn_readings,
)
from tests.faults.running import Running, published, refresh_to_end
from tests.faults.small_centre import SmallCentre, whole_publication
from tests.integration.refreshing import Ended, fingerprint

N_SWAPS = 30
HOLD = """
import sys, time, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
rows = con.sql("select count(*) from information_schema.tables").fetchall()
print("open", flush=True)
sys.stdin.readline()
assert con.sql("select count(*) from information_schema.tables").fetchall() == rows
"""


def half_written_files(centre: SmallCentre) -> str:
    """A file that is cut short, one that breaks off within a row, one that grows while it is read.

    What the refreshes make of them must be mended by the whole file under the same name.
    """
    paths = centre.deliver_day(NEXT_DAY)
    whole = {path: path.read_bytes() for path in paths}
    shifts = next(path for path in paths if path.parent.name == "shifts")
    shifts.write_bytes(whole[shifts][: len(whole[shifts]) // 2])
    said = [_either(centre, refresh_to_end(centre.workspace))]
    shifts.write_bytes(b"")
    running = Running(centre.workspace)
    with shifts.open("ab", buffering=0) as growing:
        for start in range(0, len(whole[shifts]), 40):
            growing.write(whole[shifts][start : start + 40])
            time.sleep(0.05)
    said.append(_either(centre, running.end()))
    shifts.write_bytes(whole[shifts])
    heals(centre)
    return f"cut short: {said[0]}; growing: {said[1]}; the whole file mends both"


def _either(centre: SmallCentre, ended: Ended) -> str:
    """Published, refused or failed, and whole."""
    whole_publication(centre.workspace)
    assert ended.status in (0, 1, 2), ended.output
    return ended.last_line.partition(" ")[0]


def two_at_once(centre: SmallCentre) -> str:
    """A second refresh begins while one runs: it is turned away, the first publishes."""
    centre.deliver_day(NEXT_DAY)
    first = Running(centre.workspace)
    first.wait_until(lambda: "made     raw/roster" in first.output)
    second = refresh_to_end(centre.workspace)
    assert second.status == 1, second.output
    assert str(first.process.pid) in second.last_line, second.last_line
    published(first.end())
    centre.assert_staged()
    heals(centre)
    return "the second names the first one's process"


def readers_that_stay(centre: SmallCentre) -> str:
    """One holds the published file through refreshes, one the private warehouse."""
    centre.deliver_day(NEXT_DAY)
    with holding(centre.workspace.published_analytics):
        heals(centre)
        heals(centre)
    before = fingerprint(centre.workspace.published)
    with holding(centre.workspace.warehouse_file):
        ended = refresh_to_end(centre.workspace)
        failed(centre, ended, before, "another program holds the warehouse")
    heals(centre)
    return "of the published file: 2 publications beside it; of the warehouse: told, then healed"


@contextmanager
def holding(file: Path) -> Iterator[None]:
    """A process that has a database open, and finds it unchanged at the end."""
    reader = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline().strip() == "open"
    try:
        yield
        reader.communicate("end\n", timeout=60)
        assert reader.returncode == 0
    finally:
        reader.kill()
        reader.wait()


def four_readers_through_swaps(centre: SmallCentre) -> str:
    """Four processes read, while two publications take each other's place thirty times."""
    workspace = centre.workspace
    said = {read_file(workspace.published_analytics)}
    first = whole_publication(workspace)
    centre.deliver_day(NEXT_DAY)
    heals(centre)
    said.add(read_file(workspace.published_analytics))
    both = (first, whole_publication(workspace))
    notes = workspace.root.with_name("notes")
    with four_readers(workspace.published, notes):
        for number in range(N_SWAPS):
            roll_back(workspace, both[number % 2])
            time.sleep(PAUSE_SECONDS)
    n_readings, torn = torn_readings(notes, said)
    assert torn == [], torn
    assert publications_seen(notes)["said"].to_list() == [2, 2], "a kind of reader saw only one"
    heals(centre)
    return f"{N_SWAPS} swaps, {n_readings:,} readings, none torn"


def wrong_clock(centre: SmallCentre) -> str:
    """The clock is set a month ahead, and back: it is told, and a rebuild goes on.

    A file that is refused after it must still leave when it is taken out.
    """
    centre.deliver_day(NEXT_DAY)
    now = dt.datetime.now()
    published(_at(centre, now + dt.timedelta(days=30)))
    ahead = fingerprint(centre.workspace.published)
    failed(centre, refresh_to_end(centre.workspace), ahead, "by this machine's clock it is")
    published(Running(centre.workspace, module="assets.commands.rebuild").end())
    before = whole_publication(centre.workspace)
    days = centre.expected("attrition")["separation_date"]
    rows = pl.DataFrame({"employee_id": [f"NOBODY-{n}" for n in range(4 * days.len())]})
    rows = rows.with_columns(separation_date=days.max(), separation_type=pl.lit("voluntary"))
    wrong = centre.deliver("attrition", "wrong.csv", rows)
    centre.take_no_account_of(wrong)
    ended = refresh_to_end(centre.workspace)
    assert ended.status == 2, ended.output
    assert whole_publication(centre.workspace) == before
    wrong.unlink()
    heals(centre)
    return "a refresh of a month ahead, one of now that is stopped, a rebuild, a refusal, healed"


def _at(centre: SmallCentre, moment: dt.datetime) -> Ended:
    clock = moment.isoformat(timespec="seconds")
    before = ("tests.faults.at_another_time", clock)
    return Running(centre.workspace, before=before).end()
