"""One bad row in a hundred, of over twenty kinds: found exactly, and no figure moves with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.core.workspace import Workspace
from pipelines.simulation import SampleConfig, simulate
from pipelines.simulation.centre import SampleWorld
from tests.integration.direct import publish
from tests.integration.refreshing import EXACT, private, published
from tests.integration.spoiling import IRREPLACEABLE, SHARE, Spoiled, write_spoiled

pytestmark = pytest.mark.slow  # which rows go back: tests/unit/ingest/test_recount.py

ROW = ["outcome", "horizon_days", "design", "estimand", "segment", "segment_value"]
EXITS = ("voluntary_exit", "involuntary_exit", "any_exit")
MAIN_DESIGNS = ("unadjusted", "weighted", "doubly_robust")
MAX_SHIFT = 0.05
"""Of the interval's width: what one bad row in a hundred may move an estimate by."""

MAX_SHIFT_OF_LOST_ROWS = 0.1
"""Where the good rows themselves are gone, for estimates that are read from them.

Those are all outcomes but the exits, and the designs that rest more heavily on each month's
performance and absence.

A hundredth of the data less moves an estimate by 0.1 standard errors (root of 0.01) by chance
alone, a fortieth of the interval; this is four times as much.
"""

Centres = tuple[Workspace, Workspace, Spoiled]


@pytest.fixture(scope="module")
def world() -> SampleWorld:
    """A contact centre as it is before anything is spoiled."""
    return simulate(SampleConfig(n_agents=600, months=15, seed=11))


def _refreshed(folder: Path, world: SampleWorld, share: float, **where: Any) -> Any:
    workspace = Workspace(folder)
    spoiled = write_spoiled(world, workspace.landing, share=share, seed=5, **where)
    workspace.settings_file.write_text(EXACT)
    return publish(workspace), spoiled


@pytest.fixture(scope="module")
def centres(world: SampleWorld, tmp_path_factory: pytest.TempPathFactory) -> Centres:
    """The same contact centre delivered clean, and with spoiled rows beside the good ones."""
    clean, nothing = _refreshed(tmp_path_factory.mktemp("clean"), world, 0.0)
    assert not nothing.rows
    return clean, *_refreshed(tmp_path_factory.mktemp("bad"), world, SHARE)


def test_exactly_the_spoiled_rows_are_quarantined(
    centres: Centres,
) -> None:
    clean, bad, spoiled = centres
    query = "select source, line_number, rule, column_name from ledger.rejected_cell"
    assert private(clean, query).is_empty()
    found = set(private(bad, query).iter_rows())
    assert spoiled.n_kinds >= 20
    assert len(spoiled.rows) > 500
    assert found - spoiled.rows == set(), "precision"
    assert spoiled.rows - found == set(), "recall"
    files = published(bad, "select source, n_quarantined, n_rows = n_accepted + n_quarantined "
                           "+ n_superseded + n_skipped + n_set_aside as adds_up "
                           "from quality.ingested_file")  # fmt: skip
    for source, n_quarantined, adds_up in files.iter_rows():
        assert n_quarantined == sum(row[0] == source for row in spoiled.rows)
        assert adds_up


def _shifts(before: Workspace, after: Workspace, where: str = "true") -> pl.DataFrame:
    """By how much of its interval's width each estimate differs between two publications."""
    query = f"select * from outcomes.comparison where estimate is not null and {where}"
    was, now = published(before, query), published(after, query)
    both = was.join(now, on=ROW, suffix="_after")
    assert both.height == was.height == now.height > 30
    width = pl.col("conf_high") - pl.col("conf_low")
    change = (pl.col("estimate_after") - pl.col("estimate")).abs()
    return both.select(*ROW, shift=change / width).sort("shift", descending=True)


def test_no_estimate_moves_by_spoiled_rows_beside_the_good_ones(centres: Centres) -> None:
    clean, bad, _ = centres
    assert _shifts(clean, bad)["shift"].max() < MAX_SHIFT / 1000


def test_estimates_hardly_move_where_good_rows_are_lost(
    centres: Centres, world: SampleWorld, tmp_path: Path
) -> None:
    clean, _, _ = centres
    lost, spoiled = _refreshed(tmp_path, world, SHARE, beside=IRREPLACEABLE)
    assert spoiled.n_kinds >= 20
    # A part of the workforce may fall under a threshold with the row it loses.
    shifts = _shifts(clean, lost, "segment = 'all'")
    from_kept_rows = pl.col("outcome").is_in(EXITS) & pl.col("design").is_in(MAIN_DESIGNS)
    assert shifts.filter(from_kept_rows)["shift"].max() < MAX_SHIFT, shifts.head(5).to_dicts()
    assert shifts["shift"].max() < MAX_SHIFT_OF_LOST_ROWS, shifts.head(5).to_dicts()


def test_no_claim_is_lost_to_one_bad_row_in_a_hundred(
    centres: Centres,
) -> None:
    clean, bad, _ = centres
    query = "select outcome from quality.outcome_grade where grade = 'not_reportable'"
    assert published(clean, query).equals(published(bad, query))


def test_the_page_tells_what_was_set_aside(
    centres: Centres,
) -> None:
    _, bad, spoiled = centres
    page = Path(bad.published_site / "quality.html").read_text("utf-8")
    assert f"{len(spoiled.rows):,} set aside (1.0%)" in page
    assert "Wrong number of values in the line" in page
