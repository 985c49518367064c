"""Pages that needn't be drawn again: what each was drawn from comes in, and out whether it moved.

While a page is drawn it is noted which parts of `SiteData` it read, and what these held. Where all
of them hold the same the next time, drawing would give the same page again, but for what every page
carries of the night: the number and day of the publication, and up to when its figures go. These
are put in the place of the old ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from dashboards.data import SiteData
from dashboards.number_format import localised
from dashboards.sentences.cut import cut_line
from dashboards.sentences.data_status import number_and_day
from dashboards.vendor import Bundle
from pipelines.core.fingerprints import frame_fingerprint
from pipelines.core.versions import code_version

_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
TOLD: Mapping[str, Callable[[SiteData], str]] = {"stamp": number_and_day, "cut_told": cut_line}
"""By field of `SiteData` what every page says of the night; while a page is drawn, a mark does."""
_AHEAD = "is_ahead "
_DRAWN_BY = ("jinja2", "plotly", "polars")


@dataclass(frozen=True)
class DrawnFrom:
    """What a page was drawn from: by part of the data a fingerprint, and what else it depends on.

    ``sha256`` is the page's as it was written, ``told`` what it says of the night (`TOLD`), each
    with how often it stands there.
    """

    sha256: str
    told: Sequence[tuple[str, int]]
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
        told, by = _told(data), drawn_by(data, bundle)
        text = self._standing_page(name, data, by)
        if text is not None:
            before, parts = self.noted[name].told, dict(self.noted[name].parts)
            counts = [n for _, n in before]
            text = _replaced(text, [old for old, _ in before], told)
            self.kept.append(name)
        else:
            parts = {}
            text = draw(_watched(data, "", parts))
            counts = [text.count(_mark(each)) for each in TOLD]
            text = _replaced(text, map(_mark, TOLD), told)
        if [text.count(each) for each in told] == counts and _MARK not in text:
            sha256 = _sha256(text.encode())
            noted = tuple(zip(told, counts, strict=True))
            self.drawn_from[name] = DrawnFrom(sha256, noted, by, parts)
            return text
        self.drawn_from.pop(name, None)  # an unusual text: it is drawn as it is, every time
        return draw(data)

    def _standing_page(self, name: str, data: SiteData, by: str) -> str | None:
        """The standing page, if it is as it was written and what it was drawn from didn't move."""
        before = self.noted.get(name)
        if before is None or self.standing is None or before.drawn_by != by:
            return None
        if any(_fingerprint(_part(data, each)) != was for each, was in before.parts.items()):
            return None
        file = self.standing.joinpath(name)
        content = file.read_bytes() if file.is_file() else b""
        return content.decode() if _sha256(content) == before.sha256 else None


def _told(data: SiteData) -> list[str]:
    """What stands on the pages of this night alone, as it is written there."""
    return [localised(tell(data)) for tell in TOLD.values()]


def _mark(name: str) -> str:
    return f"{_MARK}{name}{_MARK}"


def _replaced(text: str, old: Iterable[str], new: Iterable[str]) -> str:
    for before, now in zip(old, new, strict=True):
        text = text.replace(before, now)
    return text


def _watched(value: Any, name: str, parts: dict[str, str]) -> Any:
    """The same data, noting under ``parts`` which of its fields are read; ``name`` is its own."""
    kind, is_site = type(value), isinstance(value, SiteData)
    names = {each.name for each in fields(kind)}

    def read(self: Any, part: str) -> Any:
        if part not in names:
            return object.__getattribute__(self, part)
        if is_site and part in TOLD:
            return _mark(part)
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


def drawn_by(data: SiteData, bundle: Bundle) -> str:
    """A fingerprint of all that draws: this program, its libraries, the notation and the font."""
    return _sha256(f"{_program()}{data.notation!r}{bundle.font_base64}".encode())


@cache
def _program() -> str:
    return " ".join([code_version(), *(version(each) for each in _DRAWN_BY)])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
