from __future__ import annotations

from dataclasses import fields

import polars as pl
import pytest

from dashboards.data import SiteData
from dashboards.estimates import find, missing_word
from dashboards.figures.tiles import WIDTH, exit_tiles, tiles_info
from dashboards.frames import MissingColumnError
from dashboards.sentences.tiles import tile_verdict, tile_verdict_key
from tests.figures.frames import COMPARISON_SCHEMA, difference, row
from tests.figures.worlds import (
    WORLDS,
    clear_difference,
    harm,
    no_overlap,
    not_reportable,
    too_little_data,
)


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=COMPARISON_SCHEMA)


def test_find_reads_the_one_row() -> None:
    e = find(clear_difference().comparison, "voluntary_exit", 365)
    assert e.verdict == "better"
    assert e.on_screen[0] == pytest.approx((e.value_a - e.value_b) * 100)
    assert e.n_people_a == 1240


def test_a_segment_row_is_never_taken_for_everyone() -> None:
    gap = difference(0.1, 0.2, 0.01)
    other = row("any_exit", 365, "weighted", "risk_difference", **gap) | {"segment": "site"}
    assert find(frame(other), "any_exit", 365).why_not == "no data"


def test_a_conclusive_verdict_without_numbers_is_not_shown() -> None:
    bare = row("any_exit", 365, "weighted", "risk_difference") | {"verdict": "better"}
    e = find(frame(bare), "any_exit", 365)
    assert not e.is_shown
    assert tile_verdict(e) == "Not reportable"


def test_nan_is_read_as_missing() -> None:
    gap = difference(0.1, 0.2, float("nan"))
    e = find(frame(row("any_exit", 365, "weighted", "risk_difference", **gap)), "any_exit", 365)
    assert e.conf_low is None
    assert not e.is_shown


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("shown", "no data"),
        ("no_data", "no data"),
        ("suppressed", "hidden for privacy"),
        ("not_reportable", "not reportable"),
        ("too_early", "too early"),
        ("too_little_data", "too little data"),
    ],
)
def test_every_state_has_a_word_of_its_own(status: str, word: str) -> None:
    assert missing_word(status) == word


def test_the_state_is_read_and_never_the_reason() -> None:
    told = dict.fromkeys(("estimate", "conf_low", "conf_high")) | {
        "status": "too_early",
        "reason": "hidden for privacy: no data",
        "verdict": "not_reportable",
    }
    odd = row("any_exit", 365, "weighted", "risk_difference", **told)
    e = find(frame(odd), "any_exit", 365)
    assert (e.is_too_early, e.is_hidden, e.has_no_data) == (True, False, False)
    assert tile_verdict(e) == "Too early"


def test_a_frame_without_a_column_of_its_contract_is_refused() -> None:
    data = clear_difference()
    plain = {each.name: getattr(data, each.name) for each in fields(data)}
    for name, column in (
        ("comparison", "status"), ("retention_curve", "error_ratio"), ("freshness", "n_rows"),
    ):  # fmt: skip
        lacking = plain | {name: plain[name].drop(column)}
        with pytest.raises(MissingColumnError, match=rf"{name} has no column {column}; .* columns"):
            SiteData(**lacking)
    with pytest.raises(KeyError):
        find(data.comparison.drop("status"), "any_exit", 365)
    unknown = data.comparison.with_columns(
        pl.lit("secret").alias("status"), pl.lit(None, pl.Float64).alias("estimate")
    )
    with pytest.raises(KeyError):
        tiles_info(unknown, exit_tiles(365))


def test_right_of_the_whisker_means_arm_a_is_better() -> None:
    for tile in tiles_info(clear_difference().comparison, exit_tiles(365)):
        if tile.adjusted.verdict == "better":
            assert tile.whisker is not None
            assert WIDTH / 2 < tile.whisker.low < tile.whisker.point < tile.whisker.high <= WIDTH
    for tile in tiles_info(harm().comparison, exit_tiles(365)):
        if tile.adjusted.verdict == "worse":
            assert tile.whisker is not None
            assert 0 <= tile.whisker.low < tile.whisker.point < tile.whisker.high < WIDTH / 2


def test_exit_tiles_share_one_scale() -> None:
    voluntary, _, everyone, _ = tiles_info(clear_difference().comparison, exit_tiles(365))
    assert voluntary.whisker is not None
    assert everyone.whisker is not None
    per_point = [
        (tile.whisker.point - tile.whisker.zero) / tile.adjusted.on_screen[0]
        for tile in (voluntary, everyone)
        if tile.whisker
    ]
    assert per_point[0] == pytest.approx(per_point[1], rel=0.02)


def test_adjusted_is_big_and_unadjusted_is_beside_it() -> None:
    tile = tiles_info(clear_difference().comparison, exit_tiles(365))[0]
    assert tile.number == "−5.2"
    assert tile.before == "−7.9"
    assert (tile.value_a, tile.value_b) == ("13.4", "18.6")


def test_too_little_data_tells_the_number_and_its_range_without_a_verdict() -> None:
    tile = tiles_info(too_little_data().comparison, exit_tiles(365))[0]
    assert tile.number == "−5.2"
    assert tile.whisker is not None
    assert tile_verdict_key(tile.adjusted) == "too_little_data"


@pytest.mark.parametrize("make", [not_reportable, no_overlap])
def test_what_is_not_reportable_draws_nothing(make: object) -> None:
    for tile in tiles_info(make().comparison, exit_tiles(365)):  # type: ignore[operator]
        assert tile.number == ""
        assert tile.whisker is None


def test_hidden_values_leave_no_trace_in_any_tile() -> None:
    for tile in tiles_info(not_reportable().comparison, exit_tiles(365)):
        assert {tile.value_a, tile.value_b, tile.before} == {"hidden for privacy"}


@pytest.mark.parametrize("name", WORLDS)
def test_whiskers_stay_inside_their_drawing(name: str) -> None:
    data = WORLDS[name]()
    for tile in tiles_info(data.comparison, exit_tiles(max(data.horizon_days))):
        if tile.whisker:
            assert 0 <= tile.whisker.low <= tile.whisker.high <= WIDTH
