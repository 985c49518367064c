"""Which data a check looked at: fingerprints of the ledger, and the checks that passed on them.

A publication is let out only if every blocking check passed on the very data and code that it is
made from (`pipelines.release.gate`). What a check found stands in `quality.check_result`; what it
was found of stands here, and stays from one night to the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pipelines.core.queries import ledger_statement
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, fetch, has_table, read_table, transaction

_DELIVERED = ("file", "sha256", "status", "mapping")
_KEPT = ("source", "file_id", *_DELIVERED, "raw_file")


def staged_fingerprint(con: Connection) -> str:
    """A fingerprint of everything that is staged: which deliveries, as they are kept, by what."""
    return _fingerprint(con, _KEPT, "", with_models=True, refused=False)


def source_fingerprint(con: Connection, source: str) -> str:
    """A fingerprint of what is staged of one source; see `staged_fingerprint`."""
    return _fingerprint(con, _KEPT, source, with_models=True, refused=False)


def delivered_fingerprint(con: Connection, source: str) -> str:
    """A fingerprint of a source's deliveries, the refused ones among them, whatever aged in them.

    A refused file has another number at each look, so numbers don't count here.
    """
    return _fingerprint(con, _DELIVERED, source, with_models=False, refused=True)


def note_checked(con: Connection, table: str, passed: Mapping[str, bool], data: str) -> None:
    """Note for each check of a table whether it passed on data with this fingerprint."""
    con.execute(ledger_statement("checked"))
    of_table = {"table_name": table}
    found = {"names": [*passed], "passed": [*passed.values()]}
    with transaction(con):
        con.execute(ledger_statement("forget_checked"), of_table)
        con.execute(
            ledger_statement("note_checked"),
            {**of_table, **found, "data": data, "code": code_version()},
        )


def checked(con: Connection) -> dict[tuple[str, str], tuple[bool, str, str]]:
    """By table and check: whether it passed, on which data, by which code."""
    con.execute(ledger_statement("checked"))
    rows = read_table(con, "ledger.checked").iter_rows()
    return {(table, name): (passed, data, code) for table, name, passed, data, code in rows}


def _fingerprint(
    con: Connection, columns: Sequence[str], source: str, *, with_models: bool, refused: bool
) -> str:
    """A fingerprint of the ledger's lines of a source, or of all where it is empty."""
    digest = hashlib.sha256()
    if has_table(con, "ledger.file"):
        query = ledger_statement("deliveries_known", columns=columns)
        files = fetch(con, query, {"source": source, "refused": refused})
        digest.update(files.write_csv().encode())
    for table in ("ledger.staged", "ledger.aside_count") if with_models else ():
        if has_table(con, table):
            query = ledger_statement("notes_known", notes=table)
            digest.update(fetch(con, query, {"source": source}).write_csv().encode())
    return digest.hexdigest()
