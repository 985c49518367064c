"""Pages that needn't be drawn again: what each was drawn from comes in, and out whether it moved.

While a page is drawn it is noted which parts of `SiteData` it read, and what these held. Where all
of them hold the same the next time, drawing would give the same page again, but for the number and
the day of the publication, which every page carries: these are put in the place of the old ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from dashboards.data import SiteData
from dashboards.number_format import localised
from dashboards.sentences.data_status import number_and_day
from dashboards.vendor import Bundle
from pipelines.core.fingerprints import frame_fingerprint
from pipelines.core.versions import code_version

_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
STAMP = f"{_MARK}publication{_MARK}"
"""Stands for the publication's number and day while a page is drawn."""
_AHEAD = "is_ahead "
_DRAWN_BY = ("jinja2", "plotly", "polars")


@dataclass(frozen=True)
class DrawnFrom:
    """What a page was drawn from: by part of the data a fingerprint, and what else it depends on.

    ``sha256`` is the page's as it was written, ``stamp`` the number and day that stand in it
    ``n_stamps`` times.
    """

    sha256: str
    stamp: str
    n_stamps: int
    drawn_by: str
    parts: Mapping[str, str]


@dataclass
class PageKeeper:
    """Draws the pages of one publication, or keeps those of the standing one that can't differ.

    ``standing`` is the folder of the standing pages, ``noted`` what they were drawn from. After the
    last page ``drawn_from`` has the same for tonight's, and ``kept`` the names of those that stand.
    """

    standing: Path | None = None
    noted: Mapping[str, DrawnFrom] = field(default_factory=dict)
    drawn_from: dict[str, DrawnFrom] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def page(
        self, name: str, draw: Callable[[SiteData], str], data: SiteData, bundle: Bundle
    ) -> str:
        """Return one page, drawn or kept; call it within the notation of the pages."""
        stamp, drawn_by = localised(number_and_day(data)), _drawn_by(data, bundle)
        text = self._standing_page(name, data, drawn_by)
        if text is not None:
            before = self.noted[name]
            text = text.replace(before.stamp, stamp)
            n_stamps, parts = before.n_stamps, dict(before.parts)
            self.kept.append(name)
        else:
            parts = {}
            text = draw(_watched(data, "", parts))
            n_stamps = text.count(STAMP)
            text = text.replace(STAMP, stamp)
        if text.count(stamp) == n_stamps and _MARK not in text:
            sha256 = _sha256(text.encode())
            self.drawn_from[name] = DrawnFrom(sha256, stamp, n_stamps, drawn_by, parts)
            return text
        self.drawn_from.pop(name, None)  # an unusual text: it is drawn as it is, every time
        return draw(data)

    def _standing_page(self, name: str, data: SiteData, drawn_by: str) -> str | None:
        """The standing page, if it is as it was written and what it was drawn from didn't move."""
        before = self.noted.get(name)
        if before is None or self.standing is None or before.drawn_by != drawn_by:
            return None
        if any(_fingerprint(_part(data, each)) != was for each, was in before.parts.items()):
            return None
        file = self.standing.joinpath(name)
        content = file.read_bytes() if file.is_file() else b""
        return content.decode() if _sha256(content) == before.sha256 else None


def _watched(value: Any, name: str, parts: dict[str, str]) -> Any:
    """The same data, noting under ``parts`` which of its fields are read; ``name`` is its own."""
    kind, is_site = type(value), isinstance(value, SiteData)
    names = {each.name for each in fields(kind)}

    def read(self: Any, part: str) -> Any:
        if part not in names:
            return object.__getattribute__(self, part)
        if is_site and part == "stamp":
            return STAMP
        found, full_name = getattr(value, part), f"{name}{part}"
        if is_dataclass(found) and not isinstance(found, type):
            return _watched(found, f"{full_name}.", parts)
        if full_name not in parts:
            parts[full_name] = _fingerprint(found)
        return found

    def is_ahead(_self: Any, day: date) -> bool:
        found: bool = value.is_ahead(day)
        parts[f"{_AHEAD}{day.isoformat()}"] = _fingerprint(found)
        return found

    members = {"__getattribute__": read, **({"is_ahead": is_ahead} if is_site else {})}
    return object.__new__(type(kind.__name__, (kind,), members))


def _part(data: SiteData, name: str) -> Any:
    """What a noted part of the data holds now."""
    if name.startswith(_AHEAD):
        return data.is_ahead(date.fromisoformat(name.removeprefix(_AHEAD)))
    found: Any = data
    for each in name.split("."):
        found = getattr(found, each)
    return found


def _fingerprint(value: Any) -> str:
    """The same for the same frame, with its types and order, or the same plain value."""
    if isinstance(value, pl.DataFrame):
        return frame_fingerprint(value)
    return _sha256(repr(value).encode())


def _drawn_by(data: SiteData, bundle: Bundle) -> str:
    """A fingerprint of all that draws: this program, its libraries, the notation and the font."""
    return _sha256(f"{_program()}{data.notation!r}{bundle.font_base64}".encode())


@cache
def _program() -> str:
    return " ".join([code_version(), *(version(each) for each in _DRAWN_BY)])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
