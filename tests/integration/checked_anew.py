"""What checks found, and which rows can't count yet, held against the same looked at from nothing.

A warehouse comes in, and out goes a line for each finding that was kept from an earlier night and
that isn't found anew. Works on a copy of the warehouse.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from pipelines.config.settings import load_settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.judged_up_to import JUDGED, forget_judged
from pipelines.core.warehouse import Connection, has_table, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load.set_aside import may_set_aside, set_rows_aside
from pipelines.quality.check_findings import NOTED
from pipelines.quality.run_checks import run_suites

Found = dict[tuple[Any, ...], tuple[Any, ...]]
"""By what was asked, and of what, what was found."""
KEPT = {
    "what was found": ("source, check_name, looked_at", "passed, n_checked, n_failed"),
    "what was judged": ("source, check_name, judged", "passed, failing"),
}
"""Of a finding what was asked, and what was found, on either ground."""
WHY = "set_aside_reason, set_aside_until"
RESULT = "table_name, check_name", "severity, passed, n_checked, n_failed, detail"


def unlike_checked_anew(
    workspace: Workspace, scratch: Path, today: dt.date, checked_on: dt.date
) -> tuple[int, int, list[str]]:
    """How many findings were held against new ones, how many rows are set aside, and what differs.

    ``today`` is the day of the last refresh, ``checked_on`` that of the last one that checked.
    """
    settings = load_settings(workspace.settings_file)
    copy = Path(shutil.copyfile(workspace.warehouse_file, scratch / "checked.duckdb"))
    with open_warehouse(copy, time_zone=settings.time_zone) as con:
        aside = _aside(con)
        kept = {what: _found(con, NOTED, *columns) for what, columns in KEPT.items()}
        results = _found(con, "quality.check_result", *RESULT, where="table_name like 'staging.%'")
        unique = _found(con, JUDGED, "source, question", "up_to")
        for source in load_contracts().sources:
            forget_judged(con, source.name)
        set_rows_aside(con, today)
        differ = _unlike("rows set aside", aside, _aside(con))
        for table in (NOTED, JUDGED):
            con.execute(f"drop table if exists {table}")
        run_suites(con, load_contracts().sources, as_of=checked_on)
        anew = {what: _found(con, NOTED, *columns) for what, columns in KEPT.items()}
        for what, found in kept.items():
            stands = {key: found[key] for key in found.keys() & anew[what].keys()}
            if not stands:
                differ.append(f"{what}: nothing that stands is looked at anew")
            differ += _unlike(what, stands, {key: anew[what][key] for key in stands})
        now = _found(con, "quality.check_result", *RESULT, where="table_name like 'staging.%'")
        differ += _unlike("quality.check_result", results, now)
        again = _found(con, JUDGED, "source, question", "up_to")
        lost = {key: up_to for key, up_to in unique.items() if key[1] == "key_is_unique"}
        differ += _unlike(JUDGED, lost, {key: again.get(key, ()) for key in lost})
    n_held = sum(map(len, (results, lost, *kept.values())))
    return n_held, sum(why != (None,) for why in aside.values()), differ


def _found(con: Connection, table: str, asked: str, found: str, where: str = "true") -> Found:
    if not has_table(con, table):
        return {}
    n_keys = asked.count(",") + 1
    rows = con.execute(f"select {asked}, {found} from {table} where {where}").fetchall()
    return {row[:n_keys]: tuple(map(_plain, row[n_keys:])) for row in rows}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _aside(con: Connection) -> Found:
    """By source, file and line of a staged row whether and why it is set aside."""
    found: Found = {}
    for source in filter(may_set_aside, load_contracts().sources):
        for table, why in (
            (f"staging.{source.name}", "null"),
            (f"ledger.aside_{source.name}", WHY),
        ):
            if has_table(con, table):
                rows = _found(con, table, f"'{source.name}', file_id, line_number", why)
                found |= rows
    return found


def _unlike(what: str, kept: Found, anew: Found) -> list[str]:
    keys = sorted(kept.keys() ^ anew.keys()) or sorted(
        key for key in kept if kept[key] != anew[key]
    )
    if not keys:
        return []
    first = keys[0]
    return [f"{what}: {len(keys)}, as {first}: {kept.get(first)}, anew {anew.get(first)}"]
