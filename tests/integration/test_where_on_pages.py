"""`make where` asked with what stands on a page: sentences, captions, rows, figures."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.commands import where
from assets.commands.where_held import figures_of, rows_holding
from dashboards.build import build_site
from dashboards.frames import FRAMES
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from pipelines.lineage.page_text import blocks_of
from pipelines.lineage.words import has_words, plain
from tests.figures.practice_worlds import practised
from tests.figures.today_worlds import usual
from tests.integration.asking_where import computing, told


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


def test_a_number_is_found_on_the_page_that_it_was_read_on(today: Path) -> None:
    page = blocks_of((Workspace(today).published_site / "index.html").read_text("utf-8"))
    number = next(each.text for each in page if re.fullmatch(r"\d+[.]\d", each.text))
    assert f"{number!r} on index.html" in told(number, today, "index.html")[0]
    assert not has_words("13.45, then 1,345", "45")
    assert not has_words("13.45, then 1,345", "13")
    assert has_words("13.45, then 13.", "13")
