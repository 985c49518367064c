"""What recipes cost: the same shifts by canonical files and by recipes of several kinds.

``python -m bench.recipes`` writes shifts in three layouts, a file a month: canonical columns; an
export with badges, days as 31.01.2025 and hours as 8:00, read by an organisation's own recipe, and
by ones that join, sum and rank its records (a tenth of the days has two of them); and UKG's
schedule detail, whose shipped recipe keeps a part per shift. Each is taken in by a process of its
own, then once more with one day's file on top. Seconds are those of the processor; the ratio to the
canonical way is what matters. Ends with status 1 where one is beyond its limit.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from bench.ingest import FIRST_DAY, LAST_DAY, NEW_DAY, NOW, _shifts, _working_days, write_roster
from pipelines.config.settings import load_settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch_value, open_warehouse
from pipelines.ingest.load.ingest_source import ingest_source

N_PEOPLE = 17_241
N_MONTHS = 6
MAX_RATIO = 1.5
HOURS = 8.0
"""Of each shift."""
MAX_DAY_SHARE = 0.05
LAYOUTS = ("canonical", "recipe", "parts", "joins", "sums", "ranks")
CLOCK = '[feed]\nclock = "own/clock"\n'
SETTINGS = {"canonical": "", "parts": '[feed]\nukg = "ukg/schedule_detail"\n'}
OWN_TOML = """
title = "Clock"
layout = "of our own"
columns = ["Badge", "Day", "Hours", "Away", "Why"]
"""
SHIFT = """    day_of("Day", '%d.%m.%Y') as shift_date,
    hours_of("Hours") as scheduled_hours,
    hours_of("Away") as absent_hours,
    "Why" as absence_type,
    _line
from delivery
"""
SELECTED = f"""
select
    employee_without_zeros("Badge") as employee_id,
{SHIFT}"""
OWN_SQL = {
    "recipe": SELECTED,
    "joins": f"""
select
    known.employee_id,
{SHIFT}inner join people as known
    on known.system = 'employee_id' and ltrim(known.other_id, '0') = "Badge"
""",
    "sums": f"""
with said as ({SELECTED})

select
    employee_id,
    shift_date,
    sum(try_cast(scheduled_hours as double)) as scheduled_hours,
    sum(try_cast(absent_hours as double)) as absent_hours,
    max(absence_type) as absence_type,
    list(_line) as _line
from said
group by employee_id, shift_date
""",
    "ranks": f"""
with said as ({SELECTED}),

ranked as (
    select *, row_number() over (partition by employee_id, shift_date order by _line desc) as place
    from said
)

select * exclude (place), case when place > 1 then 'corrected by a later one' end as _skip
from ranked
""",
}


def write_workspace(folder: Path, layout: str, n_people: int, n_months: int) -> None:
    """A workspace with a roster and monthly files of one layout; the new day's file beside it."""
    own = folder / "recipes" / "own" / "clock"
    own.mkdir(parents=True)
    (own / "recipe.toml").write_text(OWN_TOML)
    (own / "shifts.sql").write_text(OWN_SQL.get(layout, SELECTED))
    (folder / "settings.toml").write_text(SETTINGS.get(layout, CLOCK))
    people = pl.DataFrame({"employee_id": [f"{number:06d}" for number in range(1, n_people + 1)]})
    write_roster(people, folder / "landing" / "roster")
    landing = folder / "landing" / {"canonical": "shifts", "parts": "ukg"}.get(layout, "clock")
    (folder / "new").mkdir()
    landing.mkdir()
    days = _working_days(FIRST_DAY, LAST_DAY)
    for month in sorted({day.replace(day=1) for day in days})[:n_months]:
        of_month = [day for day in days if day.replace(day=1) == month]
        _laid_out(_shifts(people, of_month), layout).write_csv(landing / f"{month:%Y-%m}.csv")
    _laid_out(_shifts(people, [NEW_DAY]), layout).write_csv(folder / "new" / f"{NEW_DAY}.csv")


def _laid_out(shifts: pl.DataFrame, layout: str) -> pl.DataFrame:
    bare = pl.col("employee_id").str.strip_chars_start("0")
    if layout in OWN_SQL:
        records = shifts.select(
            Badge=bare,
            Day=pl.col("shift_date").dt.strftime("%d.%m.%Y"),
            Hours=pl.lit("8:00"),
            Away=pl.when(pl.col("absent_hours") == 3.5)
            .then(pl.lit("3:30"))
            .otherwise(pl.format("{}:00", pl.col("absent_hours").cast(pl.Int32))),
            Why="absence_type",
        )
        return _twice(records) if layout in ("sums", "ranks") else records
    if layout == "parts":
        day = pl.col("shift_date").dt.strftime("%m/%d/%Y")
        return shifts.select(
            pl.lit("Somebody").alias("Employee Name"),
            bare.alias("Person Number"),
            pl.format("{} 9:00AM", day).alias("Shift Start"),
            pl.format("{} 5:30PM", day).alias("Shift End"),
            pl.lit("0:30").alias("Unpaid Break"),
        )
    return shifts


def _twice(records: pl.DataFrame) -> pl.DataFrame:
    """The records with a second one for a tenth of the people's days: of no hours, first."""
    second = records.filter(pl.col("Badge").str.ends_with("7"))
    none = pl.lit("0:00")
    return pl.concat([second.with_columns(Hours=none, Away=none), records])


def take_in(folder: Path) -> dict[str, float]:
    """Take the workspace's shifts in; rows that stand, and seconds."""
    settings, contracts = load_settings(folder / "settings.toml"), load_contracts()
    with open_warehouse(folder / "warehouse.duckdb") as con:
        seconds = 0.0
        for name in ("roster", "people", "shifts"):
            before = time.process_time()
            report = ingest_source(
                con,
                contracts.source(name),
                folder / "landing" / name,
                raw=folder / "raw",
                now=NOW,
                quarantine=folder / "quarantine" / name,
                feeds=settings.feeds,
            )
            seconds = time.process_time() - before
        if report.n_quarantined or report.gate_refusals or report.delivery_refusals:
            raise SystemExit(f"everything should be taken in: {report}")
        rows = "select count(*) || ':' || sum(scheduled_hours) from staging.shifts"
        told = str(fetch_value(con, rows))
    n_rows, hours = told.split(":")
    return {"seconds": seconds, "rows": float(n_rows), "hours": float(hours)}


def measured(folder: Path) -> dict[str, float]:
    """Take in by a process of its own."""
    command = [sys.executable, "-m", "bench.recipes", "--take-in", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def run_all(root: Path, n_people: int, n_months: int) -> bool:
    """Print the table; whether every ratio is within its limit."""
    print(f"{'':12}{'rows':>12}{'seconds':>10}{'ratio':>8}{'a day':>10}{'nothing':>10}")
    base, is_fine = 0.0, True
    for layout in LAYOUTS:
        folder = root / layout
        write_workspace(folder, layout, n_people, n_months)
        full = measured(folder)
        (new,) = (folder / "new").iterdir()
        (target,) = (p for p in (folder / "landing").iterdir() if p.name != "roster")
        new.rename(target / new.name)
        day, night = measured(folder), measured(folder)
        base = base or full["seconds"]
        ratio = full["seconds"] / base
        is_fine &= ratio <= MAX_RATIO and day["rows"] == full["rows"] + n_people
        is_fine &= full["hours"] == full["rows"] * HOURS
        is_fine &= day["seconds"] - night["seconds"] <= MAX_DAY_SHARE * full["seconds"] + 0.5
        shutil.rmtree(folder)
        print(
            f"{layout:12}{int(full['rows']):>12,}{full['seconds']:>10.2f}{ratio:>8.2f}"
            f"{day['seconds']:>10.2f}{night['seconds']:>10.2f}"
        )
    return is_fine


def main() -> int:
    """Write, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=N_PEOPLE)
    parser.add_argument("--months", type=int, default=N_MONTHS)
    parser.add_argument("--take-in", type=Path)
    options = parser.parse_args()
    if options.take_in:
        print(json.dumps(take_in(options.take_in)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run_all(Path(folder), options.people, options.months) else 1


if __name__ == "__main__":
    sys.exit(main())
