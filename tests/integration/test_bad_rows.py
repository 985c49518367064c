"""One bad row in a hundred, of over twenty kinds: found exactly, and no figure moves with it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.sample import SampleConfig, simulate
from pipelines.workspace import Workspace
from tests.integration.refreshing import private, published, refresh
from tests.integration.spoiling import SHARE, Spoiled, write_spoiled

ROW = ["outcome", "horizon_days", "design", "estimand", "segment", "segment_value"]
EXITS = ("voluntary_exit", "involuntary_exit", "any_exit")
MAX_SHIFT = 0.05
"""Of the interval's width: what one bad row in a hundred may move an estimate by."""


MAX_SHIFT_OF_OWN_ROWS = 0.1
"""For outcomes that are read from spoiled rows and so lose a hundredth of their data.

That alone moves an estimate by 0.1 standard errors (root of 0.01), a fortieth of the interval; this
is four times as much.
"""


@pytest.fixture(scope="module")
def centres(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace, Spoiled]:
    """The same contact centre delivered clean and with spoiled rows, each refreshed once."""
    world = simulate(SampleConfig(n_agents=600, months=15, seed=11))
    clean, bad = (Workspace(tmp_path_factory.mktemp(name)) for name in ("clean", "bad"))
    assert not write_spoiled(world, clean.landing, share=0.0, seed=5).rows
    spoiled = write_spoiled(world, bad.landing, share=SHARE, seed=5)
    for workspace in (clean, bad):
        ended = refresh(workspace)
        assert ended.status == 0, ended.output
    return clean, bad, spoiled


def test_exactly_the_spoiled_rows_are_quarantined(
    centres: tuple[Workspace, Workspace, Spoiled],
) -> None:
    clean, bad, spoiled = centres
    query = "select source, line_number, rule, column_name from ledger.rejected_cell"
    assert private(clean, query).is_empty()
    found = set(private(bad, query).iter_rows())
    assert spoiled.n_kinds >= 20
    assert len(spoiled.rows) > 500
    assert len(found & spoiled.rows) / len(found) == 1.0, "precision"
    assert len(found & spoiled.rows) / len(spoiled.rows) == 1.0, "recall"
    files = published(bad, "select source, n_rows, n_accepted, n_quarantined, n_superseded "
                           "from quality.ingested_file")  # fmt: skip
    for source, n_rows, n_accepted, n_quarantined, n_superseded in files.iter_rows():
        assert n_quarantined == sum(row[0] == source for row in spoiled.rows)
        assert n_rows == n_accepted + n_quarantined + n_superseded


def test_no_estimate_moves_by_more_than_a_twentieth_of_its_interval(
    centres: tuple[Workspace, Workspace, Spoiled],
) -> None:
    clean, bad, _ = centres
    query = "select * from outcomes.comparison where estimate is not null"
    before, after = published(clean, query), published(bad, query)
    both = before.join(after, on=ROW, suffix="_after")
    assert both.height == before.height == after.height > 30
    moved = both.select(
        *ROW,
        shift=(pl.col("estimate_after") - pl.col("estimate")).abs()
        / (pl.col("conf_high") - pl.col("conf_low")),
    ).filter(
        pl.col("shift")
        > pl.when(pl.col("outcome").is_in(EXITS)).then(MAX_SHIFT).otherwise(MAX_SHIFT_OF_OWN_ROWS)
    )
    assert moved.is_empty(), moved.sort("shift", descending=True).head(5).to_dicts()


def test_no_claim_is_lost_to_one_bad_row_in_a_hundred(
    centres: tuple[Workspace, Workspace, Spoiled],
) -> None:
    clean, bad, _ = centres
    query = "select outcome from quality.outcome_grade where grade = 'not_reportable'"
    assert published(clean, query).equals(published(bad, query))


def test_the_page_tells_what_was_set_aside(
    centres: tuple[Workspace, Workspace, Spoiled],
) -> None:
    _, bad, spoiled = centres
    page = Path(bad.published_site / "quality.html").read_text("utf-8")
    assert f"{len(spoiled.rows):,} set aside (1.0%)" in page
    assert "Wrong number of values in the line" in page
