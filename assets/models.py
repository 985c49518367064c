"""One factory over ``sql/marts/``: the file is the table and the asset key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from assets.resources import RefreshResource
from assets.retention import after_sweep
from assets.table_facts import code_version_of, data_version_of, made, text_of
from pipelines.config.settings import Settings
from pipelines.contracts.computed import NIGHTLY
from pipelines.contracts.sources import load_contracts
from pipelines.core.kept import KEPT, basis_of, may_stand, noted_as_made
from pipelines.core.sql_models import SqlModel, load_models, tables_read_by
from pipelines.core.warehouse import Connection
from pipelines.disclosure.cut_record import is_cut

WITH_ASSETS = ("raw", "staging", "marts", "quality", "outcomes")
"""Schemas whose tables are assets; `ledger` and `meta` are written beside these."""
OF_THE_LEDGER = (("quality", "ingested_file"), ("quality", "quarantine_summary"))
"""Views of the ledger, which every source's asset writes: no asset of their own."""
KEPT_SINCE_CUT = {"stands": "since the last cut; comparisons are made anew at the next one"}


def read_by(reader: str) -> list[dg.AssetKey]:
    """What the queries in ``sql/analysis/<reader>/`` read, as their text says."""
    return after_sweep(
        dg.AssetKey(list(table))
        for table in tables_read_by(reader)
        if table[0] in WITH_ASSETS and table not in OF_THE_LEDGER
    )


def results_of(
    tables: Iterable[str], n_rows: Mapping[str, int]
) -> Iterator[dg.MaterializeResult[None]]:
    """What was made tonight of some tables of outcomes, or that it stands."""
    for table in tables:
        made = {"dagster/row_count": n_rows[table]} if table in n_rows else KEPT_SINCE_CUT
        yield dg.MaterializeResult(asset_key=["outcomes", table], metadata=made)


def model_asset(model: SqlModel) -> dg.AssetsDefinition:
    """The asset that rebuilds one table from its ``.sql`` file; dependencies come from the SQL."""

    @dg.asset(
        key=[model.schema, model.name],
        deps=after_sweep(dg.AssetKey(list(table)) for table in model.depends_on),
        group_name=model.schema,
        kinds={"sql", "duckdb"},
        description=text_of(model.path),
        code_version=code_version_of(model.path),
    )
    def build(refresh: RefreshResource) -> dg.MaterializeResult[None]:
        table = f"{model.schema}.{model.name}"
        with refresh.connect() as con:
            if _is_kept_since_cut(con, model):
                return dg.MaterializeResult(
                    metadata=KEPT_SINCE_CUT, data_version=data_version_of(con, table)
                )
            basis = _basis(con, model, refresh.settings)
            if may_stand(con, table, basis):
                return dg.MaterializeResult(metadata=KEPT, data_version=data_version_of(con, table))
            with noted_as_made(con, table, basis):
                refresh.engine.build(con, model)
            return dg.MaterializeResult(**made(con, table))

    return build


def _basis(con: Connection, model: SqlModel, settings: Settings) -> str:
    """A fingerprint of what a model is made from: its text, what it reads, and how arms are called.

    By the names of the arms sessions are called as one is that is written otherwise.
    """
    arms = settings.comparison.arm_a, settings.comparison.arm_b
    text = f"{model.path.read_text(encoding='utf-8')}\0{arms}"
    sources = [source.name for source in load_contracts().sources]
    return basis_of(con, text, map(".".join, model.depends_on), sources)


def _is_kept_since_cut(con: Connection, model: SqlModel) -> bool:
    """Whether a table belongs to the comparison, and tonight's stays the last cut's.

    A lookup table depends on nothing, so it may be reached before tonight's plan is made: it is
    always built.
    """
    return bool(model.depends_on) and f"{model.schema}.{model.name}" != NIGHTLY and not is_cut(con)


model_assets = [model_asset(model) for model in load_models() if model.schema == "marts"]
