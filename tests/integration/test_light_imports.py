"""Pages and the schedule load no estimator: a night between cuts needs none and shouldn't wait."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
HEAVY = (
    "pipelines.estimators",
    "pipelines.claims",
    "pipelines.analysis.comparison",
    "scipy.stats",
    "statsmodels",
)
LOADED = """
import sys
import {modules}
print([name for name in sys.modules if name.startswith({heavy})])
"""


def loaded(modules: str) -> str:
    """Return which heavy modules a fresh interpreter has after an import, as a list in text."""
    program = LOADED.format(modules=modules, heavy=HEAVY)
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_no_estimator_is_loaded() -> None:
    assert loaded("dashboards.load, dashboards.exports, assets.definitions") == "[]"


def test_one_kernel_loads_statsmodels_and_only_the_part_that_fits() -> None:
    found = loaded("pipelines.estimators.kernels.poisson, pipelines.estimators.kernels.weights")
    assert "pipelines.estimators.kernels.poisson" in found, "the test above would find one"
    assert "statsmodels.genmod.generalized_linear_model" in found
    assert "statsmodels.api" not in found
    sources = (PROJECT / "pipelines").rglob("*.py")
    named = [path.stem for path in sources if "statsmodels" in path.read_text()]
    assert named == ["generalised_linear"]


@pytest.mark.parametrize(("given", "told"), [(None, "1"), ("3", "3")])
def test_linear_algebra_has_one_thread_unless_it_is_given_more(
    given: str | None, told: str
) -> None:
    variable = "OPENBLAS_NUM_THREADS"
    environment = {name: value for name, value in os.environ.items() if name != variable}
    environment |= {} if given is None else {variable: given}
    program = f"import assets.refresh, os; print(os.environ['{variable}'])"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == told
