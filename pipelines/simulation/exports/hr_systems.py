"""Workers as a Workday workbook, agents as a Genesys directory, courses as an LMS transcript."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.simulation.exports.people import mail_of

_JOBS = {"agent": "Customer Care Agent", "coach": "Team Coach", "manager": "Operations Manager"}
_TIMES = {"full_time": "Full time", "part_time": "Part time"}
_KINDS_OF_TRAINING = {"onsite": "ILT", "split": "Blended", "remote": "Online Class"}
_HEADER = (
    "Employee ID",
    "Worker",
    "Hire Date",
    "Termination Date",
    "Termination Category",
    "Primary Termination Reason",
    "Regrettable Termination",
    "Job Profile",
    "Manager",
    "Manager - Employee ID",
    "Supervisory Organization",
    "Location",
    "Time Type",
    "Scheduled Weekly Hours",
    "Work Email",
)


def workday_workbook(people: pl.DataFrame, exits: pl.DataFrame, until: str) -> bytes:
    """The report of active and terminated workers: title rows, a row per worker, a total."""
    left = {row["employee_id"]: row for row in exits.iter_rows(named=True)}
    names = dict(people.select("employee_id", "name").iter_rows())
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": people["hire_date"].max()})
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for number, cells in enumerate(
            [("Headcount and Terminations",), ("Effective as of", until), (), _HEADER]
        ):
            sheet.write_row(number, 0, cells)
        first = 4
        for number, person in enumerate(people.iter_rows(named=True), start=first):
            exit_row = left.get(person["employee_id"], {})
            for column, cell in enumerate(_worker(person, exit_row, names)):
                if hasattr(cell, "isoformat"):
                    sheet.write_datetime(number, column, cell, day)
                elif cell is not None:
                    sheet.write(number, column, cell)
        sheet.write_row(first + people.height, 0, (f"Total workers: {people.height}",))
    return buffer.getvalue()


def _worker(person: dict[str, Any], left: dict[str, Any], names: dict[str, str]) -> list[Any]:
    kind, reason = left.get("separation_type"), left.get("reason")
    supervisor = person["supervisor_id"]
    return [
        person["employee_id"],
        f"{person['name']} (Terminated)" if left else person["name"],
        person["hire_date"],
        left.get("separation_date"),
        f"Terminate Employee > {kind.capitalize()}" if kind else None,
        reason.capitalize() if reason else None,
        ("Yes" if left["regretted"] else "No") if left else None,
        _JOBS.get(person["role"], person["role"]),
        names.get(supervisor),
        supervisor,
        f"{person['team']} (Lead)",
        person["site"],
        _TIMES.get(person["employment_type"], person["employment_type"]),
        person["weekly_hours"],
        person["mail"],
    ]


def genesys_directory(people: pl.DataFrame) -> pl.DataFrame:
    """Everybody with Genesys' identifier and their own number."""
    return people.select(
        pl.col("agent").alias("Agent Id"),
        pl.col("name").alias("Name"),
        pl.col("mail").alias("Email"),
        pl.col("site").alias("Division"),
        pl.col("employee_id").alias("Employee Id"),
    )


def lms_transcript(training: pl.DataFrame) -> str:
    """Completed courses with titles in words, tabs between the values."""
    hours = pl.col("hours")
    title = pl.col("course").str.replace_all("_", " ").str.to_titlecase()
    return training.select(
        mail_of("employee_id").alias("User Email"),
        title.alias("Training Title"),
        pl.col("format").replace(_KINDS_OF_TRAINING).alias("Training Type"),
        pl.lit("Completed").alias("Status"),
        pl.format("{} 2:15:00 PM", pl.col("completed_on").dt.strftime("%m/%d/%Y")).alias(
            "Completion Date"
        ),
        pl.format(
            "{}:{}",
            hours.floor().cast(pl.Int64),
            (hours * 60 % 60).round().cast(pl.Int64).cast(pl.String).str.zfill(2),
        ).alias("Duration"),
    ).write_csv(separator="\t")
