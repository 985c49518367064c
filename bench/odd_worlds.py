"""Landing folders of organisations that nobody plans for, for ``python -m bench.worlds``.

One month of data; a kind of coaching that eight people had; one coach for everybody; a site that
closes halfway beside one that is always under ten; everybody hired in one month, with a target that
is missed each month and an event on the last day; exports of another country, far to the east.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.privacy.landing_rows import Row, change_rows

Make = Callable[[Workspace], None]
SEED, N_AGENTS, MONTHS = 7, 300, 14
LAST_MONTH, CLOSED_ON, HIRED_ON = "2026-10-01", "2026-04-30", "2025-09-01"
DAYS = {
    "coaching_sessions": "started_at", "fatigue_surveys": "submitted_on", "shifts": "shift_date",
    "performance": "week_start", "training": "completed_on", "attrition": "separation_date",
}  # fmt: skip
N_FEW, N_TINY = 8, 7
TINY = "Elm"
N_ITEMS, TOP = 16, 4
EXHAUSTION, TURNED = (2, 4, 5, 8, 10, 12, 14, 16), (2, 3, 4, 6, 8, 9, 11, 12)
"""Items about exhaustion, and those by which the tired disagree (Oldenburg Burnout Inventory)."""
CITIES = {"Aster": "Köln", "Birch": "Düsseldorf", "Cedar": "Zürich", "Dahlia": "São Paulo"}
ABROAD = """time_zone = "Pacific/Auckland"
[display]
thousands = "."
decimal = ","
"""
MAPPED = """[mapping.{source}]
encoding = "cp1252"
delimiter = ";"
decimal = ","
date_format = "%d.%m.%Y"
timestamp_format = "%d.%m.%Y %H:%M"
"""


def _sample(workspace: Workspace, n_agents: int = N_AGENTS) -> None:
    write_sample(workspace.landing, n_agents=n_agents, months=MONTHS, seed=SEED)


def _rows(workspace: Workspace, source: str) -> list[Row]:
    with (workspace.landing_source(source) / f"{source}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def one_month(workspace: Workspace) -> None:
    """Nothing but the last month was ever recorded."""
    _sample(workspace)
    earlier = {
        row["employee_id"]
        for row in _rows(workspace, "attrition")
        if str(row["separation_date"]) < LAST_MONTH
    }

    def change(source: str, row: Row) -> Row | None:
        if row["employee_id"] in earlier:
            return None
        is_early = source in DAYS and str(row[DAYS[source]])[:10] < LAST_MONTH
        return None if is_early else row

    change_rows(workspace.landing, change)


def eight_people(workspace: Workspace) -> None:
    """Eight people alone had the second kind of coaching."""
    _sample(workspace)
    sessions = _rows(workspace, "coaching_sessions")
    ids = sorted({str(row["employee_id"]) for row in sessions if row["style"] == "compliance"})

    def change(source: str, row: Row) -> Row:
        is_other = source == "coaching_sessions" and row["employee_id"] not in ids[:N_FEW]
        return {**row, "style": "compassionate"} if is_other and row["style"] else row

    change_rows(workspace.landing, change)


def one_coach(workspace: Workspace) -> None:
    """One coach gave every session."""
    _sample(workspace)
    coach = _rows(workspace, "coaching_sessions")[0]["coach_id"]
    change_rows(
        workspace.landing, lambda _, row: {**row, "coach_id": coach} if "coach_id" in row else row
    )


def closing_site(workspace: Workspace) -> None:
    """One site closes halfway; another one never has ten people."""
    _sample(workspace, 400)
    people = [row for row in _rows(workspace, "roster") if row["role"] == "agent"]
    tiny = set(sorted({row["employee_id"] for row in people if row["site"] == TINY})[:N_TINY])
    gone = {
        row["employee_id"]
        for row in _rows(workspace, "attrition")
        if str(row["separation_date"]) <= CLOSED_ON
    }
    last_of = {row["employee_id"]: row for row in people}
    closed = {name for name, row in last_of.items() if row["site"] == "Aster"} - gone
    closed = {name for name in closed if str(last_of[name]["hire_date"]) < CLOSED_ON}

    def change(source: str, row: Row) -> Row | None:
        if source == "attrition" and row["employee_id"] in closed:
            return None
        if source == "roster" and row["site"] == TINY and row["employee_id"] not in tiny:
            return {**row, "site": "Dahlia"}
        return row

    change_rows(workspace.landing, change)
    with (workspace.landing_source("attrition") / "closing.csv").open("w", newline="") as file:
        told = csv.writer(file)
        told.writerow(("employee_id", "separation_date", "separation_type", "reason"))
        told.writerows((name, CLOSED_ON, "involuntary", "site closed") for name in sorted(closed))


def hired_together(workspace: Workspace) -> None:
    """Everybody began in the month in which the data begin; targets are missed each month."""
    _sample(workspace)

    def change(source: str, row: Row) -> Row:
        if source != "roster":
            return row
        day = max(str(row["effective_date"]), HIRED_ON)
        return {**row, "hire_date": HIRED_ON, "effective_date": day}

    change_rows(workspace.landing, change)
    workspace.settings_file.write_text(
        '[events]\n"Lunar New Year rota" = 2026-10-31\n'
        "[targets]\ncustomer_satisfaction = 4.9\nany_exit_rate = 1.0\n"
        '[breaks.unplanned_absence]\n"New time clocks" = 2026-10-31\n',
        encoding="utf-8",
    )


def _abroad(frame: pl.DataFrame) -> Iterator[Mapping[str, Any]]:
    """Rows with umlauts, decimal commas and days first."""
    for row in frame.to_dicts():
        yield {name: _said(name, value) for name, value in row.items()}


def _said(name: str, value: Any) -> Any:
    text = "" if value is None else str(value)
    if name in (*DAYS.values(), "effective_date", "hire_date", "follow_up_due", "follow_up_done"):
        day = ".".join(reversed(text[:10].split("-")))
        return f"{day} {text[11:16]}" if name == "started_at" else day
    if name == "site":
        return CITIES.get(text, text)
    return text.replace(".", ",") if text.replace(".", "", 1).isdigit() else text


def _items(frame: pl.DataFrame) -> pl.DataFrame:
    """Answers to the items of another questionnaire, from 1 to 4."""
    items = []
    for place in range(1, N_ITEMS + 1):
        scale = "emotional_exhaustion" if place in EXHAUSTION else "cynicism"
        tired = 1 + (pl.col(scale).cast(pl.Float64) * (TOP - 1) / 100).round()
        answer = TOP + 1 - tired if place in TURNED else tired
        items.append(answer.cast(pl.Int64).alias(f"item_{place}"))
    kept = frame.select("response_id", "employee_id", "submitted_on", *items)
    return kept.with_columns(instrument=pl.lit("olbi"))


def far_east(workspace: Workspace) -> None:
    """Exports of another country in a far time zone, with a questionnaire of its own."""
    _sample(workspace)
    sources = sorted(path.name for path in workspace.landing.iterdir())
    for source in sources:
        for path in sorted(workspace.landing_source(source).glob("*")):
            is_parquet = path.suffix == ".parquet"
            frame = pl.read_parquet(path) if is_parquet else pl.read_csv(path, infer_schema=False)
            frame = _items(frame) if source == "fatigue_surveys" else frame
            path.unlink()
            _write(path.parent / f"{path.name.split('.')[0]}.csv", frame)
    mapped = "".join(MAPPED.format(source=source) for source in sources)
    workspace.settings_file.write_text(ABROAD + mapped, encoding="utf-8")


def _write(path: Path, frame: pl.DataFrame) -> None:
    with path.open("w", encoding="cp1252", newline="") as file:
        told = csv.DictWriter(file, frame.columns, delimiter=";")
        told.writeheader()
        told.writerows(_abroad(frame))


ODD_WORLDS: dict[str, Make] = {
    "one_month": one_month,
    "eight_people": eight_people,
    "one_coach": one_coach,
    "closing_site": closing_site,
    "hired_together": hired_together,
    "far_east": far_east,
}
