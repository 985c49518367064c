"""Where dots, ranges and labels of the charts of differences lie."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.figures.whiskers import Line, WhiskerInfo, whiskers_figure


def _info(*lines: Line, is_more_better: bool = True) -> WhiskerInfo:
    return WhiskerInfo(lines, "left", "right", is_more_better)


finite = st.floats(-1e4, 1e4, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(finite, finite, finite, finite), min_size=1, max_size=6), st.booleans())
def test_everything_drawn_and_zero_lie_on_the_axis(
    drawn: list[tuple[float, float, float, float]], is_more_better: bool
) -> None:
    lines = []
    for i, (one, two, three, before) in enumerate(drawn):
        low, value, high = sorted((one, two, three))
        lines.append(Line(f"line {i}", "text", value, low, high, before=before))
    figure = go.Figure(whiskers_figure(_info(*lines, is_more_better=is_more_better)))
    start, end = figure.layout.xaxis.range
    xs = [x for trace in figure.data for x in trace.x if x is not None]
    assert all(start <= x <= end for x in [0.0, *xs])
    ticks = figure.layout.xaxis.tickvals
    assert len(set(figure.layout.xaxis.ticktext)) == len(ticks) >= 2
    assert all(start <= tick <= end for tick in ticks)


@pytest.mark.parametrize("n_lines", [3, 5, 12])
def test_on_paper_labels_stand_free_of_dots(n_lines: int) -> None:
    lines = [Line(f"part {i}", "6.8 lower", -6.8, -9.0, -2.0) for i in range(n_lines)]
    info = _info(*lines, is_more_better=False)
    layout = whiskers_figure(info, narrow=True)["layout"]
    low, high = layout["yaxis"]["range"]
    plot = info.print_height - layout["margin"]["t"] - layout["margin"]["b"]
    pitch, letters, dot = plot / (high - low), 5, 11 / 2
    shifts = {each["yshift"] for each in layout["annotations"] if each.get("yref") != "paper"}
    (shift,) = shifts
    assert shift - letters > dot, "of its own line's"
    assert pitch - shift - letters > dot, "of the line's above"
