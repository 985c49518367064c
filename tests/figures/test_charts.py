from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import plotly.graph_objects as go
import polars as pl
import pytest

from dashboards.data import SiteData
from dashboards.figures.balance import BalanceInfo, Characteristic, balance_figure, balance_info
from dashboards.figures.common import Figure, for_page
from dashboards.figures.retention import RetentionInfo, retention_figure, retention_info
from dashboards.labels import Arms
from dashboards.sentences.charts import balance_note
from tests.figures.worlds import (
    HOSTILE,
    WORLDS,
    clear_difference,
    harm,
    hidden_counts,
    many_characteristics,
    no_difference,
    not_reportable,
    nothing,
    odd_labels,
)


def retention(data: SiteData) -> RetentionInfo:
    return retention_info(
        data.retention_curve, Arms(data.arm_a, data.arm_b), max(data.horizon_days)
    )


def balance(data: SiteData) -> BalanceInfo:
    return balance_info(data.covariate_balance, data.weight_summary, data.covariate_labels)


def layout_texts(figure: Figure) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


def test_curves_are_the_adjusted_ones_of_everybody() -> None:
    data = clear_difference()
    info = retention(data)
    wanted = data.retention_curve.filter(
        (pl.col("design") == "weighted") & (pl.col("arm") == "compassionate")
    )
    assert [p.survival for p in info.a.points] == wanted["survival"].to_list()
    assert [p.at_risk for p in info.a.points] == wanted["at_risk"].to_list()


def test_bands_are_the_clustered_ones() -> None:
    data = clear_difference()
    decoy = data.retention_curve.with_columns(
        pl.lit(0.0).alias("conf_low"), pl.lit(1.0).alias("conf_high")
    )
    point = retention(replace(data, retention_curve=decoy)).a.points[10]
    assert point.low is not None
    assert point.high is not None
    assert 0.5 < point.low < (point.survival or 0) < point.high < 1


def test_the_start_has_a_band_though_its_limits_do_not_exist() -> None:
    start = retention(clear_difference()).a.points[0]
    assert (start.survival, start.low, start.high) == (1.0, 1.0, 1.0)


def test_ticks_are_days_that_the_curve_has() -> None:
    for make in WORLDS.values():
        data = make()
        info = retention(data)
        days = {p.day for p in info.a.points}
        assert {day for day, _ in info.ticks} <= days
        gaps = [b[0] - a[0] for a, b in zip(info.ticks, info.ticks[1:], strict=False)]
        assert all(gap > max(data.horizon_days) * 0.1 for gap in gaps)


@pytest.mark.parametrize(
    ("horizons", "labels"),
    [
        ((90,), ["Start", "3 weeks", "6 weeks", "9 weeks", "90 days"]),
        ((365,), ["Start", "3 months", "6 months", "9 months", "12 months"]),
        ((400,), ["Start", "3 months", "6 months", "9 months", "400 days"]),
        ((730,), ["Start", "6 months", "12 months", "18 months", "24 months"]),
    ],
)
def test_tick_words(horizons: tuple[int, ...], labels: list[str]) -> None:
    from tests.figures.worlds import world

    assert [label for _, label in retention(world(horizons=horizons)).ticks] == labels


def test_axis_starts_below_everything_drawn() -> None:
    for make in WORLDS.values():
        info = retention(make())
        drawn = [p for c in (info.a, info.b) for p in c.drawn]
        lows = [p.low if p.low is not None else p.survival for p in drawn]
        assert all(low is not None and low >= info.floor for low in lows)


def test_a_curve_ends_where_its_values_are_hidden() -> None:
    info = retention(hidden_counts())
    assert info.a.end is not None
    assert info.a.end.day <= 330 < info.a.points[-1].day
    texts = layout_texts(retention_figure(info))
    assert texts.count("hidden") == 4
    assert any("on day 329" in text for text in texts)


def test_nothing_hidden_reaches_the_figure() -> None:
    assert not retention(not_reportable()).is_drawable
    assert not balance(not_reportable()).rows
    assert not retention(nothing()).is_drawable


def test_band_polygon_encloses_the_line() -> None:
    figure = go.Figure(retention_figure(retention(clear_difference())))
    band, line = figure.data[0], figure.data[1]
    ys = [y for y in band.y if y is not None]
    assert min(ys) < min(line.y)
    assert max(ys) == max(line.y) == 100
    assert all(math.isfinite(y) for y in ys)


def test_arm_b_is_dashed_and_arm_a_is_not() -> None:
    figure = go.Figure(retention_figure(retention(clear_difference())))
    assert figure.data[1].line.dash == "solid"
    assert figure.data[3].line.dash == "8px,3px"


@pytest.mark.parametrize("name", WORLDS)
def test_end_labels_never_touch(name: str) -> None:
    info = retention(WORLDS[name]())
    figure = go.Figure(retention_figure(info))
    labels = [n for n in figure.layout.annotations if "still here" in n.text]
    if len(labels) == 2:
        top, bottom = figure.layout.yaxis.range[1], figure.layout.yaxis.range[0]
        margins = figure.layout.margin
        px = (figure.layout.height - margins.t - margins.b) / (top - bottom)
        assert abs(labels[0].y - labels[1].y) * px >= 40


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("narrow", [False, True])
def test_chart_text_is_large_enough_and_coloured_by_token(name: str, narrow: bool) -> None:
    data = WORLDS[name]()
    for figure in (
        retention_figure(retention(data), narrow=narrow),
        balance_figure(balance(data), narrow=narrow),
    ):
        drawn = json.dumps(for_page(figure, figure, 300))
        assert not re.search(r"#[0-9A-Fa-f]{3}|rgb", drawn)
        layout = go.Figure(figure).layout
        sizes = [layout.font.size, layout.xaxis.tickfont.size, layout.yaxis.tickfont.size]
        assert all(size >= 13 for size in [*sizes, *(n.font.size for n in layout.annotations)])


def test_wide_and_narrow_share_their_traces() -> None:
    info = retention(harm())
    wide, narrow = (retention_figure(info, narrow=n) for n in (False, True))
    assert wide["data"] == narrow["data"]
    drawn = for_page(wide, narrow, 300)
    assert drawn["wide"]["margin"] != drawn["narrow"]["margin"]


def test_markup_in_labels_is_only_text_for_plotly() -> None:
    data = odd_labels()
    texts = layout_texts(retention_figure(retention(data)))
    figure = go.Figure(balance_figure(balance(data)))
    texts += list(figure.layout.yaxis.ticktext) + list(figure.data[2].text)
    for text in texts:
        plain = text.replace("<b>", "").replace("</b>", "").replace("<br>", "")
        assert "<" not in plain
    assert any("&lt;img" in text for text in texts)
    assert HOSTILE[0] == data.arm_a


def test_balance_takes_sizes_and_sorts_by_the_first_difference() -> None:
    info = balance(clear_difference())
    before = [row.before for row in info.rows]
    assert before == sorted(before, reverse=True)
    assert min(before) > 0
    assert info.rows[0].label == "Prior absence"


@pytest.mark.parametrize(
    ("size", "is_alike", "told"),
    [
        (0.104, False, "over 0.10"), (0.096, True, "0.10"), (0.116, True, "up to 0.10"),
        (0.087, False, "over 0.10"), (0.087, True, "0.09"), (0.116, False, "0.12"),
    ],
)  # fmt: skip
def test_no_size_on_screen_contradicts_whether_groups_are_alike_in_it(
    size: float, is_alike: bool, told: str
) -> None:
    """Groups are judged before the figure is rounded, for privacy and for the screen."""
    row = Characteristic("tenure", "Tenure", size, size, is_alike, is_alike)
    assert (row.before_in_words, row.after_in_words) == (told, told)
    note = balance_note(BalanceInfo((row,), 0))
    assert ("before figures are rounded" in note) == (told != f"{size:.2f}")


def test_a_characteristic_is_alike_only_in_all_of_its_levels() -> None:
    data = clear_difference()
    uneven = data.covariate_balance.with_columns(
        pl.when(pl.col("level") == "South").then(0.2).otherwise(0.01).alias("smd_after")
    )
    info = balance(replace(data, covariate_balance=uneven))
    assert len(info.rows) == 12
    assert info.n_characteristics == 10
    assert info.n_alike == 9
    assert not info.is_alike


def test_every_level_is_named_even_one_that_is_part_of_the_label() -> None:
    labels = {row.label for row in balance(clear_difference()).rows}
    assert {"Site: North", "Site: South", "Site: Site"} <= labels


def test_long_lists_are_cut_and_the_worst_stay() -> None:
    info = balance(many_characteristics())
    assert len(info.drawn) == 12 < len(info.rows)
    left = [row for row in info.rows if row not in info.drawn]
    worst_left = max(max(row.before, row.after) for row in left)
    assert worst_left <= min(max(row.before, row.after) for row in info.drawn)


def test_balance_without_values_says_why() -> None:
    assert balance(not_reportable()).why_empty.startswith("Hidden for privacy")
    assert balance(nothing()).why_empty.startswith("No data")


def test_no_difference_still_draws_both_curves() -> None:
    assert retention(no_difference()).is_drawable
