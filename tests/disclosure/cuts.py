"""A year of cuts of one contact centre, made by the functions that the nightly job calls.

The job runs once and takes the centre's files in; every cut is then made from its staged rows by
the same models, estimators and release, with the day that `data_until` names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.analysis.comparison import read_episodes, write_estimates, write_trial_flow
from pipelines.analysis.reportability_tables import write_grades
from pipelines.analysis.study_setting import write_study_setting
from pipelines.config.settings import Privacy, Settings
from pipelines.core.sql_models import SqlModel, load_models
from pipelines.core.warehouse import Connection, build_model, fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.disclosure.cut_record import confirm_cut, request_cut, write_published_cut
from pipelines.disclosure.release_tables import write_released_tables
from pipelines.estimators.cohort import People, people_of
from pipelines.estimators.designs import weighted
from pipelines.estimators.results import ComparisonSpec
from pipelines.estimators.segments.definitions import divide
from tests.disclosure.kinds_attack import LeftInMonth, Person, Published

GUARDED = Privacy()
UNGUARDED = Privacy(min_group=1, min_coaches=1, min_leavers=1, grid=0)
"""Floors and grid off: what the old publication told, without what it hid."""


def month_ends(last: dt.date, n: int) -> list[dt.date]:
    """The ends of the n months up to the one that ends on a day."""
    ends = [last]
    while len(ends) < n:
        ends.append(ends[-1].replace(day=1) - dt.timedelta(days=1))
    return ends[::-1]


def make_cuts(
    workspace: Workspace, days: Sequence[dt.date], privacy: Privacy
) -> Iterator[tuple[dt.date, Connection]]:
    """Make a cut at each of some days, ascending; yields the warehouse after each."""
    for day in days:
        settings = Settings(data_until=day, privacy=privacy)
        with open_warehouse(workspace.warehouse_file) as con:
            request_cut(con, "month_end")
            make_cut(con, settings, day)
            yield day, con


def make_cut(con: Connection, settings: Settings, day: dt.date) -> None:
    """Make one cut from what is staged, and let it stand."""
    write_study_setting(con, settings, day + dt.timedelta(days=1))
    for model in _marts():
        build_model(con, f"marts.{model.name}", model.path)
    write_grades(con, settings, as_of=day)
    write_estimates(con, settings)
    write_trial_flow(con, settings)
    write_released_tables(con, settings)
    write_published_cut(con, settings, dt.datetime.now(dt.UTC))
    confirm_cut(con, settings)


@cache
def _marts() -> tuple[SqlModel, ...]:
    return tuple(model for model in load_models() if model.schema == "marts")


def published(con: Connection, settings: Settings) -> Published:
    """What this cut publishes about exits, and what everybody knows of the people behind it."""
    episodes, covariates = read_episodes(con, settings)
    asked = settings.comparison
    people = people_of(episodes, asked.arm_a, asked.arm_b)
    spec = ComparisonSpec(asked.arm_a, asked.arm_b, asked.horizon_days, covariates, 1, 1)
    return Published(
        fetch(con, "select * from release.comparison"),
        fetch(con, "select * from release.retention_curve"),
        _known(people, weighted.fit(people, spec).weights),
        left_in_months(con),
    )


LEFT_IN_MONTHS = """
with member as (
    select 'all_month' as name, 'all' as part, month, agent_key from marts.agent_month
    where exit_type is not null
    union all
    select 'site_month' as name, site as part, month, agent_key from marts.agent_month
    where exit_type is not null
    union all
    select 'team_month' as name, site || ' ' || team as part, month, agent_key
    from marts.agent_month where exit_type is not null
    union all
    -- Everybody counts from the month of their first session on.
    select 'arm_month' as name, entry.arm as part, agent.month, agent.agent_key
    from marts.agent_month as agent
    inner join marts.coaching_episode as entry using (agent_key)
    where agent.exit_type is not null and entry.day_0 <= last_day(agent.month)
),
told as (
    select 'all_month' as name, 'all' as part, month, n_voluntary_exits,
        n_involuntary_exits, n_exits, status, exits_status,
        n_opening > 0 and n_closing > 0 as is_throughout
    from release.all_month
    union all
    select 'site_month' as name, site as part, month, n_voluntary_exits,
        n_involuntary_exits, n_exits, status, exits_status,
        n_opening > 0 and n_closing > 0 as is_throughout
    from release.site_month
    union all
    select 'arm_month' as name, arm as part, month, n_voluntary_exits,
        n_involuntary_exits, n_exits, status, exits_status,
        n_opening > 0 and n_closing > 0 as is_throughout
    from release.arm_month
    union all
    select 'team_month' as name, site || ' ' || team as part, month, n_voluntary_exits,
        n_involuntary_exits, n_exits, status, exits_status, true as is_throughout
    from release.team_month
)
select name, part, month, list(agent_key) as leavers, any_value(exits_status) as exits_status,
    any_value(n_voluntary_exits) as n_voluntary, any_value(n_involuntary_exits) as n_involuntary
from told
inner join member using (name, part, month)
where status = 'shown' and is_throughout
group by name, part, month
having count(*) = coalesce(any_value(n_exits), count(*))
"""
"""Of every month's row that shows facts: who is known to have left, and what is told of how."""


def left_in_months(con: Connection) -> list[LeftInMonth]:
    """What the month tables tell of how people left, and of whom."""
    return [
        LeftInMonth(
            (row["name"], row["part"], row["month"]),
            row["leavers"],
            row["exits_status"] == "shown",
            row["n_voluntary"],
            row["n_involuntary"],
        )
        for row in fetch(con, LEFT_IN_MONTHS).to_dicts()
    ]


def _known(people: People, weights: np.ndarray) -> list[Person]:
    parts: list[dict[str, str]] = [{} for _ in range(len(people))]
    for segment, own in divide(people.frame).items():
        for part in own:
            for row in part.rows:
                parts[row][segment] = part.value
    return [
        Person(
            key=key,
            is_a=bool(people.is_a[row]),
            days=float(people.follow_up_days[row]),
            has_left=bool(people.exit_code[row] > 0),
            weights={"unadjusted": 1.0, "weighted": float(weights[row])},
            parts=parts[row],
        )
        for row, key in enumerate(people.frame["agent_key"])
    ]


def true_kinds(con: Connection) -> dict[str, str]:
    """Everybody's way of leaving in the newest cut: what the attacker is after."""
    known: dict[str, str] = {}
    for table in ("marts.agent_month", "marts.coaching_episode"):
        rows = fetch(con, f"select agent_key, exit_type from {table}")
        known |= dict(rows.filter(pl.col("exit_type").is_not_null()).iter_rows())
    return known


def copied(workspace: Workspace, folder: Path) -> Workspace:
    """The same staged centre in a folder of its own, without what was released before."""
    other = Workspace(folder)
    other.prepare()
    other.warehouse_file.write_bytes(workspace.warehouse_file.read_bytes())
    with open_warehouse(other.warehouse_file) as con:
        for schema in ("release", "disclosure"):
            con.execute(f"drop schema {schema} cascade")
            con.execute(f"create schema {schema}")
    return other
