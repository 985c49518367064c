"""Raw as tables that tests fill themselves; in a real warehouse it is views of files."""

from __future__ import annotations

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import Connection
from pipelines.ingest.load import file_ledger


def create_raw_tables(con: Connection) -> None:
    """Make the ledger, and an empty raw table per source."""
    file_ledger.create_tables(con)
    for source in load_contracts().sources:
        columns = ", ".join(f"{name} varchar" for name in source.column_names)
        con.execute(
            f"create table raw.{source.name} (file_id integer, line_number bigint, {columns}, "
            "extra varchar, delivered varchar, is_quarantined boolean not null default false, "
            "is_tombstone boolean default false)"
        )
