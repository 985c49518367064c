"""What the standing pages were drawn from: noted in the warehouse, for who keeps pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from dashboards.kept_pages import DrawnFrom, PageKeeper
from pipelines.core.warehouse import Connection, has_table, read_table, write

NOTED = "ledger.page"
_SCHEMA = {
    "page": pl.String,
    "sha256": pl.String,
    "told": pl.String,
    "drawn_by": pl.String,
    "parts": pl.String,
}


def keeper_of(con: Connection, standing: Path) -> PageKeeper:
    """A keeper of the pages in a folder, with what is noted of them."""
    if not has_table(con, NOTED):
        return PageKeeper(standing)
    rows = read_table(con, NOTED)
    if rows.columns != list(_SCHEMA):
        return PageKeeper(standing)  # by an earlier version, whose pages are drawn anew
    return PageKeeper(standing, dict(map(_noted, rows.rows(named=True))))


def _noted(row: dict[str, str]) -> tuple[str, DrawnFrom]:
    told = tuple((text, int(n)) for text, n in json.loads(row["told"]))
    return row["page"], DrawnFrom(row["sha256"], told, row["drawn_by"], json.loads(row["parts"]))


def note_pages(con: Connection, drawn_from: Mapping[str, DrawnFrom]) -> None:
    """Note what the pages of tonight's publication were drawn from."""
    rows = [
        {
            **vars(each),
            "page": name,
            "told": json.dumps(each.told),
            "parts": json.dumps(dict(each.parts), sort_keys=True),
        }
        for name, each in drawn_from.items()
    ]
    write(con, NOTED, pl.DataFrame(rows, schema=_SCHEMA))
