"""The publication in one paragraph, for a mail or a chat: as plain text and as HTML."""

from __future__ import annotations

from html import escape

from dashboards.data import SiteData
from dashboards.estimates import find
from dashboards.figures.tiles import summary_tiles, tiles_info
from dashboards.labels import Arms
from dashboards.pages.verdict_views import covariate_names, lead_of
from dashboards.sentences import credibility, data_status, pulse, verdict
from dashboards.sentences.cut import cut_line
from dashboards.sentences.phrases import as_sentence

TEXT_PATH, HTML_PATH = "digest.txt", "digest.html"
_HEAD = (
    '<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    "<title>Coaching outcomes</title></head>"
)


def digest_text(data: SiteData) -> str:
    """Return ``digest.txt``: the month's pulse, the verdict, its figures, how to read it, dates."""
    return " ".join(_sentences(data)) + "\n"


def digest_page(data: SiteData) -> str:
    """Return ``digest.html``: the same paragraph, its first sentence in bold."""
    first, *others = (escape(text, quote=False) for text in _sentences(data))
    return (
        f'<!doctype html>\n<html lang="en">\n{_HEAD}\n'
        f"<body><p><b>{first}</b> {' '.join(others)}</p></body>\n</html>\n"
    )


def _sentences(data: SiteData) -> list[str]:
    """Return what the tops of Today and of the comparison say, in their words."""
    arms = Arms(data.arm_a, data.arm_b)
    horizon = data.horizon
    headline = verdict.headline(data.comparison, horizon)
    before = find(data.comparison, headline.outcome, horizon, "unadjusted")
    shown = [tile.adjusted for tile in tiles_info(data.comparison, summary_tiles(horizon))]
    others = [estimate for estimate in shown if estimate != headline]
    lead = lead_of(data, headline, before, others, len(covariate_names(data)))
    grade = credibility.grade_of(data, headline) if headline.is_shown else None
    return [
        *_pulse(data),
        as_sentence(verdict.verdict_sentence(headline, arms)),
        "".join(run.text for run in lead).strip(),
        *verdict.caution(headline, arms, data.assignment, credibility.doubts_of(data, headline)),
        *((grade.head, grade.text) if grade else ()),
        cut_line(data),
        as_sentence(data_status.head_stamp(data)),
    ]


def _pulse(data: SiteData) -> list[str]:
    """Return the month's sentence and what stands beside it; nothing without a whole month."""
    if data.trend.is_empty():
        return []
    told = pulse.pulse(data)
    return [as_sentence(told.sentence), *([told.context] if told.context else [])]
