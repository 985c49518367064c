"""Roster, exits and training attendances as the HR systems deliver them."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.simulation.arrays import NEVER, Ints, date_series, numbered
from pipelines.simulation.cohort_entry import Entries
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.employee_ids import agent_ids, coach_ids, manager_ids
from pipelines.simulation.organisation import EMPLOYMENT_TYPES, SITE_NAMES, Organisation

COACHING_COURSE = "coaching_with_compassion"
SERVICE_COURSE = "compassionate_service"
FATIGUE_COURSE = "compassion_fatigue"

_FORMATS = ("onsite", "split", "remote")
_REASONS = {
    "voluntary": ("better offer", "pay", "relocation", "study", "workload", "schedule", None),
    "involuntary": ("performance", "attendance", "conduct", "redundancy", None),
    "other": ("retirement", "end of contract", "transfer", None),
}
_SHARE_REGRETTED = 0.6
_SHARE_TRAINED = {SERVICE_COURSE: 0.35, FATIGUE_COURSE: 0.30}


def roster_frame(
    config: SampleConfig, organisation: Organisation, entries: Entries
) -> pl.DataFrame:
    """The landing frame ``roster``: everybody as hired, then each change of contract."""
    agents = organisation.agents
    everyone = np.arange(len(agents))
    has_changed = agents.full_time_from <= np.minimum(entries.exited_on - 1, config.end_day)
    changed = np.flatnonzero(has_changed)
    return pl.concat(
        [
            _managers(config, organisation),
            _coaches(organisation),
            _agent_rows(organisation, everyone, agents.hired_on),
            _agent_rows(organisation, changed, agents.full_time_from[changed]),
        ]
    ).sort("effective_date", "employee_id")


def attrition_frame(config: SampleConfig, entries: Entries) -> pl.DataFrame:
    """The landing frame ``attrition``: every exit up to the end of the window."""
    rng = config.stream("reasons")
    left = np.flatnonzero(entries.exited_on < NEVER)
    cause = entries.exit_cause[left]
    names = [cause.name for cause in config.hazards.causes]
    reason_number = rng.random(len(left))
    reasons = [
        pl.Series(_REASONS[name], dtype=pl.String).gather(
            (reason_number * len(_REASONS[name])).astype(np.int64)
        )
        for name in names
    ]
    frame = pl.DataFrame(
        {
            "employee_id": agent_ids(left),
            "separation_date": date_series(entries.exited_on[left]),
            "separation_type": pl.Series(names).gather(cause),
            **{f"reason_{position}": series for position, series in enumerate(reasons)},
        }
    )
    reason = pl.coalesce(
        pl.when(pl.col("separation_type") == name).then(pl.col(f"reason_{position}"))
        for position, name in enumerate(names)
    )
    columns = ("employee_id", "separation_date", "separation_type")
    told = frame.select(*columns, reason=reason, regretted=_regretted(config, frame))
    return told.sort("separation_date", "employee_id")


def _regretted(config: SampleConfig, exits: pl.DataFrame) -> pl.Series:
    """Whether HR would have kept who left: of those who chose to leave, most; nobody else."""
    is_missed = config.stream("regretted").random(exits.height) < _SHARE_REGRETTED
    return (exits["separation_type"] == "voluntary") & pl.Series(is_missed)


def planned_courses(config: SampleConfig, organisation: Organisation) -> dict[str, Ints]:
    """Day on which each agent would take each course for agents; `NEVER` for those who won't."""
    agents = organisation.agents
    rng = config.stream("attendance")
    days = {}
    for course, share in _SHARE_TRAINED.items():
        day = agents.entered_on + rng.integers(60, 600, len(agents))
        days[course] = np.where(rng.random(len(agents)) < share, day, NEVER)
    return days


def attendance_days(
    config: SampleConfig, entries: Entries, organisation: Organisation
) -> dict[str, Ints]:
    """Day on which each agent completed each course for agents; `NEVER` if they didn't."""
    last_day = np.minimum(entries.exited_on - 1, config.end_day)
    return {
        course: np.where(day <= last_day, day, NEVER)
        for course, day in planned_courses(config, organisation).items()
    }


def training_frame(
    config: SampleConfig, organisation: Organisation, agent_days: dict[str, Ints]
) -> pl.DataFrame:
    """The landing frame ``training``: coaches' and agents' completed courses."""
    rng = config.stream("training formats")
    trained_on = organisation.coaches.trained_on
    coaches = np.flatnonzero(trained_on < NEVER)
    parts = [(COACHING_COURSE, coach_ids(coaches), trained_on[coaches], 16.0)]
    for course, days in agent_days.items():
        attended = np.flatnonzero(days < NEVER)
        parts.append((course, agent_ids(attended), days[attended], 4.0))
    frames = [
        pl.DataFrame(
            {
                "employee_id": ids,
                "course": pl.Series([course]).gather(np.zeros(len(ids), dtype=np.int64)),
                "completed_on": date_series(days),
                "format": pl.Series(_FORMATS).gather(rng.integers(0, 3, len(ids))),
                "hours": np.full(len(ids), hours),
            }
        )
        for course, ids, days, hours in parts
    ]
    return pl.concat(frames).sort("completed_on", "employee_id", "course")


def _managers(config: SampleConfig, organisation: Organisation) -> pl.DataFrame:
    sites = np.arange(organisation.n_sites)
    hired_on = np.full(len(sites), config.start_day - 3000) + 37 * sites
    return _rows(
        ids=manager_ids(sites),
        days=(hired_on, hired_on),
        site=sites,
        team=_constant("Site management", len(sites)),
        role="manager",
        supervisor=pl.Series([None] * len(sites), dtype=pl.String),
        contract=np.zeros_like(sites),
        hours=np.full(len(sites), 40),
    )


def _coaches(organisation: Organisation) -> pl.DataFrame:
    coaches = organisation.coaches
    index = np.arange(len(coaches.site))
    return _rows(
        ids=coach_ids(index),
        days=(coaches.hired_on, coaches.hired_on),
        site=coaches.site,
        team=numbered("Team ", index + 1, 3),
        role="coach",
        supervisor=manager_ids(coaches.site),
        contract=np.zeros_like(index),
        hours=np.full(len(index), 40),
    )


def _agent_rows(organisation: Organisation, index: Ints, effective: Ints) -> pl.DataFrame:
    agents = organisation.agents
    everyone_on = np.zeros(len(agents), dtype=np.int64)
    everyone_on[index] = effective
    coach = agents.coach[index]
    return _rows(
        ids=agent_ids(index),
        days=(effective, agents.hired_on[index]),
        site=agents.site[index],
        team=numbered("Team ", coach + 1, 3),
        role="agent",
        supervisor=coach_ids(coach),
        contract=agents.contract_on(everyone_on)[index],
        hours=agents.hours_on(everyone_on)[index],
    )


def _rows(
    *,
    ids: pl.Series,
    days: tuple[Ints, Ints],
    site: Ints,
    team: pl.Series,
    role: str,
    supervisor: pl.Series,
    contract: Ints,
    hours: Ints,
) -> pl.DataFrame:
    """Roster rows; ``days`` are the effective and the hire days."""
    return pl.DataFrame(
        {
            "employee_id": ids,
            "effective_date": date_series(days[0]),
            "hire_date": date_series(days[1]),
            "site": pl.Series(SITE_NAMES).gather(site),
            "team": team,
            "role": _constant(role, len(ids)),
            "supervisor_id": supervisor,
            "employment_type": pl.Series(EMPLOYMENT_TYPES).gather(contract),
            "weekly_hours": hours,
        }
    )


def _constant(value: str, n: int) -> pl.Series:
    return pl.Series([value], dtype=pl.String).gather(np.zeros(n, dtype=np.int64))
