"""From the marts to `outcomes.claim` and `outcomes.claim_estimate`: reads, calls, writes."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.analysis.reportability_tables import read_grades
from pipelines.claims.claim_estimate import MinimumCounts
from pipelines.claims.frames import ClaimInputs
from pipelines.claims.headline import not_carried
from pipelines.claims.register import Register, evaluate
from pipelines.config.settings import Settings
from pipelines.contracts.claims import Claim, load_claims
from pipelines.contracts.tables import default_covariates
from pipelines.core.warehouse import Connection, fetch_query, read_table, write
from pipelines.disclosure.confidentiality import Protection
from pipelines.disclosure.release_tables import released_cut
from pipelines.estimators.results import Covariate
from pipelines.measurement.instruments import load_instruments
from pipelines.quality.reportability import withheld

_QUERIES = (
    "coach_survey",
    "coach_entry",
    "first_sign",
    "training",
    "agent_month",
    "session",
    "coach_month",
)
"""The frames that a query of ``sql/analysis/claims/`` gives as they are."""
CLAIM_FRAMES = (
    *_QUERIES,
    "survey",
    "comparison",
    "worth",
    "episode",
    "survey_quarter",
    "first_survey",
    "latest_stress",
    "instrument_scale",
)
"""The frames that ``contracts/claims/`` may name; `read_frames` makes them."""


def write_claims(con: Connection, settings: Settings) -> dict[str, int]:
    """Write the `CLAIM_TABLES` from today's data; returns their numbers of rows."""
    register = evaluate_claims(con, settings, load_claims())
    frames = {"claim": register.claims, "claim_estimate": register.estimates}
    for table, frame in frames.items():
        write(con, f"outcomes.{table}", frame)
    return {table: frame.height for table, frame in frames.items()}


def evaluate_claims(con: Connection, settings: Settings, claims: Sequence[Claim]) -> Register:
    """Evaluate some claims on a warehouse whose marts and comparison are made.

    The comparison is read as it is released, because the register's words quote it.
    """
    protection = Protection.of(settings.privacy)
    world = ClaimInputs(
        frames=read_frames(con, settings),
        confounders=tuple(
            Covariate(each.name, each.column, each.kind, each.label, each.phrase)
            for each in default_covariates()
        ),
        arms=(settings.comparison.arm_a, settings.comparison.arm_b),
        minimum=MinimumCounts(
            protection.min_group,
            protection.min_coaches,
            0 if protection.is_exit_kind_open else protection.min_leavers,
        ),
        not_carried=_not_carried(con),
        undelivered=frozenset(fetch_query(con, "grades/undelivered")["source"]),
        headline="weighted" if settings.comparison.assignment == "observed" else "as_assigned",
        rounding_bases={
            (each.frame, each.outcome): protection.base(protection.class_of_claim(each))
            for claim in claims
            for each in claim.estimates
        },
    )
    return evaluate(claims, world, withheld(read_grades(con)))


def _not_carried(con: Connection) -> frozenset[str]:
    return not_carried(
        read_table(con, "outcomes.credibility"), read_table(con, "outcomes.sensitivity")
    )


def read_frames(con: Connection, settings: Settings) -> dict[str, pl.DataFrame]:
    """The frames that ``contracts/claims/`` names."""
    frames = {name: fetch_query(con, f"claims/{name}") for name in _QUERIES}
    comparison = read_table(con, "outcomes.comparison")
    survey = survey_answers(con)
    return {
        **frames,
        "survey": survey,
        "comparison": released_cut(con, comparison, settings).comparison,
        "instrument_scale": _scales(con),
        "worth": read_table(con, "outcomes.worth"),
        "episode": episodes(con),
        "survey_quarter": survey.filter(number_in_quarter=1).with_columns(
            period=pl.col("quarter_number")
        ),
        "first_survey": _one_per_person(survey, ("emotional_exhaustion_0_100", "cynicism_0_100")),
        "latest_stress": _one_per_person(survey.reverse(), ("stress_1_5",)),
    }


def survey_answers(con: Connection) -> pl.DataFrame:
    """The survey with the signs of each person's next response, where that comes within a year."""
    survey = fetch_query(con, "claims/survey")
    following = pl.col("warning_signs_0_100").shift(-1).over("agent_key")
    is_known = pl.col("next_emotional_exhaustion_0_100").is_not_null()
    return survey.with_columns(next_warning_signs_0_100=pl.when(is_known).then(following))


def _scales(con: Connection) -> pl.DataFrame:
    """How each questionnaire scale was answered, and which landing column it stands for."""
    described = [
        (
            instrument.name,
            scale.name,
            len(scale.items),
            scale.stands_for.column if scale.stands_for else None,
        )
        for instrument in load_instruments().values()
        for scale in instrument.scales
    ]
    contract = {
        "instrument": pl.String(),
        "scale": pl.String(),
        "n_items": pl.Int64(),
        "stands_for": pl.String(),
    }
    answered = fetch_query(con, "claims/instrument_scale")
    return answered.join(
        pl.DataFrame(described, schema=contract, orient="row"),
        on=["instrument", "scale"],
        how="left",
    )


def _one_per_person(answers: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """The first response of each person, in the order of the frame, that has all the columns."""
    known = answers.filter(pl.col(name).is_not_null() for name in columns)
    return known.unique("agent_key", keep="first", maintain_order=True)


def episodes(con: Connection) -> pl.DataFrame:
    """One row per agent in the analysis: the episode, its session, and every value after day 0.

    Outcomes stand under their own name; quality in a window under ``quality_<first>_<last>`` and
    its change since before day 0 under ``quality_change_<last>``. A value whose window wasn't over
    by the end of data is NULL.
    """
    followed = fetch_query(con, "claims/episode")
    values = fetch_query(con, "claims/outcome_value")
    windows = fetch_query(con, "claims/quality_window")
    complete = pl.col("is_window_complete")
    wide = values.with_columns(value=pl.when(complete).then("value")).pivot(
        "outcome", index="agent_key", values="value"
    )
    known = windows.with_columns(
        *(
            pl.when(complete).then(name).alias(name)
            for name in ("quality_score_0_100", "quality_change")
        ),
        window=pl.format("{}_{}", "first_day", "last_day"),
    )
    scores = known.pivot("window", index="agent_key", values="quality_score_0_100")
    changes = known.pivot("window", index="agent_key", values="quality_change")
    absence = values.filter(pl.col("outcome") == "unplanned_absence").select(
        "agent_key", absence_hours="numerator", scheduled_hours="denominator"
    )
    before = (
        fetch_query(con, "claims/placebo_value")
        .filter(pl.col("outcome") == "quality_score")
        .select("agent_key", quality_before="numerator")
    )
    joined = (
        followed.join(wide, on="agent_key", how="left")
        .join(absence, on="agent_key", how="left")
        .join(_named(scores, "quality"), on="agent_key", how="left")
        .join(_named(changes, "quality_change"), on="agent_key", how="left")
        .join(before, on="agent_key", how="left")
    )
    return _derived(joined).sort("agent_key")


def _named(frame: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return frame.rename({name: f"{prefix}_{name}" for name in frame.columns[1:]})


def _derived(episodes: pl.DataFrame) -> pl.DataFrame:
    """Add what lasts from week 4 to week 26, and the hours that coaching and absence take.

    An hour of coaching is an hour of the agent and one of the coach.
    """
    needed = ("quality_15_28", "quality_169_182")
    missing = [name for name in needed if name not in episodes.columns]
    empty = episodes.with_columns(pl.lit(None, pl.Float64).alias(name) for name in missing)
    return empty.with_columns(
        quality_late_minus_early=pl.col("quality_169_182") - pl.col("quality_15_28"),
        is_followed_up_in_42_days=pl.when(pl.col("agreed_follow_up")).then(
            (pl.col("days_to_follow_up") <= 42).fill_null(value=False)
        ),
        hours_away=2 * pl.col("coaching_hours_180") + pl.col("absence_hours"),
    )
