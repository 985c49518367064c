"""Trial flow: how many people stood at each step from the roster to the analysis, and who left."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.core.errors import PipelineError
from pipelines.core.status import SHOWN
from pipelines.estimators.results import TRIAL_FLOW_SCHEMA


@dataclass(frozen=True)
class Step:
    """People who get past a step: `label` says who they are, `reason` why others don't."""

    exclusion: str
    label: str
    reason: str


START = "on_roster"
START_LABEL = "Ever on the roster"
NO_COUNTERPART = "no_counterpart"

STEPS = (
    Step("never_agent", "Ever an agent", "never had the role of agent"),
    Step("no_session", "Had a coaching session", "no coaching session"),
    Step(
        "no_arm_session",
        "Had a session of one of the two kinds compared",
        "no session of either kind",
    ),
    Step(
        "after_data_until",
        "First such session before the data end",
        "first such session after the end of the data",
    ),
    Step(
        "not_agent_on_day_0",
        "An agent on the roster on the day of the first session",
        "not on the roster as an agent on that day",
    ),
    Step("unknown_hire_date", "Hire date known", "hire date unknown"),
    Step(
        "exit_on_or_before_day_0",
        "Still employed after that day",
        "exit dated on or before that day",
    ),
    Step(
        NO_COUNTERPART,
        "In the comparison",
        "in a site or other group where everybody had one kind only",
    ),
)
"""The steps in the order in which they are checked; everybody leaves at the first they fail."""


class TrialFlowError(PipelineError):
    """A candidate carries an exclusion that isn't one of the steps."""


def trial_flow(candidates: pl.DataFrame) -> pl.DataFrame:
    """Count people step by step from one row per candidate with its `exclusion` (NULL: in).

    Each row holds the people who got past a step (`n_people`) and those who left at it (`n_left`)
    with the reason; the first row is everybody.
    """
    exclusion = candidates["exclusion"].cast(pl.String)
    known = [step.exclusion for step in STEPS]
    strange = sorted(set(exclusion.drop_nulls().to_list()) - set(known))
    if strange:
        raise TrialFlowError(f"unknown exclusion(s) {strange}; expected one of {known}")
    n_people = len(exclusion)
    rows: list[tuple[int, str, str, int, int, str, str | None]] = [
        (0, START, START_LABEL, n_people, 0, SHOWN, None)
    ]
    for number, step in enumerate(STEPS, start=1):
        n_left = int((exclusion == step.exclusion).sum())
        n_people -= n_left
        reason = step.reason if n_left else None
        rows.append((number, step.exclusion, step.label, n_people, n_left, SHOWN, reason))
    return pl.DataFrame(rows, schema=TRIAL_FLOW_SCHEMA, orient="row")
