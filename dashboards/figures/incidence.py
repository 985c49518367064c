"""Who had left in one way by each day: one step curve per kind of coaching, with its likely range.

The line goes on level over days that show no share, to the next one that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.estimates import Estimate, matching, missing_word, records
from dashboards.figures.common import (
    Figure,
    Trace,
    axis,
    base_layout,
    day_axis,
    note,
    safe,
    scatter,
)
from dashboards.figures.curves import ADJUSTED, curve_ticks, curves_of
from dashboards.figures.step_band import step_band
from dashboards.formats import per_100_range, percent
from dashboards.labels import OBSERVED, Arms
from dashboards.theme import ARM_B_DASH, token
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED

HEIGHT, NARROW_HEIGHT, PRINT_HEIGHT = 300, 290, 215
_APART = 0.19


@dataclass(frozen=True)
class Incidence:
    """The days of one arm that show a share (0-1), and why each of the others doesn't.

    ``limits`` are those of the same days, without those that have none; ``gaps`` are the statuses
    of the days without a share, ``status`` that of the first of them.
    """

    arm: str
    steps: tuple[tuple[int, float], ...]
    status: str = SHOWN
    limits: tuple[tuple[int, float, float], ...] = ()
    gaps: tuple[tuple[int, str], ...] = ()

    @property
    def end(self) -> tuple[int, float] | None:
        """The last step shown."""
        return self.steps[-1] if self.steps else None

    def at(self, day: int) -> float | None:
        """Return the share on a day that has a step of its own, else None."""
        return dict(self.steps).get(day)

    def status_at(self, day: int) -> str:
        """Return why a day has no share: each for its own reason."""
        return dict(self.gaps).get(day, self.status)

    def range_at(self, day: int) -> tuple[float, float] | None:
        """Return the likely range on a day, if it has one."""
        return next(((low, high) for at, low, high in self.limits if at == day), None)


@dataclass(frozen=True)
class IncidenceInfo:
    """Both arms' shares of one kind of exit, and the estimate at the horizon.

    ``kind`` names the outcome and the curve's column alike.
    """

    arms: Arms
    kind: str
    horizon_days: int
    a: Incidence
    b: Incidence
    ticks: tuple[tuple[int, str], ...]
    headline: Estimate
    top: float
    how: str = ADJUSTED

    @property
    def is_drawable(self) -> bool:
        """Whether either arm has two steps at least."""
        return any(len(curve.steps) > 1 for curve in (self.a, self.b))

    @property
    def digits(self) -> int:
        """How many decimals a share has: as many as the difference that it belongs to."""
        return self.headline.measure.digits

    @property
    def missing(self) -> list[str]:
        """What stands in the place of steps that aren't shown, each word once."""
        found = {
            status for each in (self.a, self.b) for _, status in (*each.gaps, (0, each.status))
        }
        return sorted({missing_word(status) for status in found if status != SHOWN})


def incidence_info(
    curve: pl.DataFrame,
    arms: Arms,
    headline: Estimate,
    top: float | None = None,
    assignment: str = OBSERVED,
) -> IncidenceInfo:
    """Return both arms' incidence of the headline's outcome up to its horizon.

    ``top`` is where the axis ends (0-1), for charts beside each other; by default it fits.
    """
    kind = headline.outcome
    design, how = curves_of(assignment)
    rows = matching(curve, design=design, segment="all")
    a, b = (_incidence(rows, arm, kind, headline.horizon_days) for arm in (arms.a, arms.b))
    days = sorted({day for each in (a, b) for day, _ in each.steps})
    ticks = curve_ticks([*days, headline.horizon_days], headline.horizon_days) if days else ()
    drawn = [share for each in (a, b) for _, share in each.steps]
    highest = max(drawn + [high for each in (a, b) for _, _, high in each.limits], default=0.0)
    return IncidenceInfo(
        arms, kind, headline.horizon_days, a, b, ticks, headline, top or highest * 1.1 or 0.1, how
    )


def _incidence(rows: pl.DataFrame, arm: str, kind: str, horizon: int) -> Incidence:
    mine = [row for row in records(rows) if row["arm"] == arm and row["day"] <= horizon]
    if not mine:
        return Incidence(arm, (), NO_DATA)
    steps = sorted((int(row["day"]), row[kind]) for row in mine if row[kind] is not None)
    gaps = sorted((int(row["day"]), _why(row["status"])) for row in mine if row[kind] is None)
    status = gaps[0][1] if gaps else SHOWN
    names = ("day", f"{kind}_conf_low", f"{kind}_conf_high")
    limits = sorted(tuple(row[name] for name in names) for row in mine if row[names[1]] is not None)
    return Incidence(arm, tuple(steps), status, tuple(limits), tuple(gaps))


def _why(status: str) -> str:
    """Return why a day has no share: how people left may be hidden where who stayed is shown."""
    return SUPPRESSED if status == SHOWN else status


def incidence_figure(info: IncidenceInfo, narrow: bool = False) -> Figure:
    """Draw both step curves; the narrow layout is for less than 480 px."""
    traces = []
    for curve, color, dash in ((info.a, "arm-a", "solid"), (info.b, "arm-b", ARM_B_DASH)):
        traces.append(step_band(curve.limits, f"{color}-band"))
        traces.append(_line(curve, info.digits, color, dash))
    layout = base_layout(
        NARROW_HEIGHT if narrow else HEIGHT,
        {"l": 46, "r": 26 if narrow else 132, "b": 34, "t": 40 if narrow else 10},
    )
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if info.top / s <= 6)
    values = [round(i * step, 2) for i in range(int(info.top / step) + 1)]
    layout.update(
        xaxis=day_axis(info.ticks, info.horizon_days, narrow),
        yaxis=axis(
            range=[0, info.top * 100],
            tickvals=[round(v * 100) for v in values],
            ticktext=[f"{v * 100:.0f}%" for v in values],
            showgrid=True,
            gridcolor=token("grid"),
        ),
        annotations=_names_above(info) if narrow else _end_labels(info),
    )
    return {"data": traces, "layout": layout}


def _line(curve: Incidence, digits: int, color: str, dash: str) -> Trace:
    steps = list(curve.steps)
    name = safe(curve.arm, 24)
    return scatter(
        x=[day for day, _ in steps],
        y=[round(share * 100, 3) for _, share in steps],
        mode="lines",
        line={"color": token(color), "width": 2.5, "dash": dash, "shape": "hv"},
        text=[
            f"{name}, day {day}: {_with_range(curve, day, share, digits)} had left so"
            for day, share in steps
        ],
        hoverinfo="text",
    )


def _with_range(curve: Incidence, day: int, share: float, digits: int) -> str:
    ends, told = curve.range_at(day), percent(share, digits)
    return told if ends is None else f"{told} ({per_100_range(ends, digits)})"


def _ends(info: IncidenceInfo) -> list[tuple[float, str, str]]:
    """Return each drawn curve's last share with its title and colour, the higher one first."""
    ends = [
        (curve.end[1], title, color)
        for curve, title, color in (
            (info.a, info.arms.a_title, "arm-a"),
            (info.b, info.arms.b_title, "arm-b"),
        )
        if curve.end
    ]
    return sorted(ends, reverse=True)


def _end_labels(info: IncidenceInfo) -> list[dict[str, Any]]:
    ends = _ends(info)
    places = [share * 100 for share, _, _ in ends]
    gap = info.top * 100 * _APART
    if len(places) == 2 and places[0] - places[1] < gap:
        middle = max(sum(places) / 2, gap / 2 + info.top * 6)
        places = [middle + gap / 2, middle - gap / 2]
    return [
        note(
            f"<b>{safe(title, 16)}</b><br>{percent(share, info.digits)}",
            color,
            x=info.horizon_days,
            y=place,
            xanchor="left",
            yanchor="middle",
            xshift=8,
            align="left",
        )
        for (share, title, color), place in zip(ends, places, strict=True)
    ]


def _names_above(info: IncidenceInfo) -> list[dict[str, Any]]:
    """Return the narrow layout's labels: over the plot, the higher curve's first."""
    return [
        note(
            f"<b>{safe(title, 16)}</b> {percent(share, info.digits)}",
            color,
            xref="paper",
            yref="paper",
            x=i,
            xanchor="right" if i else "left",
            xshift=0 if i else -30,
            y=1,
            yanchor="bottom",
            yshift=8,
        )
        for i, (share, title, color) in enumerate(_ends(info))
    ]
