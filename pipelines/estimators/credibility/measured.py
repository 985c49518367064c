"""What goes into the checks of credibility and what one finds: records without judgement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.estimators.designs.fitted_cohort import FittedCohort
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.survival import Floats
from pipelines.estimators.measure_estimates import ObservedMeasure
from pipelines.estimators.results import OUTCOMES, Measure

EXIT_PLACEBO = "unplanned_absence"
"""What stands in for exits before day 0: nobody in the comparison has left by then."""


@dataclass(frozen=True)
class Measured:
    """What a check found: a value to hold against its limits, None where it couldn't be made."""

    value: float | None
    what: str = ""
    """What it is about, where the check's words ask for it."""


NOT_MADE = Measured(None)
Found = dict[str, Measured]
"""What the checks found about one outcome, by check."""


@dataclass(frozen=True)
class Headline:
    """The published headline of one outcome: the weighted difference of everybody."""

    outcome: str
    horizon_days: int
    estimate: float
    conf_low: float
    conf_high: float
    std_error: float

    @property
    def limit(self) -> float:
        """The end of the range that is nearer to no difference; 0 where the range holds it."""
        if self.conf_low <= 0.0 <= self.conf_high:
            return 0.0
        return self.conf_low if self.conf_low > 0.0 else self.conf_high


@dataclass(frozen=True)
class Study:
    """Everything that the checks look at."""

    cohort: FittedCohort
    observed: Sequence[ObservedMeasure]
    controls: Floats
    """(n, p) what the designs without weights adjust for."""
    placebo_values: pl.DataFrame
    """Outcomes before day 0, columns as of `observed_measures`."""
    n_everybody: int
    """People of both arms before those without counterparts were set aside."""
    data_begin: dt.date | None
    """First day with a coaching session."""
    labels: Mapping[str, str]
    """What people call each outcome."""
    control: Mapping[str, Any]
    """The row of the negative control: `value`, `range_low` and `range_high`."""
    later_coaches: pl.DataFrame | None = None
    """`agent_key` and `coach_key`: who coached somebody most after day 0; None: not known."""

    @property
    def horizon(self) -> int:
        """The longest horizon."""
        return max(self.cohort.spec.horizon_days)

    def observed_of(self, outcome: str) -> ObservedMeasure | None:
        """The values of an outcome that has one per person; None for exits."""
        return next((e for e in self.observed if e.values.measure.outcome == outcome), None)


def placebo_measure(outcome: str) -> Measure:
    """The measure whose earlier values are compared in the place of an outcome."""
    name = EXIT_PLACEBO if outcome in OUTCOMES else outcome
    return Measure(name, 0, is_lower_better=True, is_rate=name == EXIT_PLACEBO)


def headline_of(row: Mapping[str, Any]) -> Headline | None:
    """The headline of a published row; None where it has no range."""
    names = ("estimate", "conf_low", "conf_high", "std_error")
    if any(row[name] is None for name in names):
        return None
    return Headline(row["outcome"], row["horizon_days"], *(float(row[name]) for name in names))


def control_of(row: Mapping[str, Any]) -> Measured:
    """The negative control's size over half the width of its interval."""
    low, high, value = (row.get(name) for name in ("range_low", "range_high", "value"))
    if low is None or high is None or value is None or not high > low:
        return NOT_MADE
    return Measured(0.0 if low <= 0.0 <= high else max(1.0 + 1e-9, 2 * abs(value) / (high - low)))


def over_error(difference: float, influence: Floats) -> float | None:
    """A difference in standard errors, from the clusters' influence (G,) on it; None without."""
    n_clusters = int(np.count_nonzero(influence))
    variance = float(clustered_variance(influence[:, None], n_clusters)[0])
    if not np.isfinite(difference) or not variance > 0.0:
        return None
    return abs(difference) / float(np.sqrt(variance))
