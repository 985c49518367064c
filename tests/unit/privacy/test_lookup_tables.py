"""A sweep by age drops what was computed from people, and leaves tables nobody is in."""

from __future__ import annotations

from pathlib import Path

from pipelines.core.sql_models import load_models
from pipelines.core.warehouse import build_model, open_warehouse, tables_with_columns
from pipelines.erasure.warehouse import drop_what_was_computed


def test_lookup_tables_that_are_made_tonight_stay(tmp_path: Path) -> None:
    lookups = [model for model in load_models() if not model.depends_on]
    assert lookups
    with open_warehouse(tmp_path / "w.duckdb") as con:
        for model in lookups:
            build_model(con, f"{model.schema}.{model.name}", model.path)
        con.execute("create table marts.agent as select 1 as agent_key")
        con.execute("create table staging.roster as select 1 as employee_id")
        drop_what_was_computed(con)
        left = {name for name in tables_with_columns(con) if name.startswith(("marts", "staging"))}
    assert left == {"staging.roster", *(".".join(model.table) for model in lookups)}
