"""Up to which delivery a question has been answered for every row: noted, and asked for.

What was true of all rows of a source stays so while rows only come and go: those that came since
are the only ones to look at. Where staging is built anew nothing of it counts any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, engine_version, has_table

JUDGED = "ledger.judged_up_to"
MAY_COUNT, KEY_IS_UNIQUE = "may_count", "key_is_unique"
"""The questions."""
_CREATE = f"""
create table if not exists {JUDGED} (
    source varchar not null, question varchar not null, up_to integer not null,
    held_against varchar not null, judged_on date not null
)
"""


def program() -> str:
    """What judges: another program may judge otherwise."""
    return f"{code_version()} {engine_version()}"


def judged_up_to(
    con: Connection, source: str, question: str, against: str, today: dt.date
) -> int | None:
    """Up to which delivery no row has to be judged again; None where every row has to be.

    Where feeds are merged a row of an earlier delivery may be a new one: there it is every row.
    """
    if not has_table(con, JUDGED) or _is_merged(con, source):
        return None
    judged = con.execute(
        f"select up_to from {JUDGED} where source = ? and question = ? and held_against = ? "
        "and judged_on <= ?",
        [source, question, against, today],
    ).fetchall()
    return int(judged[0][0]) if judged else None


def note_judged(
    con: Connection, source: str, question: str, against: str, day: dt.date, tables: Sequence[str]
) -> None:
    """Note that every row of a source, in all the tables that have some, was judged on a day."""
    con.execute(_CREATE)
    con.execute(f"delete from {JUDGED} where source = ? and question = ?", [source, question])
    newest = ", ".join(f"coalesce((select max(file_id) from {table}), 0)" for table in tables)
    con.execute(
        f"insert into {JUDGED} select ?, ?, greatest({newest}), ?, ?",
        [source, question, against, day],
    )


def forget_judged(con: Connection, source: str) -> None:
    """Let every row of a source be judged next time."""
    if has_table(con, JUDGED):
        con.execute(f"delete from {JUDGED} where source = ?", [source])


def _is_merged(con: Connection, source: str) -> bool:
    if not has_table(con, "ledger.merge_plan"):
        return False
    merged = con.execute("select 1 from ledger.merge_plan where source = ?", [source])
    return bool(merged.fetchall())
