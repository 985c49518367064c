"""What is past its age as the warehouse stands: a day comes in, out go rows, people and files.

`age_sweep` removes them; a night that would remove some has more to make than another.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from pipelines.config.settings import RecordAge
from pipelines.contracts.sources import PERSON_COLUMNS, Source, load_contracts
from pipelines.core.queries import statement
from pipelines.core.warehouse import Connection, fetch, fetch_value, has_table, read_table
from pipelines.core.workspace import Workspace
from pipelines.erasure.age_rule import Expired, expired
from pipelines.ingest.load.quarantine import file_for
from pipelines.ingest.load.set_aside import aside_table

PERSON = PERSON_COLUMNS[0]
RETENTION_TABLE = "quality.retention"
"""What the last sweep removed, and from which day on records were kept by it."""


def is_due(con: Connection, workspace: Workspace, data_until: dt.date, years: int) -> bool:
    """Whether a sweep up to that end of the data may find something that had come before.

    Nothing where the last one kept records from the same day on. Else whatever is older counts:
    sessions of who is still there stay, but that they might not is enough here.
    """
    day = RecordAge(years=years).kept_from(data_until)
    if read_table(con, RETENTION_TABLE)["kept_from"].to_list()[:1] == [day]:
        return False
    found = expired_now(con, day)
    if found.gone or found.dropped_before or found.rows.height:
        return True
    if refused_files(con, workspace, day):
        return True
    return any(_has_before(con, source, day) for source in _event_sources())


def _has_before(con: Connection, source: Source, day: dt.date) -> bool:
    """Whether a row of a source is older than a day, one that was set aside among them."""
    tables = [staged(source)]
    if has_table(con, f"ledger.aside_{source.name}"):
        tables.append(aside_table(source.name))
    oldest = [
        fetch_value(con, statement("erasure/oldest_day", day=[source.date_column], table=each))
        for each in tables
    ]
    return any(each is not None and each < day for each in oldest)


def expired_now(con: Connection, day: dt.date) -> Expired:
    """Apply the rules to the rows in staging."""
    roster = fetch(con, statement("erasure/roster"))
    exits = fetch(con, statement("erasure/exits"))
    if exits.filter(pl.col("separation_date") < day).is_empty():
        return expired(roster, exits, (), day)
    events = " union ".join(
        statement("erasure/active_people", staged=staged(source), day=[source.date_column])
        for source in _event_sources()
    )
    active = fetch(con, events, {"since": day})[PERSON]
    return expired(roster, exits, active.to_list(), day)


def staged(source: Source) -> str:
    """The name of a source's staged table."""
    return f"staging.{source.name}"


def _event_sources() -> list[Source]:
    """The sources whose rows are single events of somebody who is there."""
    states = ("roster", "attrition")
    return [source for source in load_contracts().sources if source.name not in states]


def refused_files(
    con: Connection, workspace: Workspace, day: dt.date
) -> dict[Path, list[bool] | None]:
    """The quarantine files of deliveries that were refused before a day: no row is kept."""
    rows = con.execute(statement("erasure/refused_before"), {"before": day}).fetchall()
    paths = [file_for(workspace.quarantine / source, file) for source, file in rows]
    return {path: None for path in paths if path.exists()}
