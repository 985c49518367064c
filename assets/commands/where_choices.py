"""A choice of the filters, which a script puts on a page -> its part in the table, and the code."""

from __future__ import annotations

from collections.abc import Iterator

from assets.commands import where_behind
from assets.commands.where_code import computed_by, computing, makers_of_rows
from assets.commands.where_held import Held
from assets.commands.where_known import query_lines
from dashboards.labels import part_name
from dashboards.pages import segment_filters
from dashboards.pages.layout import FILTERS, PARTS_PATH
from pipelines.contracts.tables import table_of
from pipelines.core.workspace import Workspace
from pipelines.lineage.introspection import place_of
from pipelines.lineage.words import plain

_TABLE = "outcomes.segment_estimate"
_SCRIPT = "dashboards/static/filters.js"


def choice_lines(words: str, page: str, workspace: Workspace) -> Iterator[str]:
    """Say what a choice is of; nothing for words that no filter of the page offers.

    What stands for no choice may stand before it, as it does where the choices are copied.
    """
    file = page.partition("#")[0]
    path = workspace.published_site / file
    if not path.exists() or f'id="filter-{FILTERS[0][0]}"' not in path.read_text("utf-8"):
        return
    frame = where_behind.site_data(workspace).segment_estimate
    for segment, name, everybody in FILTERS:
        said = plain(words).removeprefix(plain(everybody)).removeprefix(plain(name)).strip()
        rows = frame.filter(segment=segment).unique("segment_value", maintain_order=True)
        for row in rows.to_dicts():
            if said == plain(part_name(row["segment_value"])):
                yield from _told(row, f"{said!r}, a choice of {name!r} on {file}")
                return


def _told(row: dict[str, object], what: str) -> Iterator[str]:
    table = table_of(_TABLE)
    yield what
    yield "written in"
    yield f"  {place_of(part_name)}"
    yield f"  {place_of(segment_filters.part_texts)}, into {PARTS_PATH}"
    yield f"  {_SCRIPT}, which puts it on the page"
    yield f"holds it       {_TABLE}: its key segment_value"
    yield from query_lines(Held(table, (row,), {}, {}).query)
    makers = makers_of_rows(table, [row])
    yield from computing(makers.code)
    yield from computed_by(_TABLE, is_all=False, makers=makers)
