"""From what the checks of credibility found to levels, and from these to one grade per outcome.

In come a study and the published comparison; out come rows of `outcomes.credibility_check` and of
`outcomes.credibility`. Limits and words stand in ``contracts/credibility.yml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts.credibility_rules import (
    CREDIBILITIES,
    Credibility,
    CredibilityRule,
    Level,
    load_credibility_rules,
)
from pipelines.core.status import NO_DATA, SHOWN, words
from pipelines.estimators.credibility.answers import found_of_answers
from pipelines.estimators.credibility.early import found_of_early
from pipelines.estimators.credibility.groups import found_of_groups
from pipelines.estimators.credibility.later_coaches import LaterCoaches
from pipelines.estimators.credibility.looks import found_of_looks
from pipelines.estimators.credibility.lottery import found_of_lottery
from pipelines.estimators.credibility.measured import (
    NOT_MADE,
    Found,
    Headline,
    Measured,
    Study,
    control_of,
    headline_of,
)
from pipelines.estimators.credibility.placebo import Before, before_day_0, found_before
from pipelines.estimators.credibility.poor_reading import poor_reading_rows
from pipelines.estimators.credibility.rivals import Rivals
from pipelines.estimators.results import (
    CREDIBILITY_CHECK_SCHEMA,
    CREDIBILITY_SCHEMA,
    OUTCOMES,
    SENSITIVITY_SCHEMA,
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Graded:
    """The grade of every outcome, and what each check came to."""

    credibility: pl.DataFrame
    checks: pl.DataFrame
    sensitivity: pl.DataFrame
    """Rows of sensitivity: the headline for people who are new since the data begin, and where
    scores before day 0 are a poor reading."""


def graded(study: Study, comparison: pl.DataFrame) -> Graded:
    """Check and grade the headline of every outcome; `comparison` holds the published estimates.

    A headline that isn't shown has no grade: there is nothing to believe.
    """
    is_drawn = study.cohort.spec.assignment != "observed"
    rules = {
        name: rule
        for name, rule in load_credibility_rules().items()
        if rule.is_asked_where(is_drawn=is_drawn)
    }
    groups = found_of_groups(study) | {"control": control_of(study.control)}
    groups |= {"drawn": found_of_lottery(study)}
    rivals = Rivals(study, comparison) if len(study.cohort.people) else None
    later = LaterCoaches(study)
    before = {outcome: before_day_0(study, outcome) for outcome in _asked(study)}
    grades, checks = [], []
    for row in _headlines(study, comparison):
        headline = headline_of(row) if row["status"] == SHOWN else None
        if headline is None or rivals is None:
            grades.append(_ungraded(row))
            continue
        found = groups | _found_of(study, headline, rules, before) | rivals.found(headline)
        found |= {"later_coaches": later.found(headline)}
        told = judged(row["outcome"], found, rules)
        checks += told
        grades.append(grade_row(row, told))
    shown = [row["outcome"] for row in grades if row.get("grade")]
    further = [] if rivals is None else rivals.new_people_rows(shown)
    if not is_drawn:
        further += poor_reading_rows(study, shown)
    return Graded(
        pl.DataFrame(grades, schema=CREDIBILITY_SCHEMA),
        pl.DataFrame(checks, schema=CREDIBILITY_CHECK_SCHEMA),
        pl.DataFrame(further, schema=SENSITIVITY_SCHEMA),
    )


def judged(
    outcome: str, found: Mapping[str, Measured], rules: Mapping[str, CredibilityRule]
) -> list[Row]:
    """Hold what was found about an outcome against the limits: one row per check asked of it."""
    rows = []
    for name, rule in rules.items():
        if not rule.is_asked_of(outcome):
            continue
        measured = found.get(name, NOT_MADE)
        level = rule.level_of(measured.value)
        comes_to: Level = rule.when_not_made if level == "not_made" else level
        rows.append(
            {
                "outcome": outcome,
                "check": name,
                "label": rule.label,
                "level": level,
                "caps_at": "strong" if comes_to == "passed" else comes_to,
                "reading": rule.words_for(level, measured.what or "it"),
                "would_raise": None if comes_to == "passed" else rule.would_raise,
                "status": SHOWN,
                "reason": None,
            }
        )
    return rows


def worst(levels: Sequence[str]) -> Credibility:
    """The grade that the worst of some caps comes to; strong for none."""
    return max(levels, key=CREDIBILITIES.index, default="strong")  # type: ignore[arg-type]


def grade_row(headline: Mapping[str, Any], checks: Sequence[Row]) -> Row:
    """Make one grade of an outcome's checks, with the reasons for it and what would lift it."""
    grade = worst([row["caps_at"] for row in checks])
    deciding = [row for row in checks if row["caps_at"] == grade != "strong"]
    return {
        "outcome": headline["outcome"],
        "horizon_days": headline["horizon_days"],
        "grade": grade,
        "reasons": "; ".join(row["reading"] for row in deciding) or None,
        "would_raise": "; ".join(dict.fromkeys(row["would_raise"] for row in deciding)) or None,
        "n_checks": len(checks),
        "n_passed": sum(row["level"] == "passed" for row in checks),
        "status": SHOWN,
        "reason": None,
    }


def _ungraded(row: Mapping[str, Any]) -> Row:
    status = NO_DATA if row["status"] == SHOWN else row["status"]
    return {
        "outcome": row["outcome"],
        "horizon_days": row["horizon_days"],
        "status": status,
        "reason": row["reason"] or words(status),
    }


def _headlines(study: Study, comparison: pl.DataFrame) -> list[Row]:
    """The published headline row of every outcome."""
    is_exit = pl.col("outcome").is_in(OUTCOMES)
    of_everybody = comparison.filter(
        pl.col("design") == study.cohort.spec.headline,
        pl.col("segment") == "all",
        pl.when(is_exit)
        .then((pl.col("estimand") == "risk_difference") & (pl.col("horizon_days") == study.horizon))
        .otherwise(pl.col("estimand") == "mean_difference"),
    )
    return of_everybody.to_dicts()


def _asked(study: Study) -> tuple[str, ...]:
    """The outcomes whose time before day 0 is looked at."""
    return tuple(each.values.measure.outcome for each in study.observed)


def _found_of(
    study: Study,
    headline: Headline,
    rules: Mapping[str, CredibilityRule],
    before: Mapping[str, Before | None],
) -> Found:
    """What the checks found that are about one outcome alone."""
    found = found_before(study, headline, before) | {
        "looks": found_of_looks(study, headline),
        "early": found_of_early(study, headline),
    }
    observed = study.observed_of(headline.outcome)
    if observed is not None and rules["answer_gap"].is_asked_of(headline.outcome):
        found |= found_of_answers(study, observed, headline)
    return found
