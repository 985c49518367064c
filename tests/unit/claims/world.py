"""Small frames with a known answer, and the register called on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipelines.claims.claim_estimate import ClaimEstimate, MinimumCounts
from pipelines.claims.frames import ClaimInputs
from pipelines.claims.register import ESTIMATORS, parameters_of
from pipelines.contracts.claims import Claim, EstimateSpec
from pipelines.disclosure.comparison import RELEASED_SCHEMA
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


def claim_of(*expects: str | None, needs: str = "any", note: str | None = None) -> Claim:
    """A claim with one estimate for each of ``expects``."""
    estimates = tuple(
        spec_of("slope", "episode", {}, name=f"e{number}", expects=side)
        for number, side in enumerate(expects)
    )
    return Claim(
        claim="it",
        wording="It is so.",
        source="Somebody",
        tested_by="Looking",
        needs=needs,  # type: ignore[arg-type]
        note=note,
        assumes="Nothing.",
        would_change_our_mind="Something.",
        estimates=estimates,
    )


def comparison(**changes: object) -> pl.DataFrame:
    """The weighted difference in voluntary exits within a year, and rows that must not count."""
    row = {
        **dict.fromkeys(RELEASED_SCHEMA),
        "outcome": "voluntary_exit",
        "design": "weighted",
        "estimand": "risk_difference",
        "segment": "all",
        "segment_value": "all",
        "horizon_days": 365,
        "n_people_a": 500,
        "n_people_b": 700,
        "value_a": 0.2,
        "value_b": 0.25,
        "estimate": -0.05,
        "std_error": 0.02,
        "conf_low": -0.09,
        "conf_high": -0.01,
        "verdict": "better",
        "status": "shown",
    }
    others = [
        {**row, "verdict": "worse", "estimate": 0.3, "conf_low": 0.2, "conf_high": 0.4, **other}
        for other in (
            {"design": "unadjusted"},
            {"horizon_days": 90},
            {"estimand": "risk_ratio"},
            {"outcome": "any_exit"},
            {"segment": "site", "segment_value": "north"},
        )
    ]
    return pl.DataFrame([{**row, **changes}, *others], schema=RELEASED_SCHEMA)
