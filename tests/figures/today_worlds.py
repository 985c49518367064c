"""Publications that differ in what their months say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import Event, SiteData
from dashboards.frames import empty
from pipelines.estimators.trend.site_leaving import site_leaving
from pipelines.estimators.trend.table import Breaks, Floors, trend_table
from tests.figures.worlds import clear_difference, nothing, odd_labels

Row = dict[str, Any]
END = dt.date(2026, 10, 1)
CHOSE = [20, 25, 20, 25, 20, 20, 25, 25, 20, 25, 20, 25] * 2
STATUSES = ("status", "exits_status", "starters_status", "absence_status", "survey_status",
            "csat_status", "handle_status", "resolution_status", "sessions_status",
            "session_kinds_status")  # fmt: skip
TARGETS = {"customer_satisfaction": 4.2, "coached_30_days": 0.7, "unplanned_absence": 0.04}
EVENTS = (
    Event("Compassionate coaching starts at Aster", dt.date(2025, 3, 10)),
    Event("New telephone system", dt.date(2026, 2, 2)),
)


def months(n: int, **changed: Sequence[Any]) -> list[Row]:
    """Months up to October 2026 that go up and down; ``changed`` are its last values."""
    days = [dt.date(2024 + (10 + i) // 12, (10 + i) % 12 + 1, 1) for i in range(24)]
    assert days[-1] == END
    rows: list[Row] = []
    for place, day in enumerate(days):
        wave = place % 3 - 1
        rows.append(
            {
                "month": day,
                "n_people": 990,
                "n_opening": 1000,
                "n_hires": 40,
                "n_net_moves": 0,
                "n_exits": CHOSE[place] + 12 + wave,
                "n_closing": 1000 - 2 * wave,
                "average_headcount": 1000.0,
                "n_voluntary_exits": CHOSE[place],
                "n_involuntary_exits": 10,
                "n_left_early": 6 + wave if place < 21 else None,
                "unplanned_absence_rate": 0.04 + 0.002 * wave,
                "n_survey_respondents": 300,
                "mean_emotional_exhaustion_0_100": 41.0 + wave,
                "csat_mean_1_5": 3.9 + 0.02 * wave,
                "handle_seconds": 354.0 + 4 * wave,
                "first_contact_resolution": 0.74 + 0.005 * wave,
                "n_sessions": 900,
                "n_sessions_arm_a": 400 + 5 * place,
                "n_sessions_arm_b": 400 - 5 * place,
                "n_coached_lately": 810 + 10 * wave,
                **dict.fromkeys(STATUSES, "shown"),
            }
        )
        if place >= 21:
            rows[-1]["starters_status"] = "too_early"
    for name, values in changed.items():
        for row, value in zip(rows[len(rows) - len(values) :], values, strict=True):
            row[name] = value
    return rows[len(rows) - n :]


def publication(
    everybody: Sequence[Row],
    base: Callable[[], SiteData] = clear_difference,
    sites: Mapping[str, Sequence[Row]] | None = None,
    targets: Mapping[str, float] | None = None,
    events: tuple[Event, ...] = (),
    breaks: Breaks | None = None,
) -> SiteData:
    data = base()
    groups: dict[tuple[str, str], Sequence[Row]] = {("all", "all"): everybody}
    groups |= {("site", name): rows for name, rows in (sites or {}).items()}
    groups |= {("arm", arm): everybody for arm in (data.arm_a, data.arm_b)}
    trend = trend_table(groups, targets or {}, Floors(data.min_group, data.grid), breaks)
    whole = [row["month"] for row in everybody]
    return replace(
        data, trend=trend, site_leaving=site_leaving(sites or {}, trend, whole), events=events
    )


def _site(last: int) -> list[Row]:
    exits = [4, 6, 3, 5, 7, 4, 5, 3, 6, 4, 5, 6] * 2
    hidden = ["suppressed"] * 24
    return months(24, n_exits=[*exits[:-1], last], n_closing=[120] * 24, exits_status=hidden)


def with_leavers(data: SiteData, n_regretted: int = 120) -> SiteData:
    """Reasons and marks of 260 leavers, and who is still there of three quarters."""
    span = {"first_month": dt.date(2025, 11, 1), "last_month": END, "status": "shown"}
    said = {"pay": 80, "study": 60, "other": 20,
            "reasons of few people, together": 90, "not recorded": 100}  # fmt: skip
    hidden = {"n_recorded": None, "n_regretted": None, "status": "suppressed"}
    marks = [
        {"scope": "all", "scope_value": "all", "n_recorded": 200, "n_regretted": n_regretted},
        {"scope": "site", "scope_value": "Aster", **hidden},
    ]
    quarters = {dt.date(2025, 4, 1): 95, dt.date(2026, 1, 1): 96, dt.date(2026, 4, 1): 100}
    cells = [
        {
            "scope": scope, "scope_value": value,
            "hire_quarter": quarter, "months_in_job": n, "n_hired": 100,
            **(
                {"n_still_there": here - n, "share_still_there": (here - n) / 100,
                 "level": 1 + n // 4, "status": "shown"}
                if quarter.year == 2025 or n <= 10 - quarter.month - 2 or n == 3
                else {"status": "too_early"}
            ),
        }
        for quarter, here in quarters.items()
        for n in (1, 2, 3, 6, 9, 12)
        for scope, value in (("all", "all"), ("site", "Birch"))
    ]  # fmt: skip
    return replace(
        data,
        exit_reason=_frame(
            "exit_reason", [{"reason": k, "n_exits": n, **span} for k, n in said.items()]
        ),
        regretted_exit=_frame("regretted_exit", [{**span, **row} for row in marks]),
        hire_quarter=_frame("hire_quarter", cells),
    )


def _frame(name: str, rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=empty(name)().schema, orient="row")


def usual() -> SiteData:
    """Everything goes up and down as it does; programmes and targets are set."""
    sites = {name: _site(5) for name in ("Cedar", "Aster", "Birch")}
    data = publication(months(24), sites=sites, targets=TARGETS, events=EVENTS)
    return with_leavers(data)


def more_leavers() -> SiteData:
    """Sixty more people chose to leave in October, most of them at one site."""
    sites = {"Cedar": _site(61), "Aster": _site(5), "Birch": _site(4)}
    last = months(24, n_voluntary_exits=[80], n_exits=[96], n_closing=[940])
    return publication(last, sites=sites, targets=TARGETS)


def closing(left: int = 48, moved: int = 29) -> list[Row]:
    """A site that is closed in October: of those there, some leave and the others move."""
    return [
        row | {"n_opening": left + moved, "average_headcount": (left + moved) / 2}
        if row["month"] == END
        else row | {"average_headcount": 120.0}
        for row in months(
            24, n_exits=[4, 6, 3, 5, 7, 4] * 3 + [4, 6, 3, 5, 7, left],
            n_closing=[120] * 23 + [0], n_net_moves=[-moved], exits_status=["suppressed"] * 24,
        )
    ]  # fmt: skip


def site_closes() -> SiteData:
    """One of three sites is closed in the newest month, and another was in spring."""
    gone = [row for row in closing(20, 60) if row["month"] < dt.date(2026, 5, 1)]
    gone[-1] = closing(20, 60)[-1] | {"month": gone[-1]["month"]}
    everybody = months(24, n_exits=[85], n_closing=[920], average_headcount=[960.0])
    sites = {"Aster": _site(5), "Birch": closing(), "Cedar": gone}
    return publication(everybody, sites=sites)


def process_changed() -> SiteData:
    """A new survey and a new telephone system: two measures begin anew; a site is small."""
    breaks = {
        "customer_satisfaction": {"New survey provider": dt.date(2025, 9, 14)},
        "handle_time": {"New telephone system": dt.date(2026, 8, 3)},
    }
    last = months(
        24, csat_mean_1_5=[3.52, 3.5, 3.48] * 3 + [3.5] + [4.2, 4.18, 4.22] * 4 + [4.2, 4.21]
    )
    small = months(24, n_exits=[0, 1, 2] * 8, n_closing=[48] * 24, average_headcount=[48.0] * 24)
    return publication(last, sites={"Aster": _site(5), "Birch": small}, breaks=breaks)


def patterns() -> SiteData:
    """Runs and trends: absence below its average, handle time falling, leaving above."""
    return publication(
        months(
            24,
            n_voluntary_exits=[15] * 12 + [25, 20] * 2 + [30] * 8,
            unplanned_absence_rate=[0.044, 0.042] * 8 + [0.037] * 8,
            handle_seconds=[360.0, 352.0] * 8 + [359.0, 358, 357, 356, 355, 354, 353, 352],
        )
    )


def eight_months() -> SiteData:
    """Too few months for more than trial limits."""
    return publication(months(8))


def three_months() -> SiteData:
    """Too few months for any limits."""
    return publication(months(3))


def kinds_hidden() -> SiteData:
    """A small centre: how people left is hidden in most months, and few leave."""
    hidden = {
        "n_voluntary_exits": [None] * 24,
        "exits_status": ["suppressed"] * 24,
        "survey_status": ["suppressed"] * 24,
        "n_exits": [3, 5, 2, 4, 6, 3] * 4,
        "starters_status": ["suppressed"] * 24,
    }
    return publication(months(24, **hidden), sites={"Aster": _site(5)})


def no_answers_no_shifts() -> SiteData:
    """The three required sources alone."""
    gone = dict.fromkeys(
        ("absence_status", "survey_status", "csat_status", "handle_status", "resolution_status"),
        ["no_data"] * 24,
    )
    return publication(months(24, **gone))


def shifts_late() -> SiteData:
    """Shifts that end a month before everything else."""
    return publication(months(24, absence_status=["no_data"]))


def other_names() -> SiteData:
    """Labels of any kind."""
    return publication(
        months(24), base=odd_labels, sites={"Ærø & <Sons>": _site(5), "東京": _site(70)}
    )


def no_month() -> SiteData:
    """A quiet first night."""
    return nothing()


TODAY_WORLDS: dict[str, Callable[[], SiteData]] = {
    each.__name__: each
    for each in (
        usual, more_leavers, process_changed, patterns, eight_months, three_months, kinds_hidden,
        no_answers_no_shifts, shifts_late, site_closes, other_names, no_month,
    )
}  # fmt: skip
