"""Records that are alone under their key are shaped by combination, the others as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config.feeds import Feed
from pipelines.config.recipes import Declaration, Recipe
from pipelines.ingest.read.landing_folder import landing_file
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.shape import distinct_inputs, lone_keys
from pipelines.ingest.shape.column_inputs import grouped_inputs
from pipelines.ingest.shape.feed_records import read_records
from pipelines.ingest.shape.lookups import Lookups
from pipelines.ingest.shape.run_recipe import run_recipe
from pipelines.ingest.shape.sandboxes import Sandboxes
from tests.unit.ingest.test_calls_ahead import RANKS, SUMS
from tests.unit.ingest.test_distinct_inputs import COLUMNS, told

NEWEST = """
select "Badge" as employee_id, "Day" as shift_date, arg_max("Hours", _line) as scheduled_hours,
    count(*) as absent_hours, list(_line order by _line) as _line
from delivery group by 1, 2
"""
TWICE = """
with of_kind as (
    select "Badge" as who, "Day" as day, length("Hours") as kind,
        count(distinct "Hours") as n, min(_line) as _line
    from delivery group by all
),
ranked as (
    select *, row_number() over (partition by who order by kind) as place,
        max(n) over (partition by who, day) as most
    from of_kind
)
select * exclude (place, kind), case when place > 1 then 'of another kind' end as _skip from ranked
"""


@pytest.mark.parametrize("query", [SUMS, RANKS, NEWEST, TWICE])
@pytest.mark.parametrize("n_doubled", [0, 9])
def test_rows_are_the_same_as_without(
    query: str, n_doubled: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"E{n},{n % 5 + 1:02d}.03.2025,{n % 9}:{n % 6}0" for n in range(90)]
    doubled = [f"e{n} ,{n % 5 + 1:02d}.03.2025,1:00" for n in range(n_doubled)]
    blank = [",01.03.2025,1:00", ",02.03.2025,1:00", "E7,,2:00", "E7,,3:00"]
    (tmp_path / "a.csv").write_text(
        "\n".join(
            ["Badge,Day,Hours", *lines, *doubled, *(each.upper() for each in doubled), *blank]
        )
    )
    declared = Declaration(title="t", layout="l", columns=("Badge", "Day", "Hours"))
    recipe = Recipe("own/clock", tmp_path, declared, {"shifts": query})
    feed = Feed("clock", recipe, declared.read, {}, {})
    file = landing_file(tmp_path / "a.csv")
    records = read_records(file.path.read_bytes(), file, feed, DEFAULT)
    none = Lookups({}, "")
    plain = run_recipe(feed, "shifts", records, "a.csv", Sandboxes(feed, none, "UTC"))
    monkeypatch.setattr(distinct_inputs, "FEWEST_ROWS", 0)
    monkeypatch.setattr(lone_keys, "FEWEST_ROWS", 0)
    monkeypatch.setattr(distinct_inputs, "LARGEST_SHARE", 10**9)
    by_combination, asked = lone_keys.by_combination, list[int]()
    monkeypatch.setattr(
        lone_keys,
        "by_combination",
        lambda *given: asked.append(given[3].num_rows) or by_combination(*given),
    )
    quick = run_recipe(feed, "shifts", records, "a.csv", Sandboxes(feed, none, "UTC"))
    assert told(quick) == told(plain)
    assert len(asked) == 1 and 70 < asked[0] < records.table.num_rows


@pytest.mark.parametrize(
    "query",
    [
        "select Id, sum(Hours) over () as a, _line from delivery",
        "select Id, sum(Hours) as a, list(_line) as _line from delivery where Hours > 1 group by 1",
        "select Id, sum(Hours) as a, list(_line) as _line from delivery group by 1 having a > 1",
        "select lower(Id) as a, count(*) as b, list(_line) as _line from delivery group by 1",
        "select Id, sum(Hours) as a, list(_line) as _line from delivery group by rollup (1)",
        "select sum(Hours) as a, list(_line) as _line from delivery",
        "select Id, sum(_line) as a, list(_line) as _line from delivery group by 1",
        "select Id, sum(random()) as a, list(_line) as _line from delivery group by 1",
        "select Id, count(*) over (partition by Day) as a, count(*) over (partition by Id) as b, "
        "_line from delivery",
        "select Id, sum((select 1)) as a, list(_line) as _line from delivery group by 1",
        "select Id, unnest([1, count(*)]) as a, list(_line) as _line from delivery group by 1",
        "select Id, row_number() over w as a, _line from delivery window w as (partition by Id)",
        "select Id, row_number() over (partition by Id) as a, _line from delivery qualify a = 1",
        "select Id, Day, _line from delivery",
    ],
)
def test_what_looks_beyond_the_key_is_run_whole(query: str) -> None:
    assert grouped_inputs(query, COLUMNS, distinct_inputs.not_row_wise()) is None
