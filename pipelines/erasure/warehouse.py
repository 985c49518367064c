"""Erased people out of the warehouse: their rows, what was made of them, and the file's old blocks.

What a refresh makes anew is dropped as a whole: whatever is computed from a person goes with it.
What outlasts a refresh (the ledger, `meta`) loses the rows that carry the
person's identifier or pseudonym, whichever table and column they stand in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.contracts.sources import PERSON_COLUMNS, load_contracts
from pipelines.core.kept import forget_all
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_models import load_models
from pipelines.core.sql_text import Expression, identifier
from pipelines.core.table_changes import clear_table, drop_table, drop_views, empty_schema
from pipelines.core.warehouse import (
    Connection,
    fetch_value,
    has_table,
    tables_with_columns,
    transaction,
)
from pipelines.disclosure.cut_record import request_cut
from pipelines.erasure.raw_store import changes, clear_ledger, put_in_place
from pipelines.ingest.load import staging_upsert
from pipelines.ingest.load.erased_aliases import note_staged
from pipelines.personal_data.erased_people import Erased
from pipelines.personal_data.pseudonym_table import PSEUDONYM_TABLE

MADE_ANEW = ("staging", "marts", "outcomes", "quality", "release")
"""Schemas that a refresh fills from raw, the ledger and the settings alone."""
COMPUTED = ("staging", "marts", "outcomes")


def known_identifiers(con: Connection) -> set[str]:
    """The identifiers of everybody whom the last refresh had."""
    if not has_table(con, PSEUDONYM_TABLE):
        return set()
    known = statement("erasure/known_identifiers", pseudonyms=PSEUDONYM_TABLE)
    return {name for (name,) in con.execute(known).fetchall()}


def pseudonyms_of(con: Connection, identifiers: Sequence[str]) -> list[str]:
    """What the last refresh called these people, whatever the key is by now."""
    if not has_table(con, PSEUDONYM_TABLE):
        return []
    query = statement("erasure/pseudonyms_of", pseudonyms=PSEUDONYM_TABLE)
    found = con.execute(query, {"people": list(identifiers)})
    return [key for (key,) in found.fetchall()]


def count_rows(con: Connection, people: Sequence[str]) -> dict[str, int]:
    """How many rows of each schema are about these people; ``people`` has identifiers and keys."""
    counts: dict[str, int] = {}
    for table, columns in _person_columns(con).items():
        is_named = " or ".join(
            f"list_contains($people::varchar[], {identifier(name)})" for name in columns
        )
        query = statement("erasure/n_rows_of", table=table, is_named=Expression(is_named))
        n_rows = fetch_value(con, query, {"people": list(people)})
        schema = table.partition(".")[0]
        counts[schema] = counts.get(schema, 0) + int(n_rows)
    return {schema: n_rows for schema, n_rows in counts.items() if n_rows}


def erase_rows(con: Connection, erased: Erased, people: Sequence[str], raw: RawPath) -> None:
    """Forget everything about erased people, in one transaction.

    The next refresh makes every comparison anew: an old one would still have them in it.
    """
    with transaction(con):
        note_staged(con, erased)
        for source in load_contracts().landing:
            for change in changes(con, source, raw / source.name, erased):
                put_in_place(con, raw / source.name, change)
            staging_upsert.forget(con, source)
        clear_ledger(con, erased)
        _delete_rows(con, people)
        request_cut(con, "erasure")
        drop_what_is_made_anew(con)


def drop_what_is_made_anew(con: Connection) -> None:
    """Leave what a refresh can't make again: the ledger and what was released."""
    for schema in (*MADE_ANEW, "raw"):
        drop_views(con, schema)
    clear_table(con, "ledger.raw_view")
    for schema in MADE_ANEW:
        empty_schema(con, schema)


def drop_what_was_computed(con: Connection) -> None:
    """Drop everything but raw, the ledger, the staged sources and what was released.

    The rest is computed from them, at a cut. Lookup tables stay: nobody is in them, and tonight's
    may be made already.
    """
    request_cut(con, "age")
    forget_all(con)
    sources = {f"staging.{source.name}" for source in load_contracts().landing}
    sources |= {".".join(model.table) for model in load_models() if not model.depends_on}
    for table in tables_with_columns(con):
        if table.partition(".")[0] in COMPUTED and table not in sources:
            drop_table(con, table)


def _delete_rows(con: Connection, people: Iterable[str]) -> None:
    forget_all(con)
    named = {"people": list(people)}
    for table, columns in _person_columns(con).items():
        if table.partition(".")[0] in MADE_ANEW:
            continue
        for name in columns:
            con.execute(statement("erasure/delete_rows_of", table=table, column=[name]), named)


def _person_columns(con: Connection) -> dict[str, list[str]]:
    """The columns of every table that may name a person: texts called so, and every key."""
    found = {
        table: [
            name
            for name, kind in columns.items()
            if kind == "VARCHAR" and (name in PERSON_COLUMNS or name.endswith("_key"))
        ]
        for table, columns in tables_with_columns(con).items()
    }
    return {table: names for table, names in found.items() if names}
