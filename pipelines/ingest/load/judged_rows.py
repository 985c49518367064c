"""Which staged rows may have to be set aside: those judged before come in, the others go out.

A row that counted goes on counting while roster, exits and coaches stay as they are and days only
pass, so it isn't looked at again until one of them moves or staging is built anew. What was set
aside is, every time, since it waits for a day, and so is every row of a delivery that came since.
"""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.sources import Source
from pipelines.core.judged_up_to import MAY_COUNT, judged_up_to, new_rows, note_judged, program
from pipelines.core.queries import ledger_statement
from pipelines.core.sql_text import Expression
from pipelines.core.warehouse import Connection, fingerprint_rows


def held_against(con: Connection) -> str:
    """A fingerprint of all that rows are held against but the day, as `set_rows_aside` has it."""
    tables = (fingerprint_rows(con, f"temp.{name}") for name in ("known_person", "gap"))
    return " ".join([program(), *tables])


def rows_to_judge(con: Connection, source: Source, against: str, today: dt.date) -> str:
    """The query for the staged rows that may have to be set aside, each with its ``row_id``."""
    up_to = judged_up_to(con, source.name, MAY_COUNT, against, today)
    staging = f"staging.{source.name}"
    if up_to is None:
        return ledger_statement("every_row", staged=staging)
    return new_rows(Expression("rowid as row_id, *"), staging, source.name, MAY_COUNT, up_to)


def has_rows_to_judge(con: Connection, source: Source, against: str, today: dt.date) -> bool:
    """Whether there are such rows, or may be."""
    if judged_up_to(con, source.name, MAY_COUNT, against, today) is None:
        return True
    rows = rows_to_judge(con, source, against, today)
    return bool(con.sql(rows).limit(1).fetchall())


def note_all_judged(
    con: Connection, source: Source, aside: str, against: str, day: dt.date
) -> None:
    """Note that every row of a source, those that are set aside among them, was judged on a day."""
    tables = (f"staging.{source.name}", aside)
    note_judged(con, source.name, MAY_COUNT, against, day, tables)
