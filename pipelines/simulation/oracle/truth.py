"""The exact answers of a simulated contact centre, computed from its hazards, not its draws."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulation.arrays import Floats
from pipelines.simulation.cohort_entry import Entries
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.oracle.exact_incidence import Outlook, both_outlooks
from pipelines.simulation.oracle.measure_truth import MEASURE_DEFINITIONS

COHORT = (
    "Everybody who entered: role agent, at least one session in one of the two arms' styles inside "
    "the window, still employed on its day (day 0). For each of them, with their own prior "
    "quality, tenure, contract, trigger, strain, site and coach, the exit probabilities under "
    "each arm follow in closed form from the hazards; the values are plain means of those "
    "probabilities over the cohort. Nobody's own draw, arm or end of follow-up enters."
)
DEFINITIONS = {
    "value": "probability of an exit of that kind up to and including the horizon's day, the other "
    "kinds competing",
    "risk_difference": "value in arm a minus value in arm b",
    "rmst_days": "sum over days 0 to horizon - 1 of the probability of not yet having had an exit "
    "of that kind: restricted mean time employed for any_exit, horizon minus restricted mean "
    "time lost for one kind",
}


@dataclass(frozen=True)
class SampleTruth:
    """Exact marginal answers for the eligible cohort.

    Attributes:
        n_people: size of the cohort averaged over.
        answers: one row per ``outcome`` and ``horizon_days`` with ``value_a``, ``value_b``,
            ``risk_difference``, ``risk_ratio``, ``rmst_a_days``, ``rmst_b_days``,
            ``rmst_difference_days``.
        sustained: the same had everybody stayed in the style of their first session; differs
            only where styles switch.
        config: the configuration, including every hazard.
    """

    n_people: int
    answers: pl.DataFrame
    sustained: pl.DataFrame
    config: SampleConfig

    def answer(
        self,
        outcome: str,
        horizon_days: int,
        column: str = "risk_difference",
        *,
        is_sustained: bool = False,
    ) -> float:
        """One exact answer; raises if there is no such row."""
        row = (self.sustained if is_sustained else self.answers).row(
            by_predicate=(pl.col("outcome") == outcome) & (pl.col("horizon_days") == horizon_days),
            named=True,
        )
        return float(row[column])

    def to_json(self, measured: pl.DataFrame) -> str:
        """The content of ``truth.json``; ``measured`` holds the answers of `measure_truth`."""
        document = {
            "about": "Exact answers of the sample contact centre; see `cohort` and `definitions`.",
            "cohort": COHORT,
            "definitions": DEFINITIONS | MEASURE_DEFINITIONS,
            "n_people": self.n_people,
            "arm_a": self.config.arm_a,
            "arm_b": self.config.arm_b,
            "true_nulls": ["customer_satisfaction"],
            "answers": self.answers.to_dicts(),
            "answers_if_sustained": self.sustained.to_dicts(),
            "measured_answers": measured.to_dicts(),
            "config": asdict(self.config),
        }
        return json.dumps(document, indent=2, default=str) + "\n"


def compute_truth(
    config: SampleConfig, entries: Entries, ahead: tuple[Outlook, Outlook] | None = None
) -> SampleTruth:
    """Average the incidences of everybody who entered, under each arm.

    ``ahead`` is what `both_outlooks` gives for these entries, where it is at hand.
    """
    answers = _answers(config, ahead or both_outlooks(config, entries))
    sustained = answers
    if config.switching is not None:
        sustained = _answers(config, both_outlooks(config, entries, may_switch=False))
    return SampleTruth(int(entries.has_entered.sum()), answers, sustained, config)


def _answers(config: SampleConfig, ahead: tuple[Outlook, Outlook]) -> pl.DataFrame:
    curves = _outcome_curves(ahead[0].incidence, ahead[1].incidence)
    return pl.DataFrame(
        [
            _answer(outcome, horizon, curve_a, curve_b)
            for outcome, curve_a, curve_b in curves
            for horizon in config.horizon_days
        ]
    )


def _outcome_curves(a: Floats, b: Floats) -> list[tuple[str, Floats, Floats]]:
    """Daily incidence by outcome; the rows of ``a`` and ``b`` are the causes of the hazards."""
    return [
        ("voluntary_exit", a[0], b[0]),
        ("involuntary_exit", a[1], b[1]),
        ("any_exit", a.sum(axis=0), b.sum(axis=0)),
    ]


def _answer(outcome: str, horizon: int, a: Floats, b: Floats) -> dict[str, Any]:
    rmst_a, rmst_b = (float(np.sum(1.0 - curve[:horizon])) for curve in (a, b))
    value_a, value_b = float(a[horizon]), float(b[horizon])
    return {
        "outcome": outcome,
        "horizon_days": horizon,
        "value_a": value_a,
        "value_b": value_b,
        "risk_difference": value_a - value_b,
        "risk_ratio": value_a / value_b,
        "rmst_a_days": rmst_a,
        "rmst_b_days": rmst_b,
        "rmst_difference_days": rmst_a - rmst_b,
    }
