"""Small frames with a known answer, and the register called on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipelines.claims.claim_estimate import ClaimEstimate, MinimumCounts
from pipelines.claims.frames import ClaimInputs
from pipelines.claims.register import ESTIMATORS, parameters_of
from pipelines.contracts.claims import EstimateSpec
from pipelines.estimators.results import Covariate

ARMS = ("compassionate", "compliance")
TENURE = Covariate("tenure", "tenure_days", "numeric", "Tenure")


def world_of(*, min_group: int = 10, min_coaches: int = 3, **frames: pl.DataFrame) -> ClaimInputs:
    return ClaimInputs(
        frames=frames,
        confounders=(TENURE,),
        arms=ARMS,
        minimum=MinimumCounts(min_group, min_coaches),
    )


def spec_of(estimator: str, frame: str, parameters: dict[str, Any], **more: Any) -> EstimateSpec:
    described: dict[str, Any] = {
        "name": "it",
        "label": "what is compared",
        "outcome": "quality_score",
        "unit": "points",
        "expects": "higher",
        **more,
    }
    return EstimateSpec(estimator=estimator, frame=frame, parameters=parameters, **described)


def find(spec: EstimateSpec, world: ClaimInputs) -> ClaimEstimate:
    _, estimator = ESTIMATORS[spec.estimator]
    return estimator(spec, parameters_of(spec), world)


def people(n: int, rng: np.random.Generator, n_coaches: int = 30) -> pl.DataFrame:
    """People with a coach, a tenure, and a follow-up without exits of 400 days."""
    coach = rng.integers(0, n_coaches, n)
    return pl.DataFrame(
        {
            "agent_key": [f"a{number:05d}" for number in range(n)],
            "coach_key": [f"c{number:03d}" for number in coach],
            "team": [f"t{number:03d}" for number in coach],
            "tenure_days": rng.uniform(30, 900, n),
            "follow_up_days": np.full(n, 400),
            "days_to_end": np.full(n, 400),
            "exit_type": pl.Series([None] * n, dtype=pl.String),
            "arm": [ARMS[number] for number in rng.integers(0, 2, n)],
        }
    )
