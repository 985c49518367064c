"""Up to which delivery a question has been answered for every row: noted, and asked for.

What was true of all rows of a source stays so while rows only come and go: those that came since
are the only ones to look at, and those that came back from being set aside, which keep the number
of their delivery. Where staging is built anew nothing of it counts any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipelines.core.queries import ledger_statement
from pipelines.core.sql_text import Named, value
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, engine_version, fetch_value, has_table

JUDGED = "ledger.judged_up_to"
MAY_COUNT, KEY_IS_UNIQUE = "may_count", "key_is_unique"
"""The questions."""


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
    asked = {"source": source, "question": question, "against": against, "today": today}
    judged = con.execute(ledger_statement("judged"), asked).fetchall()
    return int(judged[0][0]) if judged else None


def new_rows(columns: Named, table: str, source: str, question: str, up_to: int) -> str:
    """The query for the rows to look at where those up to a delivery were judged."""
    return ledger_statement(
        "new_rows",
        columns=columns,
        staged=table,
        source=value(source),
        question=value(question),
        up_to=value(up_to),
    )


def note_judged(
    con: Connection, source: str, question: str, against: str, day: dt.date, tables: Sequence[str]
) -> None:
    """Note that every row of a source, in all the tables that have some, was judged on a day."""
    con.execute(ledger_statement("judged_up_to"))
    newest = [
        fetch_value(con, ledger_statement("newest_delivery", staged=table)) for table in tables
    ]
    asked = {"source": source, "question": question}
    con.execute(ledger_statement("forget_judged"), asked)
    con.execute(ledger_statement("forget_came_back"), asked)
    noted = {**asked, "up_to": max(newest), "against": against, "day": day}
    con.execute(ledger_statement("note_judged"), noted)


def note_came_back(con: Connection, source: str, aside: str) -> None:
    """Note that the rows of a table of rows set aside are staged again: each question is open."""
    con.execute(ledger_statement("judged_up_to"))
    for question in (MAY_COUNT, KEY_IS_UNIQUE):
        asked = {"source": source, "question": question}
        con.execute(ledger_statement("note_came_back", aside=aside), asked)


def forget_judged(con: Connection, source: str) -> None:
    """Let every row of a source be judged next time."""
    if has_table(con, JUDGED):
        every = {"source": source, "question": None}
        con.execute(ledger_statement("forget_judged"), every)
        con.execute(ledger_statement("forget_came_back"), every)


def _is_merged(con: Connection, source: str) -> bool:
    if not has_table(con, "ledger.merge_plan"):
        return False
    return bool(con.execute(ledger_statement("is_merged"), {"source": source}).fetchall())
