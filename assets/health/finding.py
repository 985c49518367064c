"""What a look at an installation finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "wrong"]
OK, NOTE, WRONG = "ok", "note", "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is as it should be, and what to do if it isn't."""

    level: Level
    about: str
    text: str


def ok(about: str, text: str) -> Finding:
    """As it should be."""
    return Finding("ok", about, text)


def note(about: str, text: str) -> Finding:
    """Nothing is wrong, but somebody may want to know."""
    return Finding("note", about, text)


def wrong(about: str, text: str) -> Finding:
    """A refresh or the UI won't work, or somebody may be harmed, until this is mended."""
    return Finding("wrong", about, text)
