"""From files to a publication, beside the floor and what one would write instead.

``python -m bench.end_to_end --size 1x`` writes the landing files of a contact centre (1x: 20,000
agents over 36 months; they come and go, so that it has 8.7 million shifts), and measures in one
run, each in a process of its own:

first     the whole refresh, from nothing to a publication
quiet     the refresh again: nothing has come
day       the refresh once more: a file with one day's shifts has come, those of the last day again
fixed     a first refresh of the smallest centre: what a publication costs without data
floor     a typed load by DuckDB and every mart, and nothing else (`bench/floor.py`)
day alone the same day's file into the floor's tables, and the marts that are made every night
by hand, crude     pandas and lifelines for exits and four outcomes (`bench/by_hand.py`)
by hand, adjusted  the weighted differences with their errors (`bench/by_hand_adjusted.py`)
dbt       the marts by dbt-duckdb over the floor's tables, where dbt is there (`bench/dbt_marts.py`)

Seconds of the processor are those of all its processes, also of those that nobody waited for, as
the browser's. The by-hand results must equal the pipeline's before that day
(`bench/by_hand_results.py`), and every query of ``sql/examples`` is timed on the publication. A
script by hand is run whole every night, so that its cost is told in first loads, in nights with one
day's files and in quiet ones.
Several sizes print growth from each to the next. Ends with status 1 where a limit is broken.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from bench.by_hand_results import adjusted_differences, crude_differences
from bench.dbt_marts import VARIABLE, dbt, write_project
from bench.quiet_night import NOT_OURS
from pipelines.core.warehouse import count_rows, fetch, open_warehouse, read_table
from pipelines.core.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[1]
AGENTS, MONTHS, SEED = 20_000, 36, 7
SIZES = {"0.01x": 0.01, "0.1x": 0.1, "1x": 1, "4x": 4, "11x": 11}
UNTIL = "2026-10-31"
MAX_FLOORS, MAX_EXAMPLE_SECONDS, MAX_GROWTH = 3.0, 1.0, 4.5 / 4
MAX_QUIET, MAX_DAY = 8.0, 1.5
"""Seconds of a quiet night up to 1x; how many of them a day's may cost beside its own work."""
PEAK_GB = {1: 2.0, 11: 6.0}
_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER, of prctl(2)."""
CRUDE, ADJUSTED = "by hand, crude", "by hand, adjusted"
DRAWS_FOR_ERRORS = 200
"""Draws that do for an error, but not for a range (`bench/by_hand_adjusted.py`)."""


@dataclass(frozen=True)
class Cost:
    """What a process and all that it started cost."""

    wall: float
    processor: float
    peak_gb: float
    output: str = field(repr=False, default="")


@dataclass(frozen=True)
class Measured:
    """One size: its costs by step, and what was found of results and queries."""

    size: str
    n_shifts: int
    costs: dict[str, Cost]
    unlike: list[str]
    examples: dict[str, float]


def run(*command: str, folder: Path = PROJECT) -> Cost:
    """Run a command; its cost. What it prints is kept, so that an error can be told."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    _adopt_orphans()
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{printed[-3000:]}")
    wall = time.perf_counter() - began
    seconds = used.ru_utime + used.ru_stime + _seconds_of_orphans()
    return Cost(wall, seconds, used.ru_maxrss / 1e6, printed)


def _adopt_orphans() -> None:
    """Let what a command leaves running become a child of this process; on Linux alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)


def _seconds_of_orphans() -> float:
    """Wait for the adopted ones; what they and theirs took of the processor."""
    seconds = 0.0
    while True:
        try:
            _, _, used = os.wait4(-1, 0)
        except ChildProcessError:
            return seconds
        seconds += used.ru_utime + used.ru_stime


def python(module: str, *arguments: str) -> Cost:
    """Run one of our modules."""
    return run(sys.executable, "-m", module, *arguments)


def measure(size: str, folder: Path, landing: Path | None = None) -> Measured:
    """Every step at one size."""
    workspace = Workspace(folder / "centre")
    costs = {}
    if landing is None:
        _write_sample(workspace.landing, round(AGENTS * SIZES[size]), MONTHS)
    else:
        shutil.copytree(landing, workspace.landing)
    workspace.settings_file.write_text('[log]\nformat = "json"\n')
    costs["first"] = python("assets.refresh", "--workspace", str(workspace.root))
    costs["quiet"] = python("assets.refresh", "--workspace", str(workspace.root))
    smallest = Workspace(folder / "smallest")
    _write_sample(smallest.landing, 50, 6)
    costs["fixed"] = python("assets.refresh", "--workspace", str(smallest.root))
    warehouse = folder / "floor.duckdb"
    given = ("--landing", str(workspace.landing))
    costs["floor"] = python("bench.floor", *given, "--warehouse", str(warehouse))
    costs[CRUDE] = python("bench.by_hand", *given, "--until", UNTIL)
    costs[ADJUSTED] = python("bench.by_hand_adjusted", *given, "--until", UNTIL)
    if command := dbt():
        write_project(folder / "dbt", warehouse)
        costs["dbt"] = run(command, "run", "--quiet", "--profiles-dir", ".", folder=folder / "dbt")
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        n_shifts = count_rows(con, "staging.shifts")
        comparison = read_table(con, "outcomes.comparison")
        unlike = [
            *crude_differences(printed(costs[CRUDE]), con, comparison),
            *adjusted_differences(printed(costs[ADJUSTED]), comparison),
        ]
    costs |= _day(workspace, warehouse)
    examples = time_examples(workspace.published_analytics)
    return Measured(size, n_shifts, costs, unlike, examples)


def _day(workspace: Workspace, floor: Path) -> dict[str, Cost]:
    """A night with one day's file, and what its rows cost by themselves."""
    file = write_next_day(workspace.landing_source("shifts"))
    return {
        "day": python("assets.refresh", "--workspace", str(workspace.root)),
        "day alone": python("bench.floor", "--day", str(file), "--warehouse", str(floor)),
    }


def _write_sample(landing: Path, n_agents: int, months: int) -> None:
    numbers = ("--agents", str(n_agents), "--months", str(months), "--seed", str(SEED))
    python("pipelines.simulation", "--landing", str(landing), *numbers)


def write_next_day(folder: Path) -> Path:
    """Write the shifts of the last day once more, a day later; returns the file."""
    newest = pl.read_csv(max(folder.glob("*.csv*")), infer_schema=False)
    last = dt.date.fromisoformat(str(newest["shift_date"].max()))
    day = last + dt.timedelta(days=1)
    rows = newest.filter(pl.col("shift_date") == last.isoformat())
    file = folder / f"shifts_{day}.csv"
    rows.with_columns(shift_date=pl.lit(day.isoformat())).write_csv(file)
    return file


def time_examples(file: Path) -> dict[str, float]:
    """Processor seconds of each query of the cookbook, the publication freshly opened."""
    taken = {}
    for path in sorted((PROJECT / "sql" / "examples").glob("*.sql")):
        with open_warehouse(file, read_only=True) as con:
            began = time.process_time()
            fetch(con, path.read_text(encoding="utf-8"))
            taken[path.stem] = time.process_time() - began
    return taken


def steps_of(refresh: Cost, n: int = 12) -> list[tuple[float, str]]:
    """The longest steps of a refresh by its own log: seconds by the clock since the one before."""
    lines = [json.loads(line) for line in refresh.output.splitlines() if line.startswith("{")]
    made = [(line["after_seconds"], line["asset"]) for line in lines if "after_seconds" in line]
    before = [0.0, *(seconds for seconds, _ in made)]
    taken = [(seconds - last, name) for last, (seconds, name) in zip(before, made, strict=False)]
    return sorted(taken, reverse=True)[:n]


def printed(cost: Cost) -> Any:
    """What a process printed last."""
    return json.loads(cost.output.splitlines()[-1])


def parts_of(floor: Cost) -> dict[str, float]:
    """Processor seconds of the floor's parts."""
    parts: dict[str, float] = printed(floor)
    return parts


def report(measured: Measured) -> list[str]:
    """Print one size; what is beyond its limit."""
    costs = measured.costs
    floor = costs["floor"]
    print(f"\n{measured.size}: {measured.n_shifts:,} shifts")
    print(f"{'':18}{'by clock':>10}{'processor':>11}{'peak GB':>9}{'of floor':>10}")
    for name, cost in costs.items():
        ratio = cost.processor / floor.processor
        print(
            f"{name:18}{cost.wall:>10.1f}{cost.processor:>11.1f}{cost.peak_gb:>9.2f}{ratio:>10.2f}"
        )
    if "dbt" not in costs:
        print(f"dbt        not measured: no dbt here ({VARIABLE} names one)")
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts_of(floor).items())
    print(f"floor      {parts} of the processor")
    alone = parts_of(costs["day alone"])["day"]
    print(f"day        {alone:.1f} s of the processor are the day's own work")
    print("longest steps of the first refresh, by the clock:")
    for seconds, name in steps_of(costs["first"]):
        print(f"  {seconds:7.1f} s  {name}")
    slowest = max(measured.examples, key=measured.examples.__getitem__)
    print(
        f"{len(measured.examples)} queries of sql/examples: the slowest is {slowest}, "
        f"{measured.examples[slowest]:.3f} s of the processor"
    )
    _report_by_hand(measured)
    return [*_beyond(measured), *measured.unlike]


def _report_by_hand(measured: Measured) -> None:
    """Print what the scripts cost beside the refreshes, and whether they tell the same."""
    costs = measured.costs
    told = printed(costs[ADJUSTED])
    points, draws = (told["seconds"][part] for part in ("points", "draws"))
    few = points + draws * DRAWS_FOR_ERRORS / told["n_draws"]
    print(
        f"{ADJUSTED}: {points:.1f} s of the processor up to the estimates, {draws:.1f} s for their "
        f"ranges from {told['n_draws']} draws; with {DRAWS_FOR_ERRORS}, {few:.1f} s in all"
    )
    steps = ("first", "day", "quiet")
    print(f"{'times what it costs:':28}" + "".join(f"{step:>8}" for step in steps))
    for script in (CRUDE, ADJUSTED):
        for name, of in (("processor", "processor"), ("memory", "peak_gb")):
            times = [getattr(costs[script], of) / getattr(costs[step], of) for step in steps]
            print(f"{script:18}{name:10}" + "".join(f"{each:>8.2f}" for each in times))
    print(f"results by hand: {len(measured.unlike)} differ from the pipeline's")


def _beyond(measured: Measured) -> list[str]:
    first, floor = measured.costs["first"], measured.costs["floor"]
    fixed = measured.costs["fixed"]
    found = _nights_beyond(measured)
    if first.processor - fixed.processor > MAX_FLOORS * floor.processor:
        found.append(f"first: more than {MAX_FLOORS} floors and what a publication costs")
    limit = PEAK_GB.get(int(SIZES[measured.size]))
    if limit is not None and first.peak_gb > limit:
        found.append(f"first: {first.peak_gb:.2f} GB, more than {limit}")
    found += [
        f"example {name}: {seconds:.2f} s"
        for name, seconds in measured.examples.items()
        if seconds > MAX_EXAMPLE_SECONDS
    ]
    if "dbt" in measured.costs and measured.costs["dbt"].processor < parts_of(floor)["marts"]:
        found.append("dbt is faster on the marts")
    return found


def _nights_beyond(measured: Measured) -> list[str]:
    quiet, day = (measured.costs[name].processor for name in ("quiet", "day"))
    found = []
    if SIZES[measured.size] <= 1 and quiet > MAX_QUIET:
        found.append(f"quiet: {quiet:.1f} s, more than {MAX_QUIET}")
    if day > (most := MAX_DAY * quiet + parts_of(measured.costs["day alone"])["day"]):
        found.append(f"day: {day:.1f} s, more than {most:.1f}")
    return found


def growth(smaller: Measured, larger: Measured) -> list[str]:
    """Print how cost grows between two sizes; what grows faster than it may."""
    times = larger.n_shifts / smaller.n_shifts
    print(f"\n{smaller.size} -> {larger.size}: {times:.2f} times the shifts")
    for name in smaller.costs.keys() & larger.costs.keys() - {"fixed"}:
        ratio = larger.costs[name].processor / smaller.costs[name].processor
        print(f"  {name:18}{ratio:6.2f} times the processor")
    before, after = smaller.costs["first"].peak_gb, larger.costs["first"].peak_gb
    more = (after - before) / (SIZES[larger.size] - SIZES[smaller.size])
    print(f"  first: {before:.2f} to {after:.2f} GB, {more:.2f} for each {AGENTS:,} agents more")
    ratio = larger.costs["first"].processor / smaller.costs["first"].processor
    return [f"first grows {ratio:.2f} times"] if ratio > MAX_GROWTH * times else []


def main() -> int:
    """Measure the sizes that are asked for, print them, and say what is beyond a limit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", nargs="+", choices=[*SIZES], default=["1x"])
    parser.add_argument("--landing", type=Path, help="landing files of that size, made before")
    parser.add_argument("--folder", type=Path, help="where to work; default: the temporary one")
    asked = parser.parse_args()
    done: list[Measured] = []
    wrong: list[str] = []
    for size in asked.size:
        with tempfile.TemporaryDirectory(prefix="bench-end-", dir=asked.folder) as name:
            done.append(measure(size, Path(name).resolve(), asked.landing))
        wrong += [f"{size}: {each}" for each in report(done[-1])]
    for smaller, larger in pairwise(done):
        wrong += growth(smaller, larger)
    print("\n".join(["", *wrong, f"{len(wrong)} beyond a limit or unlike"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
