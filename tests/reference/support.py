"""The reference results, and small worlds that several tests build.

R's results and the data they rest on lie beside this file (see README.md there). One data set has
no licence and stays outside the project: tests about it are marked `outside_data`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from pipelines.disclosure.comparison import released_comparison
from pipelines.disclosure.thresholds import decide
from pipelines.estimators.kernels.influence_functions import GroupWeights, person_variance
from pipelines.estimators.kernels.survival import Curve, fit_curve
from pipelines.estimators.results import ComparisonSpec, Covariate
from tests.disclosure.rows import EXACT

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1].parent / "shared"
"""Beside the project, where it is there: what may not be passed on."""


def shared(path: str) -> Path:
    """Return a file or folder of what may not be passed on; only for tests `outside_data`."""
    return SHARED / path


def expected(name: str) -> dict[str, Any]:
    """Return R's results for one data set."""
    own = HERE / "expected" / f"{name}.json"
    found = own if own.exists() else shared(f"reference/expected/{name}.json")
    values: dict[str, Any] = json.loads(found.read_text())
    return values["values"]


def reference_data(name: str) -> pl.DataFrame:
    """Return one reference data set, types inferred."""
    own = HERE / "data" / f"{name}.csv.gz"
    found = own if own.exists() else shared(f"reference/data/{name}.csv")
    return pl.read_csv(found, infer_schema_length=None, null_values=["", "NA"])


def curve_of(
    times: ArrayLike, exits: ArrayLike, weights: ArrayLike | None = None, until: float = np.inf
) -> Curve:
    """Fit one curve, unweighted unless told."""
    ones = np.ones(len(np.asarray(times)))
    return fit_curve(times, exits, ones if weights is None else weights, until=until)


def person_errors(
    curve: Curve, tables: NDArray[np.float64], weights: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return person-level standard errors (K, G) for influence tables (K, C, G)."""
    n = curve.n_people
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    group = GroupWeights(weight, np.arange(n), n)
    return np.sqrt(np.stack([person_variance(curve, group, table) for table in tables]))


AGE = Covariate("age", "age", "numeric", "Age")
SITE = Covariate("site", "site", "categorical", "Site")
SKILL = Covariate("skill", "skill", "numeric", "Skill")


def spec_of(**changes: Any) -> ComparisonSpec:
    """Return a spec for `small_world`, with changes."""
    settings: dict[str, Any] = {
        "arm_a": "A",
        "arm_b": "B",
        "horizon_days": (90, 180),
        "covariates": (AGE, SITE, SKILL),
        "min_group": 10,
        "min_coaches": 3,
    } | changes
    return ComparisonSpec(**settings)


def released_exactly(rows: pl.DataFrame, min_group: int = EXACT.min_group) -> pl.DataFrame:
    """Return rows of the comparison as they may be shown, but to the last digit."""
    protection = replace(EXACT, min_group=min_group)
    return released_comparison(decide(rows, protection), protection)


def small_world(n: int = 400, seed: int = 7, n_coaches: int = 25) -> pl.DataFrame:
    """Draw people whose arm and exits both depend on age, site and skill, by coach."""
    rng = np.random.default_rng(seed)
    age = rng.normal(35.0, 9.0, n)
    site = rng.integers(0, 3, n)
    skill = rng.normal(size=n)
    coach = rng.integers(0, n_coaches, n)
    leaning = rng.normal(scale=0.5, size=n_coaches)[coach]
    in_a = rng.random(n) < 1 / (1 + np.exp(-(0.6 * skill + 0.3 * (site - 1) + leaning)))
    hazard = np.exp(-6.2 - 0.4 * skill - 0.02 * (age - 35) + 0.3 * leaning)
    exit_day = np.ceil(rng.exponential(1 / hazard)).astype(int)
    kind = rng.choice(["voluntary", "involuntary", "other"], n, p=[0.7, 0.2, 0.1])
    end = rng.integers(60, 400, n)
    is_exit = exit_day <= end
    return pl.DataFrame(
        {
            "agent_key": [f"person-{i:05d}" for i in range(n)],
            "coach_key": [f"coach-{i}" for i in coach],
            "arm": ["A" if a else "B" for a in in_a],
            "follow_up_days": np.minimum(exit_day, end),
            "exit_type": pl.Series(
                [str(k) if e else None for k, e in zip(kind, is_exit, strict=True)],
                dtype=pl.String,
            ),
            "age": age,
            "site": [f"site {s}" for s in site],
            "skill": skill,
        }
    )


def absences(people: pl.DataFrame) -> pl.DataFrame:
    """Some hours of absence for everybody, of 160 hours each."""
    return people.select(
        "agent_key",
        outcome=pl.lit("unplanned_absence"),
        is_window_complete=pl.lit(value=True),
        numerator=pl.lit(8.0) + pl.int_range(pl.len()) % 5,
        denominator=pl.lit(160.0),
    )
