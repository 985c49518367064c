"""Titles, notes and descriptions of the charts, for the eye and for a screen reader."""

from __future__ import annotations

from dashboards.estimates import Estimate, missing_word, why_missing
from dashboards.figures.balance import BalanceInfo
from dashboards.figures.curves import Curve, Point, RetentionInfo, reason_for_gap
from dashboards.formats import capitalised, joined, lowered, per_100, percent, plural
from dashboards.labels import after
from dashboards.sentences.phrases import as_sentence, of_how_many
from pipelines.core.limits import ALIKE as LIMIT


def retention_title(info: RetentionInfo, leavers: Estimate) -> str:
    """Return the finding that the curves show, by the verdict on all leavers.

    Two bands that overlap don't make a difference unclear, so the bands are not asked.
    """
    if not info.is_drawable:
        return "Who is still employed: nothing to draw"
    ends = (info.a.at(info.horizon_days), info.b.at(info.horizon_days))
    if any(point is None or point.survival is None for point in ends):
        return "Who is still employed, as far as it can be shown"
    if leavers.is_shown and leavers.verdict in ("better", "worse"):
        label = info.arms.with_a if leavers.is_below else info.arms.with_b
        aside = ", weakly supported" if leavers.is_capped else ""
        return f"{capitalised(label)}, {_more_employed(leavers)}{aside}"
    if leavers.is_shown:
        return f"No clear difference in who is still employed {after(info.horizon_days)}"
    if leavers.verdict == "too_little_data":
        return f"Too little data on who is still employed {after(info.horizon_days)}"
    return "Who is still employed, group by group"


def _more_employed(leavers: Estimate) -> str:
    n, every = of_how_many(leavers)
    if n == 0:
        return "slightly more people are still employed"
    return f"about {n} more in every {every} {'is' if n == 1 else 'are'} still employed"


def retention_subtitle(info: RetentionInfo) -> str:
    """Return what the lines are."""
    return (
        f"Share of people still employed, {info.how}, in the {info.horizon_days:,} days after "
        "their first session of either kind"
    )


def retention_note(info: RetentionInfo) -> str:
    """Return how to read the chart: the bands, the axis, what is missing."""
    floor = "Axis starts at zero." if not info.floor else f"Axis starts at {percent(info.floor)}."
    words = joined(info.missing_counts)
    missing = f" Counts that aren’t told: {words}." if words else ""
    return f"Shaded: likely range (95%). {floor}{missing}{chance_left(info.how)}"


def chance_left(how: str) -> str:
    """Return that curves as assigned still hold what set the groups apart, after a space."""
    if how != "as assigned":
        return ""
    return " How the groups differed beforehand isn’t taken out of the lines."


def retention_description(info: RetentionInfo) -> str:
    """Return the chart in words."""
    if not info.is_drawable:
        return no_curves(info)
    sentences = ["Two step curves with shaded likely ranges."]
    for curve, name in ((info.a, info.arms.a_title), (info.b, info.arms.b_title)):
        told = [_at(curve, day, label) for day, label in info.ticks[1:]]
        words = "; ".join(text for text in told if text)
        if words:
            sentences.append(f"{name}: {words}.")
        gap = reason_for_gap(curve)
        if gap:
            sentences.append(f"{name} isn’t drawn to the end: {gap}.")
    return " ".join(sentences)


def _at(curve: Curve, day: int, label: str) -> str:
    point = curve.at(day)
    if point is None or point.survival is None:
        return ""
    return f"{percent(point.survival, 1)} still employed at {label}"


def no_curves(info: RetentionInfo) -> str:
    """Return why there is nothing to draw."""
    reasons = {as_sentence(reason_for_gap(c) or why_missing(None)) for c in (info.a, info.b)}
    return " ".join(sorted(reasons))


def point_cell(point: Point | None) -> str:
    """Return one cell of the retention table: per cent and likely range."""
    if point is None or point.survival is None:
        return why_missing(None) if point is None else missing_word(point.status)
    value = per_100(point.survival)
    if point.low is None or point.high is None:
        return value
    return f"{value} ({per_100(point.low)} to {per_100(point.high)})"


def followed_cell(point: Point | None) -> str:
    """Return how many people are still followed; or why that isn't shown."""
    if point is None:
        return why_missing(None)
    return missing_word(point.status) if point.at_risk is None else f"{point.at_risk:,}"


def balance_title(info: BalanceInfo) -> str:
    """Return the finding of the balance plot."""
    n = info.n_characteristics
    if not n:
        return "How alike the groups are: nothing to draw"
    if info.is_alike:
        return "After adjusting, the two groups look alike"
    apart = n - info.n_alike
    verb = "differs" if apart == 1 else "differ"
    return (
        f"After adjusting, {apart} of {plural(n, 'characteristic', 'characteristics')} still {verb}"
    )


def balance_subtitle() -> str:
    """Return what the dots are."""
    return (
        "Difference between the groups before the first session, in standard units; 0 is identical"
    )


def balance_note(info: BalanceInfo) -> str:
    """Return how to read the chart and what isn't in it."""
    n_shown, n = len(info.drawn), len(info.rows)
    is_elsewhere = any(row.is_judged_elsewhere for row in info.rows)
    judged = ", before figures are rounded" if is_elsewhere else ""
    parts = [f"Alike means up to {LIMIT:g}{judged}."]
    if n_shown < n:
        parts.append(f"The {n_shown} furthest apart of {n} lines are drawn; the table has all.")
    if info.absent:
        parts.append(f"Not available: {joined([lowered(name) for name in info.absent])}.")
    if info.n_without_value:
        parts.append(f"{plural(info.n_without_value, 'line', 'lines')} without a value.")
    return " ".join(parts)


def balance_description(info: BalanceInfo) -> str:
    """Return the chart in words."""
    n = info.n_characteristics
    if not n:
        return info.why_empty
    apart = n - info.n_alike
    still = "1 does" if apart == 1 else f"{apart or 'none'} do"
    first = info.rows[0]
    return (
        f"Dot plot of {plural(n, 'characteristic', 'characteristics')}. Before adjusting, "
        f"{n - info.n_alike_before} differed by more than {LIMIT:g}; after adjusting, "
        f"{still}. The largest difference before adjusting is "
        f"{first.label}, {first.before_in_words} before and {first.after_in_words} after."
    )
