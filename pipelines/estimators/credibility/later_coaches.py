"""Whether a difference stands if people belong to the coaches they had later, not on day 0.

In come a study and a headline; out comes its size over half the width of the interval by later
coach. Errors by the coach of day 0 miss what the people of a later coach have in common: where each
kind of coaching is handed on to a few coaches of its own, what these are like passes for the kind.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.estimators.cohort import People
from pipelines.estimators.credibility.measured import NOT_MADE, Headline, Measured, Study
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.designs import weighted
from pipelines.estimators.designs.missingness_weights import observation_weights
from pipelines.estimators.estimate_rows import Precision, difference, precision_of
from pipelines.estimators.exit_estimates import CAUSES_OF, arm_numbers, influence_on_risk
from pipelines.estimators.kernels.survival import Floats
from pipelines.estimators.measure_estimates import measure_contrast, measure_precision
from pipelines.estimators.results import OUTCOMES, Outcome

MOVED = 0.05
"""Share of people with another coach later, from which on it is asked."""


class LaterCoaches:
    """The weighted design with people counted to their later coach, fitted when first asked for."""

    def __init__(self, study: Study) -> None:
        """Note the study; nothing is fitted yet."""
        self.study = study

    def found(self, headline: Headline) -> Measured:
        """Return the difference over half its interval's width by later coach."""
        if headline.limit == 0.0 or self._people is None:
            return NOT_MADE
        fit = self._fit
        if fit.correction is None:
            return NOT_MADE
        name = next((each for each in OUTCOMES if each == headline.outcome), None)
        told = self._exits(name, fit) if name else self._measure(headline.outcome, fit)
        estimate = difference(*told)
        if estimate.conf_high is None or estimate.estimate is None:
            return NOT_MADE
        margin = estimate.conf_high - estimate.estimate
        return Measured(abs(estimate.estimate) / margin) if margin > 0.0 else NOT_MADE

    @cached_property
    def _people(self) -> People | None:
        """Everybody with the later coach in the place of the first; None where few have another."""
        people, later = self.study.cohort.people, self.study.later_coaches
        if later is None or not len(people):
            return None
        named = people.frame.select(pl.col("agent_key").cast(pl.String)).join(
            later.select(pl.col("agent_key").cast(pl.String), later=pl.col("coach_key")),
            on="agent_key",
            how="left",
            maintain_order="left",
        )
        first = people.frame["coach_key"].cast(pl.String)
        last = named["later"].cast(pl.String).fill_null(first)
        if (last != first).fill_null(value=False).sum() <= MOVED * len(people):
            return None
        alone = pl.format("no coach: {}", named["agent_key"])
        names = named.select(pl.coalesce(pl.format("coach {}", last), alone)).to_series()
        unique, coach = np.unique(names.to_numpy().astype(str), return_inverse=True)
        return replace(people, coach=coach.astype(np.int64), n_coaches=len(unique))

    @cached_property
    def _fit(self) -> DesignFit:
        assert self._people is not None
        spec = replace(self.study.cohort.spec, horizon_days=(self.study.horizon,))
        return weighted.fit(self._people, spec)

    def _exits(self, name: Outcome, fit: DesignFit) -> tuple[list[float], list[Floats], Precision]:
        spec = replace(self.study.cohort.spec, horizon_days=(self.study.horizon,))
        numbers = arm_numbers(fit.arm_a, spec), arm_numbers(fit.arm_b, spec)
        risks = [float(arm.risk[CAUSES_OF[name], 0].sum()) for arm in numbers]
        precision = precision_of(fit.n_clusters, spec.conf_level, fit.smaller_side)
        return risks, list(influence_on_risk(numbers, name, 0)), precision

    def _measure(self, outcome: str, fit: DesignFit) -> tuple[list[float], list[Floats], Precision]:
        people, spec = self._people, self.study.cohort.spec
        observed = self.study.observed_of(outcome)
        assert people is not None
        assert observed is not None
        values = observed.values
        who = observation_weights(people, values.is_about, values.has_value, spec.covariates)
        sides, influences = measure_contrast(people, fit, "weighted", values, who)
        weights = fit.weights * who.weights
        return sides, influences, measure_precision(people, spec, values.has_value, weights)
