"""What Today says beside its charts: what is late, what is with caution, what hasn't begun."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from dashboards.pages.today import today_page
from dashboards.sentences.today import caution_line, late_line
from tests.figures.frames import freshness
from tests.figures.today_worlds import usual
from tests.figures.visible_text import visible_text


def test_late_sources_stand_on_the_first_screen_and_only_where_there_are_any() -> None:
    data = usual()
    late = replace(data, freshness=freshness(missing=("training",), late=("attrition", "shifts")))
    assert late_line(data) == ""
    said = late_line(late)
    assert said == "Late data: exits and shifts."
    before, _ = visible_text(today_page(late, None)).split("The month in figures")
    assert said in before
    assert "Late data:" not in visible_text(today_page(data, None))


def test_outcomes_with_caution_are_named_where_they_are_compared() -> None:
    data = usual()
    is_absence = pl.col("outcome") == "unplanned_absence"
    grade = pl.when(is_absence).then(pl.lit("with_caution")).otherwise(pl.lit("reportable"))
    cautious = replace(data, outcome_grade=data.outcome_grade.with_columns(grade=grade))
    said = "Data with caution: unplanned absence."
    assert caution_line(cautious, {"unplanned_absence", "voluntary_exit"}) == said
    assert caution_line(cautious, {"voluntary_exit"}) == caution_line(data, {"any_exit"}) == ""
    page = visible_text(today_page(cautious, None))
    first, _, compared = page.partition("Read this as an association")
    assert said in first
    assert said in compared
