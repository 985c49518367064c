"""What was wrong with the answers of a survey: noted among the checks, and nothing of it blocks.

An answer that can't be scored costs its scale an answer, not the response its row; so it is
named here, with file, line and column, for whoever can put it right. What was answered isn't: it
is somebody's own answer, and these words stand in logs.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.analysis.survey_scores import SCORE_TABLE, SOURCE
from pipelines.core.check_results import CheckResult, record_results
from pipelines.core.line_numbers import line_name
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.measurement.responses import (
    DELIVERED_SCORES,
    SCORES_NOT_USED,
    UNKNOWN_ITEMS,
    ScoredResponses,
)

SHOWN_ROWS = 3


@dataclass(frozen=True)
class AnswerCheck:
    """One kind of thing that can be wrong with answers."""

    name: str
    description: str
    problem: str


NUMBERS = AnswerCheck("answers_are_numbers", "Answers to items are numbers.", "is not a number")
KNOWN = AnswerCheck(
    "answers_are_known",
    "Answers are among those that the questionnaire has.",
    "is not one of the questionnaire’s answers",
)
ENOUGH = AnswerCheck(
    "scales_have_enough_answers",
    "Each scale has enough valid answers to be scored.",
    "has too few valid answers for a score",
)
OWN_ITEMS = AnswerCheck(
    "items_belong_to_the_questionnaire",
    "Only items are answered that the questionnaire has.",
    "answers items that its questionnaire doesn’t have",
)
SCALE_KNOWN = AnswerCheck(
    "scores_say_their_scale",
    "Scale scores come with the instrument scores_0_100.",
    "has scale scores that aren’t used, because only scores_0_100 tells their scale",
)
ANSWER_CHECKS = (NUMBERS, KNOWN, ENOUGH, OWN_ITEMS, SCALE_KNOWN)


def check_fatigue_scores(con: Connection, scored: ScoredResponses) -> list[CheckResult]:
    """Check the answers behind ``staging.fatigue_score`` and record the results."""
    lines = fetch_query(con, "checks/answer_line")
    given = scored.answers.filter(pl.col("given").is_not_null()).with_columns(
        place=pl.format(", column item_{}", "item")
    )
    scales = scored.scales.filter(pl.col("n_items").is_not_null()).with_columns(
        place=pl.format(", scale {} of {}", "scale", "instrument")
    )
    responses = scored.responses.with_columns(place=pl.lit(""))
    by_items = responses.filter(pl.col("instrument") != DELIVERED_SCORES)
    results = [
        _result(check, n_checked, failing.join(lines, on="response_id"))
        for check, n_checked, failing in (
            (NUMBERS, given.height, given.filter("is_not_number")),
            (KNOWN, given.height, given.filter("is_out_of_range")),
            (ENOUGH, scales.height, scales.filter(pl.col("raw_score").is_null())),
            (OWN_ITEMS, responses.height, _flagged(responses, UNKNOWN_ITEMS)),
            (SCALE_KNOWN, by_items.height, _flagged(by_items, SCORES_NOT_USED)),
        )
    ]
    record_results(con, SCORE_TABLE, results)
    return results


def last_answer_checks(con: Connection) -> list[CheckResult]:
    """What was noted when the answers were last scored."""
    noted = {
        row["check_name"]: row
        for row in fetch_query(con, "checks/noted_result", {"table_name": SCORE_TABLE}).to_dicts()
    }
    nothing = {"passed": True, "n_checked": 0, "n_failed": 0, "detail": None}
    results = []
    for check in ANSWER_CHECKS:
        row = noted.get(check.name, nothing)
        figures = (row["passed"], row["n_checked"], row["n_failed"], row["detail"])
        results.append(CheckResult(SCORE_TABLE, check.name, "WARN", *figures))
    return results


def _flagged(responses: pl.DataFrame, problem: str) -> pl.DataFrame:
    return responses.filter(pl.col("problems").str.split(", ").list.contains(problem))


def _result(check: AnswerCheck, n_checked: int, failing: pl.DataFrame) -> CheckResult:
    shown = failing.sort("file", "line_number", "place").head(SHOWN_ROWS)
    places = [
        f"{SOURCE}/{row['file']} line {line_name(row['line_number'])}{row['place']}: "
        f"{check.problem}"
        for row in shown.to_dicts()
    ]
    n_failed = failing.height
    more = f"; and {n_failed - len(places):,} more" if n_failed > len(places) else ""
    detail = f"{n_failed:,} of {n_checked:,}: {'; '.join(places)}{more}" if n_failed else None
    return CheckResult(
        table_name=SCORE_TABLE,
        check_name=check.name,
        severity="WARN",
        passed=n_failed == 0,
        n_checked=n_checked,
        n_failed=n_failed,
        detail=detail,
        public_detail=detail,
    )
