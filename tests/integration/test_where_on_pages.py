"""`make where` asked with what stands on a page: sentences, captions, rows, figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assets.commands import where, where_behind
from assets.commands.where_code import computed_by, makers_of_rows, rounding
from assets.commands.where_code import computing as computing_lines
from assets.commands.where_redrawn import redrawn
from dashboards.build import WORDS_BUILDERS
from dashboards.frames import FRAMES
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.tables import table_of
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from pipelines.lineage.page_text import Block, blocks_of
from pipelines.lineage.words import has_words, plain
from pipelines.measurement.coach_mix import SIZE_EDGES
from tests.figures.practice_worlds import practised
from tests.figures.today_worlds import usual
from tests.integration.asking_where import computing, published, told


@pytest.fixture(scope="module")
def today() -> Iterator[Path]:
    with published(usual) as (_, root):
        yield root


def test_a_caption_and_a_row_of_the_map_lead_to_its_table_and_what_draws_it(today: Path) -> None:
    caption = "Left in any way, per 100 agents a year, by site and month"
    page = (Workspace(today).published_site / "index.html").read_text("utf-8")
    site = re.findall(r'<th scope="row">([^<]+)</th>', page.partition(caption)[2])[0]
    for asked, on in ((caption, ""), (site, "index.html#map")):
        lines = told(asked, today, on)
        found = computing(lines)
        assert any(":site_map:" in place and ".figures." in place for place in found), lines
        assert "sql/marts/site_month.sql:1" in found
        assert any("pipelines.estimators.trend.site_leaving:site_leaving:" in p for p in found)
        assert any("from outcomes.site_leaving" in line for line in lines)


def test_words_of_a_contract_lead_to_what_takes_them_onto_the_page(today: Path) -> None:
    (asked,) = [each for each in load_definitions() if each.id == "voluntary_exit"]
    lines = told(asked.numerator, today, "definitions.html#voluntary_exit")
    places = [each.strip() for each in lines]
    assert any(e.startswith("dashboards.pages.definitions:_view:") for e in places)
    assert any(e.startswith("pipelines/contracts/") for e in places)


def test_what_rounds_a_tables_figures_is_told() -> None:
    for table, name in (
        ("segment_estimate", "tables:segment_estimate"),
        ("trend", "rounded_months"),
    ):
        made = table_of(f"outcomes.{table}")
        row = dict.fromkeys(made.key, "all") | {"outcome": "voluntary_exit"}
        figure = {"segment_estimate": "shrunken_estimate", "trend": "value"}[table]
        assert any(each.endswith(name) for each in makers_of_rows(made, [row], [figure]).code)
    assert not [*rounding("outcomes.claim")]
    assert [*rounding("marts.site_month")] == [
        "disclosure.tables:_months",
        "disclosure.months:rounded_months",
    ]


def test_constants_in_prose_lead_to_their_setting(today: Path) -> None:
    lines = told("No figure is about fewer than ten people or three coaches", today)
    assert any(":promise:" in place for place in computing(lines))
    settings = (PROJECT / "pipelines/config/settings.py").read_text("utf-8").splitlines()
    for key, own in (("10", "min_group"), ("3", "min_coaches")):
        told_at = (
            rf"setting privacy[.]{own}, by default {key}: pipelines/config/settings[.]py:(\d+), "
        )
        (number,) = re.findall(told_at + r"told in docs/settings[.]md:\d", "\n".join(lines))
        assert settings[int(number) - 1].startswith(f"    {own}: int = Field(default={key},")


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
    for sentence in said[::4]:
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


def test_the_query_of_a_figure_shows_it() -> None:
    """Of one figure in each cell of a page's tables: the query is asked, and gives what it says."""
    with published(practised) as (data, root), duckdb.connect() as con:
        for name, table in FRAMES.items():
            con.register("frame", getattr(data, name))
            con.execute(f"create schema if not exists {table.partition('.')[0]}")
            con.execute(f"create table {table} as select * from frame")
            con.unregister("frame")
        page = (Workspace(root).published_site / "practice.html").read_text("utf-8")
        cells = [
            each for each in blocks_of(page) if each.tag == "td" and re.search(r"\d", each.text)
        ]
        assert len(cells) > 50
        for cell in cells[::7]:
            lines = told(cell.text, root, f"practice.html#{cell.ids[0]}")
            (at,) = [n for n, line in enumerate(lines) if line.startswith("holds it")]
            query = "\n".join(lines[at:]).split("make sql`)\n")[1].split(";")[0]
            shown = [str(each).lstrip("-") for row in con.sql(query).fetchall() for each in row]
            for figure in re.findall(r"\d[\d,.]*\d|\d", cell.text):
                assert figure in shown or figure.replace(",", "") in shown, (cell.text, query)


def test_a_page_with_marks_is_the_same_page(today: Path) -> None:
    data = where_behind.site_data(Workspace(today))
    for file in WORDS_BUILDERS:
        draw = where_behind.draws(file)
        marked = blocks_of(redrawn(data, draw).html)
        page = (Workspace(today).published_site / file).read_text("utf-8")
        assert_same_words(blocks_of(page), marked)
        assert file in {"definitions.html", "method.html"} or any(each.figures for each in marked)


def assert_same_words(plain_blocks: list[Block], marked: list[Block]) -> None:
    """What is read on a page is the same, and so is what the points of its charts say."""
    read = [[each for each in blocks if each.tag != "hover"] for blocks in (plain_blocks, marked)]
    said = [
        {each.text for each in blocks if each.tag == "hover"} for blocks in (plain_blocks, marked)
    ]
    assert [each.text for each in read[0]] == [each.text for each in read[1]]
    assert said[0] == said[1]


def test_a_limit_is_followed_to_its_line_of_a_contract(today: Path) -> None:
    lines = told("Working days without shifts, all sites: over 20%", today, "quality.html")
    (found,) = [
        re.match(r"  pipelines/contracts/grades\.yml:(\d+)", line)
        for line in lines
        if "grades.yml" in line
    ]
    assert found
    contract = (PROJECT / "pipelines/contracts/grades.yml").read_text("utf-8").splitlines()
    assert contract[int(found[1]) - 1].strip() == "not_reportable: 0.2"


def test_a_point_of_a_chart_and_figures_as_others_write_them_are_found(today: Path) -> None:
    page = blocks_of((Workspace(today).published_site / "index.html").read_text("utf-8"))
    point = next(each for each in page if each.tag == "hover" and re.search(r"\d[.]\d", each.text))
    assert any("from outcomes.trend" in line for line in told(point.text, today, "index.html"))
    usual_range = next(each.text for each in page if re.search(r"\d[.]\d to \d+[.]\d", each.text))
    figures = re.findall(r"\d+[.]\d to \d+[.]\d", usual_range)[0]
    german = figures.replace(".", ",").replace(" to ", " bis ")
    assert told(german, today, "index.html")[0] == told(figures, today, "index.html")[0]


def test_a_number_is_found_on_the_page_that_it_was_read_on(today: Path) -> None:
    page = blocks_of((Workspace(today).published_site / "index.html").read_text("utf-8"))
    number = next(each.text for each in page if re.fullmatch(r"\d+[.]\d", each.text))
    assert f"{number!r} on index.html" in told(number, today, "index.html")[0]
    assert not has_words("13.45, then 1,345", "45")
    assert not has_words("13.45, then 1,345", "13")
    assert has_words("13.45, then 13.", "13")


def test_a_part_of_a_page_picks_the_place_and_no_other(today: Path) -> None:
    blocks = blocks_of((Workspace(today).published_site / "index.html").read_text("utf-8"))
    around = {each.ids[0]: each.ids for each in reversed(blocks) if each.ids}
    places: dict[str, set[str]] = {}
    for each in blocks:
        for number in re.findall(r"(?<![\w.,:])\d+(?![\w.,:])", each.text) if each.ids else []:
            places.setdefault(number, set()).add(each.ids[0])
    several = [(number, ids) for number, ids in places.items() if len(ids) > 2][:2]
    assert several
    for number, ids in several:
        for part in sorted(ids):
            address = told(number, today, f"index.html#{part}")[0].rpartition(" on index.html#")[2]
            assert part in around[address]


def test_a_row_is_found_by_its_head_and_cells_before_what_is_said_of_the_drawing() -> None:
    with published(practised) as (_, root):
        page = blocks_of((Workspace(root).published_site / "practice.html").read_text("utf-8"))
        cells = [e for e in page if e.tag == "td" and re.search(r"\d", e.text)][::9]
        assert len(cells) > 5
        for cell in cells:
            row = cell.nearest("tr")
            assert row
            for asked in (f"{row.row[0]} {cell.text}", " ".join(row.cells)):
                lines = told(asked, root, f"practice.html#{cell.ids[0]}")
                cells = lines[0].split(" on ")[0].strip("'\"").split(" | ")
                assert {*cells} <= {*row.cells}, asked
                beside = next(line for line in lines if line.startswith("  beside"))
                assert row.row[0][:100] in beside
            lines = told(f"{row.row[0]} {cell.text}", root, "practice.html")
            assert lines[0].startswith(f"{cell.text!r} on "), "its text, not a part of it in a row"


def test_lines_of_templates_are_those_that_call_what_writes_the_cell(today: Path) -> None:
    lines = told("Within each coach", today, "method.html#designs")
    places = [line.strip() for line in lines if "/templates/" in line]
    assert places[-1].startswith("dashboards/templates/method.html.j2:")
    for place in places:
        file, _, number = place.partition(":")
        assert "{{" in (PROJECT / file).read_text("utf-8").splitlines()[int(number) - 1], place


def test_a_row_leads_to_its_own_functions_queries_and_files_alone(tmp_path: Path) -> None:
    table = table_of("outcomes.coaching_practice")
    row = {"topic": "people_per_coach", "measure": "20 to 29", "level": None, "arm": None}
    makers = makers_of_rows(table, [row])
    names = ("people_per_coach_rows", "SIZE_EDGES", "_size_label", "merged", "_rows")
    assert makers.code == tuple(f"measurement.coach_mix:{each}" for each in names)
    (edges,) = (each for each in computing_lines(makers.code) if "SIZE_EDGES" in each)
    assert edges.endswith(f" = {SIZE_EDGES}")
    assert makers.queries == ("practice/episode",)
    lines = [each.strip() for each in computed_by(table.full_name, makers=makers)]
    way = [
        "sql/staging/attrition.sql",
        "sql/marts/trial_candidate.sql",
        "sql/marts/coaching_episode",
    ]
    way += ["sql/analysis/practice/episode.sql", "assets.measurement:", "-> published/"]
    places = [next(n for n, line in enumerate(lines) if each in line) for each in way]
    assert places == sorted(places)
    assert lines[places[0]].startswith("landing/attrition/")
    assert "-> raw.attrition" in lines[places[0]]
    assert not any("practice/session.sql" in each or "landing/training" in each for each in lines)


def test_a_cell_of_a_documents_table_is_its_own_line(today: Path) -> None:
    document = (PROJECT / "docs" / "method.md").read_text("utf-8").splitlines()
    page = blocks_of((Workspace(today).published_site / "method.html").read_text("utf-8"))
    rows = [each.nearest("tr") for each in page if each.tag == "td" and each.ids[:1] == ["method"]]
    told_of = {row.cells[0]: row for row in rows if row and re.search(r"\d %$", row.cells[-1])}
    assert len(told_of) > 10
    for head, row in list(told_of.items())[::9]:
        lines = told(f"{head} {row.cells[3]}", today, "method.html")
        (number,) = [int(e.split(":")[1]) for e in lines if e.startswith("  docs/method.md:")]
        assert document[number - 1].startswith(f"| {head} |"), head
