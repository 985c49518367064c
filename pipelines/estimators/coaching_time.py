"""How many minutes of coaching the two arms got, and how many per exit avoided.

- minutes_per_session: of the sessions of each kind, among the people of the comparison.
- minutes_per_person: coaching of any kind from day 0 to the horizon, by arm as first coached,
  weighted like the headline, among people whose horizon was over by the end of data. Whoever left
  earlier was coached no more.
- minutes_per_exit_avoided: arm a's minutes per person over the difference of risks, and
  extra_minutes_per_exit_avoided: the difference of minutes over the difference of risks. Their
  limits are Fieller's, from each coach's joint influence on both (Fieller 1954, J R Stat Soc B
  16:175), which exist exactly where the difference of risks excludes 0.

Sessions without a length are left out of minutes_per_session; a person with one has no minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.core.group_words import group_of
from pipelines.core.status import NOT_REPORTABLE, SHOWN, Absence, no_data, not_followed_yet
from pipelines.estimators.cohort import People, subset
from pipelines.estimators.cost_benefit import Row, row_of_worth, why_nothing_avoided
from pipelines.estimators.design_fit import DesignFit, arm_support
from pipelines.estimators.designs.fitted_cohort import FittedCohort
from pipelines.estimators.estimate_rows import Precision, precision_of
from pipelines.estimators.exit_estimates import arm_numbers, influence_on_risk
from pipelines.estimators.kernels.estimating_equations import Sample, weighted_mean
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.survival import Floats, Ints
from pipelines.estimators.kernels.weights import effective_sample_size
from pipelines.estimators.minimum_counts import too_few, too_few_in_an_arm
from pipelines.estimators.results import ComparisonSpec
from pipelines.estimators.verdict import ComparisonSupport, verdict_for

MIN_TIMED = 0.8
"""Share of people whose sessions must all have a length before minutes per person are told."""
UNTIMED = no_data("the length of too many sessions isn’t known")
MINUTES = "minutes"


@dataclass(frozen=True)
class _Minutes:
    """Mean minutes per person in arm a and in arm b, and each coach's influence on them."""

    values: tuple[float, float]
    influences: tuple[Floats, Floats]
    """(clusters,) each."""
    precision: Precision


def time_rows(
    cohort: FittedCohort,
    sessions: pl.DataFrame,
    minutes: pl.DataFrame,
    headline: Mapping[int, Row],
) -> list[Row]:
    """Return every row about minutes.

    `sessions` has a row per agent, coach and kind: `agent_key`, `coach_key`, `arm`, `n_sessions`
    (with a length) and `minutes` in them together. `minutes` has a row per agent and horizon:
    `agent_key`, `horizon_days`, `is_window_complete`, `minutes`, `n_untimed` sessions without a
    length. `headline` are the differences of risks by horizon, as they may be shown.
    """
    people, spec, fit = cohort.people, cohort.spec, cohort.adjusted
    numbers = (arm_numbers(fit.arm_a, spec), arm_numbers(fit.arm_b, spec))
    rows = session_rows(sessions, spec)
    for position, horizon in enumerate(spec.horizon_days):
        told = headline[horizon]
        found = _minutes(people, spec, fit, minutes.filter(pl.col("horizon_days") == horizon))
        of_a, of_b = influence_on_risk(numbers, "voluntary_exit", position)
        rows += _per_person(found, told)
        rows += _per_exit(found, told, of_a - of_b)
    return rows


def session_rows(sessions: pl.DataFrame, spec: ComparisonSpec) -> list[Row]:
    """Return the mean length of a session of each kind, with its interval by coach."""
    rows = []
    for name, arm in (("a", spec.arm_a), ("b", spec.arm_b)):
        row: Row = {
            "quantity": f"minutes_per_session_{name}",
            "unit": MINUTES,
            "status": SHOWN,
        }
        mine = sessions.filter(pl.col("arm") == arm, pl.col("n_sessions") > 0)
        n_people = mine["agent_key"].n_unique()
        n_coaches = mine["coach_key"].drop_nulls().n_unique()
        if mine.is_empty():
            row |= no_data(f"no session as {arm} has a length").columns()
        elif why := too_few(n_people, n_coaches, spec, f"in {group_of(arm)}"):
            row |= why.columns()
        else:
            row |= _mean_length(mine, arm, spec)
        rows.append(row | {"conf_level": spec.conf_level})
    return rows


def _mean_length(mine: pl.DataFrame, arm: str, spec: ComparisonSpec) -> Row:
    by_coach = mine.group_by("coach_key").agg(pl.col("n_sessions", "minutes").sum())
    by_coach = by_coach.sort("coach_key")
    n_sessions = by_coach["n_sessions"].cast(pl.Float64).to_numpy()
    minutes = by_coach["minutes"].cast(pl.Float64).to_numpy()
    mean = float(minutes.sum() / n_sessions.sum())
    influences = (minutes - mean * n_sessions) / n_sessions.sum()
    told = _with_range(mean, influences, precision_of(by_coach.height, spec.conf_level))
    return told | {"reading": f"A session as {arm} takes {mean:.0f} minutes on average."}


def _minutes(
    people: People, spec: ComparisonSpec, fit: DesignFit, minutes: pl.DataFrame
) -> _Minutes | Absence:
    """Return the weighted minutes per person by one horizon, or why there are none."""
    beside = people.frame.select("agent_key").join(
        minutes, on="agent_key", how="left", maintain_order="left"
    )
    is_over = beside["is_window_complete"].fill_null(False).to_numpy().astype(bool)
    is_timed = (beside["n_untimed"] == 0).fill_null(False).to_numpy().astype(bool)
    rows = np.flatnonzero(is_over & is_timed)
    if not is_over.any():
        return not_followed_yet()
    if few := too_few_in_an_arm(people, rows, spec, "with known minutes in"):
        return few
    verdict = verdict_for(_comparison_support(people, spec, fit, rows))
    if verdict.hides_values:
        return Absence(verdict.status, str(verdict.reason))
    if len(rows) < MIN_TIMED * is_over.sum():
        return UNTIMED
    values = beside["minutes"].cast(pl.Float64).fill_null(0.0).to_numpy()[:, None]
    means = [
        weighted_mean(
            Sample(
                values=values,
                counts=rows[people.is_a[rows] == is_a],
                weights=fit.weights,
                cluster=people.coach,
                n_clusters=people.n_coaches,
                correction=fit.correction,
            )
        )
        for is_a in (True, False)
    ]
    return _Minutes(
        values=(float(means[0].value[0]), float(means[1].value[0])),
        influences=(means[0].influence[:, 0], means[1].influence[:, 0]),
        precision=precision_of(len(np.unique(people.coach[rows])), spec.conf_level),
    )


def _comparison_support(
    people: People, spec: ComparisonSpec, fit: DesignFit, rows: Ints
) -> ComparisonSupport:
    """Count the people whose minutes are known, and what the weights leave of them."""
    some = subset(people, rows)
    has_weights = fit.correction is not None
    arms = [
        arm_support(
            some,
            spec,
            is_a=is_a,
            effective_sample_size=effective_sample_size(fit.weights[rows][some.is_a == is_a])
            if has_weights
            else None,
            overlap=whole.overlap,
        )
        for is_a, whole in zip((True, False), fit.support.arms, strict=True)
    ]
    return ComparisonSupport((arms[0], arms[1]), fit.support.problem)


def _per_person(found: _Minutes | Absence, told: Row) -> list[Row]:
    """Return the minutes of a person in arm a and in arm b by one horizon."""
    rows = []
    for place, name in enumerate(("a", "b")):
        row = row_of_worth(f"minutes_per_person_{name}", MINUTES, told)
        if isinstance(found, Absence):
            rows.append(row | found.columns())
            continue
        value, arm = found.values[place], told[f"arm_{name}"]
        reading = (
            f"Within {told['horizon_days']} days, {_in_hours(value)} of coaching went to a person "
            f"in {group_of(arm)}."
        )
        rows.append(
            row
            | _with_range(value, found.influences[place], found.precision)
            | {"reading": reading}
        )
    return rows


def _per_exit(found: _Minutes | Absence, told: Row, risk: Floats) -> list[Row]:
    """Return minutes over exits avoided; `risk` (clusters,) moves the difference of risks."""
    whole, extra = (
        row_of_worth(name, MINUTES, told)
        for name in ("minutes_per_exit_avoided", "extra_minutes_per_exit_avoided")
    )
    if why := why_nothing_avoided(told):
        return [whole | why.columns(), extra | why.columns()]
    if isinstance(found, Absence):
        return [whole | found.columns(), extra | found.columns()]
    spent, more = found.values[0], found.values[0] - found.values[1]
    influences_of_more = found.influences[0] - found.influences[1]
    whole |= _ratio(spent, found.influences[0], told, risk, found.precision)
    extra |= _ratio(more, influences_of_more, told, risk, found.precision)
    if "value" in whole:
        whole["reading"] = (
            f"About {_in_hours(whole['value'])} of coaching go with one exit fewer, counting all "
            f"sessions of people in {group_of(told['arm_a'])}."
        )
    if "value" in extra:
        extra["reading"] = (
            f"That is {_in_hours(extra['value'])} {'more' if more > 0 else 'less'} than "
            f"people in {group_of(told['arm_b'])} got, per exit fewer."
        )
    return [whole, extra]


def _in_hours(minutes: float) -> str:
    """Say a time in minutes, from two hours on in hours."""
    hours = abs(minutes) / 60
    if hours < 2:
        return f"{abs(minutes):.0f} minutes"
    return f"{hours:,.0f} hours" if hours >= 10 else f"{hours:.1f} hours"


def _ratio(above: float, influences: Floats, told: Row, risk: Floats, precision: Precision) -> Row:
    """Return minutes over exits avoided with its limits, or why it has none.

    Exits and their error are taken as they are told, and so is the correlation with minutes: to a
    tenth where the exits are rounded. An exact one would tell more of who left than they do.
    """
    n = precision.n_clusters
    variance, error = _variance(influences, n), told["std_error"]
    correlation = _correlation(influences, -risk)
    if told.get("rounding"):
        correlation = round(correlation, 1)
    limits = fieller(
        (above, -told["estimate"]),
        (variance, error**2),
        correlation * variance**0.5 * error,
        precision.t_quantile,
    )
    if limits is None:
        return Absence(NOT_REPORTABLE, "no interval can be computed").columns()
    return {"value": above / -told["estimate"], "range_low": limits[0], "range_high": limits[1]}


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation of two influences by cluster (sums of products, about 0)."""
    sizes = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / sizes if sizes > 0.0 else 0.0


def fieller(
    values: tuple[float, float],
    variances: tuple[float, float],
    covariance: float,
    t_quantile: float,
) -> tuple[float, float] | None:
    """Return the limits of the ratio of two estimates; None where the second doesn't exclude 0."""
    (above, below), squared = values, t_quantile**2
    leading = below**2 - squared * variances[1]
    half = above * below - squared * covariance
    inside = half**2 - leading * (above**2 - squared * variances[0])
    if not (leading > 0.0 and inside >= 0.0):
        return None
    root = float(np.sqrt(inside))
    return (half - root) / leading, (half + root) / leading


def _variance(influences: Floats, n_clusters: int) -> float:
    return float(clustered_variance(influences[:, None], n_clusters)[0])


def _with_range(value: float, influences: Floats, precision: Precision) -> Row:
    """Return a value with its interval from coaches' influence; none with a single coach."""
    margin = precision.t_quantile * float(np.sqrt(_variance(influences, precision.n_clusters)))
    has_range = bool(np.isfinite(margin))
    return {
        "value": value,
        "range_low": value - margin if has_range else None,
        "range_high": value + margin if has_range else None,
    }
