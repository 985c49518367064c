"""By which rule every published table of numbers over people leaves the private folder.

A table isn't released without a rule: deny by default. `released_as_it_is` needs a reason beside
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from pipelines.privacy.suppression import (
    Hiding,
    suppress_comparison,
    suppress_retention_curve,
    suppress_small_groups,
    suppress_trial_flow,
)

Rule = Callable[[pl.DataFrame, Hiding], pl.DataFrame]


def released_as_it_is(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Hide nothing: what is in the table is safe already."""
    return frame


SUPPRESSION: Mapping[str, Rule] = {
    "outcomes.comparison": suppress_comparison,
    "outcomes.retention_curve": suppress_retention_curve,
    "outcomes.covariate_balance": released_as_it_is,
    "outcomes.weight_summary": released_as_it_is,
    "outcomes.sensitivity": released_as_it_is,
    "outcomes.instrument": released_as_it_is,
    "outcomes.event_study": released_as_it_is,
    "outcomes.segment_estimate": released_as_it_is,  # made of released estimates
    "outcomes.worth": released_as_it_is,  # likewise; minutes are hidden where they are made
    "outcomes.anytime_interval": released_as_it_is,  # made of released estimates
    "outcomes.coaching_practice": released_as_it_is,  # small groups stand together or are hidden
    "outcomes.trial_flow": suppress_trial_flow,
    "outcomes.claim": released_as_it_is,  # verdicts and words about released estimates
    "outcomes.claim_estimate": suppress_small_groups,
    "quality.instrument_scale": suppress_small_groups,
    "quality.style_agreement": suppress_small_groups,
    "quality.rater_agreement": suppress_small_groups,
    "quality.response_rate": released_as_it_is,  # hidden where it is made
    "quality.outcome_problem": released_as_it_is,  # shares over everybody
    "quality.outcome_grade": released_as_it_is,  # likewise
    "marts.team_month": released_as_it_is,  # hidden where it is made
}
