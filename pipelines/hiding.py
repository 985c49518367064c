"""What decides which numbers of the outcome tables are hidden: found, written, read again."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipelines.outcomes.people import people_of
from pipelines.outcomes.results import ComparisonSpec, Measure
from pipelines.privacy.cells import hidden_cells
from pipelines.privacy.groups import Floor
from pipelines.privacy.lattice import WHOLE
from pipelines.privacy.suppression import Hiding
from pipelines.settings import Settings
from pipelines.warehouse import Connection, fetch

HIDDEN_CELL = "hidden_cell"
"""The private table of `outcomes` that keeps the cells to hide."""


def find_hiding(
    episodes: pl.DataFrame,
    values: pl.DataFrame,
    measures: Iterable[Measure],
    spec: ComparisonSpec,
    comparison: pl.DataFrame,
) -> Hiding:
    """Find the cells of the comparison to hide, from the people behind them."""
    cells = hidden_cells(
        people_of(episodes, spec.arm_a, spec.arm_b),
        values,
        measures,
        comparison.filter(pl.col("design") != "training_rollout"),
        Floor(spec.min_group, spec.min_coaches),
    )
    return Hiding(spec.min_group, spec.horizon_days, cells, _n_people(comparison))


def read_hiding(con: Connection, settings: Settings, *, is_complementary: bool = True) -> Hiding:
    """Read what `find_hiding` found at this refresh.

    Without ``is_complementary`` only what is dangerous by itself is hidden; that is for tests,
    which show what a reader could work out then.
    """
    hiding = Hiding(
        settings.privacy.min_group,
        settings.comparison.horizon_days,
        fetch(con, f"select * from outcomes.{HIDDEN_CELL}"),
        _n_people(fetch(con, "select * from outcomes.comparison")),
    )
    return hiding if is_complementary else hiding.without_complementary()


def _n_people(comparison: pl.DataFrame) -> dict[str, int]:
    """Return the people of both arms that each outcome is about, nobody weighted or left out."""
    counted = comparison.filter(design="unadjusted", segment=WHOLE).select(
        "outcome", n=pl.col("n_people_a") + pl.col("n_people_b")
    )
    return dict(counted.drop_nulls().unique().iter_rows())
