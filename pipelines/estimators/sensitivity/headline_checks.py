"""How much it would take to change the answer: every check of the headline, gathered.

- e_value: an unknown characteristic could account for the whole ratio of risks R only if it were
  tied both to the kind of coaching and to leaving by a ratio of risks of at least
  R + sqrt(R (R - 1)), beyond everything that is adjusted for (1/R in place of R below 1).
  e_value_of_limit is the same for the limit of the interval that is nearer to 1, and 1 where the
  interval holds 1 (VanderWeele & Ding 2017, Ann Intern Med 167:268).
- negative_control: unplanned absence *before* day 0, which no later coaching can have changed, is
  compared under the weighted design without adjusting for it. An interval that excludes 0 says
  that the other characteristics don't make the arms alike (Lipsitch, Tchetgen Tchetgen & Cohen
  2010, Epidemiology 21:383).
- leave_one_site_out: the smallest and the largest weighted difference of risks when one site at a
  time is left out, weights fitted anew. Which site it was isn't said. Sites under `min_group`
  people, or hidden for privacy, are never left out alone: the rest would tell about them.
- leave_one_coach_out and complete_case: see `leave_out`.
- misclassified_style: see `misclassification`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pipelines.core.figures import per_100
from pipelines.core.rounding import FINER, step_by_error, to_grid
from pipelines.core.status import NOT_REPORTABLE, SHOWN, Absence, no_data
from pipelines.estimators.cohort import People, people_of
from pipelines.estimators.compare_measures import compare_measures
from pipelines.estimators.minimum_counts import too_few_in_an_arm
from pipelines.estimators.results import SENSITIVITY_SCHEMA, ComparisonSpec, Measure
from pipelines.estimators.sensitivity.check_row import (
    Row,
    row_of_check,
    side_in_words,
    why_no_headline,
)
from pipelines.estimators.sensitivity.leave_out import (
    coach_rows,
    complete_case_rows,
    differences_among,
)
from pipelines.estimators.sensitivity.misclassification import (
    labels_as_coded,
    misclassification_rows,
)

CHECKED = {"voluntary_exit": "leaving by choice", "any_exit": "leaving"}
"""The outcomes that are checked, at the largest horizon, and their words."""
PRIOR_ABSENCE = "prior_unplanned_absence_rate"


def sensitivity_rows(
    episodes: pl.DataFrame,
    spec: ComparisonSpec,
    comparison: pl.DataFrame,
    styles: pl.DataFrame,
) -> pl.DataFrame:
    """Return one row per check and outcome; `comparison` holds the published estimates.

    `episodes` as for `compare_exits`, with the columns `site` and `prior_unplanned_absence_rate`
    where these checks are wanted; `styles` as for `labels_as_coded`. A check without a value says
    why in `reason`.
    """
    horizon = max(spec.horizon_days)
    headline_row = {
        (row["outcome"], row["estimand"]): row
        for row in comparison.filter(
            pl.col("design") == "weighted",
            pl.col("horizon_days") == horizon,
            pl.col("segment") == "all",
        ).to_dicts()
    }
    longest = replace(spec, horizon_days=(horizon,))
    people = people_of(episodes, spec.arm_a, spec.arm_b)
    without_sites = _without_each_site(people, longest)
    differences: dict[str, Row] = {name: headline_row[name, "risk_difference"] for name in CHECKED}
    labels = labels_as_coded(styles, spec)
    rows = []
    for outcome, words in CHECKED.items():
        rows += _e_values(headline_row[outcome, "risk_ratio"], words, differences[outcome])
        rows.append(_site_range(differences[outcome], without_sites))
        rows += misclassification_rows(differences[outcome], labels)
    rows += coach_rows(people, longest, differences)
    rows += complete_case_rows(people, longest, differences)
    rows.append(negative_control(episodes, spec))
    return pl.DataFrame(rows, schema=SENSITIVITY_SCHEMA)


def e_value(ratio: float) -> float:
    """Return the E-value of a ratio of risks above 0; at least 1."""
    above = ratio if ratio >= 1.0 else 1.0 / ratio
    return float(above + np.sqrt(above * (above - 1.0)))


def limit_nearest_to_one(low: float, high: float) -> float:
    """Return the limit of a ratio's interval that is nearer to 1; 1 if the interval holds it."""
    if low <= 1.0 <= high:
        return 1.0
    return low if low > 1.0 else high


def _e_values(
    headline_row: dict[str, Any], words: str, difference: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the E-values of a ratio of risks and of its limit nearest to 1.

    Where the rounded range of the difference reaches zero, nothing more is needed for it to.
    """
    estimate, low, high = (
        headline_row["estimate"],
        headline_row["conf_low"],
        headline_row["conf_high"],
    )
    whole, limit = (
        row_of_check("e_value", headline_row),
        row_of_check("e_value_of_limit", headline_row),
    )
    if estimate is None or estimate <= 0.0 or low is None or high is None:
        why = why_no_headline(headline_row).columns()
        return [whole | why, limit | why]
    reaches_zero = difference["verdict"] == "no_clear_difference"
    nearest = 1.0 if reaches_zero else limit_nearest_to_one(low, high)
    of_estimate, of_limit = e_value(estimate), e_value(nearest)
    whole |= {
        "value": of_estimate,
        "reading": (
            "To account for the whole difference, something unknown would have to be tied both to "
            f"the kind of coaching and to {words} by a ratio of risks of at least "
            f"{of_estimate:.2f}, beyond everything that is adjusted for."
        ),
    }
    limit |= {
        "value": of_limit,
        "reading": (
            f"For the likely range to reach zero, a ratio of {of_limit:.2f} would do."
            if of_limit > 1.0
            else "The likely range includes zero as it is."
        ),
    }
    return [whole, limit]


def _without_each_site(people: People, spec: ComparisonSpec) -> list[dict[str, float | None]]:
    """Return the differences without each site that is large enough to be left out alone."""
    if "site" not in people.frame.columns:
        return []
    sites = people.frame["site"]
    sizes = sites.drop_nulls().value_counts().filter(pl.col("count") >= spec.min_group)
    if sizes.height < 2:
        return []
    return [
        differences_among(people, spec, np.flatnonzero(sites.ne_missing(site).to_numpy()))
        for site in sizes["site"].sort()
    ]


def _site_range(
    headline_row: dict[str, Any], without: list[dict[str, float | None]]
) -> dict[str, Any]:
    """Return the smallest and the largest difference of risks with one site left out."""
    row = row_of_check("leave_one_site_out", headline_row)
    if headline_row["estimate"] is None:
        return row | why_no_headline(headline_row).columns()
    if not without:
        return row | no_data("there aren’t two sites that could be left out").columns()
    found = [differences[headline_row["outcome"]] for differences in without]
    known = [estimate for estimate in found if estimate is not None]
    if len(known) < len(found):
        why = f"leaving out one site at a time, some of the {len(found)} comparisons can’t be made"
        return row | Absence(NOT_REPORTABLE, why).columns()
    low, high = (to_grid(end, headline_row["rounding"]) or 0.0 for end in (min(known), max(known)))
    return row | {
        "value": headline_row["estimate"],
        "range_low": low,
        "range_high": high,
        "reading": (
            f"Leaving out one of {len(known)} sites at a time, the difference lies between "
            f"{per_100(low)} and {per_100(high)} per 100 people, {side_in_words(low, high)}."
        ),
    }


def negative_control(episodes: pl.DataFrame, spec: ComparisonSpec) -> dict[str, Any]:
    """Compare absence before day 0, weighted by everything else."""
    row: dict[str, Any] = {
        "check": "negative_control",
        "design": "weighted",
        "outcome": "unplanned_absence",
        "horizon_days": 0,
        "estimand": "mean_difference",
        "status": SHOWN,
    }
    if PRIOR_ABSENCE not in episodes.columns:
        return row | no_data("absence before the first session isn’t known").columns()
    people = people_of(episodes, spec.arm_a, spec.arm_b)
    known = np.flatnonzero(people.frame[PRIOR_ABSENCE].is_not_null().to_numpy())
    if few := too_few_in_an_arm(people, known, spec, "with known absence in"):
        return row | few.columns()
    values = episodes.select(
        "agent_key",
        outcome=pl.lit("unplanned_absence"),
        is_window_complete=pl.lit(value=True),
        numerator=pl.col(PRIOR_ABSENCE),
        denominator=pl.when(pl.col(PRIOR_ABSENCE).is_not_null()).then(1.0),
    )
    others = tuple(each for each in spec.covariates if each.column != PRIOR_ABSENCE)
    measure = Measure("unplanned_absence", 0, is_lower_better=True)
    found = compare_measures(episodes, values, [measure], replace(spec, covariates=others))
    headline_row = found.row(by_predicate=pl.col("design") == "weighted", named=True)
    if headline_row["estimate"] is None or headline_row["conf_low"] is None:
        return row | why_no_headline(headline_row).columns()
    step = step_by_error(spec.grid_confidential, headline_row["std_error"], len(known))
    fine = step / FINER if step else None
    low, high = to_grid(headline_row["conf_low"], fine), to_grid(headline_row["conf_high"], fine)
    is_clear = low is not None and high is not None and (low > 0.0 or high < 0.0)
    return row | {
        "value": to_grid(headline_row["estimate"], step),
        "range_low": low,
        "range_high": high,
        "conf_level": headline_row["conf_level"],
        "reading": (
            "Before the first session the two groups already differed in unplanned absence, all "
            "else weighted alike: something else may set them apart too."
            if is_clear
            else "Before the first session no clear difference in unplanned absence is seen, all "
            "else weighted alike, as it should be."
        ),
    }
