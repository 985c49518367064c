"""`outcomes/*`: the comparison of the two kinds of coaching."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.resources import RefreshResource
from pipelines.estimation import (
    ESTIMATE_TABLES,
    write_estimates,
    write_trial_flow,
)
from pipelines.estimation_claims import CLAIM_MARTS, CLAIM_TABLES, write_claims


@dg.multi_asset(
    name="estimates",
    specs=[
        dg.AssetSpec(
            ["outcomes", table],
            deps=[
                ["marts", "trial_candidate"],
                ["marts", "coaching_episode"],
                ["marts", "episode_outcome"],
                ["marts", "coaching_session"],
                ["marts", "trial_month"],
                ["marts", "coach_month"],
                ["staging", "study_setting"],
                ["quality", "outcome_grade"],
                ["quality", "part_grade"],
            ],
            group_name="outcomes",
            kinds={"python"},
            description=description,
        )
        for table, description in ESTIMATE_TABLES.items()
    ],
)
def estimates(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """Every outcome under every design, with curves, diagnostics and sensitivity."""
    with refresh.connect() as con:
        n_rows = write_estimates(con, refresh.settings)
    for table, n_table_rows in n_rows.items():
        yield dg.MaterializeResult(
            asset_key=["outcomes", table], metadata={"dagster/row_count": n_table_rows}
        )


@dg.asset(
    key=["outcomes", "trial_flow"],
    deps=[["marts", "trial_candidate"]],
    group_name="outcomes",
    kinds={"python"},
)
def trial_flow(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """How many people stood at each step from roster to analysis, and why the rest left."""
    with refresh.connect() as con:
        n_steps = write_trial_flow(con)
    return dg.MaterializeResult(metadata={"dagster/row_count": n_steps})


@dg.multi_asset(
    name="claims",
    specs=[
        dg.AssetSpec(
            ["outcomes", table],
            deps=[
                *(["marts", mart] for mart in CLAIM_MARTS),
                ["outcomes", "comparison"],
                ["outcomes", "worth"],
                ["staging", "study_setting"],
                ["quality", "outcome_grade"],
                ["quality", "part_grade"],
                ["quality", "instrument_scale"],
            ],
            group_name="outcomes",
            kinds={"python"},
            description=description,
        )
        for table, description in CLAIM_TABLES.items()
    ],
)
def claims(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """The claim register: each claim, every estimate that tests it, and today's verdict."""
    with refresh.connect() as con:
        n_rows = write_claims(con, refresh.settings)
    for table, n_table_rows in n_rows.items():
        yield dg.MaterializeResult(
            asset_key=["outcomes", table], metadata={"dagster/row_count": n_table_rows}
        )


estimate_assets = [estimates, trial_flow, claims]
