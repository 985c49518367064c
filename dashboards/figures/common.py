"""What all figures share: the bare layout, safe text, and the form the page's script reads."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboards.formats import shortened
from dashboards.theme import AXIS_SIZE, FONT_FAMILY, LABEL_SIZE, token


def safe(text: str, longest: int) -> str:
    """Return free text for a chart: shortened, and with no markup that Plotly would obey."""
    return html.escape(shortened(text, longest), quote=False)


def base_layout(height: int, margin: dict[str, int]) -> dict[str, Any]:
    """Return a layout without title, legend, mode bar or zoom; sizes in px.

    It stays a plain dict until the figure is made of it, since Plotly checks every value each time.
    """
    return {
        "template": None,
        "height": height,
        "margin": {"t": 10, **margin, "pad": 0},
        "paper_bgcolor": token("card"),
        "plot_bgcolor": token("card"),
        "showlegend": False,
        "hovermode": "x",
        "dragmode": False,
        "font": {"family": FONT_FAMILY, "size": AXIS_SIZE, "color": token("ink-2")},
        "hoverlabel": {
            "bgcolor": token("card"),
            "bordercolor": token("rule"),
            "font": {"family": FONT_FAMILY, "size": AXIS_SIZE, "color": token("ink")},
        },
    }


def axis(**options: Any) -> dict[str, Any]:
    """Return an axis that can't be zoomed and draws nothing but what is asked for."""
    return {
        "fixedrange": True,
        "zeroline": False,
        "showgrid": False,
        "tickfont": {"size": AXIS_SIZE, "color": token("axis")},
        **options,
    }


def ticked_axis(**options: Any) -> dict[str, Any]:
    """Return a horizontal axis with a line and ticks below it."""
    return axis(
        ticks="outside",
        ticklen=5,
        tickcolor=token("rule"),
        showline=True,
        linecolor=token("axis"),
        **options,
    )


def day_axis(ticks: Sequence[tuple[int, str]], horizon_days: int, narrow: bool) -> dict[str, Any]:
    """Return the axis below a curve over days, its ticks named by months or weeks."""
    names = [label for _, label in ticks]
    if narrow:
        names = [name.replace("months", "mo").replace("weeks", "wk") for name in names]
    days = [day for day, _ in ticks]
    return ticked_axis(range=[0, horizon_days], tickvals=days, ticktext=names)


def name_axis(names: list[str], places: list[int], ends: tuple[float, float]) -> dict[str, Any]:
    """Return a vertical axis with the name of each row at its place."""
    return axis(
        range=list(ends),
        tickvals=places,
        ticktext=names,
        ticklabelstandoff=6,
        tickfont={"size": 14, "color": token("ink")},
    )


def note(text: str, color: str, size: int = LABEL_SIZE, **place: Any) -> dict[str, Any]:
    """Return an annotation without an arrow; ``color`` is a token's name."""
    return {
        "text": text,
        "showarrow": False,
        "font": {"size": size, "color": token(color)},
        **place,
    }


def for_page(wide: go.Figure, narrow: go.Figure, print_height: int) -> dict[str, Any]:
    """Return a figure as plain JSON values: one set of traces with a wide and a narrow layout."""
    drawn, drawn_narrow = wide.to_plotly_json(), narrow.to_plotly_json()
    layouts = {"wide": drawn["layout"], "narrow": drawn_narrow["layout"]}
    for layout in layouts.values():
        layout.pop("template", None)
    return {"data": drawn["data"], **layouts, "printHeight": print_height}
