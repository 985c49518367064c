"""Which staged rows may have to be set aside: those judged before come in, the others go out.

A row that counted goes on counting while roster, exits and coaches stay as they are and days only
pass, so it isn't looked at again until one of them moves or staging is built anew. What was set
aside is, every time, since it waits for a day, and so is every row of a delivery that came since.
"""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.sources import Source
from pipelines.core.sql_text import table_name
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, engine_version, fingerprint_rows
from pipelines.ingest.load import merge_feeds

JUDGED, PUT_BACK = "ledger.aside_judged", "ledger.aside_put_back"
"""By source up to which delivery its rows were judged, against what and when; and which rows have
come back from being set aside, and wait to be judged again."""


def held_against(con: Connection) -> str:
    """A fingerprint of all that rows are held against but the day, as `set_rows_aside` has it."""
    tables = (fingerprint_rows(con, f"temp.{name}") for name in ("known_person", "gap"))
    return " ".join([code_version(), engine_version(), *tables])


def note_put_back(con: Connection, source: Source, aside: str) -> None:
    """Note that the rows of a table are staged again and have to be judged."""
    con.execute(
        f"insert into {PUT_BACK} select ?, file_id, line_number from {aside}", [source.name]
    )


def rows_to_judge(con: Connection, source: Source, against: str, today: dt.date) -> str:
    """The query for the staged rows of a source that have to be judged, each with its ``row_id``.

    Where feeds are merged a row of an earlier delivery may be a new one: there it is every row.
    """
    staging = table_name(f"staging.{source.name}")
    every = f"select rowid as row_id, * from {staging} as staged"
    judged = con.execute(
        f"select up_to from {JUDGED} where source = ? and held_against = ? and judged_on <= ?",
        [source.name, against, today],
    ).fetchall()
    if not judged or merge_feeds.plan_text(con, source):
        return every
    up_to = int(judged[0][0])
    return (
        f"{every} where file_id > {up_to} union all {every} where file_id <= {up_to} and "
        f"(file_id, line_number) in (select (file_id, line_number) from {PUT_BACK} as waiting "
        f"where waiting.source = '{source.name}')"
    )


def note_judged(con: Connection, source: Source, aside: str, against: str, day: dt.date) -> None:
    """Note that every row of a source, those set aside among them, was judged on a day."""
    forget_judged(con, source)
    staging = table_name(f"staging.{source.name}")
    con.execute(
        f"insert into {JUDGED} select ?, greatest("
        f"coalesce((select max(file_id) from {staging}), 0), "
        f"coalesce((select max(file_id) from {aside}), 0)), ?, ?",
        [source.name, against, day],
    )


def forget_judged(con: Connection, source: Source) -> None:
    """Let every row of a source be judged next time."""
    for table in (JUDGED, PUT_BACK):
        con.execute(f"delete from {table} where source = ?", [source.name])
