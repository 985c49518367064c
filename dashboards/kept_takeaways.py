"""PDF and pictures that stand: the summary's page comes in, and out whether they show the same.

A browser takes longer for them than all pages together. They carry the number and day of the
publication that they are of, and up to when its data reached; while nothing else on the summary
moves, and none of its cells on the data warns otherwise, those of the standing publication stay.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from dashboards.data import SiteData, Takeaways
from dashboards.formats import day_month_year
from dashboards.kept_pages import DrawnFrom, PageKeeper, drawn_by
from dashboards.number_format import localised, written_in
from dashboards.sentences.cut import cut_line
from dashboards.sentences.data_status import number_and_day, strip
from dashboards.vendor import Bundle

TAKEAWAYS = "takeaways"
"""Under which name they are noted among the pages: no file has it."""
_OF_THE_NIGHT = re.compile(
    r'<section id="(?:supply|takeaways)".*?</section>|<p class="more">.*?</p>', re.DOTALL
)
"""What is told of a night's deliveries, and links, which paper doesn't show."""


@dataclass(frozen=True)
class Standing:
    """The takeaways of the standing publication, and a fingerprint of the summary they show."""

    takeaways: Takeaways = field(default_factory=Takeaways)
    shown: str = ""


def standing_takeaways(keeper: PageKeeper) -> Standing:
    """Return those that can be kept: all are there as they were written, or none is."""
    noted = keeper.noted.get(TAKEAWAYS)
    if noted is None or keeper.standing is None:
        return Standing()
    if any(_sha256_of(keeper.standing.joinpath(name)) != was for name, was in noted.parts.items()):
        return Standing()
    made_in = noted.told[0][0]
    return Standing(Takeaways(files=tuple(noted.parts), made_in=made_in), noted.sha256)


def shown_on(page: str, data: SiteData, bundle: Bundle) -> str:
    """Return a fingerprint of what the summary shows beside what is of the night alone."""
    with written_in(data.notation):
        for told in (number_and_day(data), cut_line(data)):
            page = page.replace(localised(told), "")
    warnings = [f"{cell.label} {cell.detail}" for cell in strip(data) if cell.is_warning]
    parts = [drawn_by(data, bundle), _cut_but_for_counts(data), *warnings]
    return hashlib.sha256("\0".join([*parts, _OF_THE_NIGHT.sub("", page)]).encode()).hexdigest()


def _cut_but_for_counts(data: SiteData) -> str:
    """Return the line on dates, whatever day the data reach: what it warns of is in it."""
    reach = data.cut.counts_until
    told = cut_line(data)
    return told if reach is None else told.replace(f"Data reach {day_month_year(reach)}.", "")


def keep(keeper: PageKeeper, out: Path) -> None:
    """Copy what stands beside tonight's pages, and let it stay noted."""
    noted, standing = keeper.noted[TAKEAWAYS], keeper.standing
    assert standing is not None, "what is kept stands somewhere"
    for name in noted.parts:
        out.joinpath(name).parent.mkdir(exist_ok=True)
        shutil.copyfile(standing.joinpath(name), out.joinpath(name))
    keeper.drawn_from[TAKEAWAYS] = noted
    keeper.kept.extend(noted.parts)


def note_made(keeper: PageKeeper, made: Takeaways, out: Path, data: SiteData, shown: str) -> None:
    """Note what tonight's show, unless they are missing: then they are tried again."""
    if made.files:
        parts = {name: _sha256_of(out.joinpath(name)) for name in made.files}
        told = ((number_and_day(data), 1),)
        keeper.drawn_from[TAKEAWAYS] = DrawnFrom(shown, told, "", parts)


def _sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
