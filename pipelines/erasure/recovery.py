"""A warehouse that is lost or damaged, made anew from raw: the ledger, and nobody who was erased.

Deliveries, their lines and the list of erased people lie in files; the warehouse only has what can
be made of them. A line may be older than the last erasure, so erased people are looked for once
more in whatever comes back.
"""

from __future__ import annotations

from pipelines.contracts.sources import load_contracts
from pipelines.core.own_writes import made_anew
from pipelines.core.raw_claim import check_store
from pipelines.core.warehouse import Connection, open_warehouse, transaction
from pipelines.core.warehouse_file import log_of, take_its_place
from pipelines.core.workspace import Workspace
from pipelines.erasure.raw_store import changes, put_in_place, settle_files
from pipelines.ingest.load import file_ledger, ledger_lines
from pipelines.ingest.load.raw_check import check_there, naming_damage
from pipelines.personal_data.erasure_registry import load_erased


def enter_what_is_in_raw(con: Connection, workspace: Workspace) -> int:
    """Enter into the ledger what lies in raw and isn't there; returns how many deliveries.

    Raises `ArchiveError` where the archive can't be brought back in full, `RawDamagedError` where
    files of it are missing or damaged, `RawStoreError` where the store that keeps raw can't be
    used, or may not be.
    """
    check_store(workspace)
    file_ledger.create_tables(con)
    raw = workspace.raw
    with naming_damage(raw), transaction(con):
        entered = ledger_lines.enter_unknown(con, raw)
        check_there(con, raw)
        if entered:
            erased = load_erased(workspace.erasure_list_file, workspace.erasure_key_file)
            for source in load_contracts().landing:
                folder = raw / source.name
                for change in changes(con, source, folder, erased) if erased else ():
                    put_in_place(con, folder, change)
    if entered:
        for source in load_contracts().landing:
            settle_files(con, source, raw)
    return len(entered)


def rebuild_warehouse(workspace: Workspace) -> int:
    """Make a new warehouse that has the ledger and nothing else, in place of the one that is there.

    Call it with the workspace's lock. The old file goes when the new one is complete: nothing in it
    can't be made again. Returns the number of deliveries.
    """
    new, old = workspace.rewritten_warehouse_file, workspace.warehouse_file
    for path in (new, log_of(new)):
        path.unlink(missing_ok=True)
    with open_warehouse(new) as con:
        n_deliveries = enter_what_is_in_raw(con, workspace)
        con.execute("checkpoint")
    made_anew(old)
    take_its_place(new, old)
    workspace.warehouse_damaged_note.unlink(missing_ok=True)
    return n_deliveries
