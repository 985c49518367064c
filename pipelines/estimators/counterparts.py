"""From the episodes to those that can be compared: people whom only one arm has are set aside.

A site, role or other level of `LARGE_LEVEL` people or more that gives one kind of coaching only
has nobody to be compared with. Pooling it with another level would compare its people with
strangers, and whatever sets the site apart would count for or against the kind of coaching; so its
people leave the comparison, and the trial flow counts them. What is left may hold another such
level, so the look is repeated. Smaller levels stay: there one arm is missing by chance.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.estimators.kernels.design_matrix import LARGE_LEVEL, levels_of, numbers_of
from pipelines.estimators.results import ComparisonSpec

_MOST_LOOKS = 5


def with_counterparts(episodes: pl.DataFrame, spec: ComparisonSpec) -> pl.DataFrame:
    """Return the episodes of both arms without the people of one-armed large levels.

    Episodes of other arms stay. Where nobody would be left in an arm, everybody stays: the fit
    says then why there is no comparison.
    """
    left = episodes
    for _ in range(_MOST_LOOKS):
        alone = _alone(left, spec)
        if not alone.any():
            return left
        left = left.filter(pl.Series(~alone))
        if not set(left["arm"].cast(pl.String).unique()) >= {spec.arm_a, spec.arm_b}:
            return episodes
    return left


def _alone(episodes: pl.DataFrame, spec: ComparisonSpec) -> np.ndarray:
    """Tell who is in a large level that only one of the two arms has."""
    arm = episodes["arm"].cast(pl.String).to_numpy()
    is_a, is_b = arm == spec.arm_a, arm == spec.arm_b
    alone = np.zeros(len(arm), dtype=bool)
    for covariate in spec.covariates:
        if covariate.column not in episodes.columns:
            continue
        if covariate.kind == "categorical":
            levels = levels_of(episodes, covariate.column)
        else:
            levels = np.isnan(numbers_of(episodes, covariate.column)).astype(str)
        _, code = np.unique(levels, return_inverse=True)
        n_a, n_b = (np.bincount(code, weights=side) for side in (is_a, is_b))
        one_armed = ((n_a == 0) != (n_b == 0)) & (n_a + n_b >= LARGE_LEVEL)
        alone |= one_armed[code] & (is_a | is_b)
    return alone
