"""Real turnover data through the front door, against results computed in R.

Dedicated coach against line manager; the expected answers and their origin stand in the study's
own README. Tolerances: points 1e-6 absolute, Greenwood errors 1e-4 relative, weighted errors 3 %.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.workspace import Workspace
from tests.integration.refreshing import EXACT, SHARED, published, refresh

STUDY = SHARED / "studies" / "probation-coach"
ARMS = {"a": "dedicated coach", "b": "line manager"}
HORIZONS = (90, 180, 365)

pytestmark = pytest.mark.outside_data


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("study") / "probation-coach")
    shutil.copytree(STUDY, workspace.root)
    for path in workspace.root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with workspace.settings_file.open("a", encoding="utf-8") as settings:
        settings.write(f"\n{EXACT}")
    ended = refresh(workspace)
    assert ended.status == 0, ended.output
    return workspace


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((STUDY / "expected.json").read_text())
    return content


@pytest.mark.parametrize("arm", ["a", "b"])
@pytest.mark.parametrize(("design", "error_tolerance"), [("unadjusted", 1e-4), ("weighted", 0.03)])
def test_survival_agrees_with_r(
    study: Workspace, expected: dict[str, Any], arm: str, design: str, error_tolerance: float
) -> None:
    curve = published(
        study,
        "select * from outcomes.retention_curve "
        f"where design = '{design}' and arm = '{ARMS[arm]}' and segment = 'all'",
    )
    rows = {row["day"]: row for row in curve.iter_rows(named=True)}
    for answer in expected[f"{design}_{arm}"]:
        row = rows[answer["day"]]
        assert row["survival"] == pytest.approx(answer["survival"], abs=1e-6)
        assert row["std_error"] == pytest.approx(answer["std_error"], rel=error_tolerance)
        if design == "unadjusted":
            assert row["conf_low"] == pytest.approx(answer["conf_low"], rel=1e-4)
            assert row["conf_high"] == pytest.approx(answer["conf_high"], rel=1e-4)


@pytest.mark.parametrize("design", ["unadjusted", "weighted"])
def test_restricted_means_agree_with_r(
    study: Workspace, expected: dict[str, Any], design: str
) -> None:
    rows = published(
        study,
        "select * from outcomes.comparison where estimand = 'rmst_difference_days' "
        f"and outcome = 'any_exit' and design = '{design}'",
    )
    by_horizon = {row["horizon_days"]: row for row in rows.iter_rows(named=True)}
    for answer in expected[f"rmst_{design}"]:
        row = by_horizon[answer["day"]]
        assert row["value_a"] == pytest.approx(answer["a"], abs=1e-6)
        assert row["value_b"] == pytest.approx(answer["b"], abs=1e-6)
        assert row["estimate"] == pytest.approx(answer["a"] - answer["b"], abs=1e-6)
        assert (row["n_people_a"], row["n_people_b"]) == (expected["n_a"], expected["n_b"])


def test_weights_agree_with_r(study: Workspace, expected: dict[str, Any]) -> None:
    summary = published(study, "select * from outcomes.weight_summary where design = 'weighted'")
    rows = {row["arm"]: row for row in summary.iter_rows(named=True)}
    for arm, label in ARMS.items():
        assert rows[label]["effective_sample_size"] == pytest.approx(expected[f"ess_{arm}"])
        assert rows[label]["n_people"] == expected[f"n_{arm}"]
    assert rows["all"]["largest_weight"] == pytest.approx(expected["max_weight"], abs=1e-6)
    assert rows["all"]["mean_weight"] == pytest.approx(expected["mean_weight"], abs=1e-6)


def test_identical_people_are_different_people(study: Workspace, expected: dict[str, Any]) -> None:
    n_people = published(study, "select count(*) from marts.coaching_episode").item()
    assert n_people == expected["n_a"] + expected["n_b"]


def test_the_page_says_what_it_leaves_out(study: Workspace) -> None:
    page = Path(study.published_site / "outcomes.html").read_text(encoding="utf-8").lower()
    for missing in ("survey", "shift", "performance", "training"):
        assert missing in page
    assert "dedicated coach" in page
    assert "line manager" in page
