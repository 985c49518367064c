"""What "ever coached" gets wrong: time in which nobody could leave, handed to one side.

A quick reading sets people who ever had a session of arm a against those who never had one. Whoever
leaves early has no time for a later session, so the days before it, which everyone with a session
lived through by definition, make that side look safe (immortal time; Suissa 2008, Am J Epidemiol
167:492; Hernan et al. 2016, J Clin Epidemiol 79:70). Both readings are ratios of exit rates, exits
over person-days from day 0 on, without any adjustment but for the month since day 0, so that they
differ in nothing else:

- ever_coached_naive: on the side of arm a from day 0, if there ever was such a session;
- ever_coached_in_time: on that side from the day after the session on.

Whoever has had a session has been there for longer, and people leave most in their first months;
without the months, that alone would make the second side look safe (Poisson's regression on
person-time by month is Cox's to within a month; Holford 1980, Biometrics 36:299). People of one
coach in one month on one side count as one row, which changes no ratio and no error.

Neither answers the question; they show why day 0 stands where it does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipelines.core.rounding import count_to_grid, step_by_error, to_grid
from pipelines.core.status import NOT_REPORTABLE, SHOWN, TOO_LITTLE_DATA, Absence, no_data
from pipelines.estimators.cohort import People, people_of
from pipelines.estimators.designs.person_months import DAYS_PER_MONTH
from pipelines.estimators.estimate_rows import precision_of
from pipelines.estimators.exit_estimates import CAUSES_OF
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.poisson import RateError, RateFit, fit_rates
from pipelines.estimators.kernels.survival import Bools, Floats
from pipelines.estimators.minimum_counts import too_few
from pipelines.estimators.results import ComparisonSpec, Outcome
from pipelines.estimators.verdict import MIN_EVENTS

WORDS: dict[Outcome, str] = {"voluntary_exit": "leaving by choice", "any_exit": "leaving"}
"""The outcomes that are read both ways, and their words."""


def immortal_time_rows(
    episodes: pl.DataFrame, months: pl.DataFrame, spec: ComparisonSpec
) -> list[dict[str, Any]]:
    """Return two rows per outcome for the table of sensitivity.

    `episodes` as for `compare_exits`, `months` with `agent_key` and `other_arm_day` as for
    `person_months`.
    """
    people = people_of(episodes, spec.arm_a, spec.arm_b)
    since = _first_session(people, months)
    horizon = max(spec.horizon_days)
    rows = []
    for outcome, words in WORDS.items():
        for check, is_in_time in (("ever_coached_naive", False), ("ever_coached_in_time", True)):
            name = {
                "check": check,
                "design": "unadjusted",
                "outcome": outcome,
                "horizon_days": horizon,
                "estimand": "rate_ratio",
                "status": SHOWN,
            }
            found = _ratio(people, since, spec, outcome, is_in_time=is_in_time)
            rows.append(name | found | _reading(found, spec, words, is_in_time=is_in_time))
    return rows


def _first_session(people: People, months: pl.DataFrame) -> Floats:
    """Return the day (n,) of each person's first session of arm a; infinity for none."""
    first = months.group_by("agent_key").agg(day=pl.col("other_arm_day").min())
    later = people.frame.select("agent_key").join(
        first, on="agent_key", how="left", maintain_order="left"
    )["day"]
    day = later.cast(pl.Float64).fill_null(float("inf")).to_numpy()
    return np.where(people.is_a, 0.0, day)


def _ratio(
    people: People, since: Floats, spec: ComparisonSpec, outcome: Outcome, *, is_in_time: bool
) -> dict[str, Any]:
    """Return the ratio of exit rates with its interval, or why there is none."""
    horizon = float(max(spec.horizon_days))
    last = np.minimum(people.follow_up_days, horizon)
    codes = [cause + 1 for cause in CAUSES_OF[outcome]]
    leaves = np.isin(people.exit_code, codes) & (people.follow_up_days <= horizon)
    ever = since <= last
    base = 0 if outcome == "any_exit" else spec.grid
    if why := _too_few(people, ever, spec, count_to_grid(int(leaves.sum()), base) or 0):
        return why.columns()
    start = np.where(ever, since if is_in_time else 0.0, last)
    try:
        fit = _fit(people, start, last, leaves)
    except RateError as error:
        return Absence(NOT_REPORTABLE, str(error)).columns()
    n_clusters = len(np.unique(people.coach))
    std_error = float(np.sqrt(clustered_variance(fit.influence[:, -1:], n_clusters)[0]))
    margin = precision_of(n_clusters, spec.conf_level).t_quantile * std_error
    step = None
    if outcome != "any_exit":
        step = step_by_error(spec.grid, std_error, len(people))
    low, high = np.exp(fit.coefficients[-1] - margin), np.exp(fit.coefficients[-1] + margin)
    return {
        "value": to_grid(float(np.exp(fit.coefficients[-1])), step),
        "range_low": to_grid(float(low), step) if np.isfinite(low) else None,
        "range_high": to_grid(float(high), step) if np.isfinite(high) else None,
        "conf_level": spec.conf_level,
    }


def _fit(people: People, start: Floats, last: Floats, leaves: Bools) -> RateFit:
    """Fit exits over person-days by month and side; the last coefficient is that of the side.

    Everybody is on the side of arm a after day `start` (n,) and leaves or is lost on `last` (n,).
    """
    exits, days = _person_time(people, start, last, leaves)
    # A month without exits has no rate, whoever was there, and says nothing about their ratio.
    months = np.flatnonzero(exits.any(axis=(0, 2)))
    coach, month, side = np.nonzero(days[:, months] > 0.0)
    design = np.column_stack([month[:, None] == np.arange(len(months)), side]).astype(np.float64)
    cells = coach, months[month], side
    return fit_rates(design, exits[cells], days[cells], coach, people.n_coaches)


def _person_time(
    people: People, start: Floats, last: Floats, leaves: Bools
) -> tuple[Floats, Floats]:
    """Count exits and person-days by coach, month since day 0 and side: (coaches, months, 2).

    An exit on day d is in the month and on the side of day d, a session on day d in the days after.
    """
    n_months = int(np.ceil(last.max() / DAYS_PER_MONTH))
    exits, days = np.zeros((2, people.n_coaches, n_months, 2))
    stretches = ((np.zeros_like(start), start), (start, last))
    for month in range(n_months):
        begin, end = DAYS_PER_MONTH * month, DAYS_PER_MONTH * (month + 1)
        for side, (entry, until) in enumerate(stretches):
            there = np.maximum(np.minimum(until, end) - np.maximum(entry, begin), 0.0)
            gone = leaves & (until == last) & (entry < until) & (begin < last) & (last <= end)
            days[:, month, side] = np.bincount(people.coach, there, people.n_coaches)
            exits[:, month, side] = np.bincount(people.coach, gone, people.n_coaches)
    return exits, days


def _too_few(people: People, ever: Bools, spec: ComparisonSpec, n_exits: int) -> Absence | None:
    """Say why a reading isn't shown: too few people or coaches on a side, or too few exits."""
    for side, words in ((ever, "with"), (~ever, "without")):
        if not side.any():
            return no_data(f"nobody {words} a session of {spec.arm_a}")
        coaches = len(np.unique(people.coach[side & people.has_coach]))
        who = f"{words} a session of {spec.arm_a}"
        if why := too_few(int(side.sum()), coaches, spec, who):
            return why
    if n_exits < MIN_EVENTS:
        return Absence(TOO_LITTLE_DATA, f"fewer than {MIN_EVENTS} exits")
    return None


def _reading(
    found: dict[str, Any], spec: ComparisonSpec, words: str, *, is_in_time: bool
) -> dict[str, str]:
    if "value" not in found:
        return {}
    ratio = f"{found['value']:.2f}"
    if is_in_time:
        return {
            "reading": (
                f"Counted from the day after the first session of {spec.arm_a}, the rate of "
                f"{words} is {ratio} times that of people without one so far."
            )
        }
    return {
        "reading": (
            f"Were everybody who ever had a session of {spec.arm_a} counted with it from day 0, "
            f"the rate of {words} would look {ratio} times that of the others; but whoever leaves "
            "early has no time for one."
        )
    }
