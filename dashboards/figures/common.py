"""What all figures share: the bare layout, safe text, and the form the page's script reads."""

from __future__ import annotations

import html
from typing import Any

import plotly.graph_objects as go

from dashboards.formats import shortened
from dashboards.theme import AXIS_SIZE, FONT_FAMILY, LABEL_SIZE, token


def safe(text: str, longest: int) -> str:
    """Return free text for a chart: shortened, and with no markup that Plotly would obey."""
    return html.escape(shortened(text, longest), quote=False)


def base_layout(height: int, margin: dict[str, int]) -> go.Layout:
    """Return a layout without title, legend, mode bar or zoom; sizes in px."""
    return go.Layout(
        template=None,
        height=height,
        margin={"t": 10, **margin, "pad": 0},
        paper_bgcolor=token("card"),
        plot_bgcolor=token("card"),
        showlegend=False,
        hovermode="x",
        dragmode=False,
        font={"family": FONT_FAMILY, "size": AXIS_SIZE, "color": token("ink-2")},
        hoverlabel={
            "bgcolor": token("card"),
            "bordercolor": token("rule"),
            "font": {"family": FONT_FAMILY, "size": AXIS_SIZE, "color": token("ink")},
        },
    )


def axis(**options: Any) -> dict[str, Any]:
    """Return an axis that can't be zoomed and draws nothing but what is asked for."""
    return {
        "fixedrange": True,
        "zeroline": False,
        "showgrid": False,
        "tickfont": {"size": AXIS_SIZE, "color": token("axis")},
        **options,
    }


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
    layouts = {}
    for name, figure in (("wide", wide), ("narrow", narrow)):
        layout = figure.to_plotly_json()["layout"]
        layout.pop("template", None)
        layouts[name] = layout
    return {"data": wide.to_plotly_json()["data"], **layouts, "printHeight": print_height}
