"""From all that is staged to what can count: other rows are set aside, and come back by themselves.

A row of somebody whom the roster doesn't have, from before the hire or after the exit, or of a day
that hasn't come is sound, but nothing can be made of it. It leaves ``staging.<source>`` for
``ledger.aside_<source>``, with its reason. Each intake puts all of them back first and each refresh
decides anew, so a row comes back by itself as soon as roster, exits or calendar have caught up;
of the others those that it may be otherwise with (`judged_rows`).
Records of a feed whose people aren't known wait in the ledger instead, as delivered, because a
recipe can't make rows of them yet; they are told with the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.judged_up_to import note_came_back
from pipelines.core.queries import read_query, statement
from pipelines.core.sql_text import Expression, identifier, same, value
from pipelines.core.table_changes import drop_table, drop_view, make_temp_table
from pipelines.core.warehouse import (
    Connection,
    count_rows,
    fetch_query,
    fetch_value,
    has_table,
    make_table,
    transaction,
)
from pipelines.ingest.load import lone_parts, merge_feeds, source_notes, staging_upsert
from pipelines.ingest.load.judged_rows import (
    has_rows_to_judge,
    held_against,
    note_all_judged,
    rows_to_judge,
)

INCOMPLETE = "incomplete"
"""No feed has delivered the rest of the row yet."""
COUNTS = "ledger.aside_count"
SUMMARY = "quality.set_aside_summary"
_ALWAYS_COUNTS = ("roster", "people")
"""What others are held against."""
_PLANNED = ("shifts", "attrition")
"""Sources in which a day to come is a plan or an announcement."""
_WITH_COACHES = ("fatigue_surveys", "training")
_DAYS_OF = {"performance": 7}
"""How many days a row is about, from its date on."""


@dataclass(frozen=True)
class SetAside:
    """How many rows of a source can't count yet, and why."""

    source: str
    reason: str
    n_rows: int


def aside_table(source: str) -> str:
    """Where the rows of a source that can't count yet are."""
    return f"ledger.aside_{source}"


def may_set_aside(source: Source) -> bool:
    """Whether the source's rows are held against roster, exits and calendar."""
    return source.name not in _ALWAYS_COUNTS


def put_back(con: Connection, source: Source) -> None:
    """Bring every row that was set aside back into staging; call it before an intake.

    Where staging is to be built anew from raw, they are in there already.
    """
    staged, aside = f"staging.{source.name}", aside_table(source.name)
    if not has_table(con, aside):
        return
    with transaction(con):
        if staging_upsert.is_current(con, source):
            con.execute(statement("loading/put_back", staged=staged, aside=aside))
            note_came_back(con, source.name, aside)
        drop_table(con, aside)
        source_notes.forget(con, COUNTS, source.name)


def set_rows_aside(con: Connection, today: dt.date) -> list[SetAside]:
    """Set aside what can't count on the day of the refresh; needs every source staged."""
    for name in ("known_person", "gap"):
        make_temp_table(con, name, read_query(f"set_aside/{name}"))
    against = held_against(con)
    for source in load_contracts().sources:
        if may_set_aside(source) and not _stands(con, source, today, against):
            put_back(con, source)
            with transaction(con):
                _set_aside(con, source, today, against)
                note_all_judged(con, source, aside_table(source.name), against, today)
    make_table(con, SUMMARY, read_query("set_aside/summary"))
    return last_set_aside(con)


def _stands(con: Connection, source: Source, today: dt.date, against: str) -> bool:
    """Whether the same rows would be set aside again: none came, and none waits for today."""
    if not has_table(con, f"ledger.aside_{source.name}"):
        return False
    asked = {"source": source.name, "today": today}
    if fetch_value(con, statement("loading/n_waiting_for_today"), asked):
        return False
    return not has_rows_to_judge(con, source, against, today)


def _set_aside(con: Connection, source: Source, today: dt.date, against: str) -> None:
    staged, aside = f"staging.{source.name}", aside_table(source.name)
    con.execute(
        statement(
            "loading/staged_span",
            day=Expression(f"cast({identifier(source.date_column)} as date)"),
            n_more_days=value(_DAYS_OF.get(source.name, 1) - 1),
            rows=Expression(rows_to_judge(con, source, against, today)),
        )
    )
    asked = {
        "today": today,
        "with_coaches": source.name in _WITH_COACHES,
        "with_future": source.name not in _PLANNED,
    }
    make_temp_table(con, "aside_row", read_query("set_aside/row"), asked)
    con.execute(statement("loading/aside", aside=aside, staged=staged))
    if count_rows(con, aside):
        con.execute(statement("loading/leave_aside", staged=staged))
    _count(con, source)
    drop_view(con, "temp.staged_span")
    drop_table(con, "temp.aside_row")


def _count(con: Connection, source: Source) -> None:
    """Note how many delivered rows don't count, by file and reason.

    Where feeds are merged a staged row is the only part of its key, or was made of several
    delivered ones; and what none of them completes isn't staged at all.
    """
    aside, of_source = aside_table(source.name), {"source": source.name}
    if not merge_feeds.plan_text(con, source):
        con.execute(statement("loading/count_aside", aside=aside), of_source)
        return
    parts, key = lone_parts.part_table(source), source.key
    con.execute(
        statement("loading/count_aside_alone", aside=aside, parts=parts, key=key), of_source
    )
    same_key = same("part", "aside", key)
    con.execute(
        statement("loading/count_aside_parts", aside=aside, parts=parts, same_key=same_key),
        of_source,
    )
    staged = f"staging.{source.name}"
    con.execute(
        statement("loading/count_incomplete", parts=parts, key=key, staged=staged, aside=aside),
        {**of_source, "reason": INCOMPLETE},
    )


def is_due(con: Connection, today: dt.date) -> bool:
    """Whether a row waits for a day that has come."""
    if not has_table(con, COUNTS):
        return False
    asked = {"source": None, "today": today}
    return bool(fetch_value(con, statement("loading/n_waiting_for_today"), asked))


def describe(found: Sequence[SetAside]) -> list[str]:
    """What was set aside, in a line per source."""
    by_source: dict[str, list[str]] = {}
    for each in found:
        by_source.setdefault(each.source, []).append(f"{each.n_rows:,} {WORDS[each.reason]}")
    return [
        f"set aside {source}: rows {', '.join(told)}; they count by themselves once that changes"
        for source, told in by_source.items()
    ]


def describe_last(con: Connection) -> list[str]:
    """What the last refresh set aside, with what it takes where waiting alone isn't enough."""
    found = last_set_aside(con)
    unknown = [each.source for each in found if each.reason == "unknown_person"]
    return describe(found) + [told for name in unknown for told in _otherwise_spelt(con, name)]


def _otherwise_spelt(con: Connection, source: str) -> list[str]:
    """Rows of people whom the roster has in another spelling: they don't come back alone."""
    if not has_table(con, f"ledger.aside_{source}"):
        return []
    con.execute(statement("loading/unknown_people", aside=aside_table(source)))
    spelt = fetch_query(con, "checks/nearly_known").row(0, named=True)
    drop_view(con, "temp.named_person")
    if not max(spelt["n_without_zeros"], spelt["n_folded"]):
        return []
    by_zeros = spelt["n_without_zeros"] >= spelt["n_folded"]
    how = "without leading zeros" if by_zeros else "but for capitals and blanks"
    mend = "employee_without_zeros(…)" if by_zeros else "employee_of('employee_id', …)"
    n_alike = max(spelt["n_without_zeros"], spelt["n_folded"])
    return [
        f"set aside {source}: {n_alike:,} of the {spelt['n_unknown']:,} unknown people match the "
        f"roster {how}; their rows never come back by themselves: let the recipe look them up by "
        f"{mend}, with the file in landing/"
    ]


def last_set_aside(con: Connection) -> list[SetAside]:
    """What the last refresh set aside, by source and reason."""
    if not has_table(con, SUMMARY):
        return []
    return [SetAside(*row) for row in fetch_query(con, "set_aside/by_source").rows()]


WORDS = {
    "unknown_person": "of people who aren't on the roster",
    "before_hire": "from before the hire date",
    "after_exit": "from after the exit",
    "in_future": "of days that haven't come",
    INCOMPLETE: "whose rest another feed has to deliver",
}
