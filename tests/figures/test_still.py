"""The SVG for who has no script draws what the figure says, place by place."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from dashboards.figures.common import for_page
from dashboards.figures.run_chart import PRINT_HEIGHT, Line, run_figure
from dashboards.figures.still import HALF, still
from dashboards.number_format import Notation, written_in
from dashboards.trends import series
from tests.figures.today_worlds import EVENTS, months, publication

PRINT_WIDTH = 322


def drawn(measure: str) -> tuple[ElementTree.Element, dict[str, Any]]:
    told = series(publication(months(24), events=EVENTS).trend, measure)
    wide, narrow = (run_figure([Line(told)], EVENTS, narrow=n) for n in (False, True))
    figure = for_page(wide, narrow, PRINT_HEIGHT)
    return ElementTree.fromstring(still(figure, PRINT_WIDTH)), figure


def test_dots_stand_where_the_axes_say() -> None:
    svg, figure = drawn("headcount")
    layout, (line,) = figure["wide"], figure["data"]
    dots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in svg.iter("circle")]
    assert len(dots) == 24
    width = HALF - layout["margin"]["l"] - layout["margin"]["r"]
    height = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    span = layout["yaxis"]["range"][1] - layout["yaxis"]["range"][0]
    for (x, _), (later, _) in pairwise(dots):
        assert later - x == pytest.approx(width / 24, abs=0.11)
    down = [(line["y"][0] - y) * height / span for y in line["y"]]
    assert [y - dots[0][1] for _, y in dots] == pytest.approx(down, abs=0.11)


def test_band_mean_events_ticks_and_the_end_value_are_there() -> None:
    svg, figure = drawn("handle_time")
    said = ["".join(text.itertext()) for text in svg.iter("text")]
    assert {"1", "2", "5:58"} <= set(said)
    assert set(figure["wide"]["yaxis"]["ticktext"]) <= set(said)
    fills = [path.attrib["fill"] for path in svg.iter("path")]
    assert fills.count("var(--grid)") == 1
    ways = [path.attrib["d"] for path in svg.iter("path")]
    assert all(re.fullmatch(r"[MLHVhZ\d. -]+", way) for way in ways)


def test_numbers_are_in_the_page_notation_and_places_are_not() -> None:
    with written_in(Notation(".", ",")):
        svg, _ = drawn("customer_satisfaction")
    said = ["".join(text.itertext()) for text in svg.iter("text")]
    assert "3,92" in said
    assert all(float(circle.attrib["cy"]) for circle in svg.iter("circle"))


def test_a_line_stops_where_the_figure_has_a_gap() -> None:
    _, figure = drawn("headcount")
    (line,) = figure["data"]
    x, y = ([*line[name][:3], None, *line[name][3:6]] for name in "xy")
    gapped = {**figure, "data": [{**line, "x": x, "y": y}]}
    svg = ElementTree.fromstring(still(gapped, PRINT_WIDTH))
    color = line["line"]["color"]
    (way,) = [p.attrib["d"] for p in svg.iter("path") if p.attrib.get("stroke") == color]
    assert [len(re.findall("[ML]", part)) for part in re.findall("M[^M]+", way)] == [3, 3]
    assert len(list(svg.iter("circle"))) == 6
