"""What all figures share: traces, the bare layout, safe text, and what the page's script reads.

Figures are made in Plotly's own notation as plain dicts. Its classes check every value each time
they are made, which takes longer than all else on a page; a test has them check every figure.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, TypedDict

from dashboards.formats import shortened
from dashboards.theme import AXIS_SIZE, FONT_FAMILY, LABEL_SIZE, token

Trace = dict[str, Any]
"""One line, set of points or set of bars, as Plotly's reference of traces has it."""


class Figure(TypedDict):
    """Traces and their layout, as Plotly's script reads them."""

    data: list[Trace]
    layout: dict[str, Any]


def scatter(**options: Any) -> Trace:
    """Return a line or points; the options are those of Plotly's ``scatter``."""
    return {"type": "scatter", **options}


def bar(**options: Any) -> Trace:
    """Return bars; the options are those of Plotly's ``bar``."""
    return {"type": "bar", **options}


def safe(text: str, longest: int) -> str:
    """Return free text for a chart: shortened, and with no markup that Plotly would obey."""
    return html.escape(shortened(text, longest), quote=False)


def base_layout(height: int, margin: dict[str, int]) -> dict[str, Any]:
    """Return a layout without title, legend, mode bar or zoom; sizes in px."""
    return {
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


def for_page(wide: Figure, narrow: Figure, print_height: int) -> dict[str, Any]:
    """Return a figure as plain JSON values: one set of traces with a wide and a narrow layout."""
    layouts = {"wide": wide["layout"], "narrow": narrow["layout"]}
    return {"data": wide["data"], **layouts, "printHeight": print_height}
