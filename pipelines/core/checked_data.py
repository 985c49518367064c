"""Which data a check looked at: fingerprints of the ledger, and the checks that passed on them.

A publication is let out only if every blocking check passed on the very data and code that it is
made from (`pipelines.release.gate`). What a check found stands in `quality.check_result`; what it
was found of stands here, and stays from one night to the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, fetch, has_table, transaction

_CREATE = """
create table if not exists ledger.checked (
    table_name varchar not null,
    check_name varchar not null,
    passed boolean not null,
    data_fingerprint varchar not null,
    code_version varchar not null
)
"""
_DELIVERED = "source, file_id, file, sha256, status, mapping"


def staged_fingerprint(con: Connection) -> str:
    """A fingerprint of everything that is staged: which deliveries, as they are kept, by what."""
    return _fingerprint(con, f"{_DELIVERED}, raw_file", "", with_models=True, refused=False)


def source_fingerprint(con: Connection, source: str) -> str:
    """A fingerprint of what is staged of one source; see `staged_fingerprint`."""
    return _fingerprint(con, f"{_DELIVERED}, raw_file", source, with_models=True, refused=False)


def delivered_fingerprint(con: Connection, source: str) -> str:
    """A fingerprint of a source's deliveries, the refused ones among them, whatever aged in them.

    A refused file has another number at each look, so numbers don't count here.
    """
    columns = "file, sha256, status, mapping"
    return _fingerprint(con, columns, source, with_models=False, refused=True)


def note_checked(con: Connection, table: str, passed: Mapping[str, bool], data: str) -> None:
    """Note for each check of a table whether it passed on data with this fingerprint."""
    con.execute(_CREATE)
    with transaction(con):
        con.execute("delete from ledger.checked where table_name = ?", [table])
        con.execute(
            "insert into ledger.checked select ?, unnest(?::varchar[]), unnest(?::boolean[]), ?, ?",
            [table, [*passed], [*passed.values()], data, code_version()],
        )


def checked(con: Connection) -> dict[tuple[str, str], tuple[bool, str, str]]:
    """By table and check: whether it passed, on which data, by which code."""
    con.execute(_CREATE)
    rows = con.execute("from ledger.checked").fetchall()
    return {(table, name): (passed, data, code) for table, name, passed, data, code in rows}


def _fingerprint(
    con: Connection, columns: str, source: str, *, with_models: bool, refused: bool
) -> str:
    """A fingerprint of the ledger's lines of a source, or of all where it is empty."""
    digest = hashlib.sha256()
    of_source = "(source = $source or $source = '')"
    if has_table(con, "ledger.file"):
        files = fetch(
            con,
            f"select {columns} from ledger.file where {of_source} "
            "and (status <> 'refused' or $refused) order by all",
            {"source": source, "refused": refused},
        )
        digest.update(files.write_csv().encode())
    for table in ("ledger.staged", "ledger.aside_count") if with_models else ():
        if has_table(con, table):
            query = f"from {table} where {of_source} order by all"
            digest.update(fetch(con, query, {"source": source}).write_csv().encode())
    return digest.hexdigest()
