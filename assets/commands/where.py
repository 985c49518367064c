"""Where a number comes from: ``python -m assets.commands.where voluntary_exit --workspace dir``.

Prints what a name means, the query that gives its number, the code that computes it, the documents
and the pages. A name is a definition, a claim, a measure of a month, a table or a column of the
analysts' file, a page, a key of the settings, or words as they stand on a page: the head of a
number's row or column, a caption, a sentence with its figures. ``--page retention.html`` says on
which page they were read, ``--all`` tells every place. Exit status 1 for a name that nobody knows,
with those that are like it.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from assets.commands.where_choices import choice_lines
from assets.commands.where_known import Asked, defined, known, measure
from assets.commands.where_on_pages import Spot, lost_number, no_page, numbers_elsewhere, spots_of
from assets.commands.where_read import (
    documents,
    linked_terms,
    page_names,
    page_or_setting,
    setting_names,
)
from assets.commands.where_spot import spot_lines, tables_behind
from pipelines.contracts.claims import load_claims
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.tables import published_tables
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.workspace import Workspace

UNKNOWN = 1
_HORIZON = re.compile(r",? within (\d+ days|a year)$")
_FIGURE = re.compile(r"^[\W\d]+$")
_LOST_A_DOLLAR = re.compile(r"(?:^|\s)(?:[.,]\d|0\d)|[$]|\s\s|\s$")
"""What make leaves of "$1,500" and "$500": it takes the sign and the first digit."""


def main(arguments: list[str] | None = None) -> int:
    """Answer for one name; the exit status."""
    parser = argparse.ArgumentParser(prog="make where metric=…", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    parser.add_argument("--page", default="", help="the page that it was read on: retention.html")
    parser.add_argument("--all", action="store_true", help="every place, not only the nearest")
    asked = parser.parse_args(arguments)
    if unknown := no_page(asked.page):
        print(unknown, file=sys.stderr)
        return UNKNOWN
    workspace = Workspace(asked.workspace.resolve())
    told = list(answer(asked.name, workspace, asked.page, is_all=asked.all))
    if told:
        print("\n".join(told))
        return 0
    near = difflib.get_close_matches(asked.name.lower(), names(), n=5, cutoff=0.5)
    like = f"; like it are: {', '.join(near)}" if near else ""
    print(f"Nothing is called {asked.name!r}{like}.", file=sys.stderr)
    for hint in _hints(asked.name, asked.page):
        print(hint, file=sys.stderr)
    return UNKNOWN


def _hints(name: str, page: str) -> Iterator[str]:
    """What may help to ask again."""
    if _FIGURE.match(name) and not page:
        yield "A number alone is looked for on one page only: add it (page=index.html),"
        yield "or ask for the words beside one."
    elif any(each.isdigit() for each in name):
        yield "Words are found as they stand in one place of a page, with figures as shown there."
    if _LOST_A_DOLLAR.search(name):
        yield "make takes $ for itself: write $$ for it, or ask so: metric='Costs $500' make where"


def names() -> list[str]:
    """Every name that `answer` knows, in lower case."""
    tables = published_tables()
    return sorted(
        {
            *(each.id for each in load_definitions()),
            *(each.title.lower() for each in load_definitions()),
            *(claim.claim for claim in load_claims()),
            *(measure.name for measure in trend_measures()),
            *(table.full_name for table in tables),
            *(table.name for table in tables),
            *(f"{table.full_name}.{column.name}" for table in tables for column in table.columns),
            *(column.name for table in tables for column in table.columns),
            *page_names(),
            *setting_names(),
        }
    )


def answer(
    name: str, workspace: Workspace, page: str = "", *, is_all: bool = False
) -> Iterator[str]:
    """Say everything that is known of a name, line by line; nothing for an unknown one.

    "Days employed within 180 days" is known as "Days employed", which is told of every horizon.
    """
    near: tuple[str, ...] = ()
    spots: list[Spot] = []
    is_short = not (page or is_all)
    told = _told(name, Asked(workspace)) if is_short else []
    if told:
        yield from told
        return
    if page or not _FIGURE.match(name):
        spots = spots_of(name, workspace, page)
        near = tables_behind(spots[0], workspace) if page and spots else ()
    if page and not (spots and spots[0].file == page.partition("#")[0]):
        choice = list(choice_lines(name, page, workspace))
        yield from choice
        if choice:
            return
    told = [] if is_short else _told(name, Asked(workspace, is_all, near))
    if page and spots and spots[0].file != page.partition("#")[0]:
        yield f"{page} doesn't have these words; they stand elsewhere:"
    if spots and (number := lost_number(spots[0], name)):
        yield f"{number} isn't found with these words; what is told is the place most like them:"
    yield from spot_lines(spots, name, workspace, is_all=is_all)
    if spots and (rest := numbers_elsewhere(spots[0], name)):
        yield f"not told here  {', '.join(rest)}: of words that stand elsewhere; ask for them alone"
    if not (spots and _FIGURE.match(name)):
        yield from told or documents(name, is_found=bool(spots))


def _told(name: str, asked: Asked) -> list[str]:
    return _known(name, asked) or _known(_HORIZON.sub("", name), asked)


def _known(name: str, asked: Asked) -> list[str]:
    told = [*known(name, asked), *measure(name, asked), *page_or_setting(name)]
    if not told:
        for term in linked_terms(name, asked.workspace):
            told += [f"{name!r} leads on a page to", *defined(term, asked)]
    return told


if __name__ == "__main__":
    sys.exit(main())
