"""Every kind of organisation publishes, keeps the promise, and says what isn't shown and why.

Publishing scans the whole publication, by the command as in the tests' own process.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from dashboards.browser import VARIABLE
from pipelines.config.settings import Privacy
from pipelines.core.status import STATUSES
from pipelines.core.workspace import Workspace
from pipelines.disclosure.confidentiality import Protection
from pipelines.simulation import write_sample
from tests.chromium import find_chromium
from tests.disclosure.scan import scan
from tests.disclosure.scan_files import pdf_text
from tests.figures.visible_text import visible_text
from tests.integration.direct import publish
from tests.integration.refreshing import SHARED, published, refresh
from tests.privacy.landing_rows import Row, change_rows

STUDY = SHARED / "studies" / "probation-coach"
COUNTED = (
    "select design, segment, segment_value, status, count(estimate) as n_shown "
    "from outcomes.comparison group by all"
)


def page(workspace: Workspace, name: str) -> str:
    """The visible text of a page, in small letters."""
    return visible_text((workspace.published_site / name).read_text("utf-8")).lower()


def sample(folder: Path, n_agents: int, months: int) -> Workspace:
    workspace = Workspace(folder)
    write_sample(workspace.landing, n_agents=n_agents, months=months, seed=7)
    return workspace


def published_centre(workspace: Workspace) -> Workspace:
    publish(workspace)
    assert set(published(workspace, COUNTED)["status"]) <= set(STATUSES)
    return workspace


def restyle(workspace: Workspace, style_of: Callable[[Row], str | None]) -> None:
    """Give sessions another style; the coded behaviours go, since they say what it was."""

    def change(source: str, row: Row) -> Row:
        return {**row, "style": style_of(row)} if source == "coaching_sessions" else row

    change_rows(workspace.landing, change)


@pytest.fixture(scope="module")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """120 agents over seven months, by the real command and with the PDF."""
    workspace = sample(tmp_path_factory.mktemp("smallest"), 120, 7)
    ended = refresh(workspace, **{VARIABLE: str(find_chromium())})
    assert ended.status == 0, ended.output
    return workspace


def test_a_small_centre_says_what_is_hidden_too_early_and_without_data(smallest: Workspace) -> None:
    told = published(smallest, "select outcome, horizon_days, status from outcomes.comparison "
                     "where segment = 'all' and design = 'unadjusted'")  # fmt: skip
    statuses = {(row[0], row[1]): row[2] for row in told.iter_rows()}
    assert statuses["voluntary_exit", 90] == "suppressed"
    assert statuses["any_exit", 90] == "shown"
    assert statuses["any_exit", 365] == statuses["voluntary_exit", 365] == "too_early"
    assert "hidden for privacy" in page(smallest, "outcomes.html")
    assert "too early" in page(smallest, "retention.html")
    assert "too early" in page(smallest, "wellbeing.html")
    assert "no data" in page(smallest, "index.html")
    assert "not reportable" in page(smallest, "customers.html")


def test_how_people_left_is_in_no_curve_where_the_comparison_hides_it(smallest: Workspace) -> None:
    curve = published(smallest, "select * from outcomes.retention_curve")
    assert curve["survival"].drop_nulls().len() > 20
    for kind in ("voluntary_exit", "involuntary_exit", "other_exit"):
        assert curve[kind].null_count() == curve.height
    early = r"leaving by choice(; [a-z ]+)*\. too early"
    assert re.search(early, page(smallest, "retention.html"))
    html = (smallest.published_site / "retention.html").read_text("utf-8")
    assert "incidence-voluntary-exit" not in html


def test_the_scan_reads_the_pdf_and_finds_what_is_put_there(
    smallest: Workspace, tmp_path: Path
) -> None:
    """A scan that found nothing in a spoilt publication would prove nothing in a good one."""
    protection = Protection.of(Privacy())
    copy = tmp_path / "published"
    shutil.copytree(smallest.published, copy)
    assert scan(copy, protection) == []
    pdf = copy / "site" / "summary.pdf"
    assert pdf.exists()
    assert "coaching" in pdf_text(pdf).lower()
    for name, before, after in (
        ("outcomes.html", "</main>", "<p>Only 7 exits so far.</p></main>"),
        ("retention.html", "</main>", '<p title="2 coaches, 3 people">.</p></main>'),
        ("digest.txt", "\n", " 4 leavers\n"),
        ("customers.html", "hidden%20for%20privacy", "hidden%20for%20privacy%2C0.123"),
    ):
        path = copy / "site" / name
        text = path.read_text("utf-8")
        path.write_text(text.replace(before, after, 1), "utf-8")
        found = scan(copy, protection) if after not in text and before in text else [name]
        assert found, name
        path.write_text(text, "utf-8")
    finer = scan(copy, Protection(10, 3, 5, grid=7, grid_confidential=13))
    assert any("is no multiple" in what for what in finer)


@pytest.mark.slow
def test_a_middling_centre_shows_more(tmp_path: Path) -> None:
    workspace = published_centre(sample(tmp_path, 400, 12))
    counted = published(workspace, COUNTED)
    shown = counted.filter(pl.col("status") == "shown")["n_shown"].sum()
    assert shown > 60
    assert "hidden for privacy" in page(workspace, "parts.html")
    assert "comparisons to" in page(workspace, "outcomes.html")


def site_of(workspace: Workspace) -> dict[str, str]:
    """Each person's site, as their first roster row has it."""
    with (workspace.landing_source("roster") / "roster.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["employee_id"]: row["site"] for row in reversed(rows)}


@pytest.mark.slow  # quicker: the scan of the smallest centre above
def test_a_site_with_one_kind_of_coaching_only(tmp_path: Path) -> None:
    workspace = sample(tmp_path, 200, 9)
    sites = site_of(workspace)
    restyle(
        workspace,
        lambda row: (
            "compassionate" if sites[str(row["employee_id"]).strip()] == "Aster" else row["style"]
        ),
    )
    published_centre(workspace)
    counted = published(workspace, COUNTED)
    alone = counted.filter(segment="site", segment_value="Aster")
    assert set(alone["status"]) == {"no_data"}, "nobody to compare"
    assert alone["n_shown"].sum() == 0
    assert counted.filter(segment="all", status="shown")["n_shown"].sum() > 0
    left = published(
        workspace, "select n_left from outcomes.trial_flow where step = 'no_counterpart'"
    )
    assert left.item() == pytest.approx(107, abs=5), "everybody at Aster, to the weight of five"
    assert "compassionate" in page(workspace, "outcomes.html")


@pytest.mark.slow
def test_one_kind_of_coaching_everywhere(tmp_path: Path) -> None:
    workspace = sample(tmp_path, 150, 8)
    restyle(workspace, lambda _: "compassionate")
    published_centre(workspace)
    counted = published(workspace, COUNTED)
    assert counted["n_shown"].sum() == 0
    everybody = counted.filter(pl.col("segment") == "all", pl.col("design") != "training_rollout")
    assert set(everybody["status"]) == {"no_data"}
    assert "no data" in page(workspace, "outcomes.html")
    for name in ("retention.html", "wellbeing.html", "customers.html", "absence.html"):
        assert "no data" in page(workspace, name)


@pytest.mark.slow
@pytest.mark.outside_data
def test_the_real_study_rounded(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "study")
    shutil.copytree(STUDY, workspace.root)
    for path in workspace.root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    published_centre(workspace)
    shown = published(
        workspace, "select * from outcomes.comparison where status = 'shown' and segment = 'all'"
    )
    assert shown.height > 5
    summary = page(workspace, "outcomes.html")
    assert "no data" in summary
    assert "dedicated coach" in summary
