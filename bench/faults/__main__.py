"""Real refreshes under real faults: ``python -m bench.faults [NAME …] [--kills 50]``.

Every fault strikes a refresh of a tiny contact centre in a process of its own. Afterwards the
publication must be the last good one or the new one, whole; the next refresh heals it without
hands; and of what was delivered no row is lost or doubled, recounted from the delivered files.

Prints a line per fault; ends with status 1 where one of them leaves anything behind.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from bench.faults.disk import damaged_warehouse, full_disk, read_only_disk, too_little_memory
from bench.faults.kills import killed_refreshes
from bench.faults.others import (
    four_readers_through_swaps,
    half_written_files,
    readers_that_stay,
    two_at_once,
    wrong_clock,
)
from bench.faults.surroundings import killed_alone, overlong_refresh, storage_gone, web_hook_down
from pipelines.core.workspace import Workspace
from tests.faults.running import published, refresh_to_end
from tests.faults.small_centre import END, TINY, SmallCentre

KILLS = "kills"
CASES: dict[str, Callable[[SmallCentre], str]] = {
    "full_disk": full_disk,
    "read_only_disk": read_only_disk,
    "too_little_memory": too_little_memory,
    "damaged_warehouse": damaged_warehouse,
    "half_written_files": half_written_files,
    "two_at_once": two_at_once,
    "readers_that_stay": readers_that_stay,
    "four_readers": four_readers_through_swaps,
    "wrong_clock": wrong_clock,
    "storage_gone": storage_gone,
    "web_hook_down": web_hook_down,
    "killed_alone": killed_alone,
    "overlong_refresh": overlong_refresh,
}


def copied(centre: SmallCentre, to: Path) -> SmallCentre:
    """The centre as it is after its first refresh, in a folder of its own."""
    shutil.copytree(centre.workspace.root, to)
    return SmallCentre(Workspace(to), centre.world, [*centre.deliveries])


def main() -> int:
    """Run the chosen faults, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], KILLS, *CASES])
    parser.add_argument("--kills", type=int, default=50)
    asked = parser.parse_args()
    chosen = asked.names or [KILLS, *CASES]
    n_wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        centre = SmallCentre.begin(folder / "first", END - dt.timedelta(days=2), settings=TINY)
        published(refresh_to_end(centre.workspace))
        for case in chosen:
            started = time.monotonic()
            try:
                if case == KILLS:
                    said = killed_refreshes(folder / case, asked.kills)
                else:
                    said = CASES[case](copied(centre, folder / case))
            except Exception:
                n_wrong, said = n_wrong + 1, f"WRONG\n{traceback.format_exc()}"
            print(f"{case:20} {time.monotonic() - started:5.0f} s  {said}", flush=True)
    print(f"{len(chosen)} faults, {n_wrong} of them left something behind")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
