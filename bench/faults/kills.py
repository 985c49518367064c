"""SIGKILL at random moments of a refresh: what stands is whole, and the next refresh heals."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

from pipelines.release.manifest import MANIFEST
from tests.faults.running import REFRESH, Running, published, refresh_to_end
from tests.faults.small_centre import END, SOURCES, TINY, SmallCentre, whole_publication

CUT = "assets.commands.cut"
CUT_EVERY, SWAP_EVERY = 7, 4
"""Every so many kills strike a refresh that makes comparisons, or fall near the swap."""
IN_A_ROW = 5
"""So many kills follow one another before a refresh is left alone, and has to heal them all."""
FIRST_LENGTH = 6.0
"""Processor seconds of a refresh, until one was measured."""


def killed_refreshes(
    root: Path,
    n_kills: int,
    *,
    in_a_row: int = IN_A_ROW,
    sources: tuple[str, ...] = SOURCES,
    seed: int = 1,
) -> str:
    """Kill refreshes that take a day's files in, and let the next one heal; what was seen.

    After each kill what stands must be whole, the old publication or the new one. A file leaves
    landing/ as soon as the ledger has its rows: from then on only raw has them.
    """
    chance = random.Random(seed)
    n_days = -(-n_kills // in_a_row)
    centre = SmallCentre.begin(
        root, END - dt.timedelta(days=n_days), settings=TINY, sources=sources
    )
    published(refresh_to_end(centre.workspace))
    length, n_killed, n_swapped = FIRST_LENGTH, 0, 0
    for number in range(n_kills):
        if number % in_a_row == 0:
            centre.deliver_day(END - dt.timedelta(days=n_days - 1 - number // in_a_row))
        before = whole_publication(centre.workspace)
        n_killed += _kill_one(centre, number, length, chance)
        standing = whole_publication(centre.workspace)
        assert standing >= before
        n_swapped += standing > before
        acknowledged_leave(centre)
        if number % in_a_row == in_a_row - 1 or number == n_kills - 1:
            ended, length = Running(centre.workspace).end_and_measure()
            published(ended)
            assert whole_publication(centre.workspace) > standing
            centre.assert_staged()
            acknowledged_leave(centre)
            assert not [*centre.workspace.landing.rglob("*.csv")], "a file that nobody took"
    return (
        f"{n_killed} of {n_kills} killed, {n_swapped} of them behind the swap; "
        f"a whole refresh takes {length:.1f} s of processor"
    )


def _kill_one(centre: SmallCentre, number: int, length: float, chance: random.Random) -> bool:
    """Start a refresh and kill it somewhere; False where it had ended."""
    module = CUT if number % CUT_EVERY == 0 else REFRESH
    running = Running(centre.workspace, module=module)
    if number % SWAP_EVERY == SWAP_EVERY - 1:
        running.wait_until((centre.workspace.build / MANIFEST).exists)
        return running.kill_after(running.used + chance.uniform(0, 0.15))
    return running.kill_after(chance.uniform(0, length))


def acknowledged_leave(centre: SmallCentre) -> None:
    """Take the files out of landing/ whose rows the ledger says it has."""
    for line in centre.workspace.raw.rglob("*.json"):
        entry = json.loads(line.read_text())
        if entry["status"] == "loaded":
            landed = centre.workspace.landing_source(line.parent.name) / entry["file"]
            landed.unlink(missing_ok=True)
