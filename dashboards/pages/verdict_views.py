"""What leads the summary and stands on Today: the verdict, its caution and the four outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, records
from dashboards.figures.balance import same_for_all, unrecorded
from dashboards.figures.tiles import WIDTH, summary_tiles, tiles_info
from dashboards.formats import shortened
from dashboards.labels import Arms
from dashboards.outcome_display import EXITS
from dashboards.pages.views import tile_view
from dashboards.sentences import credibility, next_steps, tiles, verdict
from dashboards.sentences.phrases import Run


def verdict_values(data: SiteData, arms: Arms) -> dict[str, Any]:
    """Return the values that the templates print of it."""
    horizon = data.horizon
    headline = verdict.headline(data.comparison, horizon)
    before = find(data.comparison, headline.outcome, horizon, "unadjusted")
    shown = tiles_info(data.comparison, summary_tiles(horizon))
    kinds = [find(data.comparison, each, horizon) for each in EXITS]
    tiled = [tile.adjusted for tile in shown]
    others = [e for e in kinds if e not in (headline, *tiled)]
    sooner = verdict.shorter(data.comparison, headline, data.horizon_days)
    return {
        "kicker": verdict.kicker(arms, data.n_sites, headline),
        "verdict": verdict.verdict_sentence(headline, arms),
        "sure": verdict.sure_of(headline, sooner) or next_steps.first_day(data, headline),
        "lead": lead_of(data, headline, before, others, len(covariate_names(data))),
        "caution": verdict.caution(
            headline, arms, data.assignment, credibility.doubts_of(data, headline)
        ),
        "grade": credibility.grade_of(data, headline) if headline.is_shown else None,
        "names": (shortened(arms.a_title, 40), shortened(arms.b_title, 40)),
        "outcomes": [tile_view(tile) for tile in shown],
        "tile_width": WIDTH,
        "whisker_text": tiles.whisker_text(arms),
    }


def lead_of(
    data: SiteData,
    headline: Estimate,
    before: Estimate,
    others: Sequence[Estimate],
    n_characteristics: int,
) -> tuple[Run, ...]:
    """Return the paragraph under a headline, with what the publication knows of its lottery."""
    return verdict.lead(
        headline,
        before,
        others,
        Arms(data.arm_a, data.arm_b),
        n_characteristics,
        data.assignment,
        is_doubted=credibility.is_lottery_doubted(data),
        sooner=verdict.shorter(data.comparison, headline, data.horizon_days),
    )


def covariate_names(data: SiteData) -> list[str]:
    """Return what was adjusted for: each recorded characteristic that differs, in their order."""
    rows = list(records(data.covariate_balance))
    left_out = (*unrecorded(rows), *same_for_all(rows))
    found = dict.fromkeys(row["covariate"] for row in rows if row["covariate"] not in left_out)
    return [data.covariate_labels.get(name, name.replace("_", " ")) for name in found]
