"""A contact centre whose deliveries are full of people: names, addresses, numbers and words.

Everything here is unmistakable, so that finding a piece of it anywhere means that it has leaked.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample

NAME = "Zsuzsanna Quisenberry"
MAIL = "zsuzsanna.quisenberry@canary.example"
PHONE = "+49 170 5550199"
PHONE_AS_NUMBER = "491705550199"
RAW_ID = "QX-90417-ZQ"
NOTE = "wept about her divorce again"
REASON = "left because of panic attacks"
HEADER = "Private number of Quisenberry"
EXTRA = "Rosenhag 17, Oberunterbach"
ANSWER = "so tired of Quisenberry"
IN_BAD_FILE = "Quirinius Ottobeuren"
IN_ERROR = "Wilhelmina Abendroth"

EVERYWHERE = (
    NAME,
    "Quisenberry",
    "quisenberry",
    MAIL,
    PHONE,
    " 5550199",
    RAW_ID,
    NOTE,
    REASON,
    HEADER,
    EXTRA,
    ANSWER,
    IN_BAD_FILE,
    "Ottobeuren",
    IN_ERROR,
    "Abendroth",
)
"""What must never be found, nor any part of it that tells who is meant."""

Change = Callable[[list[dict[str, str]]], None]


def write_canaries(workspace: Workspace) -> None:
    """Fill the landing folders: a sample, with people's traces wherever an export may have any."""
    write_sample(workspace.landing, n_agents=120, months=8, seed=7)
    replace_people(workspace.landing)
    change(workspace, "coaching_sessions", _words_in_sessions)
    change(workspace, "attrition", _words_in_exits)
    change(workspace, "roster", _words_in_roster)
    change(workspace, "fatigue_surveys", _words_in_answers)
    training = workspace.landing_source("training")
    for file in training.glob("*.csv"):
        file.rename(training / f"courses of {MAIL}.csv")
    (training / "no header.csv").write_text(f"{RAW_ID},{NAME},2026-05-01\n{MAIL},{PHONE},x\n")
    (training / f"{MAIL}.docx").write_text(NAME)


def refuse_tonight(workspace: Workspace) -> None:
    """Drop a delivery of the roster in which most rows are bad, and full of a person."""
    file = workspace.landing_source("roster") / "roster-2.csv"
    rows = _read(workspace.landing_source("roster") / "roster.csv")
    for row in rows:
        row |= {"hire_date": IN_BAD_FILE, "weekly_hours": MAIL, "team": IN_BAD_FILE}
    _write(file, rows)


def replace_people(landing: Path) -> None:
    """Give two of the people an identifier that is a raw number, and a mail address."""
    first, second = sorted(
        {row["employee_id"] for row in _read(landing / "coaching_sessions/coaching_sessions.csv")}
    )[:2]
    for file in landing.rglob("*.csv"):
        text = file.read_text("utf-8")
        file.write_text(re.sub(first, RAW_ID, re.sub(second, MAIL, text)), "utf-8")


def change(workspace: Workspace, source: str, by: Change) -> None:
    """Change the rows of a source's CSV file."""
    file = workspace.landing_source(source) / f"{source}.csv"
    rows = _read(file)
    by(rows)
    _write(file, rows)


def _words_in_sessions(rows: list[dict[str, str]]) -> None:
    for number, row in enumerate(rows):
        row["notes"] = f"{NAME} ({PHONE}) {NOTE}"
        row["observer"] = NAME
        if number % 200 == 0:
            row["style"] = NAME
        if number % 100 == 1:
            row["duration_minutes"] = MAIL
        if number % 100 == 2:
            row["modality"] = NAME
        if number % 100 == 3:
            row["rater_id"] = MAIL


def _words_in_exits(rows: list[dict[str, str]]) -> None:
    for row in rows:
        row["reason"] = REASON


def _words_in_roster(rows: list[dict[str, str]]) -> None:
    for number, row in enumerate(rows):
        row |= {HEADER: PHONE, "full_name": NAME, "home": EXTRA, MAIL: MAIL}
        if number % 60 == 0:
            row["team"] = NAME
        if number % 60 == 1:
            row["weekly_hours"] = MAIL
        if number % 60 == 2:
            row["supervisor_id"] = MAIL


def _words_in_answers(rows: list[dict[str, str]]) -> None:
    for number, row in enumerate(rows):
        row["comment"] = ANSWER
        if number % 50 == 0:
            row["stress"] = ANSWER
        if number % 50 == 1:
            row["morale"] = PHONE_AS_NUMBER


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _write(file: Path, rows: list[dict[str, str]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
