"""Which exports are known: each sample to its recipe, and nothing that only looks like data."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import pytest

from pipelines.config.feeds import FeedSettings, resolve_feeds
from pipelines.config.recipe_pages import recipe_pages
from pipelines.config.recipes import recipe_names
from pipelines.core.errors import GateError
from pipelines.core.versions import PROJECT
from pipelines.ingest.profile.detect_format import guess_form
from pipelines.ingest.profile.known_layouts import advice, as_written, recognised, skeleton
from pipelines.ingest.read.landing_folder import landing_file
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.shape.feed_records import read_records

SAMPLES = PROJECT / "tests" / "recipes"
FILE_NAMES = {
    "canonical/days": "daily.csv",
    "nice_iex_wfm/schedule_summary": "agentScheduleSummary_030226_0415.txt",
    "nice_iex_wfm/activity_summary": "agentActivitySummary_030226_0415.txt",
}
UNRELATED = (
    "id,name,price",
    "date,open,high,low,close,volume",
    "country,capital,population",
    "Order ID,Customer,Email,Total",
    "sepal_length,sepal_width,petal_length,petal_width,species",
    "lat,lon,elevation",
    "Agent Id,Commission",
    "Employee ID,Salary",
    "Status,Owner,Due",
    "Timestamp,Sensor,Value",
    "isbn,title,author,year",
    "Person Number,Shoe size",
    "match,home,away,score",
    "ResponseId,Finished,Score",
    "ticket,opened,closed,agent",
    "employee_id,effective_date,hire_date,site,team,role",
    "a;b;c",
    "a|b|c|d|e|f|g|h|i|j|k",
    "url,clicks,impressions",
    "Name,Division,Location",
)


@pytest.mark.parametrize("name", recipe_names())
def test_a_sample_is_known_for_what_it_is(name: str, tmp_path: Path) -> None:
    (sample,) = (SAMPLES / name).glob("sample.*")
    path = tmp_path / FILE_NAMES.get(name, sample.name)
    path.write_bytes(sample.read_bytes())
    found = recognised(path)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", ["workday/raas_workers", "genesys_cloud/agent_performance"])
def test_a_sample_written_otherwise_is_known_with_what_to_declare(
    name: str, encoding: str, tmp_path: Path
) -> None:
    (sample,) = (SAMPLES / name).glob("sample.*")
    rows = list(csv.reader(io.StringIO(sample.read_text("utf-8-sig"))))
    rows[1][-1] = "a; b"
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    path = tmp_path / "x.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    assert recognised(path) is None
    written = as_written(guess_form(path))
    found = recognised(path, written=written)
    assert found is not None and found.name == name
    settings = tomllib.loads(advice(found, path, written))["feed"][name.replace("/", "_")]
    feed = resolve_feeds({"x": FeedSettings(**settings)}, Path("none"))[0]
    assert read_records(path.read_bytes(), landing_file(path), feed, DEFAULT).table.num_rows
    plain = resolve_feeds({"x": FeedSettings(recipe=name)}, Path("none"))[0]
    with pytest.raises(
        GateError, match=r'\[feed.x\] with recipe = ".*" and read = \{(del|enc).*\}'
    ):
        read_records(path.read_bytes(), landing_file(path), plain, DEFAULT)


def test_what_a_feed_says_of_reading_leaves_the_rest_as_the_recipe_says() -> None:
    read = {"delimiter": ";", "decimal": ","}
    declared = {"x": FeedSettings(recipe="qualtrics/fatigue", read=read)}
    (feed,) = resolve_feeds(declared, Path("none"))
    assert (feed.reading.skip_after_header, feed.reading.delimiter) == (2, ";")


def test_numbers_with_a_comma_reach_queries_with_a_point(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Evaluation ID;Agent Email;Evaluation Date;Total Score\n1;a, b;1.2.26;63,1 %\n")
    read = {"delimiter": ";", "decimal": ","}
    declared = {"x": FeedSettings(recipe="quality/evaluations", read=read)}
    (feed,) = resolve_feeds(declared, Path("none"))
    (row,) = read_records(path.read_bytes(), landing_file(path), feed, DEFAULT).table.to_pylist()
    assert (row["Total Score"], row["Evaluation Date"], row["Agent Email"]) == (
        "63.1 %",
        "1.2.26",
        "a, b",
    )


@pytest.mark.parametrize("header", UNRELATED)
def test_an_unrelated_file_is_nobodys(header: str, tmp_path: Path) -> None:
    path = tmp_path / "some export.csv"
    mark = next((each for each in ";|" if each in header), ",")
    path.write_text(f"{header}\n" + mark.join("x" for _ in header.split(mark)) + "\n")
    assert recognised(path) is None


def test_a_skeleton_has_every_column_and_no_value(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Badge,Passed on\nAda-71,03.02.2026\n")
    text = skeleton(guess_form(path))
    assert 'columns = ["Badge", "Passed on"]' in text
    assert "a-9" in text
    assert "9.9.9" in text
    assert "Ada" not in text


def test_the_pages_of_recipes_are_up_to_date() -> None:
    stale = [p.name for p, text in recipe_pages().items() if p.read_text("utf-8") != text]
    assert stale == []
