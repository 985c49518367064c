"""Whether a difference would stand if every look at it counted.

In comes a headline; out comes its size over half the width of the interval that holds on all looks.
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.confidence_sequences import (
    NARROWEST_AT,
    NARROWEST_AT_DEVIATIONS,
    anytime_margin,
)
from pipelines.estimators.credibility.measured import NOT_MADE, Headline, Measured, Study


def found_of_looks(study: Study, headline: Headline) -> Measured:
    """Return what the check of repeated looks found; it isn't made where one look finds nothing."""
    if headline.limit == 0.0 or not headline.std_error > 0.0:
        return NOT_MADE
    margin = (headline.conf_high - headline.conf_low) / 2.0
    level = study.cohort.spec.conf_level
    narrowest_at = _narrowest_at(study, headline.outcome)
    if not narrowest_at > 0.0:
        return NOT_MADE
    reach = anytime_margin(headline.std_error, margin, level, narrowest_at)
    return Measured(abs(headline.estimate) / reach)


def _narrowest_at(study: Study, outcome: str) -> float:
    """Return the standard error at which the interval is tightest: fixed, or in deviations."""
    observed = study.observed_of(outcome)
    if observed is None:
        return NARROWEST_AT
    numerator, denominator = observed.values.columns[observed.values.has_value].T
    return NARROWEST_AT_DEVIATIONS * float(np.std(numerator / denominator))
