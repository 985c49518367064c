"""Large deliveries are shaped combination by combination: the same rows as record by record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.config.feeds import FeedSettings, resolve_feeds
from pipelines.config.recipes import find_recipe, recipe_names
from pipelines.core.versions import PROJECT
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.read.landing_folder import landing_file
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.shape import distinct_inputs
from pipelines.ingest.shape.column_inputs import column_inputs
from pipelines.ingest.shape.distinct_inputs import Known
from pipelines.ingest.shape.feed_records import read_records
from pipelines.ingest.shape.lookups import Lookups, read_lookups
from pipelines.ingest.shape.run_recipe import Shaped, run_recipe
from pipelines.ingest.shape.sandboxes import Sandboxes
from tests.unit.ingest.feeds import feeds

SAMPLES = PROJECT / "tests" / "recipes"
COLUMNS = ("Id", "Day", "Hours", "_line", "_file")


@pytest.fixture(scope="module")
def lookups(tmp_path_factory: pytest.TempPathFactory) -> Lookups:
    with feeds(tmp_path_factory.mktemp("place"), "America/Chicago") as place:
        place.declare("")
        for source in ("roster", "people"):
            place.drop(f"{source}/{source}.csv", (SAMPLES / f"{source}.csv").read_bytes())
        place.refresh("roster", "people", "shifts")
        return read_lookups(place.con, ["shifts"])


LARGEST = (
    "ukg/schedule_detail",
    "nice_iex_wfm/schedule_summary",
    "genesys_cloud/agent_performance",
    "workday/headcount",
    "coaching_form/one_to_one",
    "qualtrics/fatigue",
)
"""Of the kinds that grow large, and one of each kind that has rows of its own to look up."""
OTHERS = [name for name in recipe_names() if name not in LARGEST]


@pytest.mark.parametrize(
    "name", [*LARGEST, *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS)]
)
def test_the_rows_are_the_same(
    name: str, lookups: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sample,) = (SAMPLES / name).glob("sample.*")
    (feed,) = resolve_feeds({"export": FeedSettings(recipe=name)}, Path("none"))
    records = read_records(sample.read_bytes(), landing_file(sample), feed, DEFAULT)
    for source in feed.recipe.sources:
        monkeypatch.setattr(distinct_inputs, "FEWEST_ROWS", 10**9)
        plain = run_recipe(feed, source, records, "f", Sandboxes(feed, lookups, "America/Chicago"))
        monkeypatch.setattr(distinct_inputs, "FEWEST_ROWS", 0)
        monkeypatch.setattr(distinct_inputs, "LARGEST_SHARE", 10**9)
        monkeypatch.setattr(distinct_inputs, "_FEWEST_KNOWN", 1)
        known = Known()
        for part in (first_half(records), records, records):
            quick = run_recipe(
                feed, source, part, "f", Sandboxes(feed, lookups, "America/Chicago"), known
            )
        assert told(quick) == told(plain)


def first_half(records: Delivery) -> Delivery:
    return replace(records, table=records.table.slice(0, (records.table.num_rows + 1) // 2))


def told(shaped: Shaped) -> object:
    rows = sorted(map(str, shaped.rows.to_pylist()))
    return rows, sorted(shaped.used.tolist()), shaped.skipped.to_pylist(), shaped.waiting


def test_most_large_exports_are_shaped_so() -> None:
    for name, source in (
        ("ukg/schedule_detail", "shifts"),
        ("nice_iex_wfm/schedule_summary", "shifts"),
        ("genesys_cloud/agent_performance", "performance"),
    ):
        recipe = find_recipe(name, Path("none"))
        columns = (*recipe.declared.columns, *recipe.declared.optional, "_line")
        functions = distinct_inputs.not_row_wise()
        assert column_inputs(recipe.queries[source], columns, functions)


def test_columns_are_followed_through_steps_and_names() -> None:
    query = """
        with first as (select *, trim("Id") as who from delivery),
        second as (select who, "day" || HOURS as both, both || 'x' as more, _line from first)
        select who, more, 1 as one, _line from second
    """
    assert column_inputs(query, COLUMNS, frozenset()) == {
        "who": frozenset(["id"]),
        "more": frozenset(["day", "hours"]),
        "one": frozenset(),
        "_line": frozenset(["_line"]),
    }


@pytest.mark.parametrize(
    "query",
    [
        'select max("Id") as a, _line from delivery',
        'select "Id", _line from delivery where "Hours" > 1',
        'select "Id", count(*) as n, min(_line) as _line from delivery group by 1',
        'select distinct "Id", _line from delivery',
        'select "Id", row_number() over (order by "Day") as a, _line from delivery',
        'select "Id", (select max("Day") from delivery) as a, _line from delivery',
        "select exists (select 1 from delivery) as a, _line from delivery",
        "select random() as a, _line from delivery",
        "select uuid() as a, _line from delivery",
        "select string_agg(Id) as a, list(_line) as _line from delivery",
        "select unnest([1, 2]) as a, _line from delivery",
        "select unnest(range(2)) as a, _line from delivery",
        "select a.Id, b.Day, a._line from delivery a join delivery b using (Id)",
        "select a.Id, _line from delivery a, people",
        "select Id, _line from delivery limit 5",
        "select Id, _line from delivery union all select Day, _line from delivery",
        "select Id, _line + 1 as _line from delivery",
        "select Id, [_line] as _line from delivery",
        "select _line as a, _line from delivery",
        "select _file || _line as a, _line from delivery",
        "select columns('I.*'), _line from delivery",
        "select Nowhere as a, _line from delivery",
        "select Id, Id, _line from delivery",
        "select Id, _line from delivery tablesample 10%",
        "select Id, _line from people",
        "nonsense",
    ],
)
def test_what_looks_beyond_the_record_is_run_record_by_record(query: str) -> None:
    assert column_inputs(query, COLUMNS, distinct_inputs.not_row_wise()) is None
