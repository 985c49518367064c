"""Sixty more leavers in the newest month: the first sentence says so, and no comparison does."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.integration.direct import publish

MORE = 60
ATTRITION = ("employee_id", "separation_date", "separation_type", "reason")


def sample(folder: Path, n_more: int) -> Workspace:
    """A centre of 500 over 14 months; ``n_more`` who were still there left by choice in October."""
    workspace = Workspace(folder)
    write_sample(workspace.landing, n_agents=500, months=14, seed=7)
    with (workspace.landing / "attrition" / "attrition.csv").open() as file:
        gone = {row["employee_id"] for row in csv.DictReader(file)}
    with (workspace.landing / "roster" / "roster.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["role"] == "agent"]
    staying = sorted({r["employee_id"] for r in rows if r["hire_date"] < "2026-08-01"} - gone)
    if n_more:
        with (workspace.landing / "attrition" / "more.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(ATTRITION)
            writer.writerows(
                (name, f"2026-10-{10 + place % 15}", "voluntary", "other job")
                for place, name in enumerate(staying[:n_more])
            )
    return workspace


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace]:
    """The same centre without and with the sixty."""
    folder = tmp_path_factory.mktemp("today")
    return publish(sample(folder / "usual", 0)), publish(sample(folder / "more", MORE))


def newest(workspace: Workspace, measure: str) -> dict[str, object]:
    query = "select * from outcomes.trend where scope = 'all' and is_newest and measure = $1"
    with open_warehouse(workspace.published_analytics, read_only=True) as con:
        (row,) = fetch(con, query, [measure]).to_dicts()
    return row


def headline(workspace: Workspace, page: str) -> str:
    text = (workspace.published_site / page).read_text("utf-8")
    found = re.search(r'<h1 id="headline">(.*?)</h1>', text, re.DOTALL)
    assert found
    return found[1]


def test_the_first_sentence_says_so(worlds: tuple[Workspace, Workspace]) -> None:
    usual, more = worlds
    told = headline(more, "index.html")
    assert told.startswith("October: ")
    assert "is usual" in told
    assert "as usual" in headline(usual, "index.html")
    assert re.search(r"\d", told)


def test_the_month_is_signalled_and_the_others_are_not(
    worlds: tuple[Workspace, Workspace],
) -> None:
    usual, more = worlds
    for measure in ("any_exits", "any_exit_rate"):
        assert newest(usual, measure)["signal"] == "none"
        assert newest(more, measure)["signal"] == "above_limit"
        assert newest(more, measure)["is_welcome"] is False
    for measure in ("unplanned_absence", "customer_satisfaction", "handle_time"):
        assert newest(more, measure)["signal"] == newest(usual, measure)["signal"]


def test_no_comparison_claims_it(worlds: tuple[Workspace, Workspace]) -> None:
    """The newest month leads Today alone; the comparison is about everybody since day 0."""
    _, more = worlds
    assert "October" not in headline(more, "outcomes.html")


def test_months_add_up_in_the_published_file(worlds: tuple[Workspace, Workspace]) -> None:
    query = """
        select month, n_opening + n_hires - n_exits + n_net_moves as closing, n_closing,
            lag(n_closing) over (order by month) as closed, n_opening
        from marts.all_month order by month
    """
    with open_warehouse(worlds[1].published_analytics, read_only=True) as con:
        rows = fetch(con, query).to_dicts()
        left = fetch(
            con, "select count(*) as n from marts.agent_month where exit_type is not null"
        ).item()
        months = fetch(con, "select sum(n_exits) as n from marts.all_month").item()
    assert len(rows) == 14
    assert all(row["closing"] == row["n_closing"] for row in rows)
    assert all(row["closed"] == row["n_opening"] for row in rows[1:])
    assert left == months
