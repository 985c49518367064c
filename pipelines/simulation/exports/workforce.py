"""Shifts as UKG's schedule and BambooHR's time off; weeks as Genesys' days, scores, answers."""

from __future__ import annotations

import polars as pl

from pipelines.simulation.exports.people import mail_of

_LEAVE = {
    "planned_leave": "Vacation",
    "sick": "Sick Leave",
    "statutory_leave": "FMLA",
    "unplanned_other": "Emergency Leave",
    "no_show": "No Call/No Show",
}
_BREAK_MINUTES = 30
_WEEK_DAYS = 5


def ukg_schedule(shifts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """A row per shift from nine o'clock on, half an hour of it an unpaid break."""
    start = pl.col("shift_date").cast(pl.Datetime("us")) + pl.duration(hours=9)
    minutes = (pl.col("scheduled_hours") * 60).round().cast(pl.Int64) + _BREAK_MINUTES
    time = "%m/%d/%Y %-I:%M%p"
    return shifts.join(names, on="employee_id", how="left", maintain_order="left").select(
        pl.col("employee_id").alias("Person Number"),
        pl.col("name").alias("Employee Name"),
        start.dt.strftime(time).alias("Shift Start"),
        (start + pl.duration(minutes=minutes)).dt.strftime(time).alias("Shift End"),
        pl.lit(f"0:{_BREAK_MINUTES}").alias("Unpaid Break"),
        pl.lit("Care").alias("Schedule Group"),
    )


def bamboohr_time_off(shifts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Whole days of one kind from the first to the last of them; parts of a day by their hours."""
    is_whole = pl.col("absent_hours") == pl.col("scheduled_hours")
    goes_on = (
        is_whole
        & is_whole.shift(1).over("employee_id")
        & (pl.col("absence_type") == pl.col("absence_type").shift(1).over("employee_id"))
    )
    away = (
        shifts.sort("employee_id", "shift_date")
        .with_columns(leave=goes_on.fill_null(False).not_().cum_sum(), whole=is_whole)
        .filter(pl.col("absent_hours") > 0)
        .group_by("leave", maintain_order=True)
        .agg(
            pl.col("employee_id", "absence_type", "whole", "absent_hours").first(),
            pl.col("shift_date").min().alias("first"),
            pl.col("shift_date").max().alias("last"),
        )
    )
    return away.join(names, on="employee_id", how="left", maintain_order="left").select(
        pl.col("employee_id").alias("Employee #"),
        pl.col("name").alias("Name"),
        pl.col("absence_type").replace(_LEAVE).alias("Type"),
        pl.lit("approved").alias("Status"),
        pl.col("first").alias("From"),
        pl.col("last").alias("To"),
        pl.when(~pl.col("whole")).then("absent_hours").alias("Amount"),
        pl.lit("hours").alias("Unit"),
    )


def genesys_performance(weeks: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Contacts of a week over its working days; durations in milliseconds."""
    n, day = pl.col("contacts_handled"), pl.col("day")
    handle = (pl.col("handle_seconds") * 1000).round().cast(pl.Int64)
    start = pl.col("week_start") + pl.duration(days=day)
    count = (n // _WEEK_DAYS + (day < n % _WEEK_DAYS).cast(pl.Int64)).cast(pl.Float64)
    days = (
        weeks.filter(n > 0)
        .with_columns(day=pl.int_ranges(0, pl.lit(_WEEK_DAYS)))
        .explode("day")
        .join(people.select("employee_id", "name", "agent"), on="employee_id", how="left")
    )
    return days.select(
        pl.format("{} 00:00:00", start).alias("Interval Start"),
        pl.format("{} 00:00:00", start + pl.duration(days=1)).alias("Interval End"),
        pl.lit("1.0").alias("Interval Complete"),
        pl.lit("voice").alias("Media Type"),
        pl.col("agent").alias("Agent Id"),
        pl.col("name").alias("Agent Name"),
        count.alias("Answered"),
        count.alias("Handle"),
        handle.alias("Avg Handle"),
    ).filter(pl.col("Handle") > 0)


def evaluations(weeks: pl.DataFrame) -> pl.DataFrame:
    """One evaluated contact a week, its score in per cent."""
    tuesday = pl.col("week_start") + pl.duration(days=1)
    return weeks.filter(pl.col("quality_score").is_not_null()).select(
        pl.int_range(1, pl.len() + 1).alias("Evaluation ID"),
        mail_of("employee_id").alias("Agent Email"),
        tuesday.dt.strftime("%m/%d/%Y").alias("Evaluation Date"),
        pl.format("{}%", "quality_score").alias("Total Score"),
    )


def csat_responses(weeks: pl.DataFrame) -> pl.DataFrame:
    """A row per answer: whole scores from 1 to 5 that come closest to the week's mean."""
    n, answer = pl.col("csat_responses"), pl.col("answer")
    total = (pl.col("csat_mean") * n).round().cast(pl.Int64).clip(n, 5 * n)
    solved = (pl.col("first_contact_resolution") * n).round().cast(pl.Int64)
    rows = (
        weeks.filter((n > 0) & pl.col("csat_mean").is_not_null())
        .with_columns(answer=pl.int_ranges(0, n))
        .explode("answer")
    )
    day = pl.col("week_start") + pl.duration(days=answer % _WEEK_DAYS)
    return rows.select(
        pl.int_range(1, pl.len() + 1).alias("Response"),
        pl.format("ag{}", "employee_id").alias("Agent login"),
        pl.format("{}T10:05:00Z", day).alias("Completed (UTC)"),
        (total // n + (answer < total % n).cast(pl.Int64)).alias("Score (1-5)"),
        pl.when(answer < solved).then(pl.lit("Yes")).otherwise(pl.lit("No")).alias("FCR"),
    )
