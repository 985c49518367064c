"""By which rule every published table of numbers over people leaves the private folder.

A table isn't released without a rule: deny by default. `released_as_it_is` needs a reason beside
it. The rules of the comparison, its curves and the trial's flow stand in `suppression`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from pipelines.privacy.cells import EVERYBODY
from pipelines.privacy.suppression import (
    PART_HIDDEN,
    Hiding,
    hidden_reason,
    suppress_comparison,
    suppress_retention_curve,
    suppress_small_groups,
    suppress_trial_flow,
)

Rule = Callable[[pl.DataFrame, Hiding], pl.DataFrame]
DECIMALS = 2
"""Decimals of shares and standardised differences beside known numbers of people.

With all its digits, a share of a known number of people is a count, and a standardised difference
of a characteristic is a pair of counts: trying all pairs finds the one that fits.
"""


def released_as_it_is(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Hide nothing: what is in the table is safe already."""
    return frame


def suppress_balance(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Round, and hide the share of a part whose people are hidden in the comparison."""
    hidden = hiding.cells.filter(outcome=EVERYBODY)
    names = [
        f"{segment}\x1f{value}"
        for segment, value in hidden.select("segment", "segment_value").iter_rows()
    ]
    is_hidden = pl.concat_str("covariate", pl.lit("\x1f"), "level").is_in(names)
    is_hidden = is_hidden.fill_null(value=False)
    values = ("smd_before", "smd_after")
    return frame.with_columns(
        *(pl.when(~is_hidden).then(pl.col(name).round(DECIMALS)).alias(name) for name in values),
        reason=pl.when(is_hidden).then(pl.lit(PART_HIDDEN)).otherwise("reason"),
    )


def suppress_weight_summary(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Round shares of known numbers of people.

    The largest weight is one person's, but nobody can say whose: it is one over a probability that
    a model gives them.
    """
    coarse = ("share_trimmed", "overlap")
    return frame.with_columns(pl.col(name).round(DECIMALS) for name in coarse)


def suppress_instrument(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Hide a first stage that leaves out a few people of whom the comparison tells."""
    whole = pl.col("outcome").replace_strict(
        dict(hiding.n_people), default=None, return_dtype=pl.Int64
    )
    left_out = (whole - pl.col("n_people")).abs()
    is_hidden = left_out.is_between(1, hiding.min_group - 1).fill_null(value=False)
    is_hidden |= pl.col("n_people").is_between(1, hiding.min_group - 1).fill_null(value=False)
    kept = ("conf_level", "min_f_statistic")
    values = [name for name, kind in frame.schema.items() if kind.is_numeric() and name not in kept]
    return frame.with_columns(
        *(pl.when(~is_hidden).then(name).alias(name) for name in values),
        reason=pl.when(is_hidden)
        .then(pl.lit(f"{hidden_reason(hiding.min_group)} are left out"))
        .otherwise("reason"),
    )


SUPPRESSION: Mapping[str, Rule] = {
    "outcomes.comparison": suppress_comparison,
    "outcomes.retention_curve": suppress_retention_curve,
    "outcomes.covariate_balance": suppress_balance,
    "outcomes.weight_summary": suppress_weight_summary,
    "outcomes.instrument": suppress_instrument,
    "outcomes.trial_flow": suppress_trial_flow,
    # Made of the released comparison, and of the weights of parts that are shown in it.
    "outcomes.segment_estimate": released_as_it_is,
    "outcomes.anytime_interval": released_as_it_is,
    # The same; minutes are hidden where they are made, and stand without numbers of people.
    "outcomes.worth": released_as_it_is,
    # Ranges without a name: hidden sites and coaches with few people are never left out alone,
    # and the models are fitted anew, so that nothing is a difference of two sums.
    "outcomes.sensitivity": released_as_it_is,
    # Who was trained when is no secret at work; months of few coaches or agents are hidden where
    # they are made, and an estimate isn't a sum over people.
    "outcomes.event_study": released_as_it_is,
    # Small groups stand together or are hidden where they are made.
    "outcomes.coaching_practice": released_as_it_is,
    # Verdicts and words about released estimates.
    "outcomes.claim": released_as_it_is,
    # Rows about overlapping people that don't add up to each other.
    "outcomes.claim_estimate": suppress_small_groups,
    "quality.instrument_scale": suppress_small_groups,
    "quality.style_agreement": suppress_small_groups,
    "quality.rater_agreement": suppress_small_groups,
    # Hidden where they are made, answered and silent people alike; quarters don't nest.
    "quality.response_rate": released_as_it_is,
    # Shares of rows or days of all sources and whole sites, not of people.
    "quality.outcome_problem": released_as_it_is,
    "quality.outcome_grade": released_as_it_is,
    # Hidden where it is made, kinds of exit too; nothing published is a sum over teams.
    "marts.team_month": released_as_it_is,
}
