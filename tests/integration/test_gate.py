"""Nothing gets past a refusal; a refused file leaves, a publication goes back: real refreshes.

The tests follow one another on one workspace: what each leaves, the next begins with.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.integration.direct import night, publish
from tests.integration.refreshing import (
    EXACT,
    Ended,
    fingerprint,
    private,
    program,
    published,
    refresh,
    run_to_end,
    scanned,
)

ESTIMATES = (
    "select * from outcomes.comparison "
    "order by outcome, horizon_days, design, estimand, segment, segment_value"
)
LOG = "select refresh_id, status from meta.refresh order by 1"
WRONG = "wrong.csv"


def materialise(workspace: Workspace, *keys: str, job: str = "__ASSET_JOB") -> str:
    """Make single assets as the UI does: a run of Dagster's own job, in a process of its own."""
    return program("materialise", str(workspace.root), job, *keys).output


def command(workspace: Workspace, name: str, *arguments: str) -> Ended:
    module = f"assets.commands.{name}"
    run = [sys.executable, "-m", module, "--workspace", str(workspace.root), *arguments]
    return scanned(workspace, run_to_end(run))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("gate"))
    write_sample(workspace.landing, n_agents=100, months=10, seed=4)
    workspace.settings_file.write_text(EXACT)
    return publish(workspace)


@pytest.fixture(scope="module")
def first(centre: Workspace) -> tuple[dict[str, str], pl.DataFrame]:
    return fingerprint(centre.published), published(centre, ESTIMATES)


def test_everything_published_carries_one_number(
    centre: Workspace, first: tuple[dict[str, str], pl.DataFrame]
) -> None:
    manifest = json.loads((centre.published / "manifest.json").read_text())
    assert manifest["refresh_id"] == 1
    assert (centre.published_site / "refresh.id").read_text() == "1\n"
    assert published(centre, LOG).rows() == private(centre, LOG).rows() == [(1, "published")]


def test_single_assets_are_no_refresh_and_publish_nothing(
    centre: Workspace, first: tuple[dict[str, str], pl.DataFrame]
) -> None:
    said = materialise(centre, "marts/agent")
    assert said.strip().endswith("succeeded"), said
    assert private(centre, LOG).rows() == [(1, "published")]
    said = materialise(centre, "release/outcomes", "published/analytics")
    assert "single assets were asked for" in said, said
    assert fingerprint(centre.published) == first[0]


@pytest.fixture(scope="module")
def refused(centre: Workspace, first: tuple[dict[str, str], pl.DataFrame]) -> Ended:
    """A delivery whose rows are sound one by one, and which a blocking check refuses."""
    days = private(centre, "select separation_date from staging.attrition")["separation_date"]
    exits = pl.DataFrame(
        {
            "employee_id": [f"NOBODY-{number}" for number in range(2 * days.len())],
            "separation_date": [days.max()] * (2 * days.len()),
            "separation_type": ["voluntary"] * (2 * days.len()),
        }
    )
    exits.write_csv(centre.landing_source("attrition") / WRONG)
    ended = refresh(centre)
    assert ended.status == 2, ended.output
    return ended


def test_a_refusal_names_the_ways_out(refused: Ended) -> None:
    assert refused.last_line.startswith("refused staging/attrition"), refused.last_line
    assert "take it out of landing/" in refused.last_line
    assert f"make withdraw FILE=attrition/{WRONG}" in refused.last_line


@pytest.mark.parametrize(
    "job", ["__ASSET_JOB", pytest.param("nightly_refresh", marks=pytest.mark.slow)]
)
def test_nothing_gets_past_a_refusal(
    centre: Workspace,
    first: tuple[dict[str, str], pl.DataFrame],
    refused: Ended,
    job: str,
) -> None:
    """What the UI offers: every asset behind the check, or the swap alone."""
    way = ["staging/study_setting", "staging/pseudonym", "marts/agent", "release/outcomes"]
    way += ["published/analytics", "published/site", "published/current"]
    for keys in (way, ["published/current"]):
        said = materialise(centre, *keys, job=job)
        assert said.strip().endswith("ended"), said
    assert "blocking checks" in said, said
    assert fingerprint(centre.published) == first[0]
    assert private(centre, LOG).rows() == [(1, "published"), (2, "refused")]


@pytest.fixture(scope="module")
def healed(centre: Workspace, refused: Ended) -> Workspace:
    """The night after the refused file was taken out."""
    (centre.landing_source("attrition") / WRONG).unlink()
    night(centre)
    return centre


@pytest.mark.slow  # quicker: a refused file taken out before a kill, in test_nights.py
def test_taking_the_refused_file_out_heals(
    healed: Workspace, first: tuple[dict[str, str], pl.DataFrame]
) -> None:
    centre = healed
    assert published(centre, ESTIMATES).equals(first[1])
    file = f"select status, n_accepted from quality.ingested_file where file = '{WRONG}'"
    assert published(centre, file).rows() == [("withdrawn", 0)]
    assert private(centre, "select count(*) from raw.attrition").item() == (
        private(
            centre, "select sum(n_rows) from ledger.file where source = 'attrition' "
            "and status = 'loaded'",
        ).item()
    )  # fmt: skip


@pytest.fixture(scope="module")
def corrected(healed: Workspace) -> Workspace:
    """A delivery that passes every check, and is wrong."""
    changed = private(
        healed,
        "select employee_id, separation_date, 'involuntary' as separation_type, reason, regretted "
        "from staging.attrition where separation_type = 'voluntary' order by employee_id limit 15",
    )
    changed.write_csv(healed.landing_source("attrition") / "corrected.csv")
    return publish(healed)


@pytest.mark.slow
def test_a_rollback_puts_the_publication_before_back(
    corrected: Workspace, first: tuple[dict[str, str], pl.DataFrame]
) -> None:
    assert not published(corrected, ESTIMATES).equals(first[1])
    ended = command(corrected, "rollback")
    assert ended.status == 0, ended.output
    assert ended.last_line.startswith("rolled back to the publication of refresh 3")
    assert published(corrected, ESTIMATES).equals(first[1])
    assert private(corrected, LOG).rows()[-2:] == [(3, "published"), (4, "rolled_back")]


@pytest.mark.slow
def test_a_withdrawn_delivery_leaves_though_its_file_stays(
    corrected: Workspace, first: tuple[dict[str, str], pl.DataFrame]
) -> None:
    ended = command(corrected, "withdraw", "--file", "attrition/corrected.csv")
    assert ended.status == 0, ended.output
    assert "withdrawn attrition/corrected.csv: 15 rows count no longer" in ended.output
    assert published(corrected, ESTIMATES).equals(first[1])
    causes = published(corrected, "select cause, file from meta.data_change order by all").rows()
    assert ("file", "corrected.csv") not in causes, "it had been rolled back before"
    assert published(corrected, LOG).rows()[-2:] == [(4, "rolled_back"), (5, "published")]
    assert (corrected.landing_source("attrition") / "corrected.csv").exists()


@pytest.mark.slow
def test_an_error_behind_the_swap_has_a_number_and_leaves_a_publication(
    corrected: Workspace,
) -> None:
    (corrected.landing_source("attrition") / "corrected.csv").unlink()
    done = program("fails_behind_the_swap", "--workspace", str(corrected.root))
    assert done.status == 1, done.output
    assert "somebody" not in done.output
    last = done.last_line
    assert "the new publication stands" in last
    number = last.partition("(error ")[2].partition(",")[0]
    entries = [json.loads(each) for each in corrected.error_log.read_text().splitlines()]
    entry = next(each for each in entries if each["error"] == number)
    assert entry["chain"][-1]["kind"] == "RuntimeError"
    assert any("assets/publication.py" in line for line in entry["chain"][-1]["lines"])
    assert "somebody" not in corrected.error_log.read_text()
    assert corrected.error_log.stat().st_mode & 0o777 == 0o600
    assert private(corrected, LOG).rows()[-1] == (6, "published")
    assert published(corrected, LOG).rows()[-1] == (6, "published")


@pytest.mark.slow
def test_a_backup_brings_an_empty_workspace_to_the_same_estimates(
    corrected: Workspace, tmp_path: Path
) -> None:
    shown = published(corrected, ESTIMATES)
    own = corrected.recipes / "ours" / "badges" / "recipe.toml"
    own.parent.mkdir(parents=True)
    own.write_text('title = "Badges"\n')
    kept = tmp_path / "kept"
    ended = command(corrected, "backup", "--to", str(kept))
    assert ended.status == 0, ended.output
    (backup,) = kept.iterdir()
    assert backup.stat().st_mode & 0o777 == 0o600
    empty = Workspace(tmp_path / "empty")
    empty.root.mkdir()
    ended = command(empty, "restore", "--from", str(backup))
    assert ended.status == 0, ended.output
    assert published(empty, ESTIMATES).equals(shown)
    assert (empty.recipes / "ours" / "badges" / "recipe.toml").read_bytes() == own.read_bytes()
    shutil.rmtree(corrected.recipes)
    assert not any(empty.landing.rglob("*.csv")), "raw alone brought it back"
    people = "select agent_key from marts.agent order by 1"
    assert published(empty, people).equals(published(corrected, people))


@pytest.mark.slow
def test_a_torn_backup_changes_nothing(corrected: Workspace, tmp_path: Path) -> None:
    command(corrected, "backup", "--to", str(tmp_path))
    (backup,) = tmp_path.iterdir()
    backup.write_bytes(backup.read_bytes()[: -len(backup.read_bytes()) // 3])
    before = fingerprint(corrected.raw)
    ended = command(corrected, "restore", "--from", str(backup))
    assert ended.status == 1
    assert "nothing was changed" in ended.last_line
    assert fingerprint(corrected.raw) == before
