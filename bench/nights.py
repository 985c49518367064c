"""Thirty simulated nights, each held against what a run from scratch would publish.

``python -m bench.nights`` lets a tiny contact centre deliver day by day: daily files, corrections,
nights without a file, files that come late, a refused delivery that is withdrawn and one that is
mended. After each night everything that counts is delivered to an empty workspace at once, and both
publications are held against each other, value by value. Meanwhile four processes read what is
published, over and over; none may see half of a publication. The clock is moved to each night.

Every fifth night, the refusals and the withdrawal are commands in processes of their own, as a
scheduler calls them; the others, and the runs from scratch, call the job's own functions in its
order in this process.

Prints a line per night, then what the nights stored and what the readers saw. Ends with status 1
where a publication differs, a reading is torn, or storage grows otherwise than the data. With
``--folder`` what was lived through is kept there after each night, and the next call goes on with
it; ``--minutes`` begins no night after so many.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import pickle
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from bench.equality import differences
from dashboards.browser import VARIABLE
from pipelines.core.workspace import Workspace
from pipelines.release.versions import KEPT
from tests.faults.at_another_time import move_clock
from tests.faults.readers import four_readers, publications_seen, read_file, torn_readings
from tests.faults.running import REFRESH, Running, published
from tests.faults.small_centre import END, TINY, SmallCentre, whole_publication
from tests.integration.direct import night
from tests.integration.refreshing import Ended, fingerprint

SETTINGS = f'[privacy]\ngrid = 0\ncut = "none"\n{TINY}'
WITHDRAW = "assets.commands.withdraw"
SOURCES = ("roster", "coaching_sessions", "attrition", "shifts")
"""What is required, and what comes every day; the others would only be compared more."""
BY_COMMAND = 5
PAUSE = 2.0
"""Seconds between a reader's readings; more of them would take longer than the nights."""
STATE = "nights.pickle"
SHORT = 8
FASTER, MEGABYTE = 1.5, 2**20
"""How much faster a place may grow in the second half of the nights, and what is no growth."""
BY_NATURE = (
    "meta.refresh",
    "meta.cut",
    "meta.estimate_change",
    "meta.data_change",
    "quality.check_result",
    "quality.ingested_file",
    "quality.quarantine_summary",
)
"""Tables that tell of the night or of the way here; the ledger is recounted by itself."""


@dataclass(frozen=True)
class Plan:
    """What happens on which night; the shifts of night ``late`` come on night ``comes``."""

    n_nights: int
    gaps: tuple[int, ...]
    corrections: tuple[int, ...]
    late: int
    comes: int
    withdrawn: int
    refused: int
    mended: int


PLANS = {
    30: Plan(30, (6, 17), (4, 12, 20), late=9, comes=13, withdrawn=10, refused=22, mended=23),
    SHORT: Plan(SHORT, (2,), (3,), late=1, comes=4, withdrawn=5, refused=6, mended=7),
}
"""By number of nights: the full month, and a short form of it."""


@dataclass
class Nights:
    """The centre, what was found wrong, what each publication says, and what was stored.

    ``done`` nights have been lived through; ``seen`` has a line per call on what readers saw.
    """

    centre: SmallCentre
    plan: Plan
    folder: Path
    done: int = 0
    wrong: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    stored: list[dict[str, int]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    late: pl.DataFrame | None = None
    refused: Path | None = None

    @classmethod
    def begin(cls, folder: Path, plan: Plan) -> Nights:
        """The first publication, or the nights that a call before this one has kept there."""
        if (folder / STATE).exists():
            kept = pickle.loads((folder / STATE).read_bytes())
            assert isinstance(kept, cls)
            return kept
        until = END - dt.timedelta(days=plan.n_nights)
        centre = SmallCentre.begin(folder / "centre", until, settings=SETTINGS, sources=SOURCES)
        nights = cls(centre, plan, folder)
        published(at(centre.workspace, f"{until + dt.timedelta(days=1)}T02:30"))
        nights.said.add(read_file(centre.workspace.published_analytics))
        nights.stored.append(storage(centre.workspace))
        nights.keep()
        return nights

    def keep(self) -> None:
        """Keep what was lived through, so that another call goes on with it."""
        half = self.folder / f".{STATE}"
        half.write_bytes(pickle.dumps(self))
        half.replace(self.folder / STATE)

    def run(self, number: int, day: dt.date) -> str:
        """One night; what happened, in a few words."""
        clock = f"{day + dt.timedelta(days=1)}T02:30"
        happened = self._deliver(number, day)
        if number in (self.plan.withdrawn, self.plan.refused):
            happened += self._refused(number, clock)
            if number == self.plan.refused:
                return happened
        else:
            self._publish(number, clock)
        if number == self.plan.mended and self.refused is not None:
            self.refused = None
        number_published = whole_publication(self.centre.workspace)
        self.said.add(read_file(self.centre.workspace.published_analytics))
        self.centre.assert_staged()
        unlike = self._unlike_from_scratch(clock)
        self.wrong += [f"night {number}: {each}" for each in unlike]
        self.stored.append(storage(self.centre.workspace))
        state = "; ".join(unlike) or "equals a run from scratch"
        return f"{happened}: publication {number_published} {state}"

    def _publish(self, number: int, clock: str) -> None:
        if number % BY_COMMAND == 0:
            published(self._command(clock))
        else:
            publish_here(self.centre.workspace, clock)

    def _deliver(self, number: int, day: dt.date) -> str:
        centre = self.centre
        if number in self.plan.gaps:
            return "no file"
        before = day - dt.timedelta(days=1)
        n_files = 0
        for source in centre.sources:
            rows = centre.between(source, before, day)
            if number == self.plan.late and source == "shifts":
                self.late = rows
            elif rows.height:
                centre.deliver(source, f"{day}.csv", rows)
                n_files += 1
        if number == self.plan.comes and self.late is not None:
            centre.deliver("shifts", "late.csv", self.late)
            return f"{n_files} files, and one that is late"
        if number in self.plan.corrections:
            centre.correct("attrition", "corrected.csv", "separation_type", "other", 3)
            centre.correct("shifts", "corrected.csv", "absent_hours", 0.0, 40)
            return f"{n_files} files and 2 corrections"
        if number == self.plan.mended and self.refused is not None:
            rows = centre.expected("attrition").tail(4).with_columns(reason=pl.lit("pay"))
            self.refused.unlink()
            centre.deliver("attrition", "mended.csv", rows)
            return f"{n_files} files, the refused one mended"
        return f"{n_files} files"

    def _refused(self, number: int, clock: str) -> str:
        """A delivery that is refused; on one night it is withdrawn at once."""
        centre = self.centre
        if number == self.plan.withdrawn:
            days = centre.expected("attrition")["separation_date"]
            rows = pl.DataFrame({"employee_id": [f"NOBODY-{i}" for i in range(4 * days.len())]})
            rows = rows.with_columns(
                separation_date=pl.lit(days.max()), separation_type=pl.lit("voluntary")
            )
        else:
            rows = centre.expected("attrition").tail(4)
            rows = rows.with_columns(separation_type=pl.lit("fired"))
        path = centre.deliver("attrition", "wrong.csv", rows)
        centre.take_no_account_of(path)
        before = fingerprint(centre.workspace.published)
        ended = self._command(clock)
        assert ended.status == 2, ended.output
        assert fingerprint(centre.workspace.published) == before
        if number == self.plan.refused:
            self.refused = path
            return ", and a delivery that is refused: nothing published"
        published(self._command(clock, "--file", f"attrition/{path.name}", module=WITHDRAW))
        return ", one refused and withdrawn"

    def _command(self, clock: str, *more: str, module: str = REFRESH) -> Ended:
        return at(self.centre.workspace, clock, *more, module=module)

    def _unlike_from_scratch(self, clock: str) -> list[str]:
        """What differs from the publication of an empty workspace that is delivered it all."""
        scratch = self.folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        other = self.centre.anew(scratch)
        publish_here(other, clock)
        files = (self.centre.workspace.published_analytics, other.published_analytics)
        return [
            each for each in differences(*files) if each.partition(":")[0] not in BY_NATURE
        ] + ledger_differs(*files)


def publish_here(workspace: Workspace, clock: str) -> None:
    """Publish in this process, which has the libraries already, with the clock at another time."""
    move_clock(clock)
    night(workspace)


def at(workspace: Workspace, clock: str, *more: str, module: str = REFRESH) -> Ended:
    """Run a command with the clock at another time."""
    before = ("tests.faults.at_another_time", clock)
    return Running(workspace, *more, module=module, before=before).end()


def ledger_differs(one: Path, other: Path) -> list[str]:
    """Whether the loaded files have other counts of rows in one publication than in the other."""
    from pipelines.core.warehouse import fetch, open_warehouse

    query = (
        "select source, file, n_rows, n_accepted, n_quarantined, n_superseded "
        "from quality.ingested_file where status = 'loaded' order by all"
    )
    found = []
    for file in (one, other):
        with open_warehouse(file, read_only=True) as con:
            found.append(fetch(con, query))
    return [] if found[0].equals(found[1]) else ["quality.ingested_file: other counts of rows"]


def storage(workspace: Workspace) -> dict[str, int]:
    """Bytes by place: what was delivered, raw, the warehouse, publications, Dagster's runs."""
    places = {
        "landing": workspace.landing,
        "raw": workspace.raw,
        "warehouse": workspace.warehouse_file,
        "published": workspace.published,
        "kept": workspace.publications,
        "dagster": workspace.dagster_home,
    }
    return {name: size(path) for name, path in places.items()}


def grows_otherwise(stored: list[dict[str, int]]) -> list[str]:
    """Places that grow faster than what is delivered: each half of the nights brings as many files.

    Kept publications are bounded by their number.
    """
    first, middle, last = stored[0], stored[len(stored) // 2], stored[-1]
    # Only commands leave runs behind; a whole month alone has as many of them in either half.
    history = ("dagster",) if len(stored) >= max(PLANS) else ()
    found = [
        f"{name}: {first[name]:,}, {middle[name]:,}, {last[name]:,} bytes at first, halfway, last"
        for name in ("raw", "warehouse", "published", *history)
        if last[name] - middle[name] > FASTER * (middle[name] - first[name]) + MEGABYTE
    ]
    if last["kept"] > KEPT * max(each["published"] for each in stored):
        found.append(f"kept publications take {last['kept']:,} bytes")
    return found


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


def live_through(nights: Nights, seconds: float) -> None:
    """The nights that are left, with four readers beside them; none begins after so long."""
    until = END - dt.timedelta(days=nights.plan.n_nights)
    notes, started = nights.folder / f"notes-{nights.done}", time.monotonic()
    shutil.rmtree(notes, ignore_errors=True)
    with four_readers(nights.centre.workspace.published, notes, pause=PAUSE):
        while nights.done < nights.plan.n_nights and time.monotonic() - started < seconds:
            number = nights.done + 1
            happened = nights.run(number, until + dt.timedelta(days=number))
            nights.done = number
            nights.keep()
            print(f"{time.monotonic() - started:6.0f} s  night {number:2}  {happened}", flush=True)
    n_readings, torn = torn_readings(notes, nights.said)
    nights.wrong += [f"torn: {each}" for each in torn]
    seen = ", ".join(f"{n} by {kind}" for kind, n in publications_seen(notes).iter_rows())
    nights.seen.append(f"readers: {n_readings:,} readings, {len(torn)} torn; publications: {seen}")
    nights.keep()


def main() -> int:
    """Run the nights and print what they showed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nights", type=int, choices=[*PLANS], default=30)
    parser.add_argument("--folder", type=Path, help="where to keep the nights between calls")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    asked = parser.parse_args()
    os.environ[VARIABLE] = ""
    with tempfile.TemporaryDirectory() as name:
        folder = (asked.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        nights = Nights.begin(folder, PLANS[asked.nights])
        live_through(nights, 60 * asked.minutes)
    return told(nights)


def told(nights: Nights) -> int:
    """Print what was seen and stored; the exit status."""
    wrong = [*nights.wrong, *grows_otherwise(nights.stored)]
    stored = [
        f"stored in {name:9}  {nights.stored[0][name] / 1e6:7.2f} MB at first, "
        f"{nights.stored[-1][name] / 1e6:7.2f} MB after {nights.done} nights"
        for name in nights.stored[0]
    ]
    ended = f"{nights.done} of {nights.plan.n_nights} nights, {len(wrong)} things wrong"
    print("\n".join([*nights.seen, *stored, *wrong, ended]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
