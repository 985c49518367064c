"""Numbers, dates and ranges as people read them."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipelines.core import figures, status
from pipelines.core.figures import as_told
from pipelines.core.status import words

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
NO_DATA = words(status.NO_DATA)
ABOUT_EQUAL = "about equal"
"""What is said of a difference that comes to nothing once it is rounded."""
_HYPHEN = re.compile(r"(?<!\w)-(?=\d)")
_MONTH_DAYS, _MANY_MONTHS = 30.44, 24
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def count(n: int | None) -> str:
    """Return a whole number with thousands separators; None is "no data"."""
    return NO_DATA if n is None else f"{n:,}"


def counted_or_hidden(n: int | None) -> str:
    """Return how many people of a side are told of; None is a number under the smallest group."""
    return words(status.SUPPRESSED) if n is None else count(n)


def plural(n: int, one: str, many: str) -> str:
    """Return the count with the word that fits it: "1 person", "2,000 people"."""
    return f"{n:,} {one if n == 1 else many}"


def decimal(value: float, digits: int = 1) -> str:
    """Return the size of a number, without its sign; a trace of one is "under 0.1"."""
    text = figures.decimals(abs(value), digits)
    return f"under {10**-digits:g}" if value and is_nothing(value, digits) else text


def is_nothing(value: float, digits: int = 1) -> bool:
    """Whether a number comes to zero once it is written."""
    return not as_told(value, digits)


def size(value: float, digits: int = 1) -> str:
    """Return the size of a number to so many decimals, whatever it rounds to."""
    return figures.decimals(abs(value), digits)


def distance(value: float) -> float:
    """Return how far a difference is from none, to sort by."""
    return abs(value)


def per_100(fraction: float, digits: int = 1) -> str:
    """Return a fraction 0-1 as parts of 100: "82.4"."""
    return figures.decimals(fraction * 100, digits)


def per_100_range(ends: tuple[float, float], digits: int = 1) -> str:
    """Return both ends of a range of fractions 0-1 as parts of 100: "6.7 to 25.1"."""
    return " to ".join(per_100(end, digits) for end in ends)


def in_100(fraction: float) -> float:
    """Return a fraction or a difference of two in parts of 100, not yet written."""
    return 100 * fraction


def change_in_100(fraction: float) -> float:
    """Return the change of a share in parts of 100: no more than everybody."""
    return 100 * min(max(fraction, -1.0), 1.0)


def whole(value: float) -> int:
    """Return the size of a number as the nearest whole one; halves go up."""
    return int(as_told(abs(value), 0))


def p_value(value: float, aside: str = "") -> str:
    """Return a p-value and what was done to it: "p = 0.04, corrected"; a tiny one stands alone."""
    return "p under 0.01" if value < 0.01 else f"p = {figures.decimals(value, 2)}{aside}"


def signed(value: float, digits: int = 1) -> str:
    """Return a number with a plus or a true minus sign; what rounds to zero has none."""
    text = figures.decimals(abs(value), digits)
    if is_nothing(value, digits):
        return text
    return f"{MINUS if value < 0 else '+'}{text}"


def to_decimals(value: float, digits: int = 2) -> str:
    """Return a number with its minus sign, if it has one; what rounds to zero has none."""
    return with_minus(figures.decimals(value, digits))


def likely_range(low: float, high: float, less: str, more: str, digits: int = 1) -> str:
    """Return an interval of a difference in words: "3.4 to 10.3 fewer", "2.0 fewer to 3.1 more".

    ``less`` and ``more`` name the two directions. A range on one side of zero is told from its
    end nearer to zero.
    """
    if high <= 0 and low < 0:
        return f"{decimal(high, digits)} to {decimal(low, digits)} {less}"
    if low >= 0:
        return f"{decimal(low, digits)} to {decimal(high, digits)} {more}"
    return f"{decimal(low, digits)} {less} to {decimal(high, digits)} {more}"


def direction(value: float, less: str, more: str) -> str:
    """Return the word for a difference's side of zero."""
    return less if value < 0 else more


def about_points(value: float, digits: int = 2) -> str:
    """Return the size of a difference on a scale, roughly: "about 6 points", "about 0.4 points".

    It is rounded from the figure as told, to so many ``digits``.
    """
    points = as_told(abs(value), digits)
    if points < 0.01:
        return f"slightly (under {10**-digits:g} points)"
    about = f"{whole(points)}" if points >= 0.95 else figures.decimals(points, _digits_of(points))
    return f"about {about} {'point' if about == '1' else 'points'}"


def _digits_of(points: float) -> int:
    return 1 if points >= 0.095 else 2


def directed(value: float, less: str, more: str, digits: int = 1) -> str:
    """Return a difference with its direction in words; what comes to nothing is "about equal"."""
    if is_nothing(value, digits):
        return ABOUT_EQUAL
    return f"{decimal(value, digits)} {direction(value, less, more)}"


def with_minus(text: str) -> str:
    """Return a text with true minus signs in the place of hyphens before numbers."""
    return _HYPHEN.sub(MINUS, text)


def percent(fraction: float, digits: int = 0) -> str:
    """Return a fraction 0-1 as a percentage: "82%"."""
    return f"{figures.decimals(fraction * 100, digits)}%"


def small_share(fraction: float) -> str:
    """Return a share of rows; a trace of one is "under 0.1%"."""
    return "under 0.1%" if 0 < fraction < 0.0005 else percent(fraction, 1)


def day_month_year(day: date | None) -> str:
    """Return a date such as "31 Oct 2026", whatever the machine's language is."""
    return NO_DATA if day is None else f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def month_year(day: date) -> str:
    """Return a date's month: "October 2026"."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def month_name(day: date) -> str:
    """Return the name of a date's month: "October"."""
    return MONTHS[day.month - 1]


def month_figure(unit: str, value: float, further: int = 0) -> str:
    """Return a month's figure in the unit on screen, without its word: "81", "3.9", "5:54".

    ``further`` are digits beyond the usual ones; of people only a limit has any.
    """
    if unit == "people":
        return figures.decimals(value, 0 if float(value).is_integer() else further)
    if unit == "seconds":
        return minutes_and_seconds(value)
    return figures.decimals(on_screen(unit, value), figure_digits(unit) + further)


def figure_digits(unit: str) -> int:
    """Return how many decimals a month's figure usually has in the unit on screen."""
    return {"points 1-5": 2, "people": 0, "seconds": 0}.get(unit, 1)


def is_written(unit: str, value: float, digits: int) -> bool:
    """Whether so many decimals write a figure of the unit as it is."""
    figure = on_screen(unit, value)
    return math.isclose(figure, as_told(figure, digits), abs_tol=1e-9)


def inwards(unit: str, value: float, digits: int, *, is_upper: bool) -> float:
    """Return an end of a range as the nearest figure of so many digits that lies within it."""
    scaled = on_screen(unit, value) * 10**digits
    whole_steps = math.floor(scaled) if is_upper else math.ceil(scaled)
    return float(whole_steps / 10**digits / on_screen(unit, 1.0))


def is_few(value: float | None, min_group: int) -> bool:
    """Whether pages tell a number of people only as under the smallest group."""
    return value is not None and 0 < value < min_group


def on_screen(unit: str, value: float) -> float:
    """Return a month's figure in the unit on screen: fractions and rates per 100."""
    return 100 * value if unit in ("fraction 0-1", "per year") else value


def minutes_and_seconds(seconds: float) -> str:
    """Return a time: "5:54"."""
    whole_seconds = math.floor(seconds + 0.5)
    return f"{whole_seconds // 60}:{whole_seconds % 60:02d}"


def quarter_of(day: date) -> str:
    """Return a date's quarter: "Q3 2026"."""
    return f"Q{(day.month + 2) // 3} {day.year}"


def months_or_years(days: int) -> str:
    """Return a long time in months, from two years on in years: "14 months", "2 years"."""
    months = round(days / _MONTH_DAYS)
    if months < _MANY_MONTHS:
        return plural(months, "month", "months")
    return plural(round(months / 12), "year", "years")


def moment(when: datetime, time_zone: str) -> str:
    """Return a moment in the workspace's time zone: "22 Nov 2026, 03:10 UTC"."""
    local = when.astimezone(ZoneInfo(time_zone)) if when.tzinfo else when
    zone = local.tzname() or time_zone
    return f"{day_month_year(local.date())}, {local:%H:%M} {zone}"


def joined(words: list[str]) -> str:
    """Return words as a list in a sentence: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def shortened(text: str, longest: int) -> str:
    """Return a label cut to at most ``longest`` characters, the cut marked by an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1].rstrip()}…"


def capitalised(text: str) -> str:
    """Return the text with a capital first letter, the rest as it was."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Write the first letter small, for a name within a sentence."""
    return text[:1].lower() + text[1:]
