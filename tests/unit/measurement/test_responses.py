"""Responses of mixed questionnaires: what counts, what doesn't, and that it is said."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines.analysis.survey_scores import landing_ranges
from pipelines.measurement.reliability import SCALE_SUMMARY_SCHEMA, summarise_scales
from pipelines.measurement.responses import ScoredResponses, score_responses

RANGES = landing_ranges()
Row = dict[str, Any]


def scored(*responses: Row) -> ScoredResponses:
    kinds = {
        "response_id": pl.String,
        "employee_id": pl.String,
        "submitted_on": pl.Date,
        "instrument": pl.String,
        "extra": pl.String,
        **dict.fromkeys(RANGES, pl.Float64),
    }
    rows = [
        {
            "response_id": f"R{number}",
            "employee_id": f"E{number}",
            "submitted_on": dt.date(2024, 5, 1),
            **response,
        }
        for number, response in enumerate(responses)
    ]
    return score_responses(pl.DataFrame(rows, schema=kinds), RANGES)


def items(values: dict[str, object]) -> str:
    return json.dumps(values)


def same(answer: object, n: int) -> str:
    return items({f"item_{number}": answer for number in range(1, n + 1)})


def wide(*responses: Row) -> list[Row]:
    return scored(*responses).responses.to_dicts()


def test_the_landing_ranges_are_those_of_the_contract() -> None:
    assert RANGES["emotional_exhaustion"] == (0, 100)
    assert RANGES["morale"] == (0, 10)
    assert RANGES["stress"] == (1, 5)
    assert len(RANGES) == 8


def test_delivered_scores_go_to_0_100_by_their_own_range() -> None:
    (row,) = wide({"instrument": "scores_0_100", "cynicism": 40.0, "morale": 7.0, "stress": 2.0})
    assert (row["cynicism_0_100"], row["morale_0_100"], row["stress_0_100"]) == (40, 70, 25)
    assert (row["emotional_exhaustion_0_100"], row["problems"]) == (None, None)


@pytest.mark.parametrize(
    ("instrument", "extra", "filled"),
    [
        # Agreement with everything: half of the items count 1, half 4.
        ("olbi", same(1, 16), {"cynicism": 50, "emotional_exhaustion": 50}),
        # Six times 100 and a reversed 100.
        ("cbi", same(100, 19), {"emotional_exhaustion": 600 / 7}),
        ("bat12", same(4, 12), {"cynicism": 75, "emotional_exhaustion": 75}),
        ("bat23", same(2, 23), {"cynicism": 25, "emotional_exhaustion": 25}),
        ("proqol5", same(5, 30), {"compassion_satisfaction": 100}),
        ("single_item", same(5, 1), {}),
    ],
)
def test_only_a_scale_that_measures_the_same_fills_a_landing_scale(
    instrument: str, extra: str, filled: dict[str, float]
) -> None:
    (row,) = wide({"instrument": instrument, "extra": extra})
    known = {name: row[f"{name}_0_100"] for name in RANGES if row[f"{name}_0_100"] is not None}
    assert known == pytest.approx(filled)
    assert row["n_items"] == row["n_answered"]
    assert row["problems"] is None


def test_scores_beside_a_questionnaire_are_not_taken_for_0_100() -> None:
    # A raw sum of 35 in the column would otherwise pass for 35 of 100.
    response = {"instrument": "proqol5", "compassion_satisfaction": 35.0, "morale": 6.0}
    without, beside = wide(response, {**response, "extra": same(5, 30)})
    assert without["compassion_satisfaction_0_100"] is None
    assert without["problems"] == "no_answers, scores_not_used"
    assert beside["compassion_satisfaction_0_100"] == 100
    assert beside["problems"] == "scores_not_used"
    assert without["morale_0_100"] == beside["morale_0_100"] == 60


def test_every_kind_of_wrong_answer_is_named_on_its_response() -> None:
    answers = {"item_1": "a lot", "item_2": "7", "item_4": 2, "item_17": "1", "mood": "fine"}
    row, scores, blank = wide(
        {"instrument": "olbi", "extra": items(answers)},
        {"instrument": "scores_0_100", "cynicism": 1.0, "extra": items({"item_1": "3"})},
        {"instrument": "scores_0_100", "cynicism": 1.0, "extra": items({"item_1": " "})},
    )
    assert row["problems"] == (
        "no_answers, not_numbers, out_of_range, too_few_answers, unknown_items"
    )
    assert (row["n_items"], row["n_answered"]) == (16, 1)
    assert (row["n_not_numbers"], row["n_out_of_range"]) == (1, 1)
    assert scores["problems"] == "unknown_items"
    assert blank["problems"] is None


def test_headers_may_be_written_in_capitals() -> None:
    (row,) = wide({"instrument": "bat12", "extra": same(3, 12).replace("item", " Item")})
    assert row["emotional_exhaustion_0_100"] == 50


def test_responses_keep_their_order_and_none_is_lost() -> None:
    made = scored(
        {"instrument": "olbi", "extra": same(2, 16)},
        {"instrument": "scores_0_100", "stress": 3.0},
        {"instrument": "single_item"},
        {"instrument": "olbi"},
    )
    assert made.responses["response_id"].to_list() == ["R0", "R1", "R2", "R3"]
    pairs = list(made.scales.select("response_id", "scale").iter_rows())
    assert pairs == [
        ("R0", "disengagement"),
        ("R0", "exhaustion"),
        ("R1", "stress"),
        ("R2", "burnout"),
        ("R3", "disengagement"),
        ("R3", "exhaustion"),
    ]
    assert scored().responses.height == 0


def test_scales_are_summed_up_by_questionnaire() -> None:
    alike = [{"instrument": "bat12", "extra": same(answer, 12)} for answer in (1, 2, 4)]
    frame = summarise_scales(
        scored(
            *alike,
            {"instrument": "bat12", "extra": items({"item_1": "x", "item_2": 9})},
            {"instrument": "scores_0_100", "cynicism": 20.0},
        )
    )
    assert dict(frame.schema) == SCALE_SUMMARY_SCHEMA
    rows = {(row["instrument"], row["scale"]): row for row in frame.to_dicts()}
    row = rows["bat12", "exhaustion"]
    assert (row["n_people"], row["n_responses"], row["n_scored"], row["n_complete"]) == (4, 4, 3, 3)
    assert (row["n_not_numbers"], row["n_out_of_range"]) == (1, 1)
    assert row["cronbach_alpha"] == pytest.approx(1.0)
    assert row["reason"] is None
    assert rows["bat12", "total"]["reason"] == "made of other scales"
    assert rows["scores_0_100", "cynicism"]["reason"] == "delivered as a score, without its items"
    assert len(rows) == 6
