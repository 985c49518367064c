"""Sessions as answers of a coaching form, surveys as a Qualtrics export of sixteen statements."""

from __future__ import annotations

import polars as pl

from pipelines.simulation.exports.people import mail_of

STATEMENTS = {
    "asked_desired_future": "Q1. Asked desired future?",
    "asked_ideal_self": "Q2. Asked ideal self?",
    "listened_without_interrupting": "Q3. Listened without interrupting?",
    "acknowledged_feelings": "Q4. Acknowledged feelings?",
    "found_common_ground": "Q5. Found common ground?",
    "discussed_strengths": "Q6. Discussed strengths?",
    "identified_need": "Q7. Identified need?",
    "offered_help": "Q8. Offered help?",
    "agreed_follow_up": "Q9. Agreed follow up?",
    "agent_set_goal": "Q10. Agent set goal?",
    "recited_metrics": "Q11. Recited metrics?",
    "told_what_to_fix": "Q12. Told what to fix?",
    "imposed_plan": "Q13. Imposed plan?",
    "threatened_consequences": "Q14. Threatened consequences?",
}
_CHANNELS = {"in_person": "Face to face", "video": "Teams"}
_REASONS = {
    "scheduled": "Routine",
    "metric_miss": "KPI miss",
    "quality_review": "QA review",
    "agent_request": "Requested by agent",
}
_APPROACHES = {"compassionate": "Compassion-based (PEA)", "compliance": "Compliance, corrective"}
OLBI = {
    "emotional_exhaustion": ((2, 4, 5, 8, 10, 12, 14, 16), (2, 4, 8, 12)),
    "cynicism": ((1, 3, 6, 7, 9, 11, 13, 15), (3, 6, 9, 11)),
}
"""The statements of a score, and those of them that are turned round."""
_WORDS = {1: "Strongly agree", 2: "Agree", 3: "Disagree", 4: "Strongly disagree"}
_MARKS = ("Start Date", "End Date", "Response Type", "Finished", "Recorded Date", "Response ID")


def coaching_form(sessions: pl.DataFrame) -> pl.DataFrame:
    """One response per session; a statement that holds is rated 3 to 5, another 0 to 2."""
    start = pl.col("started_at")
    number = pl.int_range(pl.len())
    rated = [
        pl.when(pl.col(name))
        .then(3 + (number + place) % 3)
        .when(pl.col(name).not_())
        .then((number + place) % 3)
        .alias(heading)
        for place, (name, heading) in enumerate(STATEMENTS.items())
    ]
    time, day = "%m/%d/%Y %I:%M %p", "%m/%d/%Y"
    return sessions.select(
        pl.lit("1:1 Coaching").alias("Form"),
        pl.lit("Completed").alias("Status"),
        mail_of("coach_id").alias("Coach Email"),
        mail_of("employee_id").alias("Agent Email"),
        start.dt.strftime(time).alias("Session Start (America/Chicago)"),
        (start + pl.duration(minutes="duration_minutes"))
        .dt.strftime(time)
        .alias("Session End (America/Chicago)"),
        pl.col("modality").replace(_CHANNELS).alias("Channel"),
        pl.col("trigger").replace(_REASONS).alias("Reason"),
        pl.col("style").replace(_APPROACHES).alias("Coaching Approach (free text)"),
        *rated,
        pl.col("follow_up_due").dt.strftime(day).alias("Follow-up Due"),
        pl.col("follow_up_done").dt.strftime(day).alias("Follow-up Completed"),
        pl.col("rater_id").alias("Evaluator"),
        pl.col("notes").alias("Comments"),
    )


def qualtrics_pulse(surveys: pl.DataFrame) -> str:
    """Responses in words below three header rows; a score is as many steps as its words allow."""
    submitted = pl.format("{} 09:29:00", pl.col("submitted_on"))
    items = [
        _answer(score, number, reverse, place).alias(f"Q4_{number}")
        for score, (numbers, reverse) in OLBI.items()
        for place, number in enumerate(numbers)
    ]
    responses = surveys.select(
        submitted.alias("StartDate"),
        submitted.alias("EndDate"),
        pl.lit("IP Address").alias("Status"),
        pl.lit("True").alias("Finished"),
        submitted.alias("RecordedDate"),
        pl.col("response_id").alias("ResponseId"),
        pl.col("employee_id").alias("ExternalReference"),
        *sorted(items, key=lambda item: int(item.meta.output_name()[3:])),
        pl.col("morale").alias("Q5"),
    )
    asked = [f"How far do you agree? - Statement {number}" for number in range(1, 17)]
    texts = [*_MARKS, "External Data Reference", *asked, "How is your morale?"]
    marks = ",".join(f'"{{""ImportId"":""QID{number}""}}"' for number in range(len(texts)))
    header, _, rows = responses.write_csv().partition("\n")
    return "\n".join((header, ",".join(texts), marks, rows))


def _answer(score: str, number: int, reverse: tuple[int, ...], place: int) -> pl.Expr:
    """The answer to one statement, so that all eight of a score come closest to it."""
    total = (8 + pl.col(score) * 24 / 100).round().cast(pl.Int64)
    given = total // 8 + (total % 8 > place).cast(pl.Int64)
    answer = 5 - given if number in reverse else given
    return answer.replace_strict(_WORDS, default=None, return_dtype=pl.String)
