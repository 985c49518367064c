"""What "ever coached" gets wrong: time in which nobody could leave, handed to one side.

A quick reading sets people who ever had a session of arm a against those who never had one. Whoever
leaves early has no time for a later session, so the days before it, which everyone with a session
lived through by definition, make that side look safe (immortal time; Suissa 2008, Am J Epidemiol
167:492; Hernan et al. 2016, J Clin Epidemiol 79:70). Both readings are ratios of the rate of
leaving from day 0 on, without any adjustment, so that they differ in nothing else:

- ever_coached_naive: on the side of arm a from day 0, if there ever was such a session;
- ever_coached_in_time: on that side from the day after the session on.

Neither answers the question; they show why day 0 stands where it does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipelines.core.rounding import step_by_error, to_grid
from pipelines.core.status import NOT_REPORTABLE, SHOWN, TOO_LITTLE_DATA, Absence, no_data
from pipelines.estimators.cohort import People, people_of
from pipelines.estimators.estimate_rows import precision_of
from pipelines.estimators.exit_estimates import CAUSES_OF
from pipelines.estimators.kernels.cox import HazardError, Stretches, fit_hazards
from pipelines.estimators.kernels.survival import Floats
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
    """Return the ratio of rates with its interval, or why there is none."""
    horizon = float(max(spec.horizon_days))
    last = np.minimum(people.follow_up_days, horizon)
    codes = [cause + 1 for cause in CAUSES_OF[outcome]]
    leaves = np.isin(people.exit_code, codes) & (people.follow_up_days <= horizon)
    ever = since <= last
    if why := _too_few(people, ever, spec, int(leaves.sum())):
        return why.columns()
    start = np.where(ever, since if is_in_time else 0.0, last)
    before, after = np.flatnonzero(start > 0.0), np.flatnonzero(ever & (start < last))
    rows = np.concatenate([before, after])
    is_after = np.arange(len(rows)) >= len(before)
    stretches = Stretches(
        entry=np.where(is_after, start[rows], 0.0),
        last_day=np.where(is_after, last[rows], start[rows]),
        is_event=leaves[rows] & (is_after | (start[rows] == last[rows])),
        columns=is_after[:, None].astype(np.float64),
    )
    try:
        fit = fit_hazards(stretches)
    except HazardError as error:
        return Absence(NOT_REPORTABLE, str(error)).columns()
    n_clusters = len(np.unique(people.coach))
    variance = fit.clustered_covariance(people.coach[rows])[0, 0]
    precision = precision_of(n_clusters, spec.conf_level)
    margin = precision.t_quantile * np.sqrt(variance * n_clusters / max(n_clusters - 1, 1))
    step = None
    if outcome != "any_exit":
        step = step_by_error(spec.grid, float(np.sqrt(variance)), len(people))
    low, high = np.exp(fit.coefficients[0] - margin), np.exp(fit.coefficients[0] + margin)
    return {
        "value": to_grid(float(np.exp(fit.coefficients[0])), step),
        "range_low": to_grid(float(low), step) if np.isfinite(low) else None,
        "range_high": to_grid(float(high), step) if np.isfinite(high) else None,
        "conf_level": spec.conf_level,
    }


def _too_few(
    people: People, ever: np.ndarray, spec: ComparisonSpec, n_exits: int
) -> Absence | None:
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
