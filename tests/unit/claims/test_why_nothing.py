"""Why a claim estimate has no figure: what wasn't delivered, then dates, then how few there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.claims.claim_estimate import ClaimEstimate, rounded
from pipelines.claims.frames import ClaimInputs
from pipelines.claims.register import evaluate
from pipelines.contracts.claims import Claim, EstimateSpec
from pipelines.core.status import Absence, no_data
from tests.unit.claims.test_estimators import COURSE, panel
from tests.unit.claims.world import people, spec_of, world_of

TOO_EARLY = "too early: nobody can have been followed for so long yet"


def told(spec: EstimateSpec, world: ClaimInputs, **withheld: Absence) -> tuple[str, str]:
    """The status and reason that the register gives the one estimate of a claim."""
    claim = Claim(
        claim="it", wording="It is.", source="One", tested_by="Looking", assumes="Nothing",
        would_change_our_mind="Much", estimates=(spec,),
    )  # fmt: skip
    row = evaluate([claim], world, withheld).estimates.row(0, named=True)
    return row["status"], row["reason"]


def episodes(n: int, days: int, **columns: Any) -> ClaimInputs:
    frame = people(n, np.random.default_rng(1)).with_columns(
        follow_up_days=pl.lit(days), days_to_end=pl.lit(days), **columns
    )
    return world_of(episode=frame)


CONTRAST = {"exposure": {"column": "tenure_days", "at_least": 100}, "exit": "voluntary"}
NO_SCORE = {"quality_score": pl.lit(None, pl.Float64)}


@pytest.mark.parametrize("n", [4, 400])
@pytest.mark.parametrize(
    ("estimator", "parameters", "columns"),
    [
        ("slope", {"exposure": "tenure_days", "value": "quality_score"}, NO_SCORE),
        ("slope", {"exposure": "tenure_days", "exit": "voluntary"}, {}),
        ("contrast", {"value": "quality_score"}, NO_SCORE),
        ("contrast", CONTRAST, {}),
        ("contrast", CONTRAST | {"landmark_days": 42}, {}),
        ("mean", {"value": "quality_score"}, NO_SCORE),
        ("share", {"condition": {"column": "quality_score", "at_least": 1}}, NO_SCORE),
    ],
)
def test_dates_decide_before_values_and_before_how_few_there_are(
    n: int, estimator: str, parameters: dict[str, Any], columns: dict[str, pl.Expr]
) -> None:
    spec = spec_of(estimator, "episode", parameters, horizon_days=180)
    assert told(spec, episodes(n, 30, **columns)) == ("too_early", TOO_EARLY)
    assert told(spec, episodes(n, 400, **columns))[0] != "too_early"


def test_what_was_never_delivered_comes_before_dates() -> None:
    spec = spec_of("mean", "episode", {"value": "quality_score"}, horizon_days=180)
    why = no_data("nothing was delivered for performance")
    early = episodes(400, 30, **NO_SCORE)
    assert told(spec, early, quality_score=why) == ("no_data", why.reason)
    course = spec_of("training", "agent_month", COURSE)
    empty = panel(1, 0.0) | {"training": panel(1, 0.0)["training"].clear()}
    world = replace(world_of(**empty), undelivered=frozenset({"training"}))
    assert told(course, world) == ("no_data", "no data: nothing was delivered for training")


def test_a_placebo_looks_back_and_is_never_too_early() -> None:
    spec = spec_of(
        "mean", "episode", {"value": "tenure_days"}, horizon_days=180, placebo=True,
        expects="lower",
    )  # fmt: skip
    assert told(spec, episodes(400, 30))[0] == "shown"


def test_coaches_who_coach_since_a_month_cannot_have_been_followed() -> None:
    world = episodes(40, 30)
    spec = spec_of(
        "slope", "coach_entry", {"exposure": "arm_a_share", "exit": "voluntary"}, horizon_days=365
    )
    entered = pl.DataFrame(schema={"agent_key": pl.String})
    early = replace(world, frames={**world.frames, "coach_entry": entered})
    assert told(spec, early) == ("too_early", TOO_EARLY)
    late = replace(early, frames={**episodes(40, 700).frames, "coach_entry": entered})
    assert told(spec, late) == ("no_data", "no data: it is about nobody in the data")


def completed(n: int, month: int) -> dict[str, pl.DataFrame]:
    """The panel, with a course that so many completed in one month."""
    frames = panel(1, 0.0)
    took = frames["training"].head(n).with_columns(month_number=pl.lit(month))
    return frames | {"training": took}


@pytest.mark.parametrize("n", [4, 40])
def test_a_course_without_a_month_after_it_is_too_early(n: int) -> None:
    found = told(spec_of("training", "agent_month", COURSE), world_of(**completed(n, 23)))
    assert found == ("too_early", "too early: no month after the course has values yet")


def test_a_course_of_few_is_hidden_whatever_their_values() -> None:
    frames = completed(6, 12)
    course = spec_of("training", "agent_month", COURSE)
    hidden = ("suppressed", "hidden for privacy: fewer than 10 people")
    assert told(course, world_of(**frames)) == hidden
    others = frames["agent_month"].join(frames["training"], on="agent_key", how="anti")
    assert told(course, world_of(**frames | {"agent_month": others})) == hidden
    of_format = spec_of("training", "agent_month", {**COURSE, "format": "by post"})
    assert told(of_format, world_of(**completed(40, 12))) == hidden


def test_a_course_of_many_without_values_says_so() -> None:
    frames = completed(40, 12)
    others = frames["agent_month"].join(frames["training"], on="agent_key", how="anti")
    found = told(
        spec_of("training", "agent_month", COURSE), world_of(**frames | {"agent_month": others})
    )
    assert found == (
        "no_data",
        "no data: nobody who has completed compassion fatigue has a value of it",
    )


def test_no_figure_is_told_in_steps_too_coarse_for_its_scale() -> None:
    spec = spec_of("slope", "coach_survey", {}, unit="points 0-100")
    found = ClaimEstimate(
        n_people=11, n_coaches=11, estimate=47.0, std_error=16.0, conf_low=12.0, conf_high=82.0
    )
    coarse = rounded(found, 10, spec)
    assert (coarse.estimate, coarse.conf_low, coarse.rounding) == (None, None, None)
    assert coarse.status == "too_little_data"
    assert coarse.reason == "so few people allow figures only in steps too coarse for this scale"
    assert rounded(replace(found, n_people=400), 10, spec).estimate is not None


@pytest.mark.parametrize(
    ("n", "base", "said"), [(47, 5, 45), (48, 10, 40), (52, 5, 50), (42, 5, 40)]
)
def test_people_under_the_limit_are_not_told_as_so_many(n: int, base: int, said: int) -> None:
    found = ClaimEstimate(n_people=n, n_coaches=12, estimate=3.0, std_error=1.0, conf_low=1.0,
                          conf_high=5.0)  # fmt: skip
    assert rounded(found, base, spec_of("mean", "episode", {})).n_people == said
