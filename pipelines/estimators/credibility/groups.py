"""Whether the weighted groups can stand in for each other: balance, counterparts, coaches.

In comes a study; out come what these checks found, the same for every outcome.
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.covariate_balance import covariate_balance, standardised_difference
from pipelines.estimators.credibility.measured import NOT_MADE, Found, Measured, Study
from pipelines.estimators.kernels.design_matrix import numbers_of
from pipelines.estimators.kernels.weights import effective_sample_size

NEW_AFTER_DAYS = 90
"""Days without either kind of coaching after which somebody hired earlier counts as new."""


def found_of_groups(study: Study) -> Found:
    """Return what the checks of the groups found."""
    fit = study.cohort.adjusted
    has_weights = fit.correction is not None
    return {
        "balance": means_of(study) if has_weights else NOT_MADE,
        "balance_spread": _spread(study) if has_weights else NOT_MADE,
        "information": _information(study) if has_weights else NOT_MADE,
        "largest_share": _largest_share(study) if has_weights else NOT_MADE,
        "set_aside": Measured(1.0 - len(study.cohort.people) / max(study.n_everybody, 1)),
        "coaches": Measured(float(fit.smaller_side)),
        "prevalent": _prevalent(study),
    }


def is_prevalent(study: Study) -> np.ndarray | None:
    """Tell who may have been coached before the data begin; None where that isn't known."""
    frame = study.cohort.people.frame
    if study.data_begin is None or not {"day_0", "tenure_days"} <= set(frame.columns):
        return None
    waited = (frame["day_0"] - study.data_begin).dt.total_days().to_numpy()
    tenure = frame["tenure_days"].to_numpy()
    return np.asarray((tenure > waited) & (waited < NEW_AFTER_DAYS), dtype=bool)


def means_of(study: Study) -> Measured:
    """The largest standardised difference of means, over numbers and levels."""
    cohort = study.cohort
    rows = covariate_balance(cohort.people, cohort.spec, cohort.adjusted)
    known = rows.drop_nulls("smd_after")
    if known.is_empty():
        return NOT_MADE
    worst = known.row(int(known["smd_after"].abs().arg_max() or 0), named=True)
    words = {each.name: each.in_words for each in cohort.spec.covariates}
    return Measured(abs(worst["smd_after"]), words[worst["covariate"]])


def _spread(study: Study) -> Measured:
    """The largest standardised difference of squared distances from the mean of everybody."""
    people, weights = study.cohort.people, study.cohort.adjusted.weights
    worst = NOT_MADE
    for covariate in study.cohort.spec.covariates:
        if covariate.kind == "categorical":
            continue
        value = numbers_of(people.frame, covariate.column)
        if np.isnan(value).all():
            continue
        squared = (value - np.nanmean(value)) ** 2
        found = standardised_difference(squared, people.is_a, weights)
        if found is not None and (worst.value is None or abs(found) > worst.value):
            worst = Measured(abs(found), covariate.in_words)
    return worst


def _information(study: Study) -> Measured:
    people, weights = study.cohort.people, study.cohort.adjusted.weights
    shares = []
    for is_a in (True, False):
        mine = weights[people.is_a == is_a]
        shares.append(effective_sample_size(mine) / max(len(mine), 1))
    return Measured(min(shares))


def _largest_share(study: Study) -> Measured:
    people, weights = study.cohort.people, study.cohort.adjusted.weights
    arms = [weights[people.is_a == is_a] for is_a in (True, False)]
    return Measured(max(float(mine.max() / mine.sum()) for mine in arms if len(mine)))


def _prevalent(study: Study) -> Measured:
    found = is_prevalent(study)
    return NOT_MADE if found is None or not len(found) else Measured(float(found.mean()))
