"""Sixty more leavers in the newest month: the first sentence says so, and no comparison does."""

from __future__ import annotations

import csv
import html
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from tests.browser.published import publication
from tests.integration.direct import publish

__all__ = ["publication"]

MORE = 60
ATTRITION = ("employee_id", "separation_date", "separation_type", "reason")


@pytest.fixture(scope="module")
def worlds(
    publication: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, Workspace]:
    """The published sample, and the same centre whose leavers of October are sixty more."""
    more = Workspace(tmp_path_factory.mktemp("today"))
    shutil.copytree(publication.landing, more.landing)
    with (more.landing / "attrition" / "attrition.csv").open() as file:
        gone = {row["employee_id"] for row in csv.DictReader(file)}
    with (more.landing / "roster" / "roster.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["role"] == "agent"]
    staying = sorted({r["employee_id"] for r in rows if r["hire_date"] < "2026-08-01"} - gone)
    with (more.landing / "attrition" / "more.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ATTRITION)
        writer.writerows(
            (name, f"2026-10-{10 + place % 15}", "voluntary", "other job")
            for place, name in enumerate(staying[:MORE])
        )
    return publication, publish(more)


def newest(workspace: Workspace, measure: str) -> dict[str, object]:
    query = "select * from outcomes.trend where scope = 'all' and is_newest and measure = $1"
    with open_warehouse(workspace.published_analytics, read_only=True) as con:
        (row,) = fetch(con, query, [measure]).to_dicts()
    return row


def headline(workspace: Workspace, page: str) -> str:
    text = (workspace.published_site / page).read_text("utf-8")
    found = re.search(r'<h1 id="headline"[^>]*>(.*?)</h1>', text, re.DOTALL)
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


def test_what_analysts_call_says_what_the_tables_say(worlds: tuple[Workspace, Workspace]) -> None:
    """The macros of the file against the month tables, and every declared key against its rows."""
    with open_warehouse(worlds[1].published_analytics, read_only=True) as con:
        starters = fetch(
            con,
            """
            select months.n_hires, months.n_left_early, months.starters_status, asked.*
            from marts.all_month as months
            inner join left_within(90) as asked on asked.hire_month = months.month
            where months.month >= months.observed_from_month
            """,
        ).to_dicts()
        rates = fetch(
            con,
            """
            select annualised(n_exits, average_headcount) as mine, trend.value
            from marts.all_month
            inner join outcomes.trend using (month)
            where trend.scope = 'all' and trend.measure = 'any_exit_rate'
            """,
        )
        bare = fetch(
            con,
            """
            select table_name, column_name as name from duckdb_columns()
            where not internal and comment is null
            union all
            select schema_name, function_name from duckdb_functions()
            where not internal and comment is null
            """,
        )
        begun = fetch(con, "select distinct observed_from_month from marts.agent").to_series()
        cohorts = fetch(con, "select distinct observed_from_month from marts.hire_month")
        keys = fetch(con, "select * from meta.relationship").to_dicts()
        broken = [key for key in keys if fetch(con, _breaking(key)).item()]
    assert {row["status"] for row in starters} >= {"shown", "too_early"}
    for row in starters:
        assert row["status"] == row["starters_status"]
        assert row["n_left"] == row["n_left_early"]
        assert row["n_hired"] in (row["n_hires"], None)
    assert bare.is_empty(), bare
    assert begun.to_list() == cohorts["observed_from_month"].to_list() != [None]
    assert rates["mine"].to_list() == pytest.approx(rates["value"].to_list())
    assert {key["kind"] for key in keys} == {
        "primary_key",
        "unique_key",
        "foreign_key",
        "reference",
    }
    assert broken == []


def _breaking(key: dict[str, str]) -> str:
    """The query that counts what breaks a key: repeated rows, NULL, or rows that name nothing.

    Of a reference some rows may name none; the columns that it names are a key all the same.
    """
    own, parent = (
        [f'"{each}"' for each in (key[name] or "").split(", ")]
        for name in ("column_names", "parent_column")
    )
    table, columns = key["table_name"], ", ".join(own)
    if key["kind"] == "foreign_key":
        filled = " and ".join(f"{each} is not null" for each in own)
        named = f"(select ({', '.join(parent)}) from {key['parent_table']})"
        return f"select count(*) from {table} where {filled} and ({columns}) not in {named}"
    if key["kind"] == "reference":
        table, columns = key["parent_table"], ", ".join(parent)
    repeated = f"select 1 from {table} group by {columns} having count(*) > 1"
    is_null = " or ".join(f"{each} is null" for each in own)
    empty = f"select 1 from {table} where {is_null}"
    found = f"{repeated} union all {empty}" if key["kind"] == "primary_key" else repeated
    return f"select count(*) from ({found})"


EXAMPLES = Path(__file__).resolve().parents[2] / "sql" / "examples"


def asked(workspace: Workspace, number: str) -> list[dict[str, Any]]:
    """The rows of the cookbook's question of that number."""
    (path,) = EXAMPLES.glob(f"{number}_*.sql")
    with open_warehouse(workspace.published_analytics, read_only=True) as con:
        return fetch(con, path.read_text("utf-8")).to_dicts()


def rows_of(workspace: Workspace, caption: str, file: str = "index.html") -> dict[str, list[str]]:
    """The cells of the page's table with that caption, by the row's head; none where it isn't."""
    page = (workspace.published_site / file).read_text("utf-8")
    found = [part for part in page.split("<caption")[1:] if caption in part.split("</caption>")[0]]
    body = "".join(part.split("<tbody>")[1].split("</tbody>")[0] for part in found)
    rows = re.findall(r"<tr><th.*?</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return {re.sub("<.*?>", "", head): [re.sub("<.*?>", "", c) for c in rest]
            for head, *rest in cells}  # fmt: skip


def test_the_cookbook_says_what_the_page_says(worlds: tuple[Workspace, Workspace]) -> None:
    """Starters who left, turnover, reasons, regretted losses and who is still there."""
    usual, _ = worlds
    starters = rows_of(usual, "Left within 90 days")
    told = [row for row in asked(usual, "26") if row["left_within_90_days_per_100"] is not None]
    assert starters or len(told) < 2  # a chart takes two months
    for row in told if starters else []:
        shown = f"{row['left_within_90_days_per_100']:.1f}"
        assert starters[f"{row['hire_month']:%B %Y}"][0] == shown
    cells = rows_of(usual, "Left in any way, per 100 agents a year, by site and month")
    turnover = {row["whose"]: row["newest_month_per_100_a_year"] for row in asked(usual, "27")}
    page = (usual.published_site / "index.html").read_text("utf-8")
    assert cells
    year = next(row["turnover_of_twelve_months_per_100"] for row in asked(usual, "27"))
    assert year is None or re.search(f"ver the last twelve months:? {year:.1f} per 100", page)
    for site in cells:
        row = page.split(f'<span class="name">{site}</span>')[1].split("</tr>")[0]
        for newest in re.findall(r'title="October 2026: ([\d.]+) per 100 a year', row):
            assert float(newest) == pytest.approx(turnover[site], abs=0.051)
    by_site = asked(usual, "34")
    years = {row["whose"]: row["turnover_of_twelve_months_per_100"] for row in asked(usual, "27")}
    assert len(by_site) == len(years) - 1
    for row in by_site:
        if row["turnover_per_100_a_year"] is not None and row["n_months"] == 12:
            assert row["turnover_per_100_a_year"] == pytest.approx(years[row["site"]], abs=0.051)
            assert row["turnover_by_choice_per_100_a_year"] <= row["turnover_per_100_a_year"]
    reasons = rows_of(usual, "Reasons for leaving")
    listed = {row["reason"].capitalize(): row for row in asked(usual, "31")}
    assert reasons
    for reason, (said,) in reasons.items():
        n = listed[reason.removesuffix(" (as recorded)")]["n_exits"]
        assert said == ("hidden for privacy" if n is None else f"about {n}")
    (everybody,) = [row for row in asked(usual, "32") if row["whose"] == "all"]
    judged = f"of about {everybody['n_recorded']} leavers that HR has judged"
    assert f"Regretted losses: about {everybody['n_regretted']} {judged}" in page
    quarters = rows_of(usual, "still there after so many months")
    for row in asked(usual, "33"):
        first = row["hire_quarter"]
        name = f"Q{(first.month + 2) // 3} {first.year}"
        if row["after_3_months_per_100"] is not None:
            assert quarters[name][3] == f"{row['after_3_months_per_100']:.0f}"


def test_the_cookbook_says_verdicts_as_the_page_of_outcomes_does(
    worlds: tuple[Workspace, Workspace],
) -> None:
    """What can be said of each outcome, as its tile says it: only as far as its grade carries."""
    _, more = worlds
    page = (more.published_site / "outcomes.html").read_text("utf-8")
    tiles = {
        re.sub("<.*?>", "", tile.split("<h3>")[1].split("</h3>")[0]): tile
        for tile in page.split('<li class="tile')[1:]
    }
    told = {row["label"]: row["as_told"] for row in asked(more, "19") if row["as_told"]}
    assert len(tiles.keys() & told.keys()) > 2
    for label in tiles.keys() & told.keys():
        shown = tiles[label].split('data-field="verdict">')[1].split("</span>")[0]
        assert shown.split(":")[0] == told[label]  # a tile adds the direction after a colon
    newest = max(
        (row for row in asked(more, "01") if row["outcome"] == "voluntary_exit"),
        key=lambda row: row["horizon_days"],
    )
    (design,) = [
        row for row in asked(more, "11")
        if row["design"] == "weighted" and row["horizon_days"] == newest["horizon_days"]
    ]  # fmt: skip
    assert newest["as_told"] == design["as_told"] == told["Leaving by choice"]


def number(said: str) -> float:
    """The difference that a cell tells: "5 fewer", "about equal", "+4.8 per 100 people"."""
    if said == "about equal":
        return 0.0
    value = float(said.split()[0].replace(",", "").replace("\u2212", "-"))
    return -value if "fewer" in said else value


def test_the_cookbook_says_what_the_pages_of_outcomes_say(
    worlds: tuple[Workspace, Workspace],
) -> None:
    """Before and after adjusting, parts of the workforce, what it is worth, and claims."""
    _, more = worlds
    shown = rows_of(more, "Difference between the groups, per 100 people", "retention.html")
    names = {"voluntary_exit": "Leaving by choice", "any_exit": "All leavers"}
    rows = [row for row in asked(more, "02") if row["outcome"] in names]
    assert len(rows) == 2 * 3
    for row in rows:
        days = row["horizon_days"]
        span = "a year" if days == 365 else f"{days} days"
        before, adjusted, *_ = shown[f"{names[row['outcome']]} within {span}"]
        assert number(before) == pytest.approx(row["unadjusted_per_100"], abs=0.51)
        assert number(adjusted) == pytest.approx(row["weighted_per_100"], abs=0.51)
    parts = rows_of(more, "Leavers by choice per 100 people", "parts.html")
    steady = [row for row in asked(more, "09") if row["difference_per_100"] is not None]
    assert steady
    for row in steady:
        people, own, steadied, _ = parts[row["segment_value"]]
        assert people == f"{row['n_people_a']} and {row['n_people_b']}"
        assert number(own) == pytest.approx(row["own_difference_per_100"], abs=0.51)
        assert number(steadied) == pytest.approx(row["difference_per_100"], abs=0.51)
    worth = {row["quantity"]: row for row in asked(more, "10") if row["horizon_days"] == 365}
    page = (more.published_site / "parts.html").read_text("utf-8")
    for arm in "ab":
        hours = worth[f"minutes_per_person_{arm}"]["value"] / 60
        assert f"{hours:.1f} hours of coaching" in page
    page = html.unescape((more.published_site / "claims.html").read_text("utf-8"))
    for row in asked(more, "12"):
        own = page.split(f'id="claim-{row["claim"]}"')[1].split("</li>")[0]
        cells = own.split(f">{row['label']}</th><td>decides</td>")[1].split("</tr>")[0]
        if row["estimate"] is not None:
            told = re.findall(r"<td>(.*?)</td>", cells)
            times = 100 if (row["unit"] or "").startswith("fraction") else 1
            assert told[0] == f"{row['n_people']:,}"
            assert number(told[1]) == pytest.approx(times * row["estimate"], rel=0.01, abs=0.051)
