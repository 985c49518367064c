"""`outcomes.trend` from month rows: which figures, which limits, what is hidden and why."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest

from pipelines.contracts.tables import table_of
from pipelines.contracts.trend_measures import MOVED, trend_measures
from pipelines.core.status import NOT_REPORTABLE, SHOWN, SUPPRESSED
from pipelines.estimators.trend.site_leaving import SITE_LEAVING_SCHEMA, site_leaving
from pipelines.estimators.trend.table import NOT_APART, TREND_SCHEMA, Floors, step_of, trend_table
from tests.figures.today_worlds import CHOSE, months

Row = dict[str, Any]
MAP = "outcomes.site_leaving"


def rows(measure: str, everybody: list[Row], grid: int = 5, **targets: float) -> list[Row]:
    frame = trend_table({("all", "all"): everybody}, targets, Floors(10, grid))
    return [row for row in frame.to_dicts() if row["measure"] == measure]


def test_the_table_has_the_columns_of_its_contract() -> None:
    assert list(TREND_SCHEMA) == [each.name for each in table_of("outcomes.trend").columns]
    frame = trend_table({("all", "all"): months(24)}, {}, Floors(10, 5))
    assert set(frame["measure"]) == {each.name for each in trend_measures()}
    assert frame.height == 24 * len(trend_measures())
    assert frame["is_newest"].sum() == len(trend_measures())


def test_measures_name_columns_that_the_month_tables_publish() -> None:
    for table in ("marts.all_month", "marts.site_month", "marts.arm_month"):
        published = {each.name for each in table_of(table).columns}
        for measure in trend_measures():
            wanted = {measure.numerator, measure.people, measure.status}
            wanted |= {measure.denominator} if measure.denominator else set()
            assert wanted <= published, (table, measure.name)


def test_a_rate_is_annualised_as_shrm_does() -> None:
    """32 left in a month of 1,000 on average: 12 x 32 / 1,000 = 0.384 a year."""
    newest = rows("any_exit_rate", months(24, n_exits=[32]))[-1]
    assert newest["value"] == pytest.approx(0.384)
    assert newest["n_people"] == 1000


def test_the_newest_month_is_held_against_the_others() -> None:
    told = rows("voluntary_exits", months(24, n_exits=[92], n_voluntary_exits=[80]))
    ranges = [abs(b - a) for a, b in pairwise(CHOSE[:23])]
    margin = 2.66 * sum(ranges) / 22 + 2.5
    mean = sum(CHOSE[:23]) / 23
    assert told[-1]["upper_limit"] == pytest.approx(mean + margin)
    assert (told[-1]["usual_low"], told[-1]["usual_high"]) == (10, 35)
    assert (told[-1]["signal"], told[-1]["is_welcome"]) == ("above_limit", False)
    assert {row["signal"] for row in told[:-1]} == {"none"}
    assert (told[-1]["change_month"], told[-1]["change_year"]) == (60, 55)


@pytest.mark.parametrize(
    ("count", "rate"), [("any_exits", "any_exit_rate"), ("voluntary_exits", "voluntary_exit_rate")]
)
def test_a_number_of_leavers_is_judged_by_its_rate(count: str, rate: str) -> None:
    """A third fewer people and as many leavers: usual by their number alone, not by their rate."""
    held = [1500.0] * 20 + [1400.0, 1200.0, 1000.0, 900.0]
    everybody = months(24, average_headcount=held, n_exits=[44], n_voluntary_exits=[40])
    counts, rates = rows(count, everybody), rows(rate, everybody)
    assert rates[-1]["signal"] == "above_limit"
    for one, other in zip(counts, rates, strict=True):
        people = other["n_people"]
        for name in ("signal", "n_run", "is_welcome", "is_trial", "n_points", "phase"):
            assert one[name] == other[name], name
        for name in ("mean", "lower_limit", "upper_limit"):
            assert one[name] == pytest.approx(other[name] * people / 12), name
        outside = one["value"] > one["usual_high"] or one["value"] < one["usual_low"]
        assert outside == (other["signal"] in ("above_limit", "below_limit"))


def test_equal_rounded_numbers_among_fewer_and_fewer_people_do_not_rise() -> None:
    """Ten seven times while a centre shrinks: exact they are more per head, rounded they may be."""
    held = [1600.0] * 17 + [1600.0 - 80 * n for n in range(1, 8)]
    told = [5, 10, 15] * 5 + [10, 5] + [10] * 7
    everybody = months(24, average_headcount=held, n_exits=[40] * 24, n_involuntary_exits=told)
    assert rows("involuntary_exit_rate", everybody, grid=0)[-1]["signal"] != "none"
    assert {row["signal"] for row in rows("involuntary_exit_rate", everybody)} == {"none"}
    climbing = months(24, n_exits=[60] * 7, n_involuntary_exits=list(range(10, 45, 5)))
    assert rows("involuntary_exit_rate", climbing)[-1]["signal"] == "rising"


@pytest.mark.parametrize(("ago", "is_told"), [(0, False), (23, False), (24, True)])
def test_a_way_of_leaving_that_reads_as_more_than_all_is_not_told(ago: int, is_told: bool) -> None:
    """15 of 13 in one of the newest 24 months: no number and no rate of any month."""
    year = months(24)
    early = [row | {"month": row["month"].replace(year=row["month"].year - 2)} for row in year]
    everybody = [dict(row) for row in [*early, *year]]
    everybody[-1 - ago] |= {"n_exits": 13, "n_voluntary_exits": 15}
    everybody[-3] |= {"exits_status": SUPPRESSED}
    for measure in ("voluntary_exits", "voluntary_exit_rate"):
        told = rows(measure, everybody)
        assert (told[-1]["value"] is not None) == is_told
        expected = {SHOWN, SUPPRESSED} if is_told else {NOT_REPORTABLE}
        assert {row["status"] for row in told} == expected
        if not is_told:
            assert {row["reason"] for row in told} == {NOT_APART.format(5)}
            assert {row["signal"] for row in told} == {None}
    assert rows("any_exits", everybody)[-1]["value"] is not None


@pytest.mark.parametrize(
    ("column", "measure", "usual", "below", "step"),
    [
        ("mean_emotional_exhaustion_0_100", "exhaustion", 40.5, 40.0, 10.0),
        ("unplanned_absence_rate", "unplanned_absence", 0.042, 0.04, 0.005),
        ("csat_mean_1_5", "customer_satisfaction", 3.98, 3.96, 0.05),
    ],
)
def test_rounding_makes_no_run_and_no_month_outside(
    column: str, measure: str, usual: float, below: float, step: float
) -> None:
    """Eight months of the same rounded figure, no further from the mean than rounding moves it."""
    told = [usual] * 16 + [below] * 8
    exact = months(24, **{column: told})
    rounded = [row | {step_of(column): step} for row in exact]
    assert rows(measure, exact)[-1]["signal"] != "none"
    assert {row["signal"] for row in rows(measure, rounded)} == {"none"}
    newest = rows(measure, rounded)[-1]
    mean = sum(told[:-1]) / 23
    move = (usual - below) / 22  # one move of many, which stands out, and is left aside
    assert newest["mean"] == pytest.approx(mean)
    assert newest["upper_limit"] - newest["mean"] <= step / 2 + 2.66 * move + 1e-9


def test_a_share_has_no_usual_range_beyond_all() -> None:
    newest = rows("coached_30_days", months(24, n_coached_lately=[700, 990] * 12))[-1]
    assert newest["mean"] + (newest["mean"] - newest["lower_limit"]) > 1
    assert newest["upper_limit"] == newest["usual_high"] == 1


def test_months_that_rise_throughout_have_no_usual_range() -> None:
    """By hand: steps of 0.01 from 3.80 make limits of 2.66 x 0.01 around 3.91: 5 of 23 inside."""
    told = rows(
        "customer_satisfaction", months(24, csat_mean_1_5=[3.8 + n / 100 for n in range(24)])
    )
    assert {(row["mean"], row["upper_limit"], row["usual_low"]) for row in told} == {(None,) * 3}
    assert {row["reason"] for row in told} == {MOVED["risen"]}
    assert [row["signal"] for row in told] == ["none"] * 23 + ["rising"]
    assert told[-1]["is_welcome"] is True
    rate = [0.30] * 12 + [0.60] * 12
    everybody = months(24, n_exits=[round(1000 * each / 12) for each in rate])
    for measure in ("any_exit_rate", "any_exits"):
        newest = rows(measure, everybody)[-1]
        assert (newest["reason"], newest["signal"]) == (MOVED["risen"], "rising"), measure
        assert newest["is_welcome"] is False
    once = rows("any_exit_rate", months(24, n_exits=[25, 35] * 11 + [25, 300]))
    assert once[-1]["signal"] == "above_limit", "one month far outside is no trend"


def test_months_hidden_because_few_left_set_no_limits() -> None:
    shown = ["shown"] * 23
    told = rows("voluntary_exits", months(24, exits_status=["suppressed", *shown]))
    assert told[0]["value"] is None
    assert told[0]["status"] == "suppressed"
    assert all(row["mean"] is None and row["signal"] in ("none", None) for row in told)
    other = rows("exhaustion", months(24, survey_status=["suppressed", *shown]))
    assert other[0]["value"] is None
    assert other[-1]["mean"] is not None


def test_a_cohort_that_cannot_have_been_observed_is_never_zero() -> None:
    early = months(24, n_left_early=[0] * 24, starters_status=["no_data"] * 3 + ["shown"] * 18
                   + ["too_early"] * 3)  # fmt: skip
    told = rows("left_within_90_days", early)
    assert [row["status"] for row in told if row["value"] is None] == ["no_data"] * 3 + [
        "too_early"
    ] * 3
    assert {row["value"] for row in told if row["status"] == SHOWN} == {0.0}


@pytest.mark.parametrize(
    ("target", "state"), [(4.2, "out_of_reach"), (3.9, "met_at_times"), (3.5, "met_as_a_rule")]
)
def test_where_the_limits_lie_from_a_target(target: float, state: str) -> None:
    assert rows("customer_satisfaction", months(24), customer_satisfaction=target)[-1][
        "target_state"
    ] == state  # fmt: skip


def test_targets_of_what_should_be_low_lie_the_other_way() -> None:
    for target, state in ((0.06, "met_as_a_rule"), (0.01, "out_of_reach")):
        told = rows("unplanned_absence", months(24), unplanned_absence=target)
        assert told[-1]["target_state"] == state


def test_a_break_sets_the_limits_anew_and_judges_no_month_by_what_was_before() -> None:
    """Ten at 3.5, fourteen at 4.5: as one stretch full of signals, as two without any."""
    low, high = [3.5, 3.52, 3.48] * 3 + [3.5], [4.5, 4.52, 4.48] * 4 + [4.5, 4.51]
    everybody = months(24, csat_mean_1_5=[*low, *high])
    whole = rows("customer_satisfaction", everybody)
    assert {row["signal"] for row in whole} != {"none"}
    day = dt.date(2025, 9, 17)
    assert everybody[10]["month"] == day.replace(day=1)
    frame = trend_table(
        {("all", "all"): everybody},
        {},
        Floors(10, 5),
        {"customer_satisfaction": {"New survey": day}},
    )
    told = [row for row in frame.to_dicts() if row["measure"] == "customer_satisfaction"]
    assert [row["phase"] for row in told] == [1] * 10 + [2] * 14
    assert [row["break_reason"] for row in told] == [None] * 10 + ["New survey"] * 14
    assert {row["signal"] for row in told} == {"none"}
    assert told[0]["mean"] == pytest.approx(sum(low) / 10)
    assert told[-1]["mean"] == pytest.approx(sum(high[:-1]) / 13)
    assert (told[0]["is_trial"], told[-1]["is_trial"]) == (True, False)
    assert [row["is_newest"] for row in told] == [False] * 23 + [True]
    other = [row for row in frame.to_dicts() if row["measure"] == "handle_time"]
    assert {row["phase"] for row in other} == {1}


def test_the_likely_range_of_a_rate_is_garwoods() -> None:
    """10 events: 4.795 to 18.390 (Garwood 1936, as every table of Poisson limits has it)."""
    newest = rows("any_exit_rate", months(24, n_exits=[10]))[-1]
    assert newest["conf_low"] == pytest.approx(12 * 4.795 / 1000, abs=1e-5)
    assert newest["conf_high"] == pytest.approx(12 * 18.390 / 1000, abs=1e-5)
    none = rows("any_exit_rate", months(24, n_exits=[0]))[-1]
    assert (none["conf_low"], none["conf_high"]) == (
        0.0,
        pytest.approx(12 * 3.689 / 1000, abs=1e-5),
    )
    assert rows("voluntary_exit_rate", months(24))[-1]["conf_low"] is None


def _map(n_months: int = 24, **sites: list[Row]) -> list[Row]:
    whole = [row["month"] for row in months(n_months)]
    trend = trend_table({("site", name): part for name, part in sites.items()}, {}, Floors(10, 5))
    return site_leaving(sites, trend, whole).to_dicts()


def test_the_map_has_months_where_enough_leave_and_quarters_elsewhere() -> None:
    few = months(24, n_exits=[0, 1, 2] * 8, average_headcount=[50.0] * 24)
    cells = _map(Aster=months(24), Birch=few)
    assert list(SITE_LEAVING_SCHEMA) == [each.name for each in table_of(MAP).columns]
    assert [c["per"] for c in cells if c["site"] == "Aster"] == ["month"] * 24
    small = [c for c in cells if c["site"] == "Birch"]
    assert {c["per"] for c in small} == {"quarter"}
    # November 2024 to October 2026: the first quarter begins too late, the last is not over
    assert [c["status"] for c in small] == ["not_reportable", *["shown"] * 7, "too_early"]
    told = [c for c in small if c["status"] == "shown"]
    assert [c["value"] for c in told] == pytest.approx([12 * 3 / 150] * 7)
    assert {c["last_month"].month - c["first_month"].month for c in told} == {2}
    assert max(c["level"] for c in cells if c["level"]) == 5


def test_a_quarter_with_a_hidden_month_is_hidden() -> None:
    hidden = months(24, status=["suppressed"] * 3 + ["shown"] * 21, n_exits=[1] * 24)
    cells = _map(Aster=hidden)
    assert [c["status"] for c in cells][:3] == ["not_reportable", "suppressed", "shown"]
    assert all(c["value"] is None and c["level"] is None for c in cells if c["status"] != "shown")


def test_a_quarter_in_which_a_site_closes_is_not_called_without_data() -> None:
    here = months(24, n_exits=[1] * 24)
    cells = _map(Aster=here[:18])  # April 2026 is the last month with people
    assert [c["status"] for c in cells][-4:] == ["shown", "not_reportable", "no_data", "too_early"]
    assert [c["reason"] for c in cells][-3] == "quarter not whole"


def test_limits_never_lie_under_what_can_be() -> None:
    told = rows("any_exits", months(24, n_exits=[0, 9] * 12), 0)
    assert told[-1]["lower_limit"] == 0.0
    assert told[-1]["usual_low"] == 0.0


def test_stocks_have_no_limits() -> None:
    for measure in ("headcount", "arm_a_sessions"):
        assert all(row["mean"] is None for row in rows(measure, months(24)))


def test_few_leavers_a_month_are_not_judged_month_by_month() -> None:
    for measure in ("any_exits", "any_exit_rate"):
        told = rows(measure, months(24, n_exits=[0, 1, 2] * 7 + [0, 1, 6]))
        assert told[-1]["value"] is not None
        assert told[-1]["mean"] is None
        assert told[-1]["reason"] == "too few leave a month to say what is usual"
    assert rows("any_exits", months(24, n_exits=[2, 3, 2] * 8))[-1]["mean"] is not None


def test_no_figure_is_about_fewer_than_the_smallest_group() -> None:
    """Of a group that has just begun, half of the closing headcount is few people."""
    few = months(24, average_headcount=[4.5], n_closing=[9])
    for measure in ("any_exit_rate", "any_exits", "coached_30_days"):
        newest = rows(measure, few)[-1]
        assert newest["status"] == "suppressed"
        assert newest["value"] is None
        assert newest["n_people"] is None


def test_turnover_is_of_twelve_whole_months_or_none() -> None:
    """SHRM: leavers of a year over the mean of its months' headcounts."""
    left, held = list(range(10, 34)), [1000 - 10 * n for n in range(24)]
    told = rows("turnover", months(24, n_exits=left, average_headcount=held))
    assert [row["status"] for row in told] == ["too_early"] * 11 + ["shown"] * 13
    assert told[-1]["value"] == pytest.approx(sum(left[-12:]) / (sum(held[-12:]) / 12))
    assert told[-1]["mean"] is None
    hidden = rows("turnover", months(24, status=["shown"] * 14 + ["suppressed"] + ["shown"] * 9))
    assert [row["status"] for row in hidden[12:]] == ["shown"] * 2 + ["suppressed"] * 10


def test_a_break_of_a_number_of_leavers_holds_for_its_rate() -> None:
    everybody = {("all", "all"): months(24)}
    day = months(24)[12]["month"]
    for named in ("any_exits", "any_exit_rate"):
        frame = trend_table(everybody, {}, Floors(10, 5), {named: {"Move": day}})
        broken = frame.filter(phase=2)["measure"].unique().to_list()
        assert set(broken) == {"any_exits", "any_exit_rate", "turnover"}
