"""Words at a chart of a page -> the functions that draw its figure and what in it has the words.

The page is drawn once more, watched: what returns words before a chart is put together is in it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import unescape
from types import FrameType
from typing import Any

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
_NEARNESS = ("alone", "within", "figure")
_MARKUP = re.compile(r"<[^>]*>")
_CHART = "fig-"


def chart_of(spot: Spot) -> str:
    """Return the key of the chart that words stand at: in it, its description or its table."""
    figure = spot.block.nearest("figure")
    return figure.id.removeprefix(_CHART) if figure and figure.id.startswith(_CHART) else ""


def chart_code(spot: Spot, data: SiteData | None) -> tuple[Place, ...]:
    """Return what draws the chart that words stand at, from what has the words outwards."""
    key = chart_of(spot)
    if not key or data is None:
        return ()
    watched = _Watched(plain(spot.text), key.replace("-", "_"))
    with written_in(data.notation):
        sys.setprofile(watched)
        try:
            draws(spot.file)(data)
        finally:
            sys.setprofile(None)
    return watched.told


class _Watched:
    """Sees the figures' functions return, until the chart with a key is put together."""

    def __init__(self, words: str, key: str) -> None:
        self.told: tuple[Place, ...] = ()
        self._words, self._key = words, key
        self._found: dict[str, tuple[Place, ...]] = {}

    def __call__(self, frame: FrameType, event: str, given: Any) -> None:
        if event != "return" or self.told:
            return
        code = frame.f_code
        if code.co_filename.startswith(_FIGURES):
            self._note(frame, given)
        elif code.co_name == "__init__" and isinstance(frame.f_locals.get("self"), ChartView):
            if frame.f_locals["self"].key.replace("-", "_") == self._key:
                first = (self._found[each] for each in _NEARNESS if each in self._found)
                self.told = next(first, ())
            self._found = {}

    def _note(self, frame: FrameType, given: Any) -> None:
        """Keep what first returns the words alone, then words that have them, then a figure."""
        texts = list(_texts(given))
        if isinstance(given, dict) and {"data", "layout"} <= given.keys():
            self._found.setdefault("figure", _own(frame))
        if any(each == self._words for each in texts):
            self._found.setdefault("alone", _own(frame))
        elif any(has_words(each, self._words) for each in texts):
            self._found.setdefault("within", _own(frame))


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
