"""`make where` asked for counts and whole numbers: the query that it tells gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assets.commands.where_counted import count_query
from dashboards.data import SiteData
from dashboards.figures import balance
from dashboards.frames import FRAMES
from dashboards.pages.verdict_views import covariate_names
from pipelines.contracts.tables import table_of
from pipelines.core import limits
from pipelines.core.versions import PROJECT
from pipelines.lineage.marked_names import names_are_marked
from pipelines.lineage.marked_values import Origin, origins_of
from tests.figures.today_worlds import usual
from tests.integration.asking_where import PLACE, published, told


@pytest.fixture(scope="module")
def today() -> Iterator[tuple[SiteData, Path]]:
    with published(usual) as made:
        yield made


def answers(data: SiteData, lines: list[str]) -> list[str]:
    """What the query after "holds it" gives, of the frames as tables."""
    (at,) = [n for n, line in enumerate(lines) if line.startswith("holds it")]
    return asking(data, "\n".join(lines[at:]).split("make sql`)\n")[1].split(";")[0])


def asking(data: SiteData, query: str) -> list[str]:
    with duckdb.connect() as con:
        for name, table in FRAMES.items():
            con.register("frame", getattr(data, name))
            con.execute(f"create schema if not exists {table.partition('.')[0]}")
            con.execute(f"create table {table} as select * from frame")
            con.unregister("frame")
        return [str(each) for row in con.sql(query).fetchall() for each in row]


def test_counts_and_whole_numbers_lead_to_rows_that_give_them(today: tuple[SiteData, Path]) -> None:
    data, root = today
    n = len(covariate_names(data))
    lines = told(f"adjusting for {n} characteristics we can measure", root, "index.html")
    assert answers(data, lines) == [str(n)]
    assert any('count(distinct "covariate")' in line for line in lines)
    (counts,) = [
        PLACE.match(line.removeprefix("counted by")) for line in lines if "counted" in line
    ]
    assert counts
    code = (PROJECT / f"{counts[1].replace('.', '/')}.py").read_text("utf-8").splitlines()
    assert "len(" in code[int(counts[3]) - 1]
    row = (
        data.trend.filter(measure="voluntary_exits", scope="all").sort("month").row(-1, named=True)
    )
    lines = told(f"about {row['value']:.0f} agents", root, "digest.html")
    assert answers(data, lines)[0] == f"{row['value']:.0f}"
    assert not any("outcomes.comparison" in line for line in lines), "of another sentence"


@pytest.mark.parametrize("column", ["", "outcome"])
def test_no_query_of_a_count_gives_another_number(column: str) -> None:
    """Of rows picked in several ways; what is told is asked, else nothing is told."""
    data = usual()
    frame, table = data.comparison, table_of("outcomes.comparison")
    asked = 0
    for picked in (range(0, frame.height, 3), range(frame.height // 2), range(5, 9), [2]):
        origin = Origin(table.full_name, column, min(picked), tuple(picked))
        rows = [frame.row(each, named=True) for each in picked]
        if query := count_query(table, frame, origin, rows):
            wanted = len({row[column] for row in rows} - {None}) if column else len(rows)
            assert asking(data, query) == [str(wanted)]
            asked += 1
    assert asked


def test_limits_of_a_pair_lead_to_their_constant() -> None:
    with names_are_marked():
        places = {each.name for end in limits.MIXED for each in origins_of(end)}
    (place,) = places
    assert place.startswith("pipelines.core.limits:MIXED:")
    assert not origins_of(limits.MIXED[0])


def test_a_constant_under_another_name_leads_to_its_own() -> None:
    with names_are_marked():
        (origin,) = origins_of(balance.LIMIT)
    assert origin.name.startswith("pipelines.core.limits:ALIKE:")
