"""What is coded in coaching sessions: how far it can be relied on, and what it shows.

Made at a cut, like everything that comparisons are made of; see `assets.estimates`.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.models import KEPT_SINCE_CUT, read_by, results_of
from assets.resources import RefreshResource
from pipelines.contracts.computed import PRACTICE_TABLES
from pipelines.disclosure.cut_record import is_cut


@dg.asset(
    key=["quality", "style_agreement"],
    deps=read_by("style_agreement"),
    group_name="quality",
    kinds={"python"},
)
def style_agreement(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """How often the label of a session and its coded behaviours say the same."""
    with refresh.connect() as con:
        if not is_cut(con):
            return dg.MaterializeResult(metadata=KEPT_SINCE_CUT)
        from pipelines.analysis.rater_agreement import write_style_agreement

        n_rows = write_style_agreement(con)
    return dg.MaterializeResult(metadata={"dagster/row_count": n_rows})


@dg.asset(
    key=["quality", "rater_agreement"],
    deps=[["raw", "coaching_sessions"], *read_by("rater_agreement")],
    group_name="quality",
    kinds={"python"},
)
def rater_agreement(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """How far raters who coded the same session agree, behaviour by behaviour."""
    with refresh.connect() as con:
        if not is_cut(con):
            return dg.MaterializeResult(metadata=KEPT_SINCE_CUT)
        from pipelines.analysis.rater_agreement import write_rater_agreement

        n_rows = write_rater_agreement(con)
    return dg.MaterializeResult(metadata={"dagster/row_count": n_rows})


@dg.multi_asset(
    name="coaching_practice",
    specs=[
        dg.AssetSpec(
            ["outcomes", table],
            deps=read_by("practice"),
            group_name="outcomes",
            kinds={"python"},
            description=description,
        )
        for table, description in PRACTICE_TABLES.items()
    ],
)
def coaching_practice(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """What is done in sessions of the two kinds, how coaches divide, and who was trained."""
    with refresh.connect() as con:
        if is_cut(con):
            from pipelines.analysis.coaching_practice import write_coaching_practice

            n_rows = write_coaching_practice(con, refresh.settings)
        else:
            n_rows = {}
    yield from results_of(PRACTICE_TABLES, n_rows)


measurement_assets = [style_agreement, rater_agreement, coaching_practice]
