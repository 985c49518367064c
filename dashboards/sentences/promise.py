"""The promise to the people whose records are read, with the limits in force.

`docs/privacy.md` holds the same paragraph for the usual limits, word for word. It was measured
with those: where an organisation has set weaker ones, the promise says so.
"""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.formats import plural
from dashboards.sentences.cut import EVERY_NIGHT
from pipelines.config.settings import is_weaker_than_usual

_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_NOT_SECRET = "That somebody works here, was coached or left is not treated as secret, and whoever "
_MEASURED = (
    "knows everything about everybody else may still work out how about one leaver in ten left in "
    "the smallest organisations."
)
_NOT_MEASURED = (
    "knows everything about everybody else may still work out how others left; how many was not "
    "measured with the limits set here."
)


def promise(data: SiteData) -> str:
    """Return the promise as one paragraph."""
    floors = f"No figure is about fewer than {_word(data.min_group)} people or {_coaches(data)}"
    end = _NOT_SECRET + (_NOT_MEASURED if _is_weaker(data) else _MEASURED)
    return f"{floors}{_leavers(data)}{_rounding(data)} {end}"


def _word(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"


def _counted(n: int, one: str, many: str) -> str:
    return plural(n, one, many).replace(f"{n:,}", _word(n), 1)


def _coaches(data: SiteData) -> str:
    return _counted(data.min_coaches, "coach", "coaches")


def _leavers(data: SiteData) -> str:
    if data.exit_kind == "open":
        return "; how people left is shown here like any other fact"
    return f", nor tells how fewer than {_counted(data.min_leavers, 'person', 'people')} left"


def _rounding(data: SiteData) -> str:
    """Say what is rounded, and so what remains; without rounding, that nothing of it holds."""
    if not data.grid:
        answers = ""
        if data.grid_confidential:
            answers = f", except answers and absence ({_weight(data.grid_confidential)})"
        return (
            f". Figures are exact here{answers}: this organisation has set no rounding, so what "
            "remains between figures or months may tell one person's way of leaving."
        )
    return (
        "; whatever isn't plain fact (headcount, hires, leavers, sessions) is rounded to "
        f"{_weight(data.grid)}{_answers(data)}, so that what remains between figures or months "
        "says next to nothing about one person's way of leaving"
        f"{', answers or illness' if data.grid_confidential else ''}."
    )


def _weight(n: int) -> str:
    return f"the weight of {_counted(n, 'person', 'people')}"


def _answers(data: SiteData) -> str:
    if not data.grid_confidential:
        return ", but answers and absence are exact"
    if data.grid_confidential > data.grid:
        return ", answers and absence more coarsely"
    if data.grid_confidential == data.grid:
        return ""
    return f", answers and absence to {_weight(data.grid_confidential)}"


def _is_weaker(data: SiteData) -> bool:
    """Whether any limit is weaker than those that the promise was measured with."""
    names = ("min_group", "min_coaches", "min_leavers", "grid", "grid_confidential")
    is_open = data.exit_kind == "open" or data.cut.cause == EVERY_NIGHT
    return is_open or is_weaker_than_usual({name: getattr(data, name) for name in names})
