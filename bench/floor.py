"""Landing files in, every mart out, with nothing of the pipeline around it: the floor.

``python -m bench.floor --landing FOLDER --warehouse FILE`` loads each source by DuckDB's own typed
reader, by column names, and builds every mart from its file. No gate, ledger, quarantine, raw,
checks, estimates or pages. What the marts need beside the sources (the settings, pseudonyms and
survey scores) is made by the pipeline's own functions. Prints processor seconds by part as JSON.

With ``--day FILE`` one more file of shifts is read into the table that stands, and the marts that
follow their sources every night are made anew: what a day's rows cost by themselves.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections.abc import Sequence
from pathlib import Path

from pipelines.analysis.study_setting import write_study_setting
from pipelines.analysis.survey_scores import write_fatigue_scores
from pipelines.config.settings import Settings
from pipelines.contracts.casts import SQL_TYPES
from pipelines.contracts.computed import NIGHTLY
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.sql_models import load_models
from pipelines.core.sql_text import identifier, literal
from pipelines.core.warehouse import Connection, build_model, open_warehouse
from pipelines.ingest.load.file_ledger import create_tables
from pipelines.personal_data.pseudonym_table import write_pseudonyms


def load_typed(con: Connection, source: Source, landing: Path) -> None:
    """One source's files as a table of its contract's types, in DuckDB's own way."""
    rows = typed_rows(con, source, sorted((landing / source.name).glob("*")))
    con.execute(f"create or replace table staging.{identifier(source.name)} as {rows}")


def typed_rows(con: Connection, source: Source, files: Sequence[Path]) -> str:
    """The query of some files' rows by their contract's types; without files, of none."""
    types = {column.name: SQL_TYPES[column.type] for column in source.columns}
    listed = ", ".join(literal(file) for file in files)
    if not files:
        columns = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in types.items())
        rows = f"(select {columns} limit 0)"
    elif files[0].suffix == ".parquet":
        rows = f"read_parquet([{listed}], union_by_name = true)"
    else:
        given = con.sql(f"select * from read_csv([{listed}], all_varchar = true) limit 0").columns
        wanted = ", ".join(
            f"{literal(name)}: {literal(kind)}" for name, kind in types.items() if name in given
        )
        rows = f"read_csv([{listed}], header = true, delim = ',', types = {{{wanted}}})"
    has = con.sql(f"select * from {rows} limit 0").columns
    columns = ", ".join(
        f"cast({identifier(name) if name in has else 'null'} as {kind}) as {identifier(name)}"
        for name, kind in types.items()
    )
    return (
        f"select {columns}, cast(null as varchar) as extra, 1 as file_id, "
        f"1::bigint as line_number from {rows}"
    )


def add_day(con: Connection, file: Path) -> None:
    """A day's shifts into the table that stands, and the mart that is made every night."""
    source = load_contracts().source("shifts")
    rows = typed_rows(con, source, [file])
    con.execute(f"insert into staging.{identifier(source.name)} by name {rows}")
    for model in load_models():
        if ".".join(model.table) == NIGHTLY:
            build_model(con, NIGHTLY, model.path)


def load_everything(con: Connection, landing: Path, key: Path) -> dict[str, float]:
    """Load, shape, and return how long each part took."""
    parts = {"loaded": time.process_time()}
    create_tables(con)
    for source in load_contracts().landing:
        load_typed(con, source, landing)
    parts["beside"] = time.process_time()
    write_study_setting(con, Settings(), dt.date(2026, 11, 15))
    write_pseudonyms(con, key)
    write_fatigue_scores(con)
    parts["marts"] = time.process_time()
    for model in load_models():
        if model.schema == "marts":
            build_model(con, ".".join(model.table), model.path)
    ends = [*list(parts.values())[1:], time.process_time()]
    return {name: end - began for (name, began), end in zip(parts.items(), ends, strict=True)}


def main() -> None:
    """Load and shape everything, or a day more, and say how long it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--landing", type=Path, help="everything is loaded from there")
    parser.add_argument("--day", type=Path, help="a day's shifts, into what was loaded before")
    parser.add_argument("--warehouse", type=Path, required=True)
    asked = parser.parse_args()
    with open_warehouse(asked.warehouse) as con:
        if asked.day is not None:
            began = time.process_time()
            add_day(con, asked.day)
            taken = {"day": time.process_time() - began}
        else:
            taken = load_everything(con, asked.landing, asked.warehouse.with_suffix(".key"))
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
