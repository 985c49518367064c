"""The worked example of docs/extending.md, followed to the letter on a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from pipelines.contracts.claims import load_claims
from pipelines.core.workspace import Workspace
from tests.integration.refreshing import PROJECT, TIME_LIMIT_SECONDS, environment, published

FENCED = re.compile(r"^```yaml (\S+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
NEEDED = ("pipelines", "sql", "dashboards", "assets", "docs", "dagster.yaml", "pyproject.toml")


def blocks() -> dict[str, str]:
    """The page's blocks by the file that each is to be appended to, or is all of."""
    page = (PROJECT / "docs" / "extending.md").read_text(encoding="utf-8")
    return dict(FENCED.findall(page))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A sample workspace refreshed by a copy of the project to which the blocks were appended."""
    copy = tmp_path_factory.mktemp("copy")
    for name in NEEDED:
        source, target = PROJECT / name, copy / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    for name, text in blocks().items():
        with (copy / name).open("a", encoding="utf-8") as contract:
            contract.write("\n" + text)
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    size = ("--agents", "500", "--months", "14", "--seed", "3")
    for command in (
        ("pipelines.simulation", "--landing", str(workspace.root / "landing"), *size),
        ("assets.refresh", "--workspace", str(workspace.root)),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=copy,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return workspace


def test_the_page_shows_a_covariate_and_a_claim() -> None:
    """The quick part; what comes of following the page is looked at below, with the slow tests."""
    assert set(blocks()) == {
        "pipelines/contracts/covariates.yml",
        "pipelines/contracts/claims/session_length.yml",
    }
    covariates, claim = (PROJECT / name for name in blocks())
    assert covariates.is_file()
    assert claim.parent.is_dir() and not claim.exists()


@pytest.mark.slow
def test_the_claim_has_its_estimate_its_verdict_and_its_reason(followed: Workspace) -> None:
    (claim,) = published(
        followed, "select * from outcomes.claim where claim = 'session_length'"
    ).to_dicts()
    (estimate,) = published(
        followed, "select * from outcomes.claim_estimate where claim = 'session_length'"
    ).to_dicts()
    assert claim["wording"] == "Longer first sessions are worth their time."
    assert claim["verdict"] in {"supported", "not_supported", "unclear"}
    assert claim["reason"].startswith("quality score in days 1 to 90 per 10 minutes more: ")
    assert claim["n_estimates"] == 1
    assert estimate["estimate_name"] == "quality_by_minutes"
    assert estimate["conf_low"] < estimate["estimate"] < estimate["conf_high"]
    assert estimate["n_people"] > 100


@pytest.mark.slow
def test_the_other_claims_stay(followed: Workspace) -> None:
    claims = published(followed, "select claim, verdict from outcomes.claim")
    assert claims.height == len(load_claims()) + 1
    assert claims["verdict"].null_count() == 0


@pytest.mark.slow
def test_the_covariate_is_balanced(followed: Workspace) -> None:
    rows = published(
        followed,
        "select * from outcomes.covariate_balance where covariate = 'prior_instrument'",
    )
    assert rows.height >= 1
    assert set(rows["label"].str.slice(0, 20)) == {"Questionnaire before"}
    assert rows["smd_before"].null_count() == rows["smd_after"].null_count() == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "truth", "verdict"),
    [
        # What pipelines/simulation/measures.py adds to satisfaction after either course.
        ("five_tools", 0.12, "supported"),
        ("satisfaction", 0.0, "unclear"),
    ],
)
def test_trainings_are_told_as_the_sample_was_made(
    followed: Workspace, claim: str, truth: float, verdict: str
) -> None:
    (row,) = published(
        followed,
        "select * from outcomes.claim_estimate inner join outcomes.claim using (claim) "
        f"where claim = '{claim}' and is_deciding",
    ).to_dicts()
    assert row["conf_low"] <= truth <= row["conf_high"]
    assert row["verdict"] == verdict
