"""`make where`: every name leads to its definition, query, code, documents and pages."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from assets.commands import where
from assets.commands.where_read import setting_names
from pipelines.contracts.claims import load_claims
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.tables import published_tables
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.sql_models import SQL_FOLDER, read_tables
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from tests.figures.practice_worlds import practised
from tests.integration.asking_where import PLACE, SQL_FILE, computing, published, told


@pytest.fixture(scope="module")
def workspace() -> Iterator[Path]:
    with published(practised) as (_, root):
        yield root


@pytest.mark.parametrize("name", [each.id for each in load_definitions()])
def test_every_definition_leads_to_its_query_and_to_code(name: str, workspace: Path) -> None:
    lines = told(name, workspace)
    text = "\n".join(lines)
    (definition,) = [each for each in load_definitions() if each.id == name]
    assert all(line.strip() in text for line in definition.query.splitlines())
    assert computing(lines)
    assert any(line.strip().startswith("docs/metrics.md:") for line in lines)


@pytest.mark.parametrize("name", [claim.claim for claim in load_claims()])
def test_every_claim_leads_to_its_estimators(name: str, workspace: Path) -> None:
    (claim,) = [each for each in load_claims() if each.claim == name]
    places = computing(told(name, workspace))
    for estimate in claim.estimates:
        assert any(estimate.estimator in place for place in places)


@pytest.mark.parametrize("name", [table.full_name for table in published_tables()])
def test_every_table_leads_to_what_writes_it(name: str, workspace: Path) -> None:
    lines = told(name, workspace)
    assert computing(lines)
    query = "\n".join(lines).split("make sql`)\n")[1].split(";")[0]
    assert read_tables(query, name) == (tuple(name.split(".")),)
    assert writes(lines, name)


def writes(lines: list[str], table: str) -> bool:
    """Whether a file that is named has the table's own SQL, or names the table to write it."""
    named = (SQL_FILE.match(line) or PLACE.match(line) for line in lines)
    files = {
        each[1] if each.re is SQL_FILE else f"{each[1].replace('.', '/')}.py"
        for each in named
        if each and not each[1].startswith("dashboards.")
    }
    schema, _, name = table.partition(".")
    own = f"sql/{schema}/{name}.sql"
    if (PROJECT / own).is_file():
        return own in files
    literal = re.compile(rf"\b{schema}\.{name}\b|key_prefix=.{schema}.|\"{name}\"")
    return any(literal.search((PROJECT / file).read_text("utf-8")) for file in files)


def test_a_mart_leads_to_its_file_and_an_estimate_to_its_estimator(workspace: Path) -> None:
    assert "sql/marts/agent_month.sql:1" in computing(told("marts.agent_month", workspace))
    assert (SQL_FOLDER / "marts" / "agent_month.sql").is_file()
    places = computing(told("outcomes.comparison", workspace))
    line = next(place for place in places if ":exit_comparison:" in place).rpartition(":")[2]
    source = (PROJECT / "pipelines/estimators/compare_exits.py").read_text().splitlines()
    assert source[int(line) - 1].startswith("def exit_comparison(")


def test_what_estimates_leads_to_the_queries_that_it_reads(workspace: Path) -> None:
    comparison = computing(told("outcomes.comparison", workspace))
    assert "sql/analysis/estimates/episode.sql:1" in comparison
    assert "sql/analysis/estimates/outcome_value.sql:1" in comparison
    flow = computing(told("outcomes.trial_flow", workspace))
    assert "sql/analysis/trial_flow/candidate.sql:1" in flow
    # However far below the asset a query is read; and none of what else the asset writes.
    study = computing(told("outcomes.event_study", workspace))
    assert "sql/analysis/estimates/coach_month.sql:1" in study
    assert not [each for each in study if re.search(r"analysis/.*(placebo|outcome)_value", each)]
    assert "sql/analysis/estimates/later_coach.sql:1" in computing(
        told("outcomes.credibility_check", workspace)
    )


def test_columns_and_words_of_pages_are_known(workspace: Path) -> None:
    assert any("outcomes.worth.quantity (column)" in line for line in told("quantity", workspace))
    assert told("Leaving by choice", workspace)[0].startswith("Leaving by choice (outcome")
    assert len(told("outcomes.comparison.estimate", workspace)) > 3


def test_pages_are_those_that_link_to_it(workspace: Path) -> None:
    lines = told("behaviour_share", workspace)
    pages = lines[lines.index("pages") + 1 :]
    assert [page.split()[0] for page in pages] == [
        "practice.html",
        "definitions.html#behaviour_share",
    ]


def test_without_a_publication_it_says_so(tmp_path: Path) -> None:
    assert any("has no publication" in line for line in told("behaviour_share", tmp_path))


def test_unknown_names_give_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main(["volentary_exit"]) == where.UNKNOWN
    said = capsys.readouterr()
    assert said.out == ""
    assert "voluntary_exit" in said.err
    assert where.main(["qqqqqq"]) == where.UNKNOWN
    assert "like it" not in capsys.readouterr().err


def test_code_named_in_a_contract_is_there_and_comes_first(workspace: Path) -> None:
    for definition in load_definitions():
        for each in definition.code:
            module, _, function = each.partition(":")
            assert callable(getattr(importlib.import_module(f"pipelines.{module}"), function))
    lines = [line.strip() for line in told("worth", workspace)]
    first = lines[lines.index("computed by") + 1]
    assert first.startswith("pipelines.estimators.cost_benefit:worth_rows:")


def test_every_published_table_that_sql_doesnt_make_names_its_code() -> None:
    models = {path.stem for path in (SQL_FOLDER / "marts").glob("*.sql")}
    made = [table for table in published_tables() if table.name not in models]
    assert not [each.full_name for each in made if not each.code]


def test_a_page_is_named_with_what_makes_it(workspace: Path) -> None:
    text = "\n".join(told("voluntary_exit", workspace))
    assert "made by dashboards.pages.retention:retention_page:" in text
    drawn = told("next_look", workspace)
    assert any(line.startswith("  dashboards.sentences.") for line in drawn)


def test_pages_settings_and_words_are_known(tmp_path: Path) -> None:
    assert told("parts.html", tmp_path)[0] == "Parts and worth (page parts.html)"
    assert any("workforce:workforce_page:" in line for line in told("Parts and worth", tmp_path))
    setting = told("min_group", tmp_path)
    assert setting[0] == "privacy.min_group (setting): by default 10"
    assert any(line.startswith("  pipelines.disclosure.") for line in setting)
    words = told("Can't count yet", tmp_path)
    assert any("quality.html.j2" in line for line in words), "the template that has the heading"
    assert not told("no such words anywhere on a page", tmp_path)
    assert any(line.startswith("  docs/known-truth.md:") for line in told("Known truth", tmp_path))


def test_words_that_a_page_links_lead_to_their_definition(workspace: Path) -> None:
    pages = Workspace(workspace).published_site.glob("*.html")
    texts = " ".join(page.read_text("utf-8") for page in pages)
    links = re.findall(r'<a class="term" href="definitions\.html#(\w+)">([^<]+)</a>', texts)
    assert len(links) > 30
    for term, words in [*dict(reversed(links)).items()][::5]:
        lines = told(unescape(words), workspace)
        known = (f" {term})", f"#{term}", " of outcomes.trend)")
        assert any(each in line for line in lines for each in known), words


@pytest.mark.parametrize("measure", [each.name for each in trend_measures()])
def test_a_measure_leads_to_its_column_by_name_and_by_label(measure: str, tmp_path: Path) -> None:
    (made,) = [each for each in trend_measures() if each.name == measure]
    for name in (made.name, made.label):
        lines = told(name, tmp_path)
        assert any(f"(measure {measure} of outcomes.trend)" in line for line in lines)
        assert any(line.split()[:3] == ["made", "of", made.numerator] for line in lines)
        assert "sql/marts/all_month.sql:1" in computing(lines)


def test_what_code_makes_is_followed_to_the_files(workspace: Path) -> None:
    lines = [line.strip() for line in told("outcomes.trend", workspace)]
    way = lines[lines.index("from the files to outcomes.trend") + 1 :]
    assert way[0].split() == [
        "landing/attrition/",
        "->",
        "raw.attrition",
        "->",
        "sql/staging/attrition.sql:1",
    ]
    read = [each for each in way if each.startswith("sql/marts/")]
    assert {"sql/marts/all_month.sql:1", "sql/marts/arm_month.sql:1"} <= {*read}
    assert read.index("sql/marts/group_month.sql:1") < read.index("sql/marts/all_month.sql:1")


def test_short_is_the_page_asked_from_and_all_is_everything(workspace: Path) -> None:
    short = told("outcomes.comparison.estimate", workspace, "practice.html")
    every = told("outcomes.comparison.estimate", workspace, is_all=True)
    assert len(short) < 50
    assert any(re.search(r"and \d+ other places \(all=1\)", line) for line in short)
    assert not any("other places" in line for line in every)
    assert len(computing(every)) > len(computing(short)) + 20


def test_a_columns_query_has_its_range_and_no_design_of_its_own(workspace: Path) -> None:
    lines = " ".join(told("outcomes.comparison.estimate", workspace))
    assert '"estimate", "conf_low", "conf_high"' in lines
    for name in ("voluntary_exit", "likely_range", "days_employed", "balance"):
        query = "\n".join(told(name, workspace)).split("make sql`)\n")[1].split(";")[0]
        assert "design" in query
        assert "design = 'weighted'" not in query


def test_a_name_with_its_horizon_is_the_name(tmp_path: Path) -> None:
    named = told("Leaving by choice", tmp_path)
    assert named
    for horizon in (" within 90 days", " within a year", ", within a year"):
        assert told(f"Leaving by choice{horizon}", tmp_path) == named


def test_a_short_word_is_no_part_of_longer_ones(tmp_path: Path) -> None:
    assert not [line for line in told("f", tmp_path) if "index.html" in line or "docs/" in line]


def test_every_setting_leads_to_its_line_of_the_page(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "settings.md").read_text("utf-8").splitlines()
    for key in setting_names():
        if "." in key:
            (number,) = re.findall(r"docs/settings\.md:(\d+)", "\n".join(told(key, tmp_path)))
            section, _, own = key.partition(".")
            assert page[int(number) - 1].removeprefix("# ").startswith((own, f"[{section}")), key


def test_a_number_is_met_with_what_to_ask_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main(["6:31"]) == where.UNKNOWN
    assert "ask for the words beside one" in capsys.readouterr().err
    assert where.main(["Costs 00"]) == where.UNKNOWN
    said = capsys.readouterr().err
    assert "write $$" in said
    assert "words beside" not in said
    assert where.main(["Costs 7 at no place"]) == where.UNKNOWN
    assert "$" not in capsys.readouterr().err


@pytest.mark.parametrize("words", ["Costs $500", 'a "b" $HOME'])
def test_make_takes_words_from_the_environment_as_they_are(words: str, tmp_path: Path) -> None:
    """The Makefile's own line, with a program in the interpreter's place that says what it got."""
    echo = tmp_path / "echo"
    echo.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    echo.chmod(0o700)
    said = subprocess.run(
        ["make", "--silent", "--old-file=install", "where", f"RUN={echo}"], cwd=PROJECT, text=True,
        check=True, capture_output=True, env={"metric": words, "PATH": os.environ["PATH"]},
    ).stdout.splitlines()  # fmt: skip
    assert said[:4] == ["-m", "assets.commands.where", words, "--workspace"]


@pytest.mark.parametrize("words", ["Can't count yet", 'a "b" $HOME `c`'])
def test_make_hands_words_on_as_they_are(words: str) -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "--silent", "where", f"metric={words.replace('$', '$$')}"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()[-1]  # fmt: skip
    command = shown.partition("assets.commands.where ")[2].split(" --workspace")[0]
    said = subprocess.run(
        ["sh", "-c", f"printf %s {command}"],
        env={"metric": words}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said == words
