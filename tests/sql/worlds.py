"""Small worlds of staged rows: Python dicts for DuckDB and for the naive recount alike."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.analysis.survey_scores import write_fatigue_scores
from pipelines.core.sql_models import load_models
from pipelines.core.warehouse import Connection, build_model, fetch, open_warehouse, write
from pipelines.ingest.load.file_ledger import create_tables

Row = dict[str, Any]

BEHAVIOURS = (
    "asked_desired_future",
    "asked_ideal_self",
    "listened_without_interrupting",
    "acknowledged_feelings",
    "found_common_ground",
    "discussed_strengths",
    "identified_need",
    "offered_help",
    "agreed_follow_up",
    "agent_set_goal",
    "recited_metrics",
    "told_what_to_fix",
    "imposed_plan",
    "threatened_consequences",
)
SCALES = (
    "emotional_exhaustion",
    "cynicism",
    "irritability",
    "difficulty_concentrating",
    "detachment",
    "compassion_satisfaction",
    "morale",
    "stress",
)
POLARS_TYPES: dict[str, Any] = {
    "varchar": pl.String,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "double": pl.Float64,
    "integer": pl.Int32,
    "bigint": pl.Int64,
    "boolean": pl.Boolean,
}
LANDED = {"file_id": "integer", "line_number": "bigint"}

# The typed canonical columns of each staged source.
STAGING: dict[str, dict[str, str]] = {
    "roster": {
        "employee_id": "varchar",
        "effective_date": "date",
        "hire_date": "date",
        "site": "varchar",
        "team": "varchar",
        "role": "varchar",
        "supervisor_id": "varchar",
        "employment_type": "varchar",
        "weekly_hours": "double",
        "extra": "varchar",
        **LANDED,
    },
    "coaching_sessions": {
        "session_id": "varchar",
        "employee_id": "varchar",
        "coach_id": "varchar",
        "started_at": "timestamp",
        "duration_minutes": "double",
        "modality": "varchar",
        "trigger": "varchar",
        "style": "varchar",
        **dict.fromkeys(BEHAVIOURS, "boolean"),
        "follow_up_due": "date",
        "follow_up_done": "date",
        "rater_id": "varchar",
        "notes": "varchar",
        **LANDED,
    },
    "fatigue_surveys": {
        "response_id": "varchar",
        "employee_id": "varchar",
        "submitted_on": "date",
        "instrument": "varchar",
        **dict.fromkeys(SCALES, "double"),
        "extra": "varchar",
        **LANDED,
    },
    "shifts": {
        "employee_id": "varchar",
        "shift_date": "date",
        "scheduled_hours": "double",
        "absent_hours": "double",
        "absence_type": "varchar",
        **LANDED,
    },
    "attrition": {
        "employee_id": "varchar",
        "separation_date": "date",
        "separation_type": "varchar",
        "reason": "varchar",
        "regretted": "boolean",
        **LANDED,
    },
    "performance": {
        "employee_id": "varchar",
        "week_start": "date",
        "contacts_handled": "bigint",
        "difficult_contacts": "bigint",
        "csat_mean": "double",
        "csat_responses": "bigint",
        "quality_score": "double",
        "handle_seconds": "double",
        "first_contact_resolution": "double",
        **LANDED,
    },
    "training": {
        "employee_id": "varchar",
        "course": "varchar",
        "completed_on": "date",
        "format": "varchar",
        "hours": "double",
        **LANDED,
    },
}
SETTING = {
    "arm_a": "varchar",
    "arm_b": "varchar",
    "data_until": "date",
    "time_zone": "varchar",
    "counts_until": "date",
    "min_group": "integer",
    "min_coaches": "integer",
    "min_leavers": "integer",
    "is_exit_kind_open": "boolean",
    "analyst_person_scores": "boolean",
}


@dataclass(frozen=True)
class World:
    """Staged rows by source, and the settings they are read under."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    data_until: dt.date = dt.date(2024, 12, 31)
    counts_until: dt.date | None = None
    arm_a: str = "compassionate"
    arm_b: str = "compliance"
    min_group: int = 2
    min_leavers: int = 2
    is_exit_kind_open: bool = False
    analyst_person_scores: bool = False

    def of(self, source: str) -> list[Row]:
        """The rows of one source; none where the world has none."""
        return self.rows.get(source, [])

    def adding(self, source: str, *rows: Row) -> World:
        """The same world with more rows of one source."""
        return replace(self, rows={**self.rows, source: [*self.of(source), *rows]})


def key_of(identifier: str) -> str:
    """The pseudonym of a test identifier: nothing in common with it, but readable in a failure."""
    return "k" + identifier.encode().hex()


def person_ids(world: World) -> set[str]:
    """Every identifier of a person anywhere in the world."""
    columns = ("employee_id", "coach_id", "supervisor_id", "rater_id")
    return {
        row[column]
        for rows in world.rows.values()
        for row in rows
        for column in columns
        if row.get(column)
    }


@contextmanager
def built(world: World, marts: Collection[str] | None = None) -> Iterator[Connection]:
    """A warehouse in memory with the world staged and every mart built from its file.

    Where some are named: only these, and those that they read.
    """
    with open_warehouse(Path(":memory:")) as con:
        _stage(con, world)
        build(con, marts)
        yield con


def build(con: Connection, marts: Collection[str] | None = None) -> None:
    """Build every mart from its file or, where some are named, these and those that they read."""
    models = [model for model in load_models() if model.schema == "marts"]
    wanted = {("marts", name) for name in marts or [model.name for model in models]}
    for model in reversed(models):
        if model.table in wanted:
            wanted |= set(model.depends_on)
    for model in models:
        if model.table in wanted or not model.depends_on:
            build_model(con, f"marts.{model.name}", model.path)


def mart(con: Connection, name: str) -> list[Row]:
    """The rows of a mart as dicts."""
    return fetch(con, f"select * from marts.{name}").to_dicts()


def _stage(con: Connection, world: World) -> None:
    frames = {source: _frame(columns, world.of(source)) for source, columns in STAGING.items()}
    stage_frames(con, frames, world, sorted(person_ids(world)))


def stage_frames(
    con: Connection, frames: Mapping[str, pl.DataFrame], world: World, people: Sequence[str]
) -> None:
    """Stage sources that are frames; of the world only the settings are read.

    A column that a frame lacks is NULL. `people` are the identifiers that get a pseudonym.
    """
    create_tables(con)
    for source, columns in STAGING.items():
        kinds = {name: POLARS_TYPES[kind] for name, kind in columns.items()}
        empty = pl.DataFrame(schema=kinds)
        given = frames[source].cast({name: kinds[name] for name in frames[source].columns})
        write(con, f"staging.{source}", pl.concat([empty, given], how="diagonal"))
    write_fatigue_scores(con)
    values = {name: getattr(world, name, None) for name in SETTING}
    values |= {
        "time_zone": "UTC",
        "min_coaches": 2,
        "counts_until": world.counts_until or world.data_until,
    }
    write(con, "staging.study_setting", _frame(SETTING, [values]))
    pseudonyms = [{"employee_id": each, "person_key": key_of(each)} for each in people]
    columns = {"employee_id": "varchar", "person_key": "varchar"}
    write(con, "staging.pseudonym", _frame(columns, pseudonyms))


def _frame(columns: dict[str, str], rows: list[Row]) -> pl.DataFrame:
    for row in rows:
        unknown = set(row) - set(columns)
        assert not unknown, f"no column {unknown}"
    return pl.DataFrame(rows, schema={name: POLARS_TYPES[kind] for name, kind in columns.items()})


def random_world(seed: int, n_people: int = 14) -> World:
    """A dense little world that hits ties, gaps, rehires, role changes and late rows often."""
    draw = random.Random(seed)
    start = dt.date(2024, 1, 1)
    people = [f"E{number:02d}" for number in range(n_people)]

    def day(low: int = 0, high: int = 400) -> dt.date:
        return start + dt.timedelta(days=draw.randrange(low, high))

    def maybe(value: Any, chance: float = 0.8) -> Any:
        return value if draw.random() < chance else None

    rows: dict[str, list[Row]] = {source: [] for source in STAGING}
    for person in people:
        _add_roster(draw, rows, person, day(0, 120))
        for date in {day(-20, 420) for _ in range(draw.choice((0, 0, 1, 1, 2)))}:
            kind = draw.choice(("voluntary", "involuntary", "other"))
            rows["attrition"].append(
                {"employee_id": person, "separation_date": date, "separation_type": kind}
            )
        for date in {day(0, 400) for _ in range(90)}:
            rows["shifts"].append(_shift(draw, person, date))
        for week in {draw.randrange(0, 56) for _ in range(25)}:
            rows["performance"].append(
                {
                    "employee_id": person,
                    "week_start": start + dt.timedelta(days=7 * week),
                    "contacts_handled": maybe(draw.randrange(0, 200)),
                    "difficult_contacts": maybe(draw.randrange(0, 30)),
                    "csat_mean": maybe(draw.randrange(100, 501) / 100),
                    "csat_responses": maybe(draw.randrange(0, 20)),
                    "quality_score": maybe(draw.randrange(0, 1001) / 10),
                    "handle_seconds": maybe(draw.randrange(100, 900) * 1.0),
                    "first_contact_resolution": maybe(draw.random()),
                }
            )
        for _ in range(draw.choice((0, 2, 5))):
            rows["fatigue_surveys"].append(
                {
                    "response_id": f"R{len(rows['fatigue_surveys']):04d}",
                    "employee_id": person,
                    # Few distinct days, so that a team has several answers and people have ties.
                    "submitted_on": start + dt.timedelta(days=draw.choice((40, 150, 151, 245))),
                    **_questionnaire(draw),
                    "emotional_exhaustion": maybe(draw.randrange(0, 101) * 1.0),
                    "cynicism": maybe(draw.randrange(0, 101) * 1.0),
                    "stress": maybe(draw.randrange(1, 6) * 1.0),
                }
            )
        for date in {day() for _ in range(draw.choice((0, 1)))}:
            rows["training"].append(
                {"employee_id": person, "course": "compassion_fatigue", "completed_on": date}
            )
    _add_sessions(draw, rows, people, start)
    for source in rows.values():
        draw.shuffle(source)
    return World(rows, data_until=start + dt.timedelta(days=draw.randrange(250, 400)))


def _questionnaire(draw: random.Random) -> Row:
    """Scores as delivered, or a questionnaire with gaps and answers that are none."""
    instrument = draw.choice(("scores_0_100", "scores_0_100", "olbi", "proqol5"))
    if instrument != "olbi":
        return {"instrument": instrument}
    answers = ("1", "2", "3", "4", "2", "3", "", "9", "x")
    share = draw.choice((0.4, 1.0))
    items = {f"item_{n}": draw.choice(answers) for n in range(1, 17) if draw.random() < share}
    return {"instrument": instrument, "extra": json.dumps(items)}


def _add_roster(
    draw: random.Random, rows: dict[str, list[Row]], person: str, hired: dt.date
) -> None:
    """One to three roster rows: a change of place or role, now and then a new hire date."""
    seen: set[dt.date] = set()
    effective = hired + dt.timedelta(days=draw.choice((-10, 0, 0, 0, 30)))
    for number in range(draw.choice((1, 1, 2, 3))):
        if number and draw.random() < 0.3:
            hired = effective
        if effective not in seen:
            seen.add(effective)
            rows["roster"].append(
                {
                    "employee_id": person,
                    "effective_date": effective,
                    "hire_date": hired if draw.random() < 0.95 else None,
                    "site": draw.choice(("north", "south")),
                    "team": draw.choice(("red", "blue")),
                    "role": draw.choice(("agent", "agent", "agent", "coach", None)),
                    "supervisor_id": draw.choice(("E00", "S99", None)),
                    "employment_type": draw.choice(("full_time", "part_time", None)),
                    "weekly_hours": draw.choice((20.0, 40.0, None)),
                    "extra": draw.choice((None, '{"shift_pattern":"late"}')),
                }
            )
        effective += dt.timedelta(days=draw.randrange(1, 200))


def _shift(draw: random.Random, person: str, date: dt.date) -> Row:
    scheduled = draw.choice((0.0, 4.0, 8.0, 8.0))
    kinds = ("sick", "no_show", "unplanned_other", "planned_leave", "statutory_leave", None)
    absent = draw.choice((0.0, 0.0, scheduled, scheduled / 2))
    return {
        "employee_id": person,
        "shift_date": date,
        "scheduled_hours": scheduled,
        "absent_hours": absent,
        "absence_type": draw.choice(kinds) if absent else None,
    }


def _add_sessions(
    draw: random.Random, rows: dict[str, list[Row]], people: list[str], start: dt.date
) -> None:
    styles = ("compassionate", "compliance", "compassionate", "compliance", "mixed", None)
    for person in people:
        for _ in range(draw.choice((0, 1, 2, 4, 8))):
            # Few distinct times of day, so that sessions often start at the same moment.
            moment = dt.datetime.combine(start, dt.time(draw.choice((9, 23))))
            rows["coaching_sessions"].append(
                {
                    "session_id": f"S{draw.randrange(10**9):09d}",
                    "employee_id": person,
                    "coach_id": draw.choice(("E00", "E01", "X77")),
                    "started_at": moment + dt.timedelta(days=draw.choice((60, 90, 200, 390))),
                    "trigger": draw.choice(("metric_miss", "scheduled", None)),
                    "style": draw.choice(styles),
                    **_coded_behaviours(draw),
                }
            )


def _coded_behaviours(draw: random.Random) -> Row:
    """Nothing coded, some of it, or all; coarse shares, so that a balance of 0 occurs."""
    seen = draw.choice(((None,), (True, False, None), (True, False), (True,)))
    return {name: draw.choice(seen) for name in BEHAVIOURS}
