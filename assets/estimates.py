"""`outcomes/*`: the comparison of the two kinds of coaching, made at a cut and standing between.

What estimates is imported where it runs: a night between cuts needs none of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.models import KEPT_SINCE_CUT, read_by, results_of
from assets.resources import RefreshResource
from pipelines.contracts.computed import CLAIM_TABLES, ESTIMATE_TABLES, TREND_TABLES
from pipelines.disclosure.cut_record import is_cut


@dg.multi_asset(
    name="estimates",
    specs=[
        dg.AssetSpec(
            ["outcomes", table],
            deps=[
                *read_by("estimates"),
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
        if is_cut(con):
            from pipelines.analysis.comparison import write_estimates

            n_rows = write_estimates(con, refresh.settings)
        else:
            n_rows = {}
    yield from results_of(ESTIMATE_TABLES, n_rows)


@dg.asset(
    key=["outcomes", "trial_flow"],
    deps=sorted({*read_by("trial_flow"), *read_by("estimates")}),
    group_name="outcomes",
    kinds={"python"},
)
def trial_flow(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """How many were left at each step from roster to analysis, and why others dropped out."""
    with refresh.connect() as con:
        if not is_cut(con):
            return dg.MaterializeResult(metadata=KEPT_SINCE_CUT)
        from pipelines.analysis.comparison import write_trial_flow

        n_steps = write_trial_flow(con, refresh.settings)
    return dg.MaterializeResult(metadata={"dagster/row_count": n_steps})


@dg.multi_asset(
    name="trend",
    specs=[
        dg.AssetSpec(
            ["outcomes", table],
            deps=[
                ["marts", each] for each in ("dim_month", "all_month", "site_month", "arm_month")
            ],
            group_name="outcomes",
            kinds={"python"},
            description=description,
        )
        for table, description in TREND_TABLES.items()
    ],
)
def trend(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """What is usual from month to month, and the map of leaving by site."""
    with refresh.connect() as con:
        if is_cut(con):
            from pipelines.analysis.trend import write_trend

            n_rows = write_trend(con, refresh.settings)
        else:
            n_rows = {}
    yield from results_of(TREND_TABLES, n_rows)


@dg.multi_asset(
    name="claims",
    specs=[
        dg.AssetSpec(
            ["outcomes", table],
            deps=[
                *read_by("claims"),
                ["outcomes", "comparison"],
                ["outcomes", "worth"],
                ["quality", "outcome_grade"],
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
        if is_cut(con):
            from pipelines.analysis.claims import write_claims

            n_rows = write_claims(con, refresh.settings)
        else:
            n_rows = {}
    yield from results_of(CLAIM_TABLES, n_rows)


estimate_assets = [estimates, trial_flow, trend, claims]
