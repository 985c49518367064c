"""How alike the two groups are, before and after adjusting: one row per characteristic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.estimates import missing_word, records
from dashboards.figures.common import (
    Figure,
    Trace,
    base_layout,
    name_axis,
    note,
    safe,
    scatter,
    ticked_axis,
)
from dashboards.formats import capitalised
from dashboards.theme import token
from pipelines.core.figures import as_told, decimals
from pipelines.core.limits import ALIKE as LIMIT
from pipelines.core.status import NO_DATA, SHOWN

LONGEST = 12
UNKNOWN = "unknown"
"""The level of those of whom a characteristic isn't known."""
_ROW_HEIGHT, _AROUND = 25, 104


@dataclass(frozen=True)
class Characteristic:
    """One characteristic or one level of it; sizes of standardised differences."""

    covariate: str
    label: str
    before: float
    after: float
    is_alike_before: bool
    is_alike_after: bool

    @property
    def before_in_words(self) -> str:
        """The size before adjusting, on the side of the limit on which it was judged."""
        return _told(self.before, is_alike=self.is_alike_before)

    @property
    def is_judged_elsewhere(self) -> bool:
        """Whether rounding took a size over the limit after it was judged."""
        told = ((self.before, self.is_alike_before), (self.after, self.is_alike_after))
        return any(_told(size, is_alike=alike) != decimals(size, 2) for size, alike in told)

    @property
    def after_in_words(self) -> str:
        """The size after adjusting, likewise."""
        return _told(self.after, is_alike=self.is_alike_after)


@dataclass(frozen=True)
class BalanceInfo:
    """All recorded characteristics, the largest difference before adjusting first.

    ``absent`` names those that no source delivers: nobody was made alike in them.
    """

    rows: tuple[Characteristic, ...]
    n_without_value: int
    reason: str | None = None
    status: str = NO_DATA
    absent: tuple[str, ...] = ()

    @property
    def why_empty(self) -> str:
        """Why there is nothing to draw, as a sentence."""
        return f"{capitalised(self.reason or missing_word(self.status))}."

    @property
    def drawn(self) -> tuple[Characteristic, ...]:
        """The rows that the chart shows: those furthest apart after adjusting or before it."""
        chosen = sorted(self.rows, key=lambda r: -max(r.before, r.after))[:LONGEST]
        return tuple(row for row in self.rows if row in chosen)

    @property
    def n_characteristics(self) -> int:
        """How many characteristics there are, each counted once whatever levels it has."""
        return len({row.covariate for row in self.rows})

    @property
    def n_alike(self) -> int:
        """How many characteristics are alike after adjusting, in all of their levels."""
        apart = {row.covariate for row in self.rows if not row.is_alike_after}
        return self.n_characteristics - len(apart)

    @property
    def n_alike_before(self) -> int:
        """How many characteristics were alike before adjusting, in all of their levels."""
        apart = {row.covariate for row in self.rows if not row.is_alike_before}
        return self.n_characteristics - len(apart)

    @property
    def is_alike(self) -> bool:
        """Whether there are characteristics and all of them are alike after adjusting."""
        return bool(self.rows) and self.n_alike == self.n_characteristics

    @property
    def height(self) -> int:
        """The chart's height in px."""
        return _AROUND + _ROW_HEIGHT * max(len(self.drawn), 3)

    @property
    def print_height(self) -> int:
        """The chart's height on paper in px."""
        return round(self.height * 0.72)


def balance_info(
    balance: pl.DataFrame,
    weights: pl.DataFrame,
    labels: Mapping[str, str],
    design: str = "weighted",
) -> BalanceInfo:
    """Return the characteristics of one design; rows without a value are only counted.

    Why there is none at all is told by the reason that ``weights`` give for the same design.
    """
    every = [row for row in records(balance) if row["design"] == design]
    absent, constant = unrecorded(every), same_for_all(every)
    rows = [row for row in every if row["covariate"] not in (*absent, *constant)]
    full = [r for r in rows if r["smd_before"] is not None and r["smd_after"] is not None]
    found = [
        Characteristic(
            row["covariate"],
            _label(row, labels),
            abs(row["smd_before"]),
            abs(row["smd_after"]),
            row["is_alike_before"],
            row["is_alike_after"],
        )
        for row in full
    ]
    found.sort(key=lambda r: (-r.before, r.label))
    mine = [row for row in records(weights) if row["design"] == design]
    n_without = len(rows) - len(full)
    if found:
        named = tuple(labels.get(name, name.replace("_", " ")) for name in absent)
        return BalanceInfo(tuple(found), n_without, status=SHOWN, absent=named)
    gap = next((row for row in mine if row["status"] != SHOWN), None)
    reason, status = (gap["reason"], gap["status"]) if gap else (None, NO_DATA)
    return BalanceInfo((), n_without, reason, status)


def _told(size: float, *, is_alike: bool) -> str:
    """Write a size to two decimals; where rounding took it over the limit, which side it is on."""
    if (as_told(size, 2) <= LIMIT) == is_alike:
        return decimals(size, 2)
    return f"{'up to' if is_alike else 'over'} {LIMIT:.2f}"


def same_for_all(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the characteristics with one level for everybody: nothing to be made alike in."""
    levels: dict[str, set[Any]] = {}
    for row in rows:
        levels.setdefault(row["covariate"], set()).add(row["level"])
    return [name for name, found in levels.items() if len(found) == 1 and None not in found]


def unrecorded(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the characteristics of which nobody has a value: all that is told is that it isn't."""
    told = {row["covariate"] for row in rows if row["smd_before"] is not None}
    known = {
        row["covariate"]
        for row in rows
        if row["smd_before"] is not None and row["level"] != UNKNOWN
    }
    return [
        name for name in dict.fromkeys(row["covariate"] for row in rows) if name in told - known
    ]


def _label(row: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    name = row["covariate"]
    label = row["label"] or labels.get(name) or str(name).replace("_", " ")
    level = row["level"]
    return capitalised(label if level is None else f"{label}: {str(level).replace('_', ' ')}")


def balance_figure(info: BalanceInfo, narrow: bool = False) -> Figure:
    """Draw both differences of each characteristic on one line, with the limit dashed."""
    rows = info.drawn
    places = list(range(len(rows)))[::-1]
    traces = [_joins(rows, places), _dots(rows, places, "before"), _dots(rows, places)]
    longest = 21 if narrow else 30
    names = [safe(row.label, longest) for row in rows]
    left = 16 + round(7.1 * max((min(len(row.label), longest) for row in rows), default=0))
    layout = base_layout(info.height, {"l": left, "r": 20, "b": 34})
    axis_end = max([0.22, *(max(row.before, row.after) * 1.1 for row in rows)])
    most = 0.35 if narrow else 0.65
    step = 0.1 if axis_end <= most else 0.2 if axis_end <= 2 * most else round(axis_end / 4, 1)
    values = [round(i * step, 1) for i in range(int(axis_end / step) + 1)]
    layout.update(
        hovermode="closest",
        xaxis=ticked_axis(
            range=[-axis_end * 0.02, axis_end],
            tickvals=values,
            ticktext=[f"{v:g}" for v in values],
        ),
        yaxis=name_axis(names, places, (-1.1, len(rows) + 0.7)),
        shapes=[_limit_line(len(rows))],
        annotations=_labels(rows, axis_end, narrow),
    )
    return {"data": traces, "layout": layout}


def _joins(rows: tuple[Characteristic, ...], places: list[int]) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    for row, place in zip(rows, places, strict=True):
        x += [round(row.before, 4), round(row.after, 4), None]
        y += [place, place, None]
    line = {"color": token("rule"), "width": 2}
    return scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")


def _dots(rows: tuple[Characteristic, ...], places: list[int], when: str = "after") -> Trace:
    filled = when == "after"
    sizes = [row.after if filled else row.before for row in rows]
    told = [row.after_in_words if filled else row.before_in_words for row in rows]
    word = "after" if filled else "before"
    return scatter(
        x=[round(size, 4) for size in sizes],
        y=places,
        mode="markers",
        cliponaxis=False,
        marker={
            "size": 10,
            "color": token("good" if filled else "card"),
            "line": {"width": 0 if filled else 2, "color": token("ink-2")},
        },
        text=[
            f"{safe(row.label, 40)}: {size} {word} adjusting"
            for row, size in zip(rows, told, strict=True)
        ],
        hoverinfo="text",
    )


def _limit_line(n_rows: int) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": LIMIT,
        "x1": LIMIT,
        "y0": -1.1,
        "y1": n_rows - 0.4,
        "line": {"color": token("axis"), "width": 1.5, "dash": "3px,3px"},
        "layer": "below",
    }


def _labels(
    rows: tuple[Characteristic, ...], axis_end: float, narrow: bool
) -> list[dict[str, Any]]:
    """Return the names of the two dots, over the first row, and of the limit."""
    aside: dict[str, Any] = {"xanchor": "left", "yanchor": "middle"}
    limit = note(f"limit {LIMIT:g}", "ink-2", 13, x=LIMIT, y=-0.8, xshift=5, **aside)
    if not rows:
        return [limit]
    top = rows[0]
    before = "Before" if narrow else "Before adjusting"
    left, right = sorted((("After", top.after), (before, top.before)), key=lambda d: d[1])
    is_near_end = right[1] > axis_end * 0.6
    is_crowded = is_near_end and right[1] - left[1] < axis_end * (0.78 if narrow else 0.6)
    return [
        limit,
        _dot_name(left[0], left[1], len(rows) + (0.45 if is_crowded else -0.3), "right", 5),
        _dot_name(right[0], right[1], len(rows) - 0.3, "right" if is_near_end else "left", 6),
    ]


def _dot_name(name: str, x: float, y: float, anchor: str, shift: int) -> dict[str, Any]:
    text, color = ("<b>After</b>", "good") if name == "After" else (name, "ink-2")
    moved = shift if anchor == "right" else -shift
    return note(text, color, 13, x=x, y=y, xanchor=anchor, yanchor="middle", xshift=moved)
