"""`make where`: beside a figure stand its own limits, whichever columns its table has besides."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from assets.commands.where_held import Held, held_in, seen_in
from dashboards.frames import FRAMES
from pipelines.contracts.tables import Table, load_tables, table_of
from pipelines.lineage.marked_values import Origin, Writing
from tests.figures.practice_worlds import practised

CURVE = "outcomes.retention_curve"
LIMIT = re.compile(r"_(low|high|limit)$")
OF_WHAT_IS_USUAL = {"lower_limit", "upper_limit", "usual_low", "usual_high"}


def limited() -> Iterator[tuple[Table, str, str]]:
    for table in load_tables():
        yield from ((table, limit, figure) for limit, figure in table.limits.items())


def test_every_limit_names_the_column_that_it_limits() -> None:
    every = {
        (table.full_name, column.name)
        for table in load_tables()
        for column in table.columns
        if LIMIT.search(column.name) and column.type == "number"
    }
    assert {(table.full_name, limit) for table, limit, _ in limited()} == every
    for table, limit, figure in limited():
        kinds = {each.name: each.type for each in table.columns}
        assert kinds[figure] == "number", (table.full_name, limit)


def test_a_value_lies_between_its_limits() -> None:
    data, frames = practised(), {table: name for name, table in FRAMES.items()}
    asked = set()
    for table, limit, figure in limited():
        frame = getattr(data, frames.get(table.full_name, "comparison"))
        if not {limit, figure} <= {*frame.columns} or limit in OF_WHAT_IS_USUAL:
            continue
        way = 1 if limit.endswith("high") else -1
        for value, end in frame.select(figure, limit).drop_nulls().rows():
            assert way * (end - value) > -1e-9, (table.full_name, limit, value, end)
            asked.add((table.full_name, limit))
    assert {(CURVE, "voluntary_exit_conf_low"), ("outcomes.comparison", "conf_high")} <= asked


@pytest.mark.parametrize(
    ("figure", "limits"),
    [
        ("voluntary_exit", "voluntary_exit_conf_low voluntary_exit_conf_high"),
        ("involuntary_exit", "involuntary_exit_conf_low involuntary_exit_conf_high"),
        ("survival", "conf_low conf_high clustered_conf_low clustered_conf_high"),
        ("clustered_conf_low", "survival conf_low conf_high clustered_conf_high"),
        ("at_risk", ""),
    ],
)
def test_the_query_of_a_figure_shows_its_own_limits(figure: str, limits: str) -> None:
    table = table_of(CURVE)
    row = dict.fromkeys((each.name for each in table.columns), 0.2)
    query = Held(table, (row,), {"20.0": (figure,)}, {figure: (100, 1)}).query
    shown = {*re.findall(r'"(\w+)"', re.sub(r'as "\w+"', "", query.partition("from")[0]))}
    assert shown - {*table.key, "status"} == {figure, *limits.split()}


def test_numbers_in_a_text_of_a_table_are_of_the_columns_with_their_sign() -> None:
    table = table_of("outcomes.sensitivity")
    row = dict.fromkeys(each.name for each in table.columns) | {
        "value": -0.2, "range_low": -0.5, "range_high": 0.2, "conf_level": 0.95,
    }  # fmt: skip
    said = "from −0.5 to +0.2, not −0.2, of 95%"
    found = seen_in(["−0.5", "+0.2", "−0.2", "95"], said, Held(table, (row,), {}, {}))
    assert found == {"−0.5": ["range_low"], "+0.2": ["range_high"], "−0.2": ["value"]}
    ratio = row | {"value": 0.79, "range_low": 0.74, "range_high": 0.79}
    found = seen_in(["0.79", "0.74"], "0.79 times", Held(table, (ratio,), {}, {}))
    assert found == {"0.79": ["value", "range_high"], "0.74": ["range_low"]}


def test_a_figure_that_is_no_value_of_its_columns_is_reckoned_with_them() -> None:
    data = practised()
    row = data.comparison.row(0, named=True)
    a, b = (Origin("outcomes.comparison", f"n_people_{arm}", 0) for arm in "ab")
    both = f"{row['n_people_a'] + row['n_people_b']:,}"
    (held,) = held_in([Writing(both, (a, b), ())], data)
    assert held.told == f"{both} (reckoned with n_people_a, n_people_b)"
    (held,) = held_in([Writing(f"{row['n_people_a']:,}", (a,), ())], data)
    assert held.told == f"{row['n_people_a']:,} (n_people_a)"
    value = Origin("outcomes.comparison", "value_a", 0)
    (held,) = held_in([Writing(f"{100 * row['value_a']:.1f}", (value,), ())], data)
    assert "reckoned" not in held.told
    assert "100 *" in held.query
