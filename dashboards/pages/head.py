"""What every page is told besides its own texts: the dates at its head, and its notes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboards.data import SiteData
from dashboards.sentences import data_status
from dashboards.sentences.cut import cut_line
from dashboards.sentences.rounding import rounding_note


def head(data: SiteData) -> dict[str, Any]:
    """Return the values that the frame of a page and its macros print."""

    def rounded(outcomes: Iterable[str]) -> str:
        return rounding_note(outcomes, data)

    return {
        "cut": cut_line(data),
        "head_stamp": data_status.head_stamp(data),
        "stamp": data_status.stamp(data),
        "rounded": rounded,
    }
