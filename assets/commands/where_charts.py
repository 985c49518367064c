"""Words at a chart of a page -> the functions that draw its figure and what in it has the words.

The page is drawn once more, watched: what returns words before a chart is put together is in it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import unescape
from itertools import chain
from types import FrameType
from typing import Any, NamedTuple

from assets.commands.where_behind import draws
from assets.commands.where_on_pages import Spot
from dashboards.data import SiteData
from dashboards.number_format import written_in
from dashboards.pages.views import ChartView
from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place
from pipelines.lineage.marked_values import drawing
from pipelines.lineage.words import has_words, plain

_FIGURES = f"{PROJECT}/dashboards/figures/"
_MODULES = "dashboards.figures."
_WRITES_ALL = "dashboards.figures.common"
_MARKUP = re.compile(r"<[^>]*>")
_CHART = "fig-"


def chart_of(spot: Spot) -> str:
    """Return the key of the chart that words stand at: in it, its description or its table."""
    figure = spot.block.nearest("figure")
    is_chart = figure is not None and figure.id.startswith(_CHART)
    return figure.id.removeprefix(_CHART).replace("_", "-") if figure and is_chart else ""


def chart_code(spot: Spot, data: SiteData | None) -> tuple[Place, ...]:
    """Return what draws the chart that words stand at, from what has the words outwards."""
    key = chart_of(spot)
    if not key or data is None:
        return ()
    kept = _WATCHED.get((id(data), spot.file))
    if kept is None:
        kept = _WATCHED[id(data), spot.file] = (data, _watched(data, spot.file))
    seen = kept[1].get(key, [])
    words = plain(spot.text)
    alone = (each.by for each in seen if words in each.texts)
    within = (each.by for each in seen if any(has_words(text, words) for text in each.texts))
    whole = (each.by for each in seen if each.is_figure)
    return next(chain(alone, within, whole), ())


class _Returned(NamedTuple):
    """What a function of the figures returned: its texts, whether it is a figure, and by whom."""

    texts: frozenset[str]
    is_figure: bool
    by: tuple[Place, ...]


_WATCHED: dict[tuple[int, str], tuple[SiteData, dict[str, list[_Returned]]]] = {}
"""By the data and the page what was seen of it; the data stay, so that their number is theirs."""


def _watched(data: SiteData, file: str) -> dict[str, list[_Returned]]:
    """Draw a page, and return by chart what the figures' functions returned before it was made."""
    charts: dict[str, list[_Returned]] = {}
    seen: list[_Returned] = []

    def watch(frame: FrameType, event: str, given: Any) -> None:
        if event != "return":
            return
        code = frame.f_code
        if code.co_filename.startswith(_FIGURES):
            is_figure = isinstance(given, dict) and {"data", "layout"} <= given.keys()
            if texts := frozenset(_texts(given)):
                seen.append(_Returned(texts, is_figure, _own(frame)))
        elif code.co_name == "__init__" and isinstance(frame.f_locals.get("self"), ChartView):
            charts.setdefault(frame.f_locals["self"].key.replace("_", "-"), [*seen])
            seen.clear()

    with written_in(data.notation):
        sys.setprofile(watch)
        try:
            draws(file)(data)
        finally:
            sys.setprofile(None)
    return charts


def _own(frame: FrameType) -> tuple[Place, ...]:
    """The figures' functions that are being run, each once."""
    places = {
        (each.module, each.function): each
        for each in reversed([*drawing(frame)])
        if each.module.startswith(_MODULES) and each.module != _WRITES_ALL
    }
    return tuple(reversed(places.values()))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield plain(unescape(_MARKUP.sub(" ", value)))
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
