"""From the warehouse to the grades and back: reads what was measured, writes what it costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl

from pipelines.config.settings import Settings
from pipelines.contracts.reportability_rules import load_grade_rules
from pipelines.contracts.tables import load_metrics
from pipelines.core.warehouse import Connection, read_table, write
from pipelines.disclosure.confidentiality import Protection
from pipelines.quality.data_measures import read_measures, response_rates
from pipelines.quality.reportability import DataMeasure, outcome_grades, outcome_problems
from pipelines.quality.segment_reportability import part_grades
from pipelines.quality.shift_coverage import site_coverage

_CLASS_OF = {"exits_": "restricted", "survey_": "confidential"}
"""How the names of measures about people begin, and how secret these are."""


def write_grades(con: Connection, settings: Settings, *, as_of: dt.date) -> dict[str, str]:
    """Grade every outcome; writes the tables of `GRADE_TABLES`, returns the grades by outcome.

    Needs the staged sources, their checks, the marts and ``quality.freshness``. ``as_of`` is the
    day of the refresh.
    """
    protection = Protection.of(settings.privacy)
    base = protection.base("confidential")
    problems = outcome_problems(
        [
            _with_rounding(each, protection)
            for each in read_measures(con, as_of=as_of, answers_base=base)
        ],
        read_table(con, "quality.freshness"),
        read_table(con, "quality.check_result"),
        load_grade_rules(),
    )
    grades = outcome_grades(problems, [metric.outcome for metric in load_metrics()])
    write(con, "quality.outcome_problem", problems)
    write(con, "quality.outcome_grade", grades)
    sites = site_coverage(con, as_of=as_of)
    write(con, "quality.part_grade", part_grades(sites, load_grade_rules()))
    write(con, "quality.response_rate", response_rates(con, settings.privacy.min_group))
    return dict(grades.select("outcome", "grade").iter_rows())


def _with_rounding(measure: DataMeasure, protection: Protection) -> DataMeasure:
    """Return a data measure of exits or answers with the base that it is rounded to."""
    name = next((name for start, name in _CLASS_OF.items() if measure.name.startswith(start)), None)
    is_share = load_grade_rules().measures[measure.name].unit == "fraction"
    return replace(measure, rounding_base=protection.base(name) if name and is_share else 0)


def read_part_grades(con: Connection) -> pl.DataFrame:
    """What this refresh can't report of single parts of the workforce."""
    return read_table(con, "quality.part_grade")


def read_grades(con: Connection) -> pl.DataFrame:
    """The grades of this refresh; an error where nothing has been graded."""
    return read_table(con, "quality.outcome_grade")
