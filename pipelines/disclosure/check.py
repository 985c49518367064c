"""A look at every release before it leaves: figures on their grid, nothing under a floor.

The same promise that docs/privacy.md gives, held against the tables themselves. It is the quick
form of the tests, which also read every page, file and text of a publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.core.errors import PipelineError
from pipelines.core.rounding import FINER
from pipelines.core.status import NO_DATA, SUPPRESSED
from pipelines.disclosure.confidentiality import KINDS_OF_EXIT, Protection

_LAST_DIGIT = 1e-15
_TOLERANCE = 1e-6
"""In steps; multiples are rounded to twelve decimals."""
_FIGURES = ("value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high")
_COUNTED = re.compile(
    r"(?<![\d.,–-])(\d{1,2}) "
    r"(?:(people|persons?|agents?|leavers?|exits?|respondents?)|(coach(?:es)?))\b"
)
"""A count of people in a sentence; a range ("7 to 10 fewer leavers per 100") is none."""
_LIMIT_WORDS = re.compile(
    r"\b(?:under|fewer than|at least|less than|below|weight of|steps of|steps that|every)"
    r"(?: \d+ \w+,?(?: or| and)?)? $",
    re.IGNORECASE,
)
"""What makes a number of people a limit, alone or in a list of limits, or a rate: no count."""
_FROM, _ON = (
    re.compile(r"\bfrom (?:\d+ \w+ and )?$"),
    re.compile(r"(?: and \d+ \w+)?[\w ]{0,25} on(?=[.,;]|$)"),
)
"""A limit as well: "from 10 people and 3 coaches on"."""
_FACT = re.compile(r"(?: left)?, by choice or not\b")
"""How many left in any way is plain fact, however few of a group that may be shown."""
_ROUNDED = re.compile(r"\babout $", re.IGNORECASE)
_LOOKED_BACK = 40


class DisclosureError(PipelineError):
    """A table about to be released breaks what is promised about it."""


@dataclass(frozen=True)
class Breach:
    """What is wrong with how many rows of which table; never the figure itself."""

    table: str
    what: str
    n_rows: int


def check_release(tables: Mapping[str, pl.DataFrame], protection: Protection) -> None:
    """Raise `DisclosureError` if any table breaks the promise."""
    found = list(breaches(tables, protection))
    if found:
        listed = "; ".join(f"{each.table}: {each.what} ({each.n_rows} rows)" for each in found)
        raise DisclosureError(
            f"The release breaks the rules of disclosure control, so nothing was published: "
            f"{listed}. Please report this; the last good publication stands."
        )


def breaches(tables: Mapping[str, pl.DataFrame], protection: Protection) -> Iterator[Breach]:
    """Yield everything that breaks the promise in some released tables."""
    comparison = tables["outcomes.comparison"]
    yield from _off_grid(comparison, protection)
    yield from _under_floor(comparison, protection)
    for table, frame in tables.items():
        yield from _suppressed_figures(table, frame)
        yield from _counts_in_words(table, frame, protection)


def _off_grid(frame: pl.DataFrame, protection: Protection) -> Iterator[Breach]:
    if not protection.grid:
        return
    rounded = frame.filter(pl.col("confidentiality") != "fact")
    grids = {
        "value_a": pl.col("rounding_a"),
        "value_b": pl.col("rounding_b"),
        "estimate": pl.col("rounding"),
        **dict.fromkeys(("std_error", "conf_low", "conf_high"), pl.col("rounding") / FINER),
    }
    for name, step in grids.items():
        multiple = pl.col(name) / step
        room = multiple.abs() * _LAST_DIGIT  # so large a number has no finer digits
        off = rounded.filter(
            pl.col(name).is_not_null()
            & (step.is_null() | ((multiple - multiple.round()).abs() > _TOLERANCE + room))
        )
        if off.height:
            yield Breach("outcomes.comparison", f"{name} isn't on its grid", off.height)
    yield from _counts_off_grid(rounded, protection)


def _counts_off_grid(rounded: pl.DataFrame, protection: Protection) -> Iterator[Breach]:
    names = ("confidentiality", "outcome", "segment")
    bases = [protection.base_of(*each) for each in rounded.select(names).iter_rows()]
    base = pl.Series(bases, dtype=pl.Int64)
    for name in ("n_events_a", "n_events_b"):
        off = rounded.filter(pl.col(name) % base != 0)
        if off.height:
            yield Breach("outcomes.comparison", f"{name} isn't on its grid", off.height)


def _under_floor(frame: pl.DataFrame, protection: Protection) -> Iterator[Breach]:
    told = frame.filter(~pl.col("status").is_in([SUPPRESSED, NO_DATA]))
    few = told.filter(
        (pl.col("n_people_a") < protection.min_group)
        | (pl.col("n_people_b") < protection.min_group)
    )
    # A count of answers that was rounded down may lie under the floor, but no further than that.
    few = few.filter((pl.col("confidentiality") == "fact") | pl.col("outcome").is_in(KINDS_OF_EXIT))
    if few.height:
        yield Breach("outcomes.comparison", "fewer people than the floor", few.height)


def _suppressed_figures(table: str, frame: pl.DataFrame) -> Iterator[Breach]:
    """A suppressed row has no figures; what names the row stays."""
    figures = [name for name in _FIGURES if name in frame.columns]
    if "status" not in frame.columns or not figures:
        return
    told = frame.filter(
        pl.col("status") == SUPPRESSED,
        pl.any_horizontal(pl.col(name).is_not_null() for name in figures),
    )
    if told.height:
        yield Breach(table, "figures in suppressed rows", told.height)


def _counts_in_words(table: str, frame: pl.DataFrame, protection: Protection) -> Iterator[Breach]:
    texts = [
        text
        for name in ("reason", "reading")
        if name in frame.columns
        for text in frame[name].drop_nulls().unique().to_list()
    ]
    n_telling = sum(bool(small_counts(text, protection)) for text in texts)
    if n_telling:
        yield Breach(table, "a count under the floor in words", n_telling)


def small_counts(text: str, protection: Protection) -> list[str]:
    """Return the counts of people and coaches in a text that lie above 0 and under their floor."""
    found = []
    for match in _COUNTED.finditer(text):
        floor = protection.min_coaches if match[3] else protection.min_group
        before = text[max(0, match.start() - _LOOKED_BACK) : match.start()]
        after = text[match.end() :]
        is_told = _FACT.match(after) or _is_rounded(before, int(match[1]), protection)
        if 0 < int(match[1]) < floor and not is_told and not _is_limit_or_rate(before, after):
            found.append(match[0])
    return found


def _is_rounded(before: str, count: int, protection: Protection) -> bool:
    """Whether a text calls a count rounded, and it is."""
    return bool(protection.grid and count % protection.grid == 0 and _ROUNDED.search(before))


def _is_limit_or_rate(before: str, after: str) -> bool:
    is_start = bool(_FROM.search(before) and _ON.match(after))
    return is_start or bool(_LIMIT_WORDS.search(before)) or after.lstrip().startswith("per 100")
