"""From the private tables to ``release.*``: every rule applied, in the one place that does.

The decision (who is shown) stands in `outcomes.comparison`; here it is carried out.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.config.settings import Settings
from pipelines.contracts.tables import load_metrics, load_tables
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED, TOO_EARLY
from pipelines.core.warehouse import Connection, read_table, tables_with_columns, transaction, write
from pipelines.disclosure.carried_over import (
    Released,
    asked_for,
    leavers_of,
    noted_before,
    with_carried_over,
)
from pipelines.disclosure.check import check_release
from pipelines.disclosure.comparison import is_few_so_far, released_comparison, released_curve
from pipelines.disclosure.confidentiality import KINDS_OF_EXIT, Protection
from pipelines.disclosure.cut_record import read_plan
from pipelines.disclosure.tables import RULES, release_context
from pipelines.estimators.conclusions import (
    CONCLUDED_OF_COMPARISON,
    CONCLUDED_OF_CURVES,
    conclusions,
    with_credibility,
)
from pipelines.estimators.results import ALL_PEOPLE

LEAVERS = "disclosure.leavers"
"""How many had left behind the current figures about kinds of exit; see `carried_over`."""
COMPARISON, CURVE = "outcomes.comparison", "outcomes.retention_curve"


def write_released_tables(con: Connection, settings: Settings) -> None:
    """Write every released table, and the leavers behind figures carried over, in one go."""
    protection = Protection.of(settings.privacy)
    decided = read_table(con, COMPARISON)
    cut = released_cut(con, decided, settings)
    release = release_context(decided, protection)
    tables = {COMPARISON: cut.comparison, CURVE: cut.curve} | {
        table: rule(read_table(con, table), release) for table, rule in RULES.items()
    }
    tables[COMPARISON] = with_credibility(
        cut.comparison, tables["outcomes.credibility"], tables["outcomes.anytime_interval"]
    )
    conclude = conclusions(_lower_is_better())
    shown = {
        table: _published_columns(conclude[table](frame) if table in conclude else frame, table)
        for table, frame in tables.items()
    }
    check_release(shown, protection)
    with transaction(con):
        for table, frame in shown.items():
            write(con, f"release.{table.partition('.')[2]}", frame)
        write(con, LEAVERS, cut.leavers)


def released_cut(con: Connection, decided: pl.DataFrame, settings: Settings) -> Released:
    """Return the comparison and its curves as they are released, figures carried over among them.

    The last cut's figures stand in ``release``; an erasure lets none of them stand.
    """
    protection = Protection.of(settings.privacy)
    plan, asked = read_plan(con), asked_for(settings)
    until = pl.lit(plan.comparison_until)
    tonight = Released(
        released_comparison(decided, protection).with_columns(data_until=until),
        _curve(con, decided, settings, protection).with_columns(data_until=until),
        leavers_of(decided, asked),
    )
    before = None if plan.cause == "erasure" else _released_before(con, asked)
    if protection.is_exit_kind_open or not protection.grid:
        return tonight
    by_command = plan.cause == "command"
    return with_carried_over(tonight, before, protection, by_command=by_command)


def _curve(
    con: Connection, decided: pl.DataFrame, settings: Settings, protection: Protection
) -> pl.DataFrame:
    kinds = decided.filter(
        pl.col("outcome").is_in(KINDS_OF_EXIT),
        pl.col("design") == "unadjusted",
        pl.col("segment") == ALL_PEOPLE,
        ~pl.col("status").is_in([SUPPRESSED, NO_DATA]),
    )
    told = kinds.filter(pl.col("status") == SHOWN)["horizon_days"].to_list()
    early = kinds.filter(pl.col("status") == TOO_EARLY)["horizon_days"].unique().to_list()
    horizons = sorted(set(settings.comparison.horizon_days) & set(told))
    is_shown = release_context(decided, protection).is_everybody_shown
    are_kinds_shown = any(
        row["status"] != TOO_EARLY or not is_few_so_far(row, protection)
        for row in kinds.iter_rows(named=True)
    )
    curve = read_table(con, CURVE)
    return released_curve(
        curve, tuple(horizons), protection, is_shown, are_kinds_shown, tuple(early)
    )


def _released_before(con: Connection, asked: str) -> Released | None:
    """Return the last cut's figures; what was concluded of them is concluded anew."""
    tables = tables_with_columns(con)
    names = ("release.comparison", "release.retention_curve", LEAVERS)
    if not all(name in tables for name in names):
        return None
    comparison, curve, leavers = (read_table(con, name) for name in names)
    return Released(
        comparison.drop(CONCLUDED_OF_COMPARISON, strict=False),
        curve.drop(CONCLUDED_OF_CURVES, strict=False),
        noted_before(leavers, asked),
    )


def _lower_is_better() -> frozenset[str]:
    return frozenset(
        metric.outcome for metric in load_metrics() if metric.direction == "lower_is_better"
    )


def _published_columns(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Only columns of the contract leave; a rule's helper columns stay."""
    listed: Mapping[str, list[str]] = {
        each.full_name: [column.name for column in each.columns] for each in load_tables()
    }
    return frame.select(listed[table])
