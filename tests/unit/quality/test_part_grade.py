"""A site without shifts has no figures of its own; everything else stays as it is."""

from __future__ import annotations

import datetime as dt

import polars as pl

from pipelines.contracts.reportability_rules import load_grade_rules
from pipelines.estimators.results import COMPARISON_SCHEMA
from pipelines.quality.segment_reportability import apply_part_grades, part_grades

SITES = pl.DataFrame(
    {
        "site": ["North", "South", "West"],
        "n_people": [50, 40, 30],
        "n_days": [120, 120, 10],
        "n_missing": [0, 40, 9],
        "missing_share": [0.0, 40 / 120, 0.9],
        "last_missing": [None, dt.date(2026, 10, 1), dt.date(2026, 10, 1)],
    }
)


def _row(outcome: str, segment: str, value: str, **others: object) -> dict[str, object]:
    return {
        "outcome": outcome,
        "segment": segment,
        "segment_value": value,
        "n_people_a": 30,
        "n_events_a": 4,
        "estimate": 0.1,
        "std_error": 0.2,
        "verdict": "no_clear_difference",
        "status": "shown",
        **others,
    }


def _comparison(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([*rows], schema=COMPARISON_SCHEMA)


def test_only_sites_with_many_days_missing_are_withheld() -> None:
    found = part_grades(SITES, load_grade_rules())
    assert found.select("outcome", "segment", "segment_value").rows() == [
        ("unplanned_absence", "site", "South")
    ]
    assert found["reason"][0] == (
        "South: no shifts on 33% of its working days in the last half year"
    )


def test_only_that_sites_absence_loses_its_numbers() -> None:
    comparison = _comparison(
        _row("unplanned_absence", "all", "all"),
        _row("unplanned_absence", "site", "South"),
        _row("unplanned_absence", "site", "North"),
        _row("unplanned_absence", "role", "South"),
        _row("voluntary_exit", "site", "South"),
        _row("unplanned_absence", "site", "South", estimate=None, status="suppressed"),
    )
    grades = part_grades(SITES, load_grade_rules())
    after = apply_part_grades(comparison, grades)
    assert after.columns == comparison.columns
    assert after[[0, 2, 3, 4, 5]].equals(comparison[[0, 2, 3, 4, 5]])
    row = after.row(1, named=True)
    assert (row["estimate"], row["std_error"], row["n_events_a"]) == (None, None, None)
    assert (row["n_people_a"], row["verdict"]) == (30, "not_reportable")
    assert row["status"] == "not_reportable"
    assert str(row["reason"]).startswith("South: no shifts on 33%")


def test_the_parts_of_that_site_lose_theirs_too() -> None:
    comparison = _comparison(
        _row("unplanned_absence", "site × period", "South × 2026-Q1"),
        _row("unplanned_absence", "site × period", "North × 2026-Q1"),
        _row("unplanned_absence", "role × period", "South × 2026-Q1"),
        _row("morale", "site × period", "South × 2026-Q1"),
    )
    after = apply_part_grades(comparison, part_grades(SITES, load_grade_rules()))
    assert after["estimate"].to_list() == [None, 0.1, 0.1, 0.1]
    assert str(after["reason"][0]).startswith("South: no shifts on 33%")
    assert after[[1, 2, 3]].equals(comparison[[1, 2, 3]])


def test_without_problems_nothing_changes() -> None:
    comparison = _comparison(_row("unplanned_absence", "site", "North"))
    grades = part_grades(SITES.filter(pl.col("site") == "North"), load_grade_rules())
    assert grades.is_empty()
    assert apply_part_grades(comparison, grades).equals(comparison)
