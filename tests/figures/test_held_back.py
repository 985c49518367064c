"""The pages say which numbers wait, and for what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from dashboards.sentences.changes import finding, held_back
from tests.figures.worlds import clear_difference


def test_numbers_that_wait_are_told_with_their_date() -> None:
    data = clear_difference()
    assert held_back(data) == ""
    days = pl.Series("data_until", [date(2026, 10, 12)]).extend_constant(
        date(2026, 10, 31), data.comparison.height - 1
    )
    waiting = replace(data, n_held=24, changes=0, comparison=data.comparison.with_columns(days))
    told = finding(waiting)
    assert told.startswith("No estimate changed. 24 estimates stand as last published")
    assert "the oldest with data until 12 Oct 2026" in told
    assert f"until at least {data.min_group} people's records have changed" in told
    one = replace(waiting, n_held=1, changes=3)
    assert "changed" in finding(one)
    assert "1 estimate stands as last published" in finding(one)
