"""The page on training: who attended, what changed around it, and the claims about it."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.definitions import term
from dashboards.figures.common import for_page
from dashboards.figures.event_study import HEIGHT, PRINT_HEIGHT, event_figure
from dashboards.labels import Arms
from dashboards.pages.head import render_topic
from dashboards.pages.layout import csv_link
from dashboards.pages.views import PRINT_HALF, PRINT_MAIN, ChartView, TableView
from dashboards.sentences import training

_KEYS = {
    "voluntary_exit": "around-leaving",
    "arm_a_share": "around-coaching",
    "any_exit": "around-all-leavers",
}
"""By outcome of the event study: the chart's anchor and the name of its downloads."""


def training_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``training.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    finding = training.finding(data)
    views = [
        _chart(data, 1, "voluntary_exit", "Leaving by choice",
               "Agents who choose to leave in a month, per 100 of the coach’s agents"),
        _chart(data, 2, "arm_a_share", f"Sessions {arms.sessions_a}",
               f"Sessions {arms.sessions_a} in 100 of the coach’s sessions of the two kinds"),
        _chart(data, 3, "any_exit", "All leavers",
               "Agents who leave in a month, per 100 of the coach’s agents"),
    ]  # fmt: skip
    return render_topic(
        data,
        font_base64,
        "training",
        template="training.html.j2",
        finding=finding,
        lead=training.lead(data),
        views=views,
        sure=training.certainty(data, arms),
        tables=_tables(data),
        next_steps=training.next_steps(data),
    )


def _tables(data: SiteData) -> list[TableView]:
    return [
        TableView(
            "attendance",
            term("Who attended", "training_attendance"),
            f"People by course and format; formats of fewer than {data.min_group} people stand "
            "together, courses of fewer are hidden for privacy",
            "Attendance by course and format",
            ("Course", "Format", term("People", "training_attendance"), "Of the course"),
            training.attendance_cells(data),
            words=2,
        ),
        TableView(
            "claims",
            term("What is claimed about training", "claim_verdict"),
            "Claims of practitioners that are tested by the training as it is rolled out",
            "Claims about training",
            (),
            (),
            items=training.claim_items(data),
            empty="No claim of the register is tested by a training.",
        ),
    ]


def _chart(data: SiteData, number: int, outcome: str, name: str, what: str) -> ChartView:
    months = training.months_of(data, outcome)
    wide, narrow = (
        [event_figure(months, narrow=n) for n in (False, True)] if months else (None, None)
    )
    return ChartView(
        key=_KEYS[outcome],
        number=number,
        title=training.chart_title(name, months),
        subtitle=term(
            f"{what}: change since the six months before the training, minus that of coaches yet "
            "to be trained",
            "event_study",
        ),
        note=training.chart_note(data, outcome, months),
        description=training.description(name, months)
        if months
        else training.why_no_months(data, outcome),
        is_drawn=bool(months),
        print_width=PRINT_MAIN if number == 1 else PRINT_HALF,
        min_height=HEIGHT,
        table_caption=f"{name} around the training, per 100",
        table_head=("Month", "Change", "Likely range", "Coaches"),
        cells=training.month_cells(months),
        csv=csv_link(
            ("outcome", "months_since_training", "change_per_100", "low", "high", "n_coaches"),
            [(outcome, m.month, m.value, m.low, m.high, m.n_coaches) for m in months],
        ),
        source="Training, coaching sessions, exits",
        outcomes=(outcome,),
        figure=for_page(wide, narrow, PRINT_HEIGHT) if wide and narrow else {},
    )
