"""What the models need beside the landing files: settings, pseudonyms, survey scores."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.checks import as_dagster
from assets.models import KEPT_SINCE_CUT
from assets.resources import RefreshResource
from assets.retention import RETENTION, SET_ASIDE, STAGED, after_sweep
from pipelines.analysis.study_checks import STUDY_CHECKS, check_study
from pipelines.analysis.study_setting import write_study_setting
from pipelines.analysis.survey_checks import ANSWER_CHECKS, check_fatigue_scores, last_answer_checks
from pipelines.analysis.survey_scores import (
    SCORE_TABLE,
    SCORE_TABLES,
    SOURCE,
    is_scored,
    write_fatigue_scores,
)
from pipelines.core.check_results import CheckResult
from pipelines.core.table_changes import drop_table
from pipelines.core.warehouse import has_table
from pipelines.disclosure.cut_record import is_cut
from pipelines.personal_data.pseudonym_table import RENAMED, has_new_key, write_pseudonyms
from pipelines.release.versions import forget_publications


@dg.multi_asset(
    name="study_setting",
    specs=[
        dg.AssetSpec(
            ["staging", "study_setting"],
            deps=after_sweep(STAGED),
            group_name="staging",
            kinds={"duckdb"},
            description="One row: the two kinds of coaching that are compared, and the last day.",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(name, asset=["staging", "study_setting"], description=description)
        for name, description in STUDY_CHECKS.items()
    ],
)
def study_setting(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """One row: the two kinds of coaching that are compared, and the last day of data."""
    with refresh.connect() as con:
        setting = write_study_setting(con, refresh.settings, refresh.today)
        refresh.check_compares(con)
        refresh.note_planned(con)
        checks = check_study(con, refresh.settings)
    metadata = {name: str(value) for name, value in setting.row(0, named=True).items()}
    yield dg.MaterializeResult(
        asset_key=["staging", "study_setting"],
        metadata=metadata,
        check_results=[_as_dagster(each) for each in checks],
    )


@dg.asset(
    key=["staging", "pseudonym"], deps=after_sweep(STAGED), group_name="staging", kinds={"duckdb"}
)
def pseudonym(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """One row per person who is named anywhere: the identifier and the key that stands for it."""
    workspace = refresh.workspace
    with refresh.connect() as con:
        if has_new_key(con, workspace.pseudonym_key_file):
            forget_publications(workspace)
        n_people = write_pseudonyms(con, workspace.pseudonym_key_file)
        is_worn = has_table(con, RENAMED)
    if is_worn:
        refresh.rewrite_warehouse()
        with refresh.connect() as con:
            drop_table(con, RENAMED)
    return dg.MaterializeResult(metadata={"dagster/row_count": n_people})


@dg.multi_asset(
    name="fatigue_scores",
    specs=[
        dg.AssetSpec(
            table.split("."),
            deps=[["staging", SOURCE], ["staging", "study_setting"], RETENTION, SET_ASIDE],
            group_name=table.split(".")[0],
            kinds={"python"},
            description=description,
        )
        for table, description in SCORE_TABLES.items()
    ],
    check_specs=[
        dg.AssetCheckSpec(check.name, asset=SCORE_TABLE.split("."), description=check.description)
        for check in ANSWER_CHECKS
    ],
)
def fatigue_scores(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """Questionnaires scored from their items; what can't be scored is named.

    Scores stand where no answer came in since, unless comparisons are made tonight.
    """
    with refresh.connect() as con:
        if is_scored(con) and not is_cut(con):
            results, made = last_answer_checks(con), dict(KEPT_SINCE_CUT)
        else:
            scored = write_fatigue_scores(con)
            results = check_fatigue_scores(con, scored)
            made = {"n_responses": str(scored.responses.height)}
    for table in SCORE_TABLES:
        yield dg.MaterializeResult(
            asset_key=table.split("."),
            metadata=made,
            check_results=[_as_dagster(each) for each in results] if table == SCORE_TABLE else [],
        )


def _as_dagster(result: CheckResult) -> dg.AssetCheckResult:
    return as_dagster(result, dg.AssetKey(result.table_name.split(".")))


preparation_assets = [study_setting, pseudonym, fatigue_scores]
