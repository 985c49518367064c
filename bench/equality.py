"""Are two publications equal value by value? ``python -m bench.equality OLD.duckdb NEW.duckdb``.

Meant for changes that must change nothing: refresh the same landing files with the version before
and the version after, then hold every published table of one analysts' file against the other's.
Prints a line for each table that differs; ends with 1 if any does. Rows are held against each other
in the order of their columns, decimals last; times of refreshes and versions of code differ by
nature and are left aside.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.core.sql_text import identifier, table_name
from pipelines.core.warehouse import fetch, open_warehouse, tables_with_columns

OF_THE_RUN = {
    "meta.refresh": ("refresh_id", "started_at", "finished_at", "code_version", "data_version"),
    "meta.cut": ("made_at", "code_version"),
    "quality.ingested_file": ("first_seen_at",),
    "quality.quarantine_summary": (),
}
"""Columns that tell of the run, not of the data."""
TOLERANCE = 1e-9
"""Relative; sums may be added up in another order."""


def differences(old: Path, new: Path) -> Iterator[str]:
    """Yield a line for each table that isn't the same in both files."""
    with (
        open_warehouse(old, read_only=True) as before,
        open_warehouse(new, read_only=True) as after,
    ):
        tables = tables_with_columns(before), tables_with_columns(after)
        for name in sorted(tables[0].keys() | tables[1].keys()):
            if name not in tables[0] or name not in tables[1]:
                yield f"{name}: only in {'the new' if name in tables[1] else 'the old'} file"
                continue
            columns = [each for each in tables[0][name] if each not in OF_THE_RUN.get(name, ())]
            if added := sorted(set(tables[1][name]) ^ set(tables[0][name])):
                yield f"{name}: columns {', '.join(added)} stand in one file only"
            shared = [each for each in columns if each in tables[1][name]]
            listed = ", ".join(map(identifier, shared))
            order = _order(shared, tables[0][name])
            query = f"select {listed} from {table_name(name)} order by {order}"
            if said := unlike(*(fetch(con, query) for con in (before, after))):
                yield f"{name}: {said}"


def _order(columns: list[str], kinds: dict[str, str]) -> str:
    """Decimals last: two that are equal up to rounding must not change places."""
    return ", ".join(map(identifier, sorted(columns, key=lambda name: kinds[name] == "DOUBLE")))


def unlike(one: pl.DataFrame, other: pl.DataFrame) -> str | None:
    """Say how two frames of the same columns differ; None where they are equal."""
    if one.height != other.height:
        return f"{one.height} rows, then {other.height}"
    found = []
    for column in one.columns:
        a, b = one[column], other[column]
        if a.dtype.is_float():
            scale = pl.max_horizontal(a.abs(), b.abs(), pl.lit(1e-300))
            n_unlike = (
                pl.select(((a - b).abs() > TOLERANCE * scale) | (a.is_null() != b.is_null()))
                .to_series()
                .sum()
            )
        else:
            n_unlike = int((~a.eq_missing(b)).sum())
        if n_unlike:
            found.append(f"{column} in {n_unlike} rows")
    return ", ".join(found) or None


def main() -> int:
    """Hold two analysts' files against each other."""
    if len(sys.argv) != 3:
        print("two files are needed: python -m bench.equality OLD.duckdb NEW.duckdb")
        return 2
    found = list(differences(Path(sys.argv[1]), Path(sys.argv[2])))
    for line in found:
        print(line)
    print(f"{len(found)} tables differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
