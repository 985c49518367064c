"""The page for agents and coaches: what is done with their records, and what isn't."""

from __future__ import annotations

from dashboards.data import SiteData
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
        lead=your_data.lead(),
        promise=promise(data),
        caution=your_data.caution(data),
        sources=your_data.source_rows(),
        readers=your_data.reader_rows(data),
        groups=your_data.group_rows(data),
        protections=your_data.protections(data),
        answers=your_data.answers(data),
        remains=your_data.what_remains(data),
    )
