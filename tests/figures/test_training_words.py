"""What the page on training says of the months around it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from dashboards.sentences.training import (
    chart_note,
    finding,
    month_cells,
    months_of,
    why_no_months,
)
from tests.figures.practice_worlds import few_people, practised


def test_months_that_are_hidden_are_named_beside_the_chart() -> None:
    world = practised()
    assert "not drawn" not in chart_note(
        world, "voluntary_exit", months_of(world, "voluntary_exit")
    )
    is_hidden = pl.col("months_since_training").is_in([1, 3]) & (
        pl.col("outcome") == "voluntary_exit"
    )
    figures = ("estimate", "conf_low", "conf_high", "n_coaches")
    hidden = world.event_study.with_columns(
        pl.when(is_hidden).then(pl.lit("suppressed")).otherwise("status").alias("status"),
        *(pl.when(is_hidden).then(None).otherwise(name).alias(name) for name in figures),
    )
    told = replace(world, event_study=hidden)
    note = chart_note(told, "voluntary_exit", months_of(told, "voluntary_exit"))
    assert note.endswith("Months after the training not drawn: 1 and 3 (hidden for privacy).")


def test_a_change_of_a_share_is_no_more_than_everybody() -> None:
    world = practised()
    wide = world.event_study.with_columns(conf_low=pl.lit(-1.2), conf_high=pl.lit(1.004))
    months = months_of(replace(world, event_study=wide), "arm_a_share")
    assert {(month.low, month.high) for month in months} == {(-100.0, 100.0)}


def test_why_no_month_is_drawn_is_what_most_months_after_the_training_say() -> None:
    few_left, few_coaches = "hidden for privacy: fewer than 5 people left", "fewer than 3 coaches"
    reasons = {-12: f"hidden for privacy: {few_coaches}", 0: few_left, 1: few_left}
    after = reasons | {4: f"hidden for privacy: {few_coaches}"}
    for given, expected in ((reasons, few_left), (after, f"{few_left} or {few_coaches}")):
        rows = [
            {"outcome": "voluntary_exit", "months_since_training": month, "estimate": None,
             "status": "suppressed", "reason": reason}
            for month, reason in given.items()
        ]  # fmt: skip
        data = replace(practised(), event_study=pl.DataFrame(rows))
        assert why_no_months(data, "voluntary_exit") == f"{expected[0].upper()}{expected[1:]}."


def test_how_many_coaches_are_trained_is_hidden_in_table_and_text_alike() -> None:
    world = practised()
    hidden = replace(world, event_study=world.event_study.with_columns(n_coaches=None))
    months = months_of(hidden, "voluntary_exit")
    note = chart_note(hidden, "voluntary_exit", months)
    assert note.startswith("Of how many trained coaches is hidden for privacy.")
    assert {cells[-1] for cells in month_cells(months)} == {"hidden for privacy"}
    assert chart_note(world, "voluntary_exit", months_of(world, "voluntary_exit")).startswith(
        "Up to"
    )


def test_the_headline_names_what_cannot_be_told_beside_charts_of_other_things() -> None:
    told = finding(few_people())
    assert told.startswith("Leaving by choice after the coaches’ training can’t be told")
