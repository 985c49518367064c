"""The page for agents and coaches: what is done with their records, and what isn't."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.formats import plural
from dashboards.pages.head import render_topic
from dashboards.sentences import your_data
from dashboards.sentences.promise import promise


def your_data_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``your-data.html``."""
    finding = your_data.finding(data)
    return render_topic(
        data,
        font_base64,
        "your_data",
        template="your_data.html.j2",
        about="for agents and coaches",
        finding=finding,
        promise=promise(data),
        kinds=(data.arm_a, data.arm_b),
        sources=your_data.source_rows(data),
        not_read=your_data.not_read(data),
        readers=your_data.reader_rows(data),
        groups=your_data.group_rows(data),
        protections=your_data.protections(data),
        moves=your_data.moves(data),
        rounding_told=your_data.rounding_told(data),
        years=plural(data.retention_years, "year", "years"),
        recognised=your_data.recognised(data),
    )
