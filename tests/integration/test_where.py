"""`make where`: every name leads to its definition, query, code, documents and pages."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from html import unescape
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.commands import where
from assets.commands.where_held import figures_of, rows_holding
from assets.commands.where_read import setting_names
from dashboards.build import build_site
from dashboards.frames import FRAMES
from pipelines.contracts.claims import load_claims
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.tables import published_tables
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.sql_models import SQL_FOLDER, read_tables
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from pipelines.lineage.page_text import blocks_of
from pipelines.lineage.words import has_words, plain
from tests.figures.practice_worlds import practised
from tests.figures.today_worlds import usual

PLACE = re.compile(r"^ *([a-z_]+(?:\.[a-z_0-9]+)+):(\w+(?:\.\w+)*):(\d+)$")
SQL_FILE = re.compile(r"^ *(sql/(?:\w+/)+\w+\.sql)(?::\w*)?:(\d+)$")


def told(name: str, workspace: Path, page: str = "", *, is_all: bool = False) -> list[str]:
    return list(where.answer(name, Workspace(workspace), page, is_all=is_all))


def computing(lines: list[str]) -> list[str]:
    """The lines that name code, each checked against the file that it names."""
    found = []
    for line in lines:
        code, model = PLACE.match(line), SQL_FILE.match(line)
        if code:
            file = PROJECT / f"{code[1].replace('.', '/')}.py"
            assert code[2].split(".")[0] in file.read_text(), line
            assert int(code[3]) <= len(file.read_text().splitlines())
            importlib.import_module(code[1])
            found.append(line.strip())
        elif model:
            assert (PROJECT / model[1]).is_file(), line
            found.append(line.strip())
    return found


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("where")
    build_site(practised(), Workspace(root).published_site)
    return root


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


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("where_today")
    build_site(usual(), Workspace(root).published_site)
    return root


def test_a_caption_and_a_row_of_the_map_lead_to_its_table_and_what_draws_it(today: Path) -> None:
    caption = "Left in any way, per 100 agents a year, by site and month"
    page = (Workspace(today).published_site / "index.html").read_text("utf-8")
    site = re.findall(r'<th scope="row">([^<]+)</th>', page.partition(caption)[2])[0]
    for asked, on in ((caption, ""), (site, "index.html#map")):
        lines = told(asked, today, on)
        found = computing(lines)
        assert any(":site_map:" in place and ".figures." in place for place in found), asked
        assert "sql/marts/site_month.sql:1" in found
        assert any("pipelines.estimators.trend.site_leaving:site_leaving:" in p for p in found)
        assert any("from outcomes.site_leaving" in line for line in lines)


def test_constants_in_prose_lead_to_their_setting(today: Path) -> None:
    lines = told("No figure is about fewer than ten people or three coaches", today)
    assert any(":promise:" in place for place in computing(lines))
    for key in ("privacy.min_group, by default 10", "privacy.min_coaches, by default 3"):
        assert any(f"setting {key}: docs/settings.md:" in line for line in lines), key


def test_figures_of_a_document_lead_to_the_program_that_writes_them(today: Path) -> None:
    lines = told("3 of 30 coaches", today, "method.html")
    assert any(line.startswith("  docs/method.md:") for line in lines)
    (told_by,) = [line for line in lines if "whose figures" in line]
    assert told_by.split()[2] == "bench/known_truth.py:1"
    assert (PROJECT / "bench" / "known_truth.py").is_file()


def test_a_source_with_its_title_in_italics_is_its_own_line(today: Path) -> None:
    lines = (PROJECT / "docs" / "method.md").read_text("utf-8").splitlines()
    (number,) = [n for n, line in enumerate(lines, 1) if line.startswith("- Gourieroux, Monfort")]
    said = lines[number - 1].removeprefix("- ").partition(" *")[0]
    assert f"  docs/method.md:{number}" in told(said, today, "method.html")


def test_sentences_with_figures_are_found_by_their_template(today: Path) -> None:
    page = blocks_of((Workspace(today).published_site / "index.html").read_text("utf-8"))
    said = [each.text for each in page if re.search(r"Usual: \d", each.text)]
    assert said
    for sentence in said:
        lines = told(sentence, today, "index.html")
        named = " ".join(computing(lines))
        assert ":_usual:" in named or "dashboards.sentences.trend:" in named, sentence
        assert any("from outcomes.trend" in line for line in lines), sentence


def test_sentences_are_found_with_their_full_stop_and_one_after_the_other(today: Path) -> None:
    page = Workspace(today).published_site / "index.html"
    _, digest = blocks_of((page.parent / "digest.html").read_text("utf-8"))
    headline, context = re.split(r"(?<=[.]) (?=[A-Z])", digest.text)[:2]
    assert headline.removesuffix(".") in {each.text for each in blocks_of(page.read_text("utf-8"))}
    for said in (headline, f"{headline} {context}"):
        assert "on index.html#headline" in told(said, today, "index.html")[0]
        assert "on digest.html" in told(said, today, "digest.html")[0]


def test_spans_that_follow_each_other_are_read_apart() -> None:
    html = (
        "<div><span>It rose by 2 (80 people).</span><span>Then it fell.</span> By 3.<b>5</b></div>"
    )
    (block,) = blocks_of(html)
    assert block.text == "It rose by 2 (80 people). Then it fell. By 3. 5"
    assert has_words(plain(block.text), "it rose by 2 (80 people). then it fell.")
    assert has_words("people).coach", "people).")


def test_a_page_that_isnt_there_is_said(today: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main(["Usual", "--workspace", str(today), "--page", "nosuch.html"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "No page is called 'nosuch.html'" in said.err
    assert "digest.html" in said.err
    away = told("Left in any way, per 100 agents a year, by site and month", today, "method.html")
    assert away[0].startswith("method.html doesn't have these words")


def test_the_table_that_holds_the_figures_comes_first_with_its_rows(tmp_path: Path) -> None:
    build_site(practised(), Workspace(tmp_path).published_site)
    data, file = practised(), Workspace(tmp_path).published_analytics
    with duckdb.connect(str(file)) as con:
        for name, table in FRAMES.items():
            con.register("frame", getattr(data, name))
            con.execute(f"create schema if not exists {table.partition('.')[0]}")
            con.execute(f"create table {table} as select * from frame")
            con.unregister("frame")
    drawn = data.coaching_practice.filter(topic="behaviour").sort("measure", "arm")
    sizes = [f"{each:,}" for each in drawn.filter(measure="recited_metrics")["n_sessions"]]
    lines = told(" and ".join(sizes), tmp_path, "practice.html")
    (at,) = [n for n, line in enumerate(lines) if line.startswith("holds it")]
    assert "outcomes.coaching_practice: " in lines[at]
    query = "\n".join(lines[at:]).split("make sql`)\n")[1].split(";")[0]
    with duckdb.connect(str(file), read_only=True) as con:
        shown = con.sql(query)
        assert len(shown.columns) <= 8
        assert {f"{each:,}" for (each,) in shown.select("n_sessions").fetchall()} == set(sizes)


def test_figures_that_no_table_holds_are_said_to_be_in_none() -> None:
    frame = pl.DataFrame({"outcome": ["a_b", "c"], "n": [20, 21], "value": [0.2549, None]})
    near = ("a b", "")
    assert [row.held for row in rows_holding(frame, ["outcome"], ["25.5", "21"], near)] == [
        {"25.5": "value"}, {"21": "n"},
    ]  # fmt: skip
    assert not list(rows_holding(frame, ["outcome"], ["25.4", "25.50", "20%", "22"], near))
    assert figures_of("about 1,020 of 100 people in 2026: 8.7%, 3.0.") == ("1,020", "8.7%", "3.0")


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
    unnamed = [each.full_name for each in made if not each.code]
    of_contracts = ["meta.column_info", "meta.metric_info", "meta.relationship"]
    assert unnamed == of_contracts, "made from the contracts themselves"


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
    for term, words in dict(reversed(links)).items():
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


def test_what_code_makes_says_which_marts_it_reads(workspace: Path) -> None:
    lines = [line.strip() for line in told("outcomes.trend", workspace)]
    read = lines[lines.index("reads") + 1 :]
    assert read[:2] == ["sql/marts/all_month.sql:1", "sql/marts/arm_month.sql:1"]


def test_short_is_the_page_asked_from_and_all_is_everything(workspace: Path) -> None:
    short = told("outcomes.comparison.estimate", workspace, "practice.html")
    every = told("outcomes.comparison.estimate", workspace, is_all=True)
    assert len(short) < 45
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


def test_a_number_is_found_on_the_page_that_it_was_read_on(today: Path) -> None:
    page = blocks_of((Workspace(today).published_site / "index.html").read_text("utf-8"))
    number = next(each.text for each in page if re.fullmatch(r"\d+[.]\d", each.text))
    assert f"{number!r} on index.html" in told(number, today, "index.html")[0]
    assert not has_words("13.45, then 1,345", "45")
    assert not has_words("13.45, then 1,345", "13")
    assert has_words("13.45, then 13.", "13")


@pytest.mark.parametrize("words", ["Costs $500", 'a "b" $HOME'])
def test_make_takes_words_from_the_environment_as_they_are(words: str) -> None:
    said = subprocess.run(
        ["make", "--silent", "-f", "-", "where"], cwd=PROJECT, check=True, text=True,
        capture_output=True, env={"metric": words, "PATH": os.environ["PATH"]},
        input='where:\n\t@$(if $(metric),,$(error none))printf %s "$$metric"\n',
    ).stdout  # fmt: skip
    assert said == words


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
