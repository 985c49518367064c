"""Landing files in, every mart out, with nothing of the pipeline around it: the floor.

``python -m bench.floor --landing FOLDER --warehouse FILE`` loads each source by DuckDB's own typed
reader, by column names, and builds every mart from its file. No gate, ledger, quarantine, raw,
checks, estimates or pages. What the marts need beside the sources (the settings, pseudonyms and
survey scores) is made by the pipeline's own functions. Prints processor seconds by part as JSON.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from pathlib import Path

from pipelines.analysis.study_setting import write_study_setting
from pipelines.analysis.survey_scores import write_fatigue_scores
from pipelines.config.settings import Settings
from pipelines.contracts.casts import SQL_TYPES
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.sql_models import load_models
from pipelines.core.sql_text import identifier, literal
from pipelines.core.warehouse import Connection, build_model, open_warehouse
from pipelines.ingest.load.file_ledger import create_tables
from pipelines.personal_data.pseudonym_table import write_pseudonyms


def load_typed(con: Connection, source: Source, landing: Path) -> None:
    """One source's files as a table of its contract's types, in DuckDB's own way."""
    files = sorted((landing / source.name).glob("*"))
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
    con.execute(
        f"create or replace table staging.{identifier(source.name)} as select {columns}, "
        f"cast(null as varchar) as extra, 1 as file_id, 1::bigint as line_number from {rows}"
    )


def main() -> None:
    """Load, shape, and say how long both took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--warehouse", type=Path, required=True)
    asked = parser.parse_args()
    parts = {"loaded": time.process_time()}
    with open_warehouse(asked.warehouse) as con:
        create_tables(con)
        for source in load_contracts().landing:
            load_typed(con, source, asked.landing)
        parts["beside"] = time.process_time()
        write_study_setting(con, Settings(), dt.date(2026, 11, 15))
        write_pseudonyms(con, asked.warehouse.with_suffix(".key"))
        write_fatigue_scores(con)
        parts["marts"] = time.process_time()
        for model in load_models():
            if model.schema == "marts":
                build_model(con, ".".join(model.table), model.path)
        ended = time.process_time()
    ends = [*list(parts.values())[1:], ended]
    taken = {name: end - began for (name, began), end in zip(parts.items(), ends, strict=True)}
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
