"""The same marts as a dbt project over the floor's tables; whether dbt is here at all.

dbt isn't a dependency: an environment that has `dbt-core` and `dbt-duckdb` is named by the
variable COACHING_DBT (the path of its `dbt`). Without one the comparison is left out, and said so.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.core.sql_models import load_models

VARIABLE = "COACHING_DBT"
PROJECT = """
name: marts
version: "1.0"
profile: marts
model-paths: [models]
models: {marts: {+materialized: table, +schema: marts}}
"""
PROFILE = "marts: {{target: dev, outputs: {{dev: {{type: duckdb, path: {path}, threads: 2}}}}}}\n"
SCHEMA = "{% macro generate_schema_name(name, node) -%} {{ name }} {%- endmacro %}\n"


def dbt() -> str | None:
    """The `dbt` to measure; None where there is none."""
    return os.environ.get(VARIABLE) or shutil.which("dbt")


def write_project(folder: Path, warehouse: Path) -> None:
    """Every mart as a dbt model: a mart that it reads is a `ref`, a staged table stays as it is."""
    for name in ("models", "macros"):
        (folder / name).mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILE.format(path=warehouse))
    (folder / "macros" / "schema.sql").write_text(SCHEMA)
    for model in load_models():
        if model.schema != "marts":
            continue
        text = model.path.read_text(encoding="utf-8")
        for schema, table in model.depends_on:
            if schema == "marts":
                text = _with_reference(text, table)
        (folder / "models" / f"{model.name}.sql").write_text(text)


def _with_reference(text: str, table: str) -> str:
    """``marts.x`` as dbt names it, outside of comments."""
    lines = text.splitlines(keepends=True)
    named = f"marts.{table}"
    return "".join(
        line
        if line.lstrip().startswith("--")
        else _replaced(line, named, "{{ ref('" + table + "') }}")
        for line in lines
    )


def _replaced(line: str, named: str, by: str) -> str:
    """Replace a whole name: what goes on after it is another table's."""
    before, found, after = line.partition(named)
    if not found:
        return line
    goes_on = after[:1].isalnum() or after[:1] == "_"
    return before + (found if goes_on else by) + _replaced(after, named, by)
