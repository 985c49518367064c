"""Whether a declared lottery can have decided: before day 0 groups are as alike as by lot.

In comes a study; out comes by how many draws of the lottery the groups would be as unlike. It is
the permutation test of `as_assigned` turned on what no coaching can have changed (Hansen & Bowers
2008, Stat Sci 23:219): a lottery in name only, or one that people got round, shows in it as far as
anything recorded goes with who got which kind.
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.cohort import People
from pipelines.estimators.credibility.measured import NOT_MADE, Measured, Study
from pipelines.estimators.designs import stepped
from pipelines.estimators.designs.as_assigned import strata_of, units_of
from pipelines.estimators.designs.draws import in_own_order
from pipelines.estimators.kernels.design_matrix import covariate_columns
from pipelines.estimators.kernels.survival import Bools, Floats, Ints
from pipelines.estimators.results import ComparisonSpec

OF_THE_SESSION = "trigger"
"""Known on day 0, but of the session: the kind of coaching that was drawn may bear on it."""
N_DRAWS = 1999
"""Draws of the lottery; with the one that fell the smallest share is 1 in 2,000."""
_SEED = 20_260_102
_CELLS_AT_ONCE = 4_000_000


def found_of_lottery(study: Study) -> Measured:
    """Return the share of draws that leave the groups as unlike before day 0 as they are."""
    people, spec = study.cohort.people, study.cohort.spec
    if spec.assignment == "observed" or not len(people) or people.is_a.all():
        return NOT_MADE
    columns = _known_before(people, spec)
    if not columns.shape[1]:
        return NOT_MADE
    by_unit = units_of(people, spec)
    stratum = np.zeros(by_unit.n_coaches, dtype=np.int64)
    stratum[by_unit.coach] = strata_of(people, spec)
    if spec.assignment == "stepped":
        steps = stepped.steps_of(by_unit, spec)
        found = stepped.apartness(by_unit, steps, stratum, columns)
    else:
        found = _apartness(by_unit, stratum, columns)
    return Measured(stepped.share_as_large(found))


def _known_before(people: People, spec: ComparisonSpec) -> Floats:
    """Return the columns of what was known before day 0 (n, k), in standard deviations."""
    of_people = [each for each in spec.covariates if each.column != OF_THE_SESSION]
    values = covariate_columns(people.frame, of_people).values()
    varying = [(each - each.mean()) / each.std() for each in values if each.std() > 0.0]
    return np.column_stack(varying) if varying else np.empty((len(people), 0))


def _apartness(people: People, stratum: Ints, columns: Floats) -> Floats:
    """Return how far apart columns (n, k) are under each draw, together; as it fell comes first."""
    size = np.bincount(people.coach, minlength=people.n_coaches).astype(np.float64)
    in_a = np.bincount(people.coach, weights=people.is_a, minlength=people.n_coaches) * 2 > size
    total = np.zeros((people.n_coaches, columns.shape[1]))
    np.add.at(total, people.coach, columns)
    figures = np.column_stack([total, size])
    draw = np.random.default_rng(_SEED)
    found = [_together(in_a[None, :], size, total)]
    n_at_once = max(1, _CELLS_AT_ONCE // len(size))
    for start in range(0, N_DRAWS, n_at_once):
        some = np.tile(in_a, (min(n_at_once, N_DRAWS - start), 1))
        for each in np.unique(stratum):
            own = in_own_order(np.flatnonzero(stratum == each), figures)
            some[:, own] = draw.permuted(np.sort(some[:, own], axis=1), axis=1)
        found.append(_together(some, size, total))
    return np.concatenate(found)


def _together(in_a: Bools, size: Floats, total: Floats) -> Floats:
    """Return the sum of squared differences of means for draws (draws, units); NaN for one arm."""
    drawn = in_a.astype(np.float64)
    n_a, sum_a = drawn @ size, drawn @ total
    n_b, sum_b = size.sum() - n_a, total.sum(axis=0) - sum_a
    is_known = (n_a > 0.0) & (n_b > 0.0)
    apart = sum_a / np.maximum(n_a, 1.0)[:, None] - sum_b / np.maximum(n_b, 1.0)[:, None]
    return np.where(is_known, (apart**2).sum(axis=1), np.nan)
