"""From unusable settings of feeds to what was meant, where TOML's order is at fault."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection

from pydantic_core import ErrorDetails

_RECIPE = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_-]+")
_EITHER = (
    "a feed has either a line under [feed] or a table [feed.<name>] of its own, and [feed] stands "
    "once"
)


def hint_on(error: tomllib.TOMLDecodeError | UnicodeDecodeError, text: str) -> str:
    """What may be wrong with feeds, where a file is no valid TOML; else nothing."""
    is_twice = "Cannot overwrite" in str(error) or "Cannot declare ('feed'" in str(error)
    return f" Perhaps a feed is declared twice: {_EITHER}." if is_twice and "[feed" in text else ""


def slip(detail: ErrorDetails, settings: Collection[str]) -> str | None:
    """Say of a key that fell into a table of feeds where it belongs; None for other errors.

    ``settings`` are the keys that stand above all tables.
    """
    match detail["loc"]:
        case ("feed", feed, str() as key) if detail["type"] == "extra_forbidden":
            if key in settings:
                return _above(f"feed.{feed}.{key}", key, f"[feed.{feed}]")
            if _RECIPE.fullmatch(str(detail["input"])):
                return (
                    f"feed.{feed}.{key}: the line {key} = {detail['input']!r} stands below "
                    f"[feed.{feed}], so it is a key of that table; lines that name a feed's recipe "
                    "stand below [feed], and that above every [feed.<name>]"
                )
        case ("feed", str() as key, *_) if key in settings:
            return _above(f"feed.{key}", key, "[feed]")
    return None


def _above(place: str, key: str, table: str) -> str:
    return (
        f"{place}: {key} stands below {table}, so it is read as a part of it; put it at the "
        "beginning of the file, above the first line in brackets"
    )
