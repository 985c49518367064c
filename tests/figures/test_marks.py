"""A statement has one mark: the same heading and figures never stand with two on two pages.

In come worlds in which checks fail for some outcomes and pass for others; out come the marks that
every page gives to what it says.
"""

from __future__ import annotations

import html
import random
import re
from collections import defaultdict
from dataclasses import replace

import polars as pl
import pytest

from dashboards.data import SiteData
from dashboards.pages.coaches import coaches_page
from dashboards.pages.method import method_page
from dashboards.pages.outcome import absence_page, wellbeing_page
from dashboards.pages.overview import overview_page
from dashboards.pages.retention import retention_page
from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.estimators.credibility.grade import grade_row, judged
from pipelines.estimators.credibility.measured import NOT_MADE, Measured
from pipelines.estimators.results import CREDIBILITY_CHECK_SCHEMA, CREDIBILITY_SCHEMA
from tests.figures.claim_worlds import SENSITIVITY_SCHEMA, checked, reading
from tests.figures.frames import MEANS
from tests.figures.worlds import no_difference

PAGES = {
    **dict.fromkeys((overview_page, retention_page, method_page, coaches_page), "voluntary_exit"),
    wellbeing_page: "emotional_exhaustion",
    absence_page: "unplanned_absence",
}
"""Pages by the outcome that they lead with."""
LABELS = {rule.label.lower() for rule in load_credibility_rules().values()}
SHARED = {"similar groups", "even weights", "before the first session"}
"""Statements on what is the same whatever is asked for."""
STATEMENT = re.compile(
    r'<li><span class="mark (\w+)"[^>]*>.</span><span><b>(.*?)</b>(.*?)</span></li>', re.DOTALL
)
EXITS = ("voluntary_exit", "involuntary_exit", "any_exit")


def world(seed: int) -> SiteData:
    """A clear or an open difference; by chance, each outcome's checks pass, fail or aren't made."""
    draw, rules = random.Random(seed), load_credibility_rules()
    rows, checks = [], []
    for outcome in (*EXITS, *MEANS):
        found = {}
        for name, rule in rules.items():
            by, limit = (1e-6, 0.0) if rule.beyond == "above" else (-1e-6, 100.0)
            failed = Measured(next(iter(rule.limits.values())) + by, "it")
            found[name] = draw.choice([Measured(limit), Measured(limit), NOT_MADE, failed])
        told = judged(outcome, found, rules)
        checks += told
        horizon = 365 if outcome in EXITS else MEANS[outcome][0]
        rows.append(grade_row({"outcome": outcome, "horizon_days": horizon}, told))
    data, text = checked(), "Leaving out one of 41: -9.3 to -8.0."
    span = [reading("leave_one_coach_out", text, -0.087, -0.093, -0.08)]
    return replace(
        data if seed % 2 else replace(data, comparison=no_difference().comparison),
        sensitivity=pl.concat(
            [data.sensitivity, pl.DataFrame(span, schema=SENSITIVITY_SCHEMA)], how="diagonal"
        ),
        credibility=pl.DataFrame(rows, schema=CREDIBILITY_SCHEMA),
        credibility_check=pl.DataFrame(checks, schema=CREDIBILITY_CHECK_SCHEMA),
    )


def marks_of(page: str) -> list[tuple[str, str, str]]:
    """Each statement of a page: one of its heads, its figures, its mark."""
    found = []
    for mark, heads, text in STATEMENT.findall(page):
        figures = " ".join(re.findall(r"\d[\d.,]*", text))
        names = html.unescape(heads).removesuffix(".").split("; ")
        found += [(name.lower(), figures, mark) for name in names]
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_same_statement_has_one_mark_on_every_page(seed: int) -> None:
    data = world(seed)
    marks: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for make_page, about in PAGES.items():
        for head, figures, mark in marks_of(make_page(data, None)):
            marks["" if head in SHARED else about, head, figures].add(mark)
            if head in LABELS:
                marks[about, head, "whatever it says"].add(mark)
    assert {each: found for each, found in marks.items() if len(found) > 1} == {}
    assert ("voluntary_exit", "without each coach", "41 9.3 8.0.") in marks


def test_a_statement_with_two_marks_would_be_found() -> None:
    told = '<li><span class="mark {}" aria-hidden="true">{}</span><span><b>A.</b> 1.5</span></li>'
    assert marks_of(told.format("yes", "✓")) + marks_of(told.format("note", "!")) == [
        ("a", "1.5", "yes"),
        ("a", "1.5", "note"),
    ]
