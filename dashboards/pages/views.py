"""What the macros of the templates draw: a chart with its table and downloads, and a tile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dashboards.figures.tiles import Tile
from dashboards.sentences import tiles
from dashboards.sentences.phrases import Statement

PRINT_MAIN, PRINT_CURVE, PRINT_HALF, PRINT_NARROW = 500, 470, 398, 310
"""How wide a chart is drawn on paper, in px: the first of a page; curves there, in their narrow
layout; half a row; beside a long text."""


@dataclass(frozen=True)
class TileView:
    """A tile's texts beside its record."""

    tile: Tile
    title: str
    unit: str
    verdict_key: str
    icon: str
    verdict: str
    range: str
    why: str
    before: str
    both: str
    people: str

    @property
    def outcome(self) -> str:
        """What the tile is about, as in the tables."""
        return self.tile.adjusted.outcome

    @property
    def is_told(self) -> bool:
        """Whether any figure of the outcome is told, be it before adjusting."""
        figures = (self.tile.adjusted.estimate, self.tile.unadjusted.estimate)
        return self.are_groups_told or figures != (None, None)

    @property
    def are_groups_told(self) -> bool:
        """Whether the figure of a group stands beside the difference."""
        return (self.tile.adjusted.value_a, self.tile.adjusted.value_b) != (None, None)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is said of the groups, since the verdict's word says all there is."""
        return tiles.is_silent(self.tile)

    @property
    def metric(self) -> str:
        """What the filters put in the place of the tile's figures."""
        return self.tile.adjusted.metric


@dataclass(frozen=True)
class ChartView:
    """A chart's texts, its table and its download; ``cells`` are rows of head and cells."""

    key: str
    number: int
    title: str
    subtitle: str
    note: str
    description: str
    is_drawn: bool
    print_width: int
    min_height: int
    table_caption: str
    table_head: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    csv: str
    figure: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    outcomes: tuple[str, ...] = ()
    are_groups_told: bool = False
    """Whether the figures of both groups stand in it, and their difference beside them."""


@dataclass(frozen=True)
class TableView:
    """A table, or a list of ``items``, in a card of its own; ``words`` columns hold words."""

    key: str
    title: str
    subtitle: str
    caption: str
    head: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    words: int = 1
    empty: str = "No data."
    items: tuple[Statement, ...] = ()
    outcomes: tuple[str, ...] = ()


def tile_view(tile: Tile) -> TileView:
    """Return the texts of a tile."""
    e = tile.adjusted
    return TileView(
        tile,
        tiles.tile_title(e),
        tiles.tile_unit(e),
        tiles.tile_looks(e),
        tiles.tile_icon(e),
        tiles.tile_verdict(e),
        tiles.tile_range(e),
        tiles.tile_why(e),
        tiles.tile_before(tile),
        tiles.tile_both(tile),
        tiles.tile_people(e),
    )
