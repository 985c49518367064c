"""The design that adjusts for nothing: everybody counts once.

Shown for contrast, never headlined.
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import DesignFit, arm_support, fit_arm, no_weight_summary
from pipelines.estimators.results import ComparisonSpec
from pipelines.estimators.verdict import ComparisonSupport


def fit(people: People, spec: ComparisonSpec) -> DesignFit:
    """Fit both arms as they are."""
    ones = np.ones(len(people))
    arms = (
        arm_support(people, spec, is_a=True),
        arm_support(people, spec, is_a=False),
    )
    return DesignFit(
        design="unadjusted",
        arm_a=fit_arm(people, spec, ones, is_a=True),
        arm_b=fit_arm(people, spec, ones, is_a=False),
        n_clusters=people.n_coaches,
        support=ComparisonSupport(arms),
        weights=ones,
        weight_summary=no_weight_summary(),
    )
