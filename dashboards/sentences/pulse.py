"""The pulse: how many left this month, whether that is unusual, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.data import SiteData
from dashboards.formats import (
    capitalised,
    decimal,
    direction,
    joined,
    month_name,
    month_year,
    plural,
)
from dashboards.sentences import trend
from dashboards.sentences.site_edges import edge_sentence, edge_sentences, sites_there
from dashboards.trends import COUNTS, Month, Series, counted, groups, of_site, series
from pipelines.core.status import words

_HAPPENED = {"voluntary_exits": "chose to leave", "any_exits": "left, by choice or not"}
_MOST_SITES = 8


@dataclass(frozen=True)
class Pulse:
    """The sentence of the month, what stands beside it, and how its badge looks."""

    kicker: str
    badge: str
    mark: str
    looks: str
    sentence: str
    context: str


def pulse(data: SiteData, site: str | None = None) -> Pulse:
    """Return the pulse of the newest whole month, of everybody or of one site."""
    told = counted(data.trend, site)
    newest = told.newest
    kicker = _who(data, site)
    if told.last is None:
        return Pulse(kicker, "", "", "", _NO_MONTH, _NO_MONTH_YET)
    if newest is None or newest != told.last:
        said = words(told.last.row["status"])
        return Pulse(kicker, "", "", "", f"{month_year(told.last.day)}: leavers are {said}", "")
    when = (month_year if data.cut.is_long_ago else month_name)(newest.day)
    sentence = f"{when}: {_people(told, newest, data)}{_usual(told, newest, data)}"
    edge = edge_sentence(data, site) if site else ""
    changes = "" if edge else _changes(told, newest, data)
    every = _every_leaver(told, newest, data, site)
    sites = () if site else _of_sites(data, newest)
    context = " ".join(part for part in (changes, every, *sites) if part)
    word, mark, looks = trend.word(told), trend.mark(told), trend.looks(told)
    return Pulse(kicker, word, mark, looks, edge or sentence, context)


def measure_note(data: SiteData, site: str) -> str:
    """Return that a site's leavers are counted in another way than everybody's, where they are."""
    here, there = (_HAPPENED[counted(data.trend, each).measure.name] for each in (site, None))
    return "" if here == there else f"Counted here: who {here}; for all sites: who {there}."


def _every_leaver(told: Series, newest: Month, data: SiteData, site: str | None) -> str:
    """How many left in any way, beside those who chose to, and a year's turnover; what is told."""
    names = ("any_exits", "any_exit_rate", "turnover")
    every, rate, turnover = (_of_month(data, name, site, newest) for name in names)
    if told.measure.name != COUNTS[0] or not every:
        return f"Over the last twelve months: {turnover} per 100 agents." if turnover else ""
    year = f"; over the last twelve months {turnover} per 100" if turnover else ""
    return f"By choice or not, {every} left, {rate} per 100 agents a year{year}."


def _of_month(data: SiteData, name: str, site: str | None, newest: Month) -> str:
    """A measure's figure of the same month; empty without one."""
    found = of_site(data.trend, name, site)
    return next(
        (found.text(m.value) for m in found.told if m.day == newest.day and m.value is not None), ""
    )


_NO_MONTH = "No whole month of data yet"
_NO_MONTH_YET = "What is usual can be told once there are some whole months."


def _who(data: SiteData, site: str | None) -> str:
    """How many sites, or which one, and how many agents at the end of the newest month."""
    agents = of_site(data.trend, "headcount", site)
    n_sites = data.n_sites or 0
    sites = {0: "All sites", 1: "One site", 2: "Both sites"}.get(n_sites, f"All {n_sites} sites")
    if site:
        sites = capitalised(site)
    newest = agents.newest
    if newest is None or newest.value is None:
        return sites
    return f"{sites} · {agents.text(newest.value)} agents at the end of {month_name(newest.day)}"


def _people(told: Series, newest: Month, data: SiteData) -> str:
    """The count with what they did; a rounded one as such."""
    n = int(newest.row["value"])
    happened = _HAPPENED[told.measure.name]
    if n == 0 and _is_rounded(told, data):
        return f"fewer than {data.kinds_step} agents {happened}"
    if n == 0:
        return "nobody left" if told.measure.name != COUNTS[0] else "nobody chose to leave"
    about = "about " if _is_rounded(told, data) else ""
    return f"{about}{plural(n, 'agent', 'agents')} {happened}"


def _is_rounded(told: Series, data: SiteData) -> bool:
    return told.measure.name == COUNTS[0] and bool(data.kinds_step)


def _usual(told: Series, newest: Month, data: SiteData) -> str:
    row = newest.row
    if row["mean"] is None and newest.is_outside:
        return "; unusually many, where few leave in most months"
    if row["mean"] is None:
        leaving = "leaving has " if told.is_judged else ""
        return f"; {leaving}{trend.why_no_limits(told, newest)}"
    span = f"{trend.span(told, row)} a month"
    if newest.is_outside:
        return f"; {span} is usual"
    signal = row["signal"]
    if signal in ("run_above", "run_below"):
        side = signal.removeprefix("run_")
        return f"; leaving has been {side} its average for {trend.run(told, newest)}"
    if signal in ("rising", "falling"):
        verb = "risen" if signal == "rising" else "fallen"
        return f"; leaving has {verb} for {trend.run(told, newest)} in a row"
    if signal != "none":
        end = "upper" if signal.endswith("above") else "lower"
        return f"; twice in three months near the {end} end of what is usual ({span})"
    if row["is_trial"]:
        return f", as usual so far ({span}, judged by {plural(row['n_points'], 'month', 'months')})"
    return f", as usual ({span})"


def _changes(told: Series, newest: Month, data: SiteData) -> str:
    """Against the month before and a year ago."""
    row, last = newest.row, told.before(newest)
    parts = []
    month, year = row["change_month"], row["change_year"]
    if last and month is not None:
        parts.append(_than(month, f"in {month_name(last.day)}"))
    if year is not None:
        parts.append(_than(year, "a year ago"))
    about = "about " if _is_rounded(told, data) else ""
    return f"That is {joined([f'{about}{part}' for part in parts])}." if parts else ""


def _than(change: float, when: str) -> str:
    if not change:
        return f"as many as {when}"
    return f"{decimal(change, 0)} {direction(change, 'fewer', 'more')} than {when}"


def _of_sites(data: SiteData, newest: Month) -> tuple[str, ...]:
    """What is said of sites that open or close, and of the others; nothing where there is one."""
    if len(groups(data.trend, "site")) < 2:
        return ()
    return (edge_sentences(data, newest), _sites(data, newest), _patterns(data, newest))


def _sites(data: SiteData, newest: Month) -> str:
    """Which sites with limits lie outside their own usual range, in alphabetical order."""
    names = sites_there(data, newest)
    if not names:
        return ""
    if len(names) == 1:
        return _one_site(data, names[0], newest)
    judged = _judged(data, newest)
    out = [name for name, told in judged.items() if told.newest and told.newest.is_outside]
    if not judged:
        return _unjudged(data, names)
    some = len(judged) < len(names)
    sites = f"the {len(names)} sites shown" if data.pooled_sites else f"{len(names)} sites"
    if not out and some:
        return _unsure(len(names) - len(judged), sites, judged)
    if not out:
        return "No site is outside its own usual range."
    if len(out) == len(names) or len(out) > _MOST_SITES:
        return f"Leaving is outside its usual range at {len(out)} of {sites}."
    verb, own = ("is", "its own") if len(out) == 1 else ("are", "their own")
    rest = "the others that can be judged are not" if some else "the others are not"
    if len(judged) == len(out) + 1:
        rest = "the one other that can be judged is not" if some else "the other is not"
    if len(out) == len(judged):
        rest = "no other site has enough leavers to say"
    return f"{joined(out)} {verb} outside {own} usual range; {rest}."


def _unjudged(data: SiteData, names: Sequence[str]) -> str:
    """What is said where nothing can be said of any site: few leave, or months are missing."""
    if any(series(data.trend, "any_exits", "site", name).has_too_few for name in names):
        return "No site has enough leavers to say what is usual there."
    return "It is too early to say what is usual at any site."


def _unsure(n_unsure: int, sites: str, judged: Mapping[str, Series]) -> str:
    """What is said where no site is outside its range, and some have none."""
    rest = "no other is outside its"
    if len(judged) == 1 and all(told.has_limits for told in judged.values()):
        rest = f"{joined([*judged])} is within its"
    return f"At {n_unsure} of {sites} too few leave to say what is usual; {rest} own usual range."


def _one_site(data: SiteData, name: str, newest: Month) -> str:
    """What is said of the only site that neither opens nor closes."""
    told = _judged(data, newest).get(name)
    if told is None:
        is_few = series(data.trend, "any_exits", "site", name).has_too_few
        why = "Too few leave" if is_few else "It is too early"
        return f"{why} at {name} to say what is usual."
    is_outside = told.newest is not None and told.newest.is_outside
    return f"{name} is {'outside' if is_outside else 'within'} its own usual range."


def _patterns(data: SiteData, newest: Month) -> str:
    """Which sites are part of a pattern within their own range."""
    judged = _judged(data, newest)
    moved = [
        name
        for name, told in judged.items()
        if not told.has_limits and told.newest and not told.newest.is_outside
    ]
    out = [
        name
        for name, told in judged.items()
        if told.has_limits
        and told.newest
        and told.newest.is_signalled
        and not told.newest.is_outside
    ]
    parts = ((out, "Within its usual range, but worth a look"), (moved, "No usual range"))
    return " ".join(_patterns_of(data, names, head) for names, head in parts if names)


def _patterns_of(data: SiteData, names: Sequence[str], head: str) -> str:
    if len(names) > _MOST_SITES:
        return f"{head}: {len(names)} sites."
    said = [trend.word(series(data.trend, "any_exits", "site", name)) for name in names]
    told = [
        f"{name} ({word[:1].lower()}{word[1:]})" for name, word in zip(names, said, strict=True)
    ]
    return f"{head}: {joined(told)}."


def _judged(data: SiteData, newest: Month) -> dict[str, Series]:
    """Each site of whose newest month something can be said, in alphabetical order."""
    names = sites_there(data, newest)
    every = {name: series(data.trend, "any_exits", "site", name) for name in names}
    return {
        name: told
        for name, told in every.items()
        if told.newest is not None and told.newest.day == newest.day and told.is_judged
    }
