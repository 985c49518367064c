"""By which rule every other published table about people leaves the private folder.

A table isn't released without a rule: deny by default. Plain facts leave as they are; so does what
is made of released figures alone. Everything else is rounded here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.core.rounding import (
    FINER,
    count_to_grid,
    mean_step,
    share_step,
    significant,
    step_by_error,
    to_grid,
    widened,
)
from pipelines.core.status import SUPPRESSED, words
from pipelines.disclosure.comparison import fact_figure
from pipelines.disclosure.confidentiality import Protection
from pipelines.disclosure.flow import released_trial_flow
from pipelines.disclosure.months import (
    MONTH_TABLES,
    counts_to_grid,
    kinds_to_grid,
    means_to_grid,
    rounded_months,
    sums_to_grid,
)

P_DECIMALS = 3
"""Decimals of p-values."""
DECIMALS = 2
"""Decimals of what describes weights; the models behind them know restricted figures."""
CONFIDENTIAL, RESTRICTED = "confidential", "restricted"
_Row = dict[str, Any]


@dataclass(frozen=True)
class ReleaseContext:
    """What the rules need to know: the settings, and what was decided of the whole comparison."""

    protection: Protection
    is_everybody_shown: bool
    """Whether both arms together are large enough for anything to be said about them."""
    n_people: int
    """The people of the smaller arm."""


Rule = Callable[[pl.DataFrame, ReleaseContext], pl.DataFrame]


def as_it_is(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Plain facts, or figures made of released figures alone."""
    return frame


def _flow(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    return released_trial_flow(frame, release.protection.min_group)


def _suppressed_unless(
    frame: pl.DataFrame, is_shown: pl.Expr | bool, values: Sequence[str]
) -> pl.DataFrame:
    """NULL in ``values``, and the status for it, where a row may not be shown."""
    shown = pl.lit(is_shown) if isinstance(is_shown, bool) else is_shown
    return frame.with_columns(
        *(pl.when(shown).then(pl.col(name)).alias(name) for name in values),
        status=pl.when(shown).then("status").otherwise(pl.lit(SUPPRESSED)),
        reason=pl.when(shown).then("reason").otherwise(pl.lit(words(SUPPRESSED))),
    )


def _each(frame: pl.DataFrame, rule: Callable[[_Row], _Row]) -> pl.DataFrame:
    """Change every row, keep the columns and their types."""
    return pl.DataFrame([rule(row) for row in frame.to_dicts()], schema=frame.schema)


_OF_BALANCE = ("smd_before", "smd_after", "is_alike_before", "is_alike_after")


def covariate_balance(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Round standardised differences to the weight of the class's people in the smaller arm."""
    protection = release.protection
    told = _suppressed_unless(frame, release.is_everybody_shown, _OF_BALANCE)
    if not protection.grid:
        return told.with_columns(rounding=pl.lit(None, pl.Float64))

    def rounded(row: _Row) -> _Row:
        base = protection.base(protection.class_of_covariate(row["covariate"]))
        step = max(10.0**-DECIMALS, significant(mean_step(base, 1.0, release.n_people) or 0.0))
        return row | {
            "smd_before": to_grid(row["smd_before"], step),
            "smd_after": to_grid(row["smd_after"], step),
            "rounding": step,
        }

    return _each(told.with_columns(rounding=pl.lit(None, pl.Float64)), rounded)


def weight_summary(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Round what describes the weights."""
    values = [
        "n_people", "effective_sample_size", "mean_weight", "largest_weight", "share_trimmed",
        "overlap",
    ]  # fmt: skip
    told = _suppressed_unless(frame, release.is_everybody_shown, values)
    if not release.protection.grid:
        return told
    coarse = ("mean_weight", "largest_weight", "share_trimmed", "overlap")
    return told.with_columns(
        pl.col("effective_sample_size").round(0), *(pl.col(n).round(DECIMALS) for n in coarse)
    )


def by_error(values: Sequence[str], *, outcome: str = "outcome", n: str = "n_people") -> Rule:
    """Make the rule of a table whose rows are estimates that are no plain means.

    ``values`` are rounded by the row's standard error, counts to the base of its outcome.
    """

    def rule(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
        protection = release.protection

        def rounded(row: _Row) -> _Row:
            base = protection.base(protection.class_of(row[outcome]))
            step = step_by_error(base, row["std_error"], row[n] or release.n_people)
            told = {name: to_grid(row[name], step) for name in values}
            fine = step / FINER if step else None
            told |= {name: to_grid(row[name], fine) for name in ("conf_low", "conf_high")}
            told |= {"std_error": widened(row["std_error"], step), "rounding": step}
            p_value = row.get("pre_trend_p_value")
            if base and p_value is not None:
                told["pre_trend_p_value"] = round(p_value, P_DECIMALS)
            return row | told | {"n_people": count_to_grid(row.get("n_people"), base)}

        with_step = frame.with_columns(rounding=pl.lit(None, pl.Float64))
        few = pl.col(n).is_between(1, protection.min_group - 1).fill_null(value=False)
        hidden = [*values, "std_error", "conf_low", "conf_high"]
        hidden += ["n_people"] if "n_people" in frame.columns else []
        return _each(_suppressed_unless(with_step, ~few, hidden), rounded)

    return rule


def _instrument(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """The first stages: about who is coached how, which is fact; who has a value is not.

    They describe everybody by kind of coaching, so they go where the comparison of everybody does.
    """
    few = pl.col("n_coaches").is_between(1, release.protection.min_coaches - 1)
    is_shown = release.is_everybody_shown & ~few.fill_null(value=False)
    values = ("n_people", "first_stage", "std_error", "conf_low", "conf_high")
    enough = _suppressed_unless(frame, is_shown, values)
    told = by_error(("first_stage",))(enough, release)
    decimals = 1 if release.protection.grid else 12
    hidden = pl.col("status") == SUPPRESSED
    return told.with_columns(
        f_statistic=pl.when(~hidden).then(pl.col("f_statistic").round(decimals)),
        n_coaches=pl.when(~hidden).then("n_coaches"),
    )


def segment_estimate(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Round parts drawn together to the finer grid of their step, what all say once for all.

    Two roundings of one figure would tell more of it than either.
    """
    own = ("shrunken_estimate", "shrunken_conf_low", "shrunken_conf_high")
    of_all = ("pooled_mean", "between_sd", "between_sd_low", "between_sd_high")
    together = ("segment", "outcome", "horizon_days")
    widest: dict[tuple[Any, ...], float] = {}
    for row in frame.to_dicts():
        key = tuple(row[name] for name in together)
        widest[key] = max(widest.get(key, 0.0), row["rounding"] or 0.0)

    def rounded(row: _Row) -> _Row:
        step = widest[tuple(row[name] for name in together)]
        if not step:
            return row
        told = {name: to_grid(row[name], (row["rounding"] or step) / FINER) for name in own}
        told |= {name: to_grid(row[name], step / FINER) for name in of_all}
        for name in ("largest_smd_after", "heterogeneity_p", "heterogeneity_p_adjusted"):
            told[name] = None if row[name] is None else round(row[name], P_DECIMALS)
        return row | told

    return _each(frame, rounded)


def response_rate(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Round who answered; who could is fact."""
    base = release.protection.base(CONFIDENTIAL)

    def rounded(row: _Row) -> _Row:
        step = share_step(base, row["n_people"] or 0)
        return row | {
            "n_answered": count_to_grid(row["n_answered"], base),
            "response_rate": to_grid(row["response_rate"], step),
        }

    return _each(frame, rounded)


def instrument_scale(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Round how a scale was answered."""
    protection = release.protection
    base = protection.base(CONFIDENTIAL)
    counts = (
        "n_people", "n_responses", "n_scored", "n_not_numbers", "n_out_of_range", "n_complete",
    )  # fmt: skip
    few = pl.col("n_people").is_between(1, protection.min_group - 1).fill_null(value=False)
    told = _suppressed_unless(frame, ~few, [*counts, "cronbach_alpha"])

    def rounded(row: _Row) -> _Row:
        step = share_step(base, row["n_people"] or 0)
        numbers: _Row = {name: count_to_grid(row[name], base) for name in counts}
        return row | numbers | {"cronbach_alpha": to_grid(row["cronbach_alpha"], step)}

    return _each(told, rounded)


def few_people_suppressed(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Suppress rows about fewer than ``min_group`` people or ``min_coaches`` coaches."""
    values = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    floors = {"n_people": release.protection.min_group, "n_coaches": release.protection.min_coaches}
    few = pl.any_horizontal(
        pl.col(name).is_between(1, floor - 1).fill_null(value=False)
        for name, floor in floors.items()
        if name in frame.columns
    )
    return _suppressed_unless(frame, ~few, values)


def team_month(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Round what teams did in a month; who was there, left or was coached is fact."""
    protection = release.protection
    work, private = protection.base(RESTRICTED), protection.base(CONFIDENTIAL)
    kinds = protection.base(protection.class_of("voluntary_exit"))
    answered = counts_to_grid(frame["n_survey_respondents"], private)
    means = (
        ("mean_emotional_exhaustion_0_100", private, "emotional_exhaustion_spread", answered),
        ("mean_cynicism_0_100", private, "cynicism_spread", answered),
        ("unplanned_absence_rate", private, "absence_spread", frame["n_people"]),
        ("csat_mean_1_5", work, "csat_spread", frame["n_people"]),
        ("quality_score_0_100", work, "quality_spread", frame["n_people"]),
    )
    return frame.with_columns(
        *kinds_to_grid(frame, kinds),
        answered,
        sums_to_grid(frame, "scheduled_hours", work, "n_people"),
        sums_to_grid(frame, "contacts_handled", work, "n_people"),
        *(means_to_grid(frame[name], base, frame[spread], n) for name, base, spread, n in means),
    )


def _months(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    return rounded_months(frame, release.protection)


def _exit_reason(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Why people left tells how they left: counted as coarsely."""
    base = release.protection.base(release.protection.class_of("voluntary_exit"))
    return frame.with_columns(counts_to_grid(frame["n_exits"], base))


def _sensitivity(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """Checks of what is plain fact without last digits; the others are rounded as they are made."""
    protection = release.protection

    def told(row: _Row) -> _Row:
        if protection.base(protection.class_of(row["outcome"])):
            return row
        values = ("value", "range_low", "range_high")
        return row | {name: fact_figure(row[name], protection) for name in values}

    return _each(frame, told)


def _regretted_exit(frame: pl.DataFrame, release: ReleaseContext) -> pl.DataFrame:
    """What HR thought of who left is about people as much as how they left, whatever is open."""
    base = release.protection.base(RESTRICTED)
    counts = ("n_recorded", "n_regretted")
    return _each(frame, lambda row: row | {name: count_to_grid(row[name], base) for name in counts})


RULES: Mapping[str, Rule] = {
    "outcomes.covariate_balance": covariate_balance,
    "outcomes.weight_summary": weight_summary,
    "outcomes.instrument": _instrument,
    "outcomes.trial_flow": _flow,
    "outcomes.segment_estimate": segment_estimate,
    "outcomes.event_study": by_error(("estimate",)),
    # Made of the released comparison; minutes of coaching are facts.
    "outcomes.anytime_interval": as_it_is,
    "outcomes.worth": as_it_is,
    "outcomes.next_look": as_it_is,
    # Rounded where they are made, because words are made of them there.
    "outcomes.sensitivity": _sensitivity,
    # Words that name limits, made of the released comparison and of groups of everybody.
    "outcomes.credibility": as_it_is,
    "outcomes.credibility_check": as_it_is,
    "outcomes.claim": as_it_is,
    "outcomes.claim_estimate": as_it_is,
    # Sessions and trainings: facts; small groups stand together where they are made.
    "outcomes.coaching_practice": as_it_is,
    "outcomes.practice_summary": as_it_is,
    "quality.style_agreement": few_people_suppressed,
    "quality.rater_agreement": few_people_suppressed,
    "quality.instrument_scale": instrument_scale,
    "quality.response_rate": response_rate,
    # Properties of whole sources, rounded where words are made of them.
    "quality.outcome_problem": as_it_is,
    "quality.outcome_grade": as_it_is,
    "quality.part_grade": as_it_is,
    "marts.team_month": team_month,
    **dict.fromkeys(MONTH_TABLES, _months),
    "marts.exit_reason": _exit_reason,
    "marts.regretted_exit": _regretted_exit,
    # Who was hired and who left: facts; small cohorts are hidden where they are counted.
    "marts.hire_quarter": as_it_is,
    "marts.hire_month": as_it_is,
    # Made of the released month tables.
    "outcomes.trend": as_it_is,
    "outcomes.site_leaving": as_it_is,
}
"""Every released table but the comparison and its curves, which are in `comparison`."""


def release_context(decided: pl.DataFrame, protection: Protection) -> ReleaseContext:
    """Read what the rules need from the decided comparison."""
    everybody = decided.filter(
        pl.col("design") == "unadjusted",
        pl.col("outcome") == "any_exit",
        pl.col("segment") == "all",
    )
    if everybody.is_empty():
        return ReleaseContext(protection, is_everybody_shown=False, n_people=0)
    row = everybody.row(0, named=True)
    is_one_arm_small = any(
        0 < row[f"n_people_{arm}"] < protection.min_group
        or 0 < row[f"n_coaches_{arm}"] < protection.min_coaches
        for arm in "ab"
    )
    return ReleaseContext(
        protection,
        is_everybody_shown=row["status"] != SUPPRESSED and not is_one_arm_small,
        n_people=min(row["n_people_a"], row["n_people_b"]),
    )
