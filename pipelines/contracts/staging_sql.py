"""The staging models as SQL text, one per source, written from the contracts."""

from __future__ import annotations

from pathlib import Path

from pipelines.contracts import casts
from pipelines.contracts.sources import Column, Contracts, Source

STAGING_FOLDER = Path(__file__).resolve().parents[2] / "sql" / "staging"
INDENT = "    "
LINE_LENGTH = 100


def staging_models(contracts: Contracts) -> dict[Path, str]:
    """The path and the text of every staging model."""
    return {
        STAGING_FOLDER / f"{source.name}.sql": staging_sql(source) for source in contracts.landing
    }


def staging_sql(source: Source) -> str:
    """One staging model: clean, cast, newest row per key, deleted keys left out; nothing else."""
    landed = [
        *(f"{casts.clean(column.name)} as {column.name}" for column in source.columns),
        *_landing_columns(source),
        "is_tombstone",
    ]
    typed = [
        *(_typed(column) for column in source.columns),
        *_landing_columns(source),
        "is_tombstone",
    ]
    standing = [*source.column_names, *_landing_columns(source)]
    key = ", ".join(source.key)
    return f"""-- staging.{source.name}: one row per {source.grain} ({key}).
-- {source.description}
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        {_listed(landed)}
    from raw.{source.name}
    where not is_quarantined
),

typed as (
    select
        {_listed(typed)}
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by {key}
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        {_listed(standing)}
    from newest
    where not is_tombstone
)

select * from standing
"""


def _landing_columns(source: Source) -> list[str]:
    return [*(["extra"] if source.keeps_extra else []), "file_id", "line_number"]


def _typed(column: Column) -> str:
    if column.type == "text":
        return column.name
    expression = casts.cast(column, column.name)
    line = f"{expression} as {column.name}"
    if len(line) + 2 * len(INDENT) < LINE_LENGTH:
        return line
    inner = 3 * INDENT
    broken = expression.replace(" when ", f"\n{inner}when ").replace(" end", f"\n{2 * INDENT}end")
    return broken.replace(" then ", f"\n{inner}{INDENT}then ") + f" as {column.name}"


def _listed(expressions: list[str]) -> str:
    return f",\n{2 * INDENT}".join(expressions)
