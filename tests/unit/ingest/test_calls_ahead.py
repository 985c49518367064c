"""Calls upon single records within a query that sums, joins or ranks are answered ahead of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config.feeds import Feed
from pipelines.config.recipes import Declaration, Recipe
from pipelines.ingest.read.landing_folder import landing_file
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.shape import distinct_inputs
from pipelines.ingest.shape.calls_ahead import MADE, answered_ahead
from pipelines.ingest.shape.feed_records import read_records
from pipelines.ingest.shape.lookups import read_lookups
from pipelines.ingest.shape.run_recipe import run_recipe
from pipelines.ingest.shape.sandboxes import Sandboxes
from tests.unit.ingest.feeds import feeds
from tests.unit.ingest.test_distinct_inputs import COLUMNS, told

SUMS = """
with said as (
    select d."Badge" as who, day_of(d."Day", '%d.%m.%Y') as shift_date,
        try_cast(hours_of("Hours") as double) as hours, _line
    from delivery as d
)
select who as employee_id, shift_date, sum(hours) as scheduled_hours, max(0) as absent_hours,
    list(_line) as _line from said group by all
"""
DIRECT = """
select coalesce(known.employee_id, lower("Badge")) as employee_id,
    day_of("Day", '%d.%m.%Y') as shift_date,
    sum(cast(hours_of("Hours") as double)) filter (length("Hours") > 0) as scheduled_hours,
    0 as absent_hours, list(_line) as _line
from delivery left join people as known on known.other_id = lower("Badge")
group by coalesce(known.employee_id, lower("Badge")), day_of("Day", '%d.%m.%Y')
"""
RANKS = """
select *, lower("Badge") as employee_id, day_of("Day", '%d.%m.%Y') as shift_date,
    hours_of("Hours") as scheduled_hours, 0 as absent_hours,
    case when row_number() over (partition by lower("Badge"), "Day" order by _line) > 1
        then 'said again' end as _skip
from delivery
"""
GUARDED = """
select lower("Badge") as employee_id, day_of("Day", '%d.%m.%Y') as shift_date,
    case when "Hours" like '%:%' then 8 else cast("Hours" as double) end as scheduled_hours,
    max(_line) over () * 0 as absent_hours, _line
from delivery
"""


@pytest.mark.parametrize("query", [SUMS, DIRECT, RANKS, GUARDED])
def test_rows_are_the_same_as_without(
    query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"E{n % 7},{n % 5 + 1:02d}.03.2025,{n % 9}:{n % 6}0" for n in range(90)]
    (tmp_path / "a.csv").write_text("\n".join(["Badge,Day,Hours", *lines, "E1,never,\n"]))
    declared = Declaration(title="t", layout="l", columns=("Badge", "Day", "Hours"))
    feed = Feed(
        "clock", Recipe("own/clock", tmp_path, declared, {"shifts": query}), declared.read, {}, {}
    )
    file = landing_file(tmp_path / "a.csv")
    records = read_records(file.path.read_bytes(), file, feed, DEFAULT)
    with feeds(tmp_path) as place:
        place.declare("")
        place.refresh("roster", "people")
        lookups = read_lookups(place.con, [])
    plain = run_recipe(feed, "shifts", records, "a.csv", Sandboxes(feed, lookups, "UTC"))
    monkeypatch.setattr(distinct_inputs, "FEWEST_ROWS", 0)
    monkeypatch.setattr(distinct_inputs, "LARGEST_SHARE", 10**9)
    quick = run_recipe(feed, "shifts", records, "a.csv", Sandboxes(feed, lookups, "UTC"))
    assert told(quick) == told(plain)
    assert len(plain.rows) > 30


def test_the_outermost_call_is_asked_once() -> None:
    ahead = answered_ahead(DIRECT, ("Badge", "Day", "Hours", "_line"), frozenset())
    assert ahead is not None
    assert [*ahead.calls.values()] == [
        'lower("Badge")',
        "day_of(\"Day\", '%d.%m.%Y')",
        'cast(hours_of("Hours") as double)',
        'length("Hours")',
    ]
    assert ahead.query.count(f'"{MADE}0"') == 3


@pytest.mark.parametrize(
    "query",
    [
        "select sum(Hours) as a, list(_line) as _line from delivery",
        "select f(_line) as a, sum(1) as b from delivery",
        "select f(other) as a, sum(1) as b from delivery, people",
        "select f((select max(Id) from people)) as a, sum(1) as b from delivery",
        "select random() || Id as a, sum(1) as b from delivery",
        "select f(p.Id) as a, sum(1) as b from delivery join people as p using (Id)",
        "select f(Id) as a, sum(1) as b from people",
        "select f(Id) as Id, sum(1) as b from delivery group by f(Id)",
        "select distinct * from (select *, f(Id) as b from delivery)",
        "with delivery as (select 1 as Id) select f(Id) as a, sum(1) as b from delivery",
        "select 'f(Id)' as a, Id in (1) as b, sum(1) as c from delivery",
    ],
)
def test_what_is_not_certain_stays(query: str) -> None:
    assert answered_ahead(query, COLUMNS, distinct_inputs.not_row_wise()) is None
