"""Whether a difference in leaving is all there at once, as one that came before the coaching is.

In come a study and the headline of a kind of exit; out comes how much of the difference is there
three months after day 0. Who has already given notice, or is about to, may be coached in another
kind than others, or leave before anybody has recorded in which; both pass for a difference that
arises in the first weeks and doesn't grow (reverse causation; Sackett 1979, J Chronic Dis 32:51).
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.credibility.measured import NOT_MADE, Headline, Measured, Study
from pipelines.estimators.exit_estimates import CAUSES_OF
from pipelines.estimators.kernels.survival import incidence_at
from pipelines.estimators.results import OUTCOMES

EARLY_DAYS = 90
"""Days after day 0 in which who left may have made up their mind before it."""


def found_of_early(study: Study, headline: Headline) -> Measured:
    """Return the difference after three months over the headline's; not made where that is open.

    Where most of the follow-up lies within these months, the share says nothing.
    """
    name = next((each for each in OUTCOMES if each == headline.outcome), None)
    if name is None or headline.limit == 0.0 or study.horizon < 2 * EARLY_DAYS:
        return NOT_MADE
    fit = study.cohort.adjusted
    days = np.array([EARLY_DAYS, study.horizon], dtype=np.float64)
    of_a, of_b = (
        incidence_at(arm.curve, days)[CAUSES_OF[name]].sum(axis=0) for arm in (fit.arm_a, fit.arm_b)
    )
    early, late = of_a - of_b
    return Measured(float(early / late)) if late else NOT_MADE
