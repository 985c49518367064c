"""The layout of the warehouse: a file of any release comes in, one of this layout goes out.

A file says by itself which layout it has. An earlier one is brought up to date when it is opened
for writing, step by step; a later one was written by a newer program and is left alone.
"""

from __future__ import annotations

from typing import Any

from pipelines.core.errors import WarehouseDamagedError, WarehouseTooNewError
from pipelines.core.queries import statement
from pipelines.core.versions import PROJECT

SCHEMA_VERSION = 1
"""The layout that this code writes; 1 is that of the first release."""
MIGRATIONS = PROJECT / "sql" / "migrations"
_TABLE = "ledger.schema_version"


def found_version(con: Any) -> int | None:
    """Which layout an open file has; None of a file that has no table yet.

    A file with tables and without a number is of layout 1.
    """
    asked = {"noted_in": _TABLE}
    is_noted, n_tables = con.execute(statement("warehouse/layout_noted"), asked).fetchall()[0]
    if is_noted:
        return int(con.execute(statement("warehouse/layout_found")).fetchall()[0][0])
    return 1 if n_tables else None


def refuse_newer(version: int | None) -> None:
    """Raises `WarehouseTooNewError` for a layout that this code doesn't know."""
    if version is not None and version > SCHEMA_VERSION:
        raise WarehouseTooNewError(
            f"the warehouse has layout {version}, this program knows up to {SCHEMA_VERSION}: it "
            "was written by a newer version. Install that version again, or make the warehouse "
            "anew from private/raw with this one (`make rebuild`). Nothing was changed"
        )


def bring_up_to_date(con: Any) -> None:
    """Give a file that is open for writing this layout, and note it there."""
    version = found_version(con)
    refuse_newer(version)
    for step in range((version or SCHEMA_VERSION) + 1, SCHEMA_VERSION + 1):
        _take(con, step)
    if version != SCHEMA_VERSION or not _is_noted(con):
        _note(con, SCHEMA_VERSION)


def _take(con: Any, step: int) -> None:
    """One step, in whole or not at all."""
    file = MIGRATIONS / f"{step:04}.sql"
    if not file.exists():
        raise WarehouseDamagedError(
            f"the warehouse has layout {step - 1} and there is no way from it to layout {step}; "
            "`make rebuild` makes it anew from private/raw. Nothing was changed"
        )
    con.execute("begin transaction")
    try:
        con.execute(file.read_text(encoding="utf-8"))
        _note(con, step)
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def _is_noted(con: Any) -> bool:
    return bool(con.execute(statement("warehouse/has_table"), {"table_name": _TABLE}).fetchall())


def _note(con: Any, version: int) -> None:
    con.execute(statement("warehouse/layout"))
    con.execute(statement("warehouse/forget_layout"))
    con.execute(statement("warehouse/note_layout"), {"version": version})
