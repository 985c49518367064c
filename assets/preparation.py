"""What the models need beside the landing files: the settings as a table, and the pseudonyms."""

from __future__ import annotations

import dagster as dg

from assets.resources import RefreshResource
from pipelines.contracts.model import load_contracts
from pipelines.preparation import write_pseudonyms, write_study_setting

STAGED = [dg.AssetKey(["staging", source.name]) for source in load_contracts().sources]


@dg.asset(key=["staging", "study_setting"], deps=STAGED, group_name="staging", kinds={"duckdb"})
def study_setting(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """One row: the two kinds of coaching that are compared, and the last day of data."""
    with refresh.connect() as con:
        setting = write_study_setting(con, refresh.settings, refresh.today)
    metadata = {name: str(value) for name, value in setting.row(0, named=True).items()}
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(key=["staging", "pseudonym"], deps=STAGED, group_name="staging", kinds={"duckdb"})
def pseudonym(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """One row per person who is named anywhere: the identifier and the key that stands for it."""
    with refresh.connect() as con:
        n_people = write_pseudonyms(con, refresh.workspace.pseudonym_key_file)
    return dg.MaterializeResult(metadata={"dagster/row_count": n_people})


preparation_assets = [study_setting, pseudonym]
