"""From an estimate to what its tile says."""

from __future__ import annotations

from dashboards.estimates import Estimate, missing_word
from dashboards.figures.tiles import Tile
from dashboards.formats import capitalised, counted_or_hidden, shortened
from dashboards.labels import VERDICTS, Arms, within
from dashboards.outcome_display import EXITS
from dashboards.sentences.phrases import as_sentence, range_in_words
from pipelines.core import status

_ICONS = {
    "better": "✓",
    "worse": "✕",
    "no_clear_difference": "≈",
    "too_little_data": "…",
    "not_reportable": "–",
    "unsure": "?",
}


def is_days(estimate: Estimate) -> bool:
    """Whether the tile counts days rather than people."""
    return estimate.estimand == "rmst_difference_days"


def tile_title(estimate: Estimate) -> str:
    """Return the tile's heading."""
    return estimate.measure.title


def tile_unit(estimate: Estimate) -> str:
    """Return the unit under the heading."""
    if is_days(estimate):
        return f"average over {estimate.horizon_days:,} days"
    if estimate.outcome in EXITS:
        return f"{estimate.measure.unit}, {within(estimate.horizon_days)}"
    return estimate.measure.unit


def tile_icon(estimate: Estimate) -> str:
    """Return the sign before the verdict; one that isn't carried gets no tick."""
    return _ICONS[tile_looks(estimate)]


def tile_looks(estimate: Estimate) -> str:
    """Return how the tile looks: as its verdict, or unsure where the grade doesn't carry it."""
    return "unsure" if estimate.is_capped else tile_verdict_key(estimate)


def tile_verdict_key(estimate: Estimate) -> str:
    """Return the verdict that the tile may show: never a conclusive one without its numbers."""
    if not estimate.has_numbers and estimate.status in (
        status.SUPPRESSED,
        status.NO_DATA,
        status.TOO_EARLY,
    ):
        return "not_reportable"
    if estimate.verdict in ("too_little_data", "not_reportable") or estimate.is_shown:
        return estimate.verdict
    return "not_reportable"


def tile_verdict(estimate: Estimate) -> str:
    """Return the verdict in its fixed word, a clear one with its direction; else the status."""
    key = tile_verdict_key(estimate)
    if not estimate.is_shown and estimate.status != status.SHOWN:
        return capitalised(missing_word(estimate.status))
    if key not in ("better", "worse"):
        return VERDICTS[key]
    measure = estimate.measure
    found = measure.below if estimate.is_below else measure.above
    return f"{estimate.verdict_words}: {found}"


def verdict_word(estimate: Estimate) -> str:
    """Return the verdict in its fixed words, without a direction, or the status in its place."""
    if estimate.is_capped:
        return estimate.verdict_words
    if not estimate.is_shown and estimate.status != status.SHOWN:
        return capitalised(missing_word(estimate.status))
    return VERDICTS[tile_verdict_key(estimate)]


def why_not(estimate: Estimate) -> str:
    """Return a sentence on why there is no figure; a reason that needs it gets the verdict."""
    if estimate.status in (status.NOT_REPORTABLE, status.TOO_LITTLE_DATA):
        return as_sentence(f"{VERDICTS[tile_verdict_key(estimate)]}: {estimate.why_not}")
    return as_sentence(estimate.why_not)


def tile_range(estimate: Estimate) -> str:
    """Return the likely range; empty where none is told."""
    return range_in_words(estimate) if estimate.is_told else ""


def tile_why(estimate: Estimate) -> str:
    """Return why there is no verdict; empty where there is one."""
    return "" if estimate.is_shown else as_sentence(estimate.explained)


def tile_before(tile: Tile) -> str:
    """Return the figure before adjusting; empty where it lacks for the tile's own reason."""
    if tile.unadjusted.estimate is None and is_silent(tile):
        return ""
    colon = ":" if tile.unadjusted.estimate is None else ""
    return f"Before adjusting{colon} {tile.before}"


def tile_people(estimate: Estimate) -> str:
    """Return how many people of either group are compared, or why that isn't shown."""
    numbers = (estimate.n_people_a, estimate.n_people_b)
    if numbers == (None, None):
        return missing_word(estimate.status_of_people)
    told = [counted_or_hidden(n) for n in numbers]
    return f"{told[0]} and {told[1]} people"


def tile_both(tile: Tile) -> str:
    """Return one line for both groups where neither has a value, else nothing."""
    e = tile.adjusted
    return f"Both groups: {tile.value_a}" if e.value_a is None and e.value_b is None else ""


def is_silent(tile: Tile) -> bool:
    """Whether the verdict's word says all that there is of both groups: "Hidden for privacy"."""
    e = tile.adjusted
    has_values = e.value_a is not None or e.value_b is not None
    return not has_values and tile_verdict(e).lower() == missing_word(tile.unadjusted.status)


def whisker_text(arms: Arms) -> tuple[str, str]:
    """Return what the two ends of a tile's axis mean."""
    return f"{shortened(arms.b_title, 22)} better", f"{shortened(arms.a_title, 22)} better"
