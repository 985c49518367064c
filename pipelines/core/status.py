"""Whether a row of results can be read, as a column: the program looks here, never into a sentence.

Every released table has a ``status`` per row. What people read (`words`) is made from it at the
very end, beside a reason where the status alone doesn't say enough.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, get_args

Status = Literal["shown", "suppressed", "not_reportable", "too_little_data", "no_data", "too_early"]

SHOWN: Status = "shown"
SUPPRESSED: Status = "suppressed"
"""Too few people, coaches or leavers stand behind it: hidden for privacy."""
NOT_REPORTABLE: Status = "not_reportable"
"""The data, or the comparison, can't carry it."""
TOO_LITTLE_DATA: Status = "too_little_data"
"""There are figures, but too few for a verdict."""
NO_DATA: Status = "no_data"
"""Nobody is there, or nothing was delivered."""
TOO_EARLY: Status = "too_early"
"""Nobody can have been followed for so long yet."""

STATUSES: tuple[Status, ...] = get_args(Status)

_WORDS: dict[Status, str] = {
    "shown": "shown",
    "suppressed": "hidden for privacy",
    "not_reportable": "not reportable",
    "too_little_data": "too little data",
    "no_data": "no data",
    "too_early": "too early",
}


def words(status: str) -> str:
    """What a page or a file says in the place of a figure with this status."""
    return _WORDS[status]  # type: ignore[index]


@dataclass(frozen=True)
class Absence:
    """Why there is no figure: a status other than shown, and the same in plain English.

    The text names no count, only thresholds: a count under one would tell what is hidden.
    """

    status: Status
    reason: str

    def columns(self) -> dict[str, str]:
        """The columns ``status`` and ``reason`` of a row without figures."""
        return asdict(self)


def suppressed(why: str) -> Absence:
    """What is hidden for privacy."""
    return Absence(SUPPRESSED, f"{words(SUPPRESSED)}: {why}")


def no_data(why: str) -> Absence:
    """What isn't there."""
    return Absence(NO_DATA, f"{words(NO_DATA)}: {why}")


def not_followed_yet() -> Absence:
    """What no time has passed for."""
    return Absence(TOO_EARLY, f"{words(TOO_EARLY)}: nobody can have been followed for so long yet")
