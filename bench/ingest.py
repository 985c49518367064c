"""What it costs to take in shifts: gate, casts, quarantine and checks against DuckDB alone.

``python -m bench.ingest`` writes 13.5 million shift rows as monthly CSV files, and does four
things one after the other, each in a process of its own with its packages already loaded:

floor    a typed load of the files by DuckDB into a table on disk, and nothing else
history  our own way for the same files: gate, ledger, raw, rules, quarantine, staging, all checks
day      one new file of a day's shifts on top of that history
night    nothing new

Seconds are those of the processor, both cores together: other work on the machine doesn't count.
The ratio to the floor is what matters, and it is taken within one run. Ends with status 1 where
a figure is beyond its limit.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import polars as pl

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch_value, open_warehouse
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.quality.run_checks import run_suite

N_ROWS = 13_500_000
N_MONTHS = 36
FIRST_DAY, LAST_DAY = dt.date(2023, 1, 1), dt.date(2025, 12, 31)
NEW_DAY = dt.date(2026, 1, 1)
NOW = dt.datetime(2026, 1, 3, 2, 30, tzinfo=dt.UTC)
MAX_RATIO, MAX_GB = 3.0, 3.0
MAX_DAY_SHARE = 0.05
"""A day is 1/783 of the history; what is left is the same every night, however little comes."""
BAD_ROW = "E000001,2023-01-31,8,99,\n"
"""More hours than a day has: DuckDB loads it, the contract doesn't."""

Figures = dict[str, float]


def write_files(folder: Path, n_rows: int) -> None:
    """Monthly files of one row per employee and working day, and the new day's file."""
    days = _working_days(FIRST_DAY, LAST_DAY)
    n_people = round(n_rows / len(days))
    shifts = folder / "landing" / "shifts"
    for made in (shifts, folder / "new"):
        made.mkdir(parents=True)
    people = pl.DataFrame({"employee_id": [f"E{number:06d}" for number in range(n_people)]})
    write_roster(people, folder / "landing" / "roster")
    for month in sorted({day.replace(day=1) for day in days}):
        of_month = [day for day in days if day.replace(day=1) == month]
        _shifts(people, of_month).write_csv(shifts / f"shifts-{month:%Y-%m}.csv")
    with (shifts / f"shifts-{FIRST_DAY:%Y-%m}.csv").open("a", encoding="utf-8") as file:
        file.write(BAD_ROW)
    _shifts(people, [NEW_DAY]).write_csv(folder / "new" / f"shifts-{NEW_DAY}.csv")


def write_roster(people: pl.DataFrame, folder: Path) -> None:
    """A roster on which these people are agents of one team, from before all shifts on."""
    folder.mkdir(parents=True)
    people.with_columns(
        effective_date=pl.lit("2022-01-01"),
        hire_date=pl.lit("2022-01-01"),
        site=pl.lit("S1"),
        team=pl.lit("T1"),
        role=pl.lit("agent"),
    ).write_csv(folder / "roster.csv")


def _working_days(first: dt.date, last: dt.date) -> list[dt.date]:
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if day.isoweekday() <= 5]


def _shifts(people: pl.DataFrame, days: list[dt.date]) -> pl.DataFrame:
    """Eight hours each; every twentieth shift missed by sickness, every fortieth in part."""
    rows = pl.DataFrame({"shift_date": days}).join(people, how="cross")
    luck = pl.struct("employee_id", "shift_date").hash(seed=1) % 40
    return rows.select(
        "employee_id",
        "shift_date",
        scheduled_hours=pl.lit(8),
        absent_hours=pl.when(luck < 2).then(8.0).when(luck == 2).then(3.5).otherwise(0.0),
        absence_type=pl.when(luck < 2)
        .then(pl.lit("sick"))
        .when(luck == 2)
        .then(pl.lit("planned_leave")),
    )


def floor(folder: Path) -> Figures:
    """DuckDB's own typed load, by column names and without looking for anything else."""
    with open_warehouse(folder / "floor.duckdb") as con:
        con.execute(
            "create table shifts as select * from read_csv("
            f"'{folder}/landing/shifts/shifts-*.csv', header = true, delim = ',', types = "
            "{'employee_id': 'varchar', 'shift_date': 'date', 'scheduled_hours': 'double', "
            "'absent_hours': 'double', 'absence_type': 'varchar'})"
        )
        n_rows = int(fetch_value(con, "select count(*) from shifts"))
    return {"n_rows": n_rows}


def history(folder: Path) -> Figures:
    """Everything that a refresh does with shifts before the models."""
    contracts, landing = load_contracts(), folder / "landing"
    with open_warehouse(folder / "warehouse.duckdb") as con:
        for name in ("roster", "attrition", "shifts"):
            report = ingest_source(
                con,
                contracts.source(name),
                landing / name,
                raw=folder / "raw",
                now=NOW,
                quarantine=folder / "quarantine" / name,
            )
        results = run_suite(con, contracts.source("shifts"), as_of=NOW.date())
    if failed := [each.check_name for each in results if not each.passed]:
        raise SystemExit(f"the checks should pass, but these didn't: {', '.join(failed)}")
    return {
        "n_rows": report.n_accepted,
        "n_quarantined": report.n_quarantined,
        "n_new": report.n_rows,
    }


STEPS: dict[str, Callable[[Path], Figures]] = {"floor": floor, "ours": history}


def measured(step: str, folder: Path) -> Figures:
    """Run a step in a process of its own; its figures with ``seconds`` and ``peak_gb``."""
    command = [sys.executable, "-m", "bench.ingest", "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _measure_here(step: str, folder: Path) -> Figures:
    import_module("great_expectations.expectations")
    before, before_wall = time.process_time(), time.perf_counter()
    figures = STEPS[step](folder)
    return {
        **figures,
        "seconds": time.process_time() - before,
        "wall_seconds": time.perf_counter() - before_wall,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def run_all(folder: Path, n_rows: int) -> bool:
    """Print the table of figures; whether all are within their limits."""
    write_files(folder, n_rows)
    floors = [measured("floor", folder)]
    full = measured("ours", folder)
    (folder / "floor.duckdb").unlink()
    floors.append(measured("floor", folder))
    for file in (folder / "new").iterdir():
        file.rename(folder / "landing" / "shifts" / file.name)
    day, night = measured("ours", folder), measured("ours", folder)
    base = {name: (floors[0][name] + floors[1][name]) / 2 for name in ("seconds", "wall_seconds")}
    print(f"{'':10}{'new rows':>12}{'seconds':>10}{'of floor':>10}{'by clock':>10}{'peak GB':>10}")
    steps = [("floor", floors[0]), ("floor", floors[1]), ("history", full), ("day", day)]
    for name, each in [*steps, ("night", night)]:
        print(
            f"{name:10}{int(each.get('n_new', each['n_rows'])):>12,}{each['seconds']:>10.2f}"
            f"{each['seconds'] / base['seconds']:>10.2f}"
            f"{each['wall_seconds'] / base['wall_seconds']:>10.2f}{each['peak_gb']:>10.2f}"
        )
    return (
        full["seconds"] <= MAX_RATIO * base["seconds"]
        and full["peak_gb"] < MAX_GB
        and day["seconds"] - night["seconds"] <= MAX_DAY_SHARE * full["seconds"]
        and full["n_rows"] + full["n_quarantined"] == floors[0]["n_rows"]
    )


def main() -> None:
    """Print the figures, or with ``--step`` those of one step as JSON."""
    parser = argparse.ArgumentParser(description="The cost of taking in shifts.")
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--step", choices=sorted(STEPS))
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(_measure_here(asked.step, asked.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder:
        sys.exit(0 if run_all(Path(folder), asked.rows) else 1)


if __name__ == "__main__":
    main()
