"""Which values are pooled, against a recount in plain Python."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.tables import publication_query, table_of
from pipelines.disclosure.rare_values import POOL, rare_values
from pipelines.release.coarsening import without_pooled

Rows = list[tuple[str, str, int]]
SCHEMA = {"characteristic": pl.String, "value": pl.String, "person": pl.Int64}

rows = st.lists(
    st.tuples(
        st.sampled_from(["site", "role"]),
        st.sampled_from(["a", "b", "c", "d", POOL]),
        st.integers(0, 25),
    ),
    max_size=80,
)


def frame(found: Rows) -> pl.DataFrame:
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def people(found: Rows, characteristic: str, values: set[str]) -> set[int]:
    return {person for name, value, person in found if name == characteristic and value in values}


@given(rows, st.integers(1, 12))
def test_after_pooling_no_value_is_left_that_few_people_have(found: Rows, min_group: int) -> None:
    pooled = rare_values(frame(found), min_group)
    for characteristic in {name for name, _, _ in found}:
        values = {value for name, value, _ in found if name == characteristic}
        rare = set(pooled.get(characteristic, ()))
        assert rare <= values
        for value in values - rare - {POOL}:
            assert len(people(found, characteristic, {value})) >= min_group
        if rare and values - rare - {POOL}:
            assert len(people(found, characteristic, rare | {POOL})) >= min_group


@given(rows, st.integers(1, 12))
def test_nothing_is_pooled_that_need_not_be(found: Rows, min_group: int) -> None:
    for characteristic, rare in rare_values(frame(found), min_group).items():
        sizes = {value: len(people(found, characteristic, {value})) for value in rare}
        common = sorted(value for value in rare if sizes[value] >= min_group)
        for value in common:  # taken on top: without it the pool would be too small
            before = {each for each in rare if (sizes[each], each) < (sizes[value], value)}
            assert len(people(found, characteristic, before | {POOL})) < min_group


def test_people_are_counted_once_and_over_all_tables() -> None:
    found = [("site", "a", person) for person in range(10)] * 2
    found += [("site", "b", person) for person in range(9)] * 3
    found += [("site", "c", person) for person in range(20, 23)]
    assert rare_values(frame(found), 10) == {"site": ("b", "c")}
    assert rare_values(frame(found), 1) == {}


def test_the_pages_read_the_rows_that_the_file_has_and_no_others() -> None:
    table, rare = table_of("marts.regretted_exit"), {"site": ("Elm", "Fern")}
    kept = [("all", "all"), ("site", "Aster"), ("site", None)]
    rows = [*kept, ("site", "Elm"), ("site", "Fern")]
    months = pl.DataFrame(rows, schema=["scope", "scope_value"], orient="row")
    assert without_pooled(months, table, rare).rows() == kept
    assert without_pooled(months, table, {"team": ("Elm",)}).rows() == rows
    query = publication_query(table, analyst_person_scores=False, rare=rare)
    assert "not coalesce(cast(\"scope_value\" as varchar) in ('Elm', 'Fern'), false)" in query
