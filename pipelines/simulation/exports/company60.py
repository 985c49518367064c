"""From a simulated centre to the ten exports of a company, with the settings that read them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.core.errors import PipelineError
from pipelines.core.workspace import Workspace
from pipelines.simulation.centre import SampleWorld
from pipelines.simulation.exports import forms, hr_systems, workforce
from pipelines.simulation.exports.people import people_of

FEEDS = {
    "workday": "workday/headcount",
    "directory": "genesys_cloud/directory",
    "coaching_form": "coaching_form/one_to_one",
    "pulse": "qualtrics/olbi_morale",
    "schedule": "ukg/schedule_detail",
    "time_off": "bamboohr/time_off",
    "calls": "genesys_cloud/agent_performance",
    "evaluations": "quality/evaluations",
    "csat": "csat/responses",
    "lms": "lms/transcript",
}
NOT_THE_SAME = (
    "Workday tells how things are now: a change of contract stands from the hire date on",
    "exhaustion and cynicism come in steps of four points, as sixteen statements allow; other "
    "scales and stress aren't asked",
    "customers' scores are whole numbers, so that a week's mean is the closest there is",
    "nobody counts difficult contacts, and sessions have numbers of their own",
)
"""What the exports can't say as canonical files do."""


def write_exports(world: SampleWorld, landing: Path) -> list[Path]:
    """Write every export into its feed's folder, and ``settings.toml`` beside ``landing``.

    Raises `PipelineError` where settings are there already: they may be somebody's.
    """
    settings = Workspace(landing.parent).settings_file
    if settings.exists():
        raise PipelineError(f"{settings} is there already; choose another folder, or remove it")
    files = []
    for feed, name, content in _exports(world):
        folder = landing / feed
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        files.append(folder / name)
    lines = ["[feed]", *(f'{feed} = "{recipe}"' for feed, recipe in FEEDS.items())]
    settings.write_text("\n".join((*lines, "")), encoding="utf-8")
    return files


def _exports(world: SampleWorld) -> list[tuple[str, str, bytes]]:
    """Feed, file name and content of each export."""
    people = people_of(world.frame("roster"))
    names = people.select("employee_id", "name")
    until = world.shifts["shift_date"].max()
    workbook = hr_systems.workday_workbook(people, world.frame("attrition"), str(until))
    transcript = hr_systems.lms_transcript(world.frame("training"))
    weeks = world.performance
    return [
        ("workday", "Workday_Headcount_and_Terminations.xlsx", workbook),
        ("directory", "Genesys_directory.csv", _csv(hr_systems.genesys_directory(people))),
        (
            "coaching_form",
            "Coaching form responses.csv",
            _csv(forms.coaching_form(world.frame("coaching_sessions"))),
        ),
        (
            "pulse",
            "Wellbeing Pulse.csv",
            forms.qualtrics_pulse(world.frame("fatigue_surveys")).encode("utf-8-sig"),
        ),
        (
            "schedule",
            "UKG_Schedule_Detail.csv",
            _csv(workforce.ukg_schedule(world.shifts, names)),
        ),
        (
            "time_off",
            "BambooHR_Time_Off.csv",
            _csv(workforce.bamboohr_time_off(world.shifts, names)),
        ),
        (
            "calls",
            "Agent Performance Summary_Daily.csv",
            _csv(workforce.genesys_performance(weeks, people)),
        ),
        ("evaluations", "Evaluations.csv", _csv(workforce.evaluations(weeks))),
        ("csat", "CSAT responses.csv", _csv(workforce.csat_responses(weeks))),
        ("lms", "LMS_Transcript.csv", transcript.encode("utf-16")),
    ]


def _csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode("utf-8-sig")
