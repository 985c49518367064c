"""One figure reads the same wherever it stands, and what it lacks is told by its own status."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.estimates import Estimate, find
from dashboards.figures.curves import reason_for_gap, retention_info
from dashboards.figures.incidence import incidence_info
from dashboards.figures.pairs import pairs_figure, pairs_height, pairs_print_height
from dashboards.figures.tiles import tiles_info
from dashboards.figures.whiskers import whiskers_figure
from dashboards.formats import decimal, percent, signed, whole
from dashboards.labels import Arms
from dashboards.pages.layout import FILTERS
from dashboards.pages.overview import overview_page
from dashboards.pages.retention import retention_page
from dashboards.pages.today import today_page
from dashboards.pages.your_data import your_data_page
from dashboards.practice_pairs import pairs_of
from dashboards.sentences import incidence
from dashboards.sentences.certainty import meaning
from dashboards.sentences.contrasts import by_check, by_horizon, by_scale, difference_cell
from dashboards.sentences.outcome_grades import outcome_grade_rows
from dashboards.sentences.phrases import finding_clause
from dashboards.sentences.practice import by_gap
from dashboards.sentences.quality import finding, findings, first_step, lead, response_finding
from dashboards.sentences.tiles import tile_people
from dashboards.sentences.workforce import finding as finding_of_parts
from dashboards.sentences.workforce import segment_views
from pipelines.contracts.reportability_rules import load_grade_rules
from pipelines.core.figures import as_told
from pipelines.core.figures import signed as signed_in_tables
from tests.figures.claim_worlds import checked
from tests.figures.outcome_worlds import with_parts
from tests.figures.practice_worlds import practised
from tests.figures.quality_worlds import late_sources
from tests.figures.visible_text import visible_text
from tests.figures.workforce_worlds import NOT_SHOWN, PART_SCHEMA, part
from tests.figures.worlds import (
    clear_difference,
    missing_sources,
    nothing,
    too_early,
    too_little_data,
)

ARMS = Arms("compassionate", "compliance")


@given(tenths=st.integers(-200_000, 200_000), digits=st.integers(0, 2))
def test_halves_go_away_from_zero_on_either_side(tenths: int, digits: int) -> None:
    exact = Decimal(tenths) / 2 / Decimal(10) ** digits  # every second one lies half way
    told = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert Decimal(f"{as_told(float(exact), digits):.{digits}f}") == told
    assert as_told(-float(exact), digits) == -as_told(float(exact), digits)
    assert decimal(float(abs(exact)), digits).removeprefix("under ") == f"{abs(told):,}"


@pytest.mark.parametrize("value", [0.25, 73.05, 0.95, 2.345, 0.125])
def test_decimals_whole_numbers_shares_and_tables_round_alike(value: float) -> None:
    told = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert decimal(value) == f"{told}"
    assert signed(value) == signed_in_tables(value, 1) == f"+{told}"
    assert signed(-value) == f"−{told}"
    assert percent(value / 100, 1) == f"{told}%"
    assert whole(as_told(value, 1)) == int(told.quantize(Decimal(1), ROUND_HALF_UP))


def _absence(value: float) -> Estimate:
    ends = {"conf_low": value - 0.002, "conf_high": value + 0.002}
    return Estimate(
        "unplanned_absence", "mean_difference", 180, "better", estimate=value, **ends,
        status="shown",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-0.0095, "about 10 fewer hours in every 1,000 scheduled are"),
        (-0.006, "about 6 fewer hours in every 1,000 scheduled are"),
        (-0.0004, "slightly fewer hours (under 1 in every 1,000 scheduled) are"),
        (-0.02, "about 2 fewer hours in every 100 scheduled are"),
        (-0.07497, "about 8 fewer hours in every 100 scheduled are"),
    ],
)
def test_about_is_said_of_the_figure_as_told_and_small_ones_of_1000(
    value: float, said: str
) -> None:
    assert finding_clause(_absence(value)).startswith(said)


def test_the_scale_is_told_from_the_figure_as_told() -> None:
    e = replace(_absence(-0.0095), conf_low=-0.012, conf_high=-0.00649)
    told = {each.head: each.text for each in meaning(clear_difference(), e, ())}
    assert told["Scale."].endswith("about 10 fewer, likely range 6 to 12 fewer.")


def test_a_trace_is_about_equal_in_the_table_where_the_tile_says_zero() -> None:
    e = replace(_absence(-0.0004), verdict="no_clear_difference")
    assert difference_cell(e) == "about equal"
    assert signed(e.on_screen[0]) == "0.0"
    assert difference_cell(replace(e, verdict="better")) == "under 0.1 fewer"


def test_too_little_for_a_verdict_tells_the_figure_its_range_and_the_words() -> None:
    data = too_little_data()
    tile = tiles_info(data.comparison, [("voluntary_exit", "risk_difference", 365)])[0]
    contrast = by_horizon(data, ("voluntary_exit",), ARMS)
    *_, row = contrast.cells
    assert (tile.number, row[2], row[4]) == ("−5.2", "5.2 fewer", "Too little data")
    assert row[3] == "21.3 fewer to 11.0 more"
    assert contrast.info.lines[-1].text == "5.2 fewer, too little data"
    assert contrast.info.lines[-1].has_dot
    assert "7 exits in both arms" in visible_text(overview_page(data, None))


@pytest.mark.parametrize("make", [too_little_data, too_early, nothing, clear_difference])
def test_a_difference_has_its_range_beside_it_in_every_table_or_has_neither(make: object) -> None:
    data = make()  # type: ignore[operator]
    for row in by_horizon(data, ("voluntary_exit", "any_exit"), ARMS).cells:
        has_figure = any(each.isdigit() for each in row[2]) or row[2] == "about equal"
        assert has_figure == (row[3] != "–"), row


def test_each_day_of_a_curve_has_its_own_status() -> None:
    data = clear_difference()
    day, figures = pl.col("day"), ("voluntary_exit", "survival", "clustered_conf_low")
    few, early = (day >= 300) & (day < 365), day == 365
    curve = data.retention_curve.with_columns(
        *(pl.when(day < 300).then(name).alias(name) for name in figures),
        status=pl.when(few).then(pl.lit("suppressed")).when(early).then(pl.lit("too_early"))
        .otherwise("status"),
        reason=pl.lit(None, pl.String),
    )  # fmt: skip
    info = incidence_info(curve, ARMS, find(data.comparison, "voluntary_exit", 365))
    assert incidence.cells(info)[-1] == ("12 months", "too early", "too early")
    assert info.missing == ["hidden for privacy", "too early"]
    assert info.a.status_at(310) == "suppressed"
    gap = reason_for_gap(retention_info(curve, ARMS, 365).a)
    assert gap == "hidden for privacy, then too early"


def test_a_range_without_each_one_in_turn_is_never_called_likely() -> None:
    data = checked()
    contrast = by_check(data, find(data.comparison, "voluntary_exit", 365), ARMS)
    spans = [line for line in contrast.info.lines if line.label.startswith("Without each")]
    assert spans
    for line in spans:
        assert f"{line.label}: {line.text}, from smallest to largest " in contrast.description


def test_labels_at_the_lines_are_in_the_unit_of_the_axis() -> None:
    data = clear_difference()
    e = find(data.comparison, "morale", 180, estimand="mean_difference")
    info = by_scale(data, "scales", "Wellbeing", [e], ARMS).info
    assert info.lines[0].at_line == signed(info.lines[0].value or 0.0)
    notes = [note["text"] for note in whiskers_figure(info)["layout"]["annotations"]]
    assert info.lines[0].at_line in notes
    assert info.lines[0].text not in notes


def test_narrow_charts_of_practice_and_filters_say_whole_names() -> None:
    pairs = by_gap(pairs_of(practised(), "behaviour"))
    narrow = pairs_figure(pairs, ARMS, narrow=True)["layout"]
    notes = [note["text"] for note in narrow["annotations"]]
    assert all(pair.label in notes for pair in pairs)
    assert not any("…" in text for text in notes)
    assert narrow["height"] == pairs_height(pairs, narrow=True) > pairs_height(pairs)
    assert pairs_print_height(pairs, narrow=True) > pairs_print_height(pairs, narrow=False)
    assert all(len(everybody) <= 11 for _, _, everybody in FILTERS), "two stand in a row of 390 px"


def _parts(*rows: dict[str, object]) -> object:
    return replace(clear_difference(), segment_estimate=pl.DataFrame(rows, schema=PART_SCHEMA))


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["too_early"] * 2, "Too early to look at parts of the workforce"),
        (["suppressed"] * 2, "The parts of the workforce are hidden for privacy"),
        (["no_data"], "No data on parts of the workforce"),
        ([], "No data on parts of the workforce"),
        (
            ["suppressed", "suppressed", "too_early"],
            "No parts of the workforce can be held against each other: 2 hidden for privacy and 1 "
            "too early",
        ),
    ],
)
def test_the_headline_on_parts_is_what_their_statuses_say(statuses: list[str], said: str) -> None:
    rows = [part("site", f"Site {i}", None, status=s, **NOT_SHOWN) for i, s in enumerate(statuses)]
    frame = pl.DataFrame(rows, schema=PART_SCHEMA)
    frame = frame.with_columns(has_counterparts=pl.lit(value=True))
    assert finding_of_parts(replace(clear_difference(), segment_estimate=frame),
                            "voluntary_exit", 365) == said  # fmt: skip


def test_a_head_count_is_never_too_early() -> None:
    nobody = {"n_people_a": None, "n_people_b": None}
    told, early = (
        part("site", name, None, status="too_early", has_counterparts=True, **NOT_SHOWN) | more
        for name, more in (("North", {}), ("South", nobody))
    )
    frame = pl.DataFrame([told, early], schema=PART_SCHEMA | {"has_counterparts": pl.Boolean})
    data = replace(clear_difference(), segment_estimate=frame)
    rows = segment_views(data, "voluntary_exit", 365)[0].rows
    assert [row[1:3] for row in rows] == [
        ("120 and 95", "too early"), ("hidden for privacy", "too early"),
    ]  # fmt: skip
    e = Estimate("voluntary_exit", "risk_difference", 365, "too_little_data", status="too_early")
    assert tile_people(e) == "hidden for privacy"


def test_parts_say_what_they_are_steadied_towards_where_it_isnt_everybody() -> None:
    read = {"n_pooled": 2, "pooled_mean": -0.167}
    rows = [part("site", name, 0.9, **read) for name in ("North", "South")]
    hidden = part("site", "West", 0.9, status="suppressed", **NOT_SHOWN)
    types = PART_SCHEMA | {"is_heterogeneous": pl.Boolean, "has_counterparts": pl.Boolean}
    for parts, said in (
        (
            [*rows, hidden],
            "Steadied towards what the 2 sites with enough data say together, 16.7 fewer; of "
            "everybody it is 5.2 fewer.",
        ),
        (rows, ""),
    ):
        frame = pl.DataFrame([each | {"has_counterparts": True} for each in parts], schema=types)
        data = replace(clear_difference(), segment_estimate=frame)
        assert segment_views(data, "voluntary_exit", 365)[0].towards == said
    assert "Steadied towards what the 2 sites with enough data" in visible_text(
        retention_page(with_parts(), None)
    )


def test_sources_that_never_came_are_no_data_and_all_named() -> None:
    data = missing_sources()
    found = findings(data)
    assert finding(found) == "7 of 10 outcomes have no data"
    assert first_step(found)[1].startswith("Fatigue surveys, shifts, performance and training: ")
    assert "3 of 3 sources on time, 4 not delivered" in lead(data, found)
    said = visible_text(your_data_page(data, None))
    assert "Not delivered, so not read: fatigue surveys, shifts, performance and training." in said
    assert "Scheduled and missed hours per employee" not in said
    assert "Scheduled and missed hours per employee" in visible_text(
        your_data_page(clear_difference(), None)
    )


def test_a_headline_on_data_lists_some_outcomes_and_never_all() -> None:
    found = findings(late_sources())
    assert ": leaving by choice" in finding(found)
    every = replace(found, cautious=tuple(f"Outcome {i}" for i in range(found.n_reported)))
    assert finding(every).endswith("all of them with caution")
    assert "claim" not in finding(found)


def test_the_response_is_told_by_its_status_and_by_how_many_kinds_there_are() -> None:
    data = clear_difference()
    row = {"quarter": dt.date(2026, 10, 1), "n_people": None, "n_answered": None,
           "response_rate": None, "reason": None, "status": "too_early"}  # fmt: skip
    early = pl.DataFrame(
        [row | {"arm": arm} for arm in (data.arm_a, data.arm_b)], schema=data.response_rate.schema
    )
    said = response_finding(replace(data, response_rate=early))
    assert said == "Too early: nobody has been in the comparison for a whole quarter yet."
    nobody = data.comparison.with_columns(n_people_b=pl.lit(0, pl.Int64))
    assert response_finding(replace(data, comparison=nobody)).startswith("Only one of the two")
    assert response_finding(nothing()).startswith("No data")


def test_what_isnt_judged_says_why_and_not_again_that_it_isnt() -> None:
    data = clear_difference()
    unjudged = replace(
        data,
        outcome_grade=data.outcome_grade.with_columns(grade=pl.lit("reportable")),
        outcome_problem=data.outcome_problem.with_columns(grade=pl.lit("not_judged")),
    )
    reasons = [row.reasons for row in outcome_grade_rows(unjudged) if row.grade == "Not judged"]
    assert reasons
    assert set(reasons) == {("Too little to judge by.",)}


def test_a_mix_of_90_days_is_set_beside_the_year_before_and_not_called_a_move() -> None:
    drifts = [each for each in load_grade_rules().checks if each.check.endswith("_stable")]
    assert len(drifts) > 5
    for each in drifts:
        assert "in the last 90 days" in each.means
        assert each.means.endswith("that of the year before")


def test_today_says_why_there_is_no_map_of_who_is_still_there() -> None:
    data = clear_difference()
    said = visible_text(today_page(replace(data, hire_quarter=data.hire_quarter.clear()), None))
    assert "Who is still there, by quarter of hire: no data." in said
