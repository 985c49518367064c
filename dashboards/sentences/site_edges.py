"""A site's months in; out comes what is said of one that closed or opened within its last month."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.formats import (
    capitalised,
    count,
    decimal,
    direction,
    month_name,
    month_year,
)
from dashboards.trends import Month, Series, groups, of_site
from pipelines.contracts.trend_measures import CLOSED, OPENED
from pipelines.core.status import words


def edge_of(left: Series) -> str | None:
    """Return whether a site opened or closed in the last of its months; None for others."""
    reason = left.last.row["reason"] if left.last else None
    return reason if reason in (OPENED, CLOSED) else None


def leavers_of_sites(data: SiteData) -> dict[str, Series]:
    """Return every site's leavers, in alphabetical order."""
    return {name: of_site(data.trend, "any_exits", name) for name in groups(data.trend, "site")}


def sites_there(data: SiteData, newest: Month) -> list[str]:
    """Return the sites with agents both before and after the newest month."""
    return [
        name
        for name, left in leavers_of_sites(data).items()
        if left.last and left.last.day == newest.day and edge_of(left) is None
    ]


def edge_sentences(data: SiteData, newest: Month) -> str:
    """Return what is said of the sites that opened or closed in the newest month."""
    told = [
        f"{edge_sentence(data, name)}."
        for name, left in leavers_of_sites(data).items()
        if left.last and left.last.day == newest.day and edge_of(left)
    ]
    return " ".join(told)


def edge_sentence(data: SiteData, site: str) -> str:
    """Return that a site closed or opened, and what became of its people; empty for others."""
    left = of_site(data.trend, "any_exits", site)
    edge = edge_of(left)
    if edge is None or left.last is None:
        return ""
    when = (month_year if data.cut.is_long_ago else month_name)(left.last.day)
    told = _after_opening(data, site, left.last) if edge == OPENED else _at_close(data, site, left)
    did = "opened" if edge == OPENED else "closed"
    return f"{capitalised(site)} {did} in {when}: {', '.join(part for part in told if part)}"


def edge_word(data: SiteData, site: str) -> str:
    """Return the same for a cell beside its leavers: "Closed in October: 29 moved"."""
    left = of_site(data.trend, "any_exits", site)
    if left.last is None or edge_of(left) is None:
        return ""
    if edge_of(left) == OPENED:
        return f"Opened in {month_name(left.last.day)}"
    moved = _moved(data, site)
    return f"Closed in {month_name(left.last.day)}{f': {moved}' if moved else ''}"


def _after_opening(data: SiteData, site: str, month: Month) -> tuple[str, ...]:
    agents = of_site(data.trend, "headcount", site).last
    there = "" if agents is None or agents.value is None else f"{_people(agents.value)} agents at"
    return (f"{there} its end" if there else "", _left(month.value) if month.value else "")


def _at_close(data: SiteData, site: str, left: Series) -> tuple[str, ...]:
    month = left.months[-1]
    if month.value is None:
        return (f"how many left is {words(month.row['status'])}",)
    return (_left(month.value), _moved(data, site))


def _left(value: float) -> str:
    return f"{_people(value)} left" if value else "nobody left"


def _moved(data: SiteData, site: str) -> str:
    """How many went on to another site or role, less those who came from one."""
    last = of_site(data.trend, "net_moves", site).last
    if last is None or not last.value:
        return ""
    return f"{decimal(last.value, 0)} {direction(last.value, 'moved', 'moved in')}"


def _people(value: float) -> str:
    return count(int(value))
