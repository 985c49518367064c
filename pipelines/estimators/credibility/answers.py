"""Whether those who answer can stand for everybody: gaps, who answers, what the silent could hide.

In come a study and the headline of an outcome that people answer; out comes what its checks found.
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.credibility.measured import NOT_MADE, Found, Headline, Measured, Study
from pipelines.estimators.kernels.design_matrix import numbers_of
from pipelines.estimators.kernels.survival import Bools
from pipelines.estimators.kernels.two_shares import gap_beyond_chance
from pipelines.estimators.kernels.weights import SeparationError, fit_propensity
from pipelines.estimators.measure_estimates import ObservedMeasure

EARLIER_EXHAUSTION = "prior_emotional_exhaustion_0_100"


def found_of_answers(study: Study, observed: ObservedMeasure, headline: Headline) -> Found:
    """Return what the checks of who has a value found."""
    people = study.cohort.people
    about, has = observed.values.is_about, observed.values.has_value
    arms = [about & (people.is_a == is_a) for is_a in (True, False)]
    a, b = ((int(has[mine].sum()), int(mine.sum())) for mine in arms)
    if not (a[1] and b[1]) or bool(has[about].all()):
        return dict.fromkeys(("answer_gap", "silence"), NOT_MADE) | {
            "answer_depends": Measured(0.0)
        }
    return {
        "answer_gap": Measured(gap_beyond_chance(a, b)),
        "answer_depends": _depends(study, about, has),
        "silence": _tipping_point(observed, headline, 1.0 - min(a[0] / a[1], b[0] / b[1])),
    }


def _depends(study: Study, about: Bools, has: Bools) -> Measured:
    """How clearly earlier exhaustion matters otherwise for answering in one arm, in errors."""
    frame = study.cohort.people.frame
    if EARLIER_EXHAUSTION not in frame.columns:
        return NOT_MADE
    tired = numbers_of(frame, EARLIER_EXHAUSTION)
    rows = np.flatnonzero(about & ~np.isnan(tired))
    if len(rows) == 0 or np.ptp(tired[rows]) == 0.0 or has[rows].all() or not has[rows].any():
        return NOT_MADE
    arm = study.cohort.people.is_a[rows].astype(np.float64)
    score = (tired[rows] - tired[rows].mean()) / tired[rows].std()
    columns = np.column_stack([np.ones(len(rows)), arm, score, arm * score])
    try:
        fit = fit_propensity(columns, has[rows])
    except SeparationError:
        return NOT_MADE
    error = float(np.sqrt(fit.covariance[3, 3]))
    return Measured(abs(float(fit.coefficients[3])) / error) if error > 0.0 else NOT_MADE


def _tipping_point(observed: ObservedMeasure, headline: Headline, silent: float) -> Measured:
    """How far the silent of one arm would have to differ, in standard deviations."""
    has = observed.values.has_value
    values = observed.values.columns[has, 0] / observed.values.columns[has, 1]
    spread = float(values.std()) if len(values) else 0.0
    if headline.limit == 0.0 or not spread > 0.0 or not silent > 0.0:
        return NOT_MADE
    return Measured(abs(headline.limit) / silent / spread)
