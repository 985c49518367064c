"""`staging.pseudonym`: in come the identifiers of every staged source, out goes a key for each."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.contracts.sources import PERSON_COLUMNS, load_contracts
from pipelines.core.kept import basis_of, may_stand, noted_as_made
from pipelines.core.queries import statement
from pipelines.core.warehouse import (
    Connection,
    count_rows,
    fetch,
    has_table,
    read_table,
    tables_with_columns,
    transaction,
    write,
)
from pipelines.personal_data.pseudonyms import load_key, pseudonym, pseudonym_table

PSEUDONYM_TABLE = "staging.pseudonym"
RENAMED = "ledger.renamed"
"""Stands from when people have other pseudonyms until the file has no old ones in its blocks."""
NAMED_ANEW = ("staging", "raw")
"""Schemas that have no pseudonyms of an earlier refresh when this one begins."""


def write_pseudonyms(con: Connection, key_file: Path) -> int:
    """Write `staging.pseudonym` for every identifier of a person in any source.

    Where neither the people nor the key changed, the table stands. Where the key is another one
    than last time, what the last refresh left under the old pseudonyms follows. The key comes from
    the environment or from ``key_file``. Returns the number of people.
    """
    key, sources = load_key(key_file), [source.name for source in load_contracts().sources]
    by_key = pseudonym(key, "")
    basis = basis_of(con, by_key, [f"staging.{name}" for name in sources], sources)
    if may_stand(con, PSEUDONYM_TABLE, basis):
        return count_rows(con, PSEUDONYM_TABLE)
    selects = " union ".join(
        statement("loading/identifiers", column=[column.name], staged=f"staging.{source.name}")
        for source in load_contracts().sources
        for column in source.columns
        if column.name in PERSON_COLUMNS
    )
    identifiers = {*fetch(con, selects)["identifier"].drop_nulls()}
    if _has_all(con, identifiers) and not has_new_key(con, key_file):
        with noted_as_made(con, PSEUDONYM_TABLE, basis):
            return len(identifiers)
    table = pseudonym_table(key, identifiers)
    with transaction(con), noted_as_made(con, PSEUDONYM_TABLE, basis):
        follow_new_pseudonyms(con, table)
        write(con, PSEUDONYM_TABLE, table)
    return table.height


def _has_all(con: Connection, identifiers: set[str]) -> bool:
    """Whether the table has these people and no others."""
    if not has_table(con, PSEUDONYM_TABLE):
        return False
    return {*read_table(con, PSEUDONYM_TABLE)["employee_id"]} == identifiers


def has_new_key(con: Connection, key_file: Path) -> bool:
    """Whether people have other pseudonyms in the warehouse than they would get now."""
    if not has_table(con, PSEUDONYM_TABLE):
        return False
    before = fetch(con, statement("loading/first_row", table=PSEUDONYM_TABLE)).rows(named=True)
    key = load_key(key_file)
    return any(pseudonym(key, row["employee_id"]) != row["person_key"] for row in before)


def follow_new_pseudonyms(con: Connection, pseudonyms: pl.DataFrame) -> int:
    """Let what outlasts a refresh have tonight's pseudonyms; returns how many people have new ones.

    ``pseudonyms`` has employee_id and person_key. What the last refresh called people stands in
    `staging.pseudonym` until it is written anew, so neither the old key nor the new one is needed.
    """
    tables = tables_with_columns(con)
    if PSEUDONYM_TABLE not in tables:
        return 0
    before = read_table(con, PSEUDONYM_TABLE).rename({"person_key": "old_key"})
    renamed = before.join(pseudonyms, on="employee_id").filter(
        pl.col("old_key") != pl.col("person_key")
    )
    if renamed.height:
        con.register("_renamed", renamed.to_arrow())
        for table, columns in tables.items():
            for name in columns:
                if name.endswith("_key") and table.partition(".")[0] not in NAMED_ANEW:
                    con.execute(statement("loading/follow_pseudonym", table=table, key=[name]))
        con.unregister("_renamed")
        con.execute(statement("loading/renamed", renamed=RENAMED))
    return renamed.height
