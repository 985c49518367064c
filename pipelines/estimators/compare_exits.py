"""From one row per person, or a fitted cohort, to every estimate about exits."""

from __future__ import annotations

import polars as pl

from pipelines.estimators.covariate_balance import covariate_balance
from pipelines.estimators.designs import (
    coach_preference,
    doubly_robust,
    per_protocol,
)
from pipelines.estimators.designs.fitted_cohort import FittedCohort, fit_cohort
from pipelines.estimators.exit_estimates import comparison_rows
from pipelines.estimators.results import (
    INSTRUMENT_SCHEMA,
    ComparisonResult,
    ComparisonSpec,
    Covariate,
)
from pipelines.estimators.retention_curve import retention_rows

__all__ = ["ComparisonResult", "ComparisonSpec", "Covariate", "compare_exits", "exit_comparison"]


def compare_exits(
    episodes: pl.DataFrame, spec: ComparisonSpec, months: pl.DataFrame | None = None
) -> ComparisonResult:
    """Compare exits between two arms; `episodes` as for `fit_cohort`, `months` as below."""
    return exit_comparison(fit_cohort(episodes, spec), months)


def exit_comparison(cohort: FittedCohort, months: pl.DataFrame | None = None) -> ComparisonResult:
    """Compare exits between two arms under every design.

    With `months` (see `person_months`) the result has the designs sustained and coach_preference
    too.
    """
    people, spec, plain, adjusted = cohort.people, cohort.spec, cohort.plain, cohort.adjusted
    fits = (plain, adjusted)
    rows = [
        *(comparison_rows(fit, spec) for fit in fits),
        doubly_robust.comparison_rows(people, spec, plain, adjusted),
    ]
    summaries = [adjusted.weight_summary]
    instrument = pl.DataFrame(schema=INSTRUMENT_SCHEMA)
    if months is not None:
        as_long_as_kept_up, summary = per_protocol.comparison_rows(people, spec, adjusted, months)
        preference = coach_preference.coach_preference_of(people, spec, adjusted.covariates)
        by_preference, instrument = coach_preference.comparison_rows(preference, spec)
        rows += [as_long_as_kept_up, by_preference]
        summaries.append(summary)
    return ComparisonResult(
        comparison=pl.concat(rows),
        retention_curve=pl.concat([retention_rows(fit, spec) for fit in fits]),
        covariate_balance=covariate_balance(people, spec, adjusted),
        weight_summary=pl.concat(summaries),
        instrument=instrument,
    )
