"""What is concluded of released rows, row by row against the rule said in plain Python."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.contracts.tables import empty_frame
from pipelines.estimators import conclusions
from pipelines.estimators.covariate_balance import with_alike
from pipelines.estimators.credibility import groups
from pipelines.estimators.credibility.measured import Study
from pipelines.estimators.next_look import next_look
from pipelines.measurement.practice_summary import practice_summary, with_gap

FIGURE = st.none() | st.floats(-1, 1, allow_nan=False)
ARMS = ("mentor", "manager")


def rows_of(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a table as its contract types them; what isn't said is NULL."""
    empty = empty_frame(table)
    full = [dict.fromkeys(empty.columns) | row for row in rows]
    return pl.DataFrame(full, schema=empty.schema)


@given(
    value=FIGURE, ends=st.tuples(FIGURE, FIGURE), is_lower_better=st.booleans(),
    estimand=st.sampled_from(["risk_difference", "mean_difference", "risk_ratio"]),
)  # fmt: skip
def test_a_check_gets_the_verdict_of_its_own_range(
    value: float | None, ends: tuple[float | None, float | None], is_lower_better: bool,
    estimand: str,
) -> None:  # fmt: skip
    low, high = ends
    row = {"outcome": "x", "estimand": estimand, "value": value, "range_low": low,
           "range_high": high}  # fmt: skip
    frame = rows_of("outcomes.sensitivity", [row])
    (found,) = conclusions.sensitivity(frame, {"x"} if is_lower_better else set())["verdict"]
    if value is None or low is None or high is None or estimand == "risk_ratio":
        assert found is None
    elif low <= 0 <= high:
        assert found == "no_clear_difference"
    elif low > 0 or high < 0:
        assert found == ("better" if (value < 0) == is_lower_better else "worse")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.74, 0.83), "better"),
        ((1.1, 1.4), "worse"),
        ((0.9, 1.1), "no_clear_difference"),
        ((None, None), None),
    ],
)
def test_a_ratio_of_rates_is_held_against_one(
    ends: tuple[float | None, float | None], expected: str | None
) -> None:
    middle = None if ends[0] is None or ends[1] is None else sum(ends) / 2
    figures = {"value": middle, "range_low": ends[0], "range_high": ends[1]}
    asked = ("rate_by_regression", "ever_coached_naive")
    rows = [{"outcome": "x", "estimand": "rate_ratio", "check": each, **figures} for each in asked]
    told = conclusions.sensitivity(rows_of("outcomes.sensitivity", rows), {"x"})
    assert told["verdict"].to_list() == [expected, None]
    assert told["value"].to_list() == [middle, middle]


def test_a_part_that_has_one_kind_alone_has_it_in_every_outcome() -> None:
    """Nobody has a value there yet either; where both kinds are, that is no lack of people."""
    exits = {"outcome": "voluntary_exit", "estimand": "risk_difference", "status": "no_data"}
    hours = {"outcome": "unplanned_absence", "estimand": "mean_difference", "status": "no_data"}
    nobody = {"n_people_a": 0, "n_people_b": 0}
    rows = [
        exits | {"segment_value": "Q4", "n_people_a": 0, "n_people_b": None},
        hours | nobody | {"segment_value": "Q4"},
        exits | {"segment_value": "Q3", "n_people_a": 12, "n_people_b": 15, "status": "shown"},
        hours | nobody | {"segment_value": "Q3"},
    ]
    named = [row | {"segment": "period"} for row in rows]
    told = conclusions.segment_estimate(rows_of("outcomes.segment_estimate", named), set())
    assert told["has_counterparts"].to_list() == [False, False, True, True]


@given(size=st.floats(0.09, 0.11))
def test_groups_are_alike_by_the_figure_before_rounding_in_table_and_grade(size: float) -> None:
    """0.104 is no longer alike, though two decimals would make 0.10 of it."""
    rows = [{"covariate": "tenure", "smd_before": 0.3, "smd_after": -size}]
    balance = with_alike(rows_of("outcomes.covariate_balance", rows))
    spec = SimpleNamespace(covariates=[SimpleNamespace(name="tenure", in_words="tenure")])
    study = SimpleNamespace(cohort=SimpleNamespace(people=None, spec=spec, adjusted=None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "covariate_balance", lambda *_: balance)
        measured = groups.means_of(cast(Study, study))
    level = load_credibility_rules()["balance"].level_of(measured.value)
    assert balance["is_alike_after"].to_list() == [size <= 0.1] == [level == "passed"]


@given(
    n=st.integers(1, 2000), size=FIGURE, f=st.none() | st.floats(0, 90),
    p=st.none() | st.floats(0, 1),
)  # fmt: skip
def test_limits_hold_on_the_figure_that_is_shown(
    n: int, size: float | None, f: float | None, p: float | None
) -> None:
    balance = rows_of("outcomes.covariate_balance", [{"smd_before": size, "smd_after": size}])
    told = with_alike(balance).row(0, named=True)
    assert told["is_alike_after"] == told["is_alike_before"]
    assert told["is_alike_after"] is (None if size is None else abs(size) <= 0.1)
    weights = rows_of("outcomes.weight_summary", [{"n_people": n, "effective_sample_size": n / 2}])
    assert conclusions.weight_summary(weights)["is_even"].to_list() == [True]
    stage = [{"f_statistic": f, "min_f_statistic": 10.0}, {"f_statistic": f}]
    strong = conclusions.instrument(rows_of("outcomes.instrument", stage))["is_strong"].to_list()
    assert strong == ([None, None] if f is None else [f >= 10, True])
    events = rows_of("outcomes.event_study", [{"pre_trend_p_value": p}])
    (parted,) = conclusions.event_study(events)["has_parted_before"]
    assert parted is (None if p is None else p < 0.05)


@pytest.mark.parametrize(
    ("alpha", "grade"),
    [(None, None), (0.66, "unreliable"), (0.67, "tentative"), (0.8, "reliable")],
)
def test_alpha_is_graded_by_krippendorffs_limits(alpha: float | None, grade: str | None) -> None:
    frame = rows_of("quality.rater_agreement", [{"estimate": alpha}])
    assert conclusions.rater_agreement(frame)["reliability"].to_list() == [grade]


def test_errors_are_held_against_each_other_where_both_are_known() -> None:
    pairs = [(0.01, 0.011), (0.01, 0.0109), (0.0, 0.01), (None, 0.01), (0.01, None)]
    rows = [{"std_error": plain, "clustered_std_error": robust} for plain, robust in pairs]
    told = conclusions.retention_curve(rows_of("outcomes.retention_curve", rows))
    assert told["error_ratio"].round(6).to_list() == [1.1, 1.09, None, None, None]
    assert told["is_clustered"].to_list()[1:] == [False, None, None, None]


def asked(**values: Any) -> dict[str, Any]:
    """One adjusted difference of everybody, all of it shown."""
    return {
        "outcome": "any_exit", "horizon_days": 90, "estimand": "risk_difference",
        "design": "weighted", "segment": "all", "segment_value": "all", "status": "shown",
        "n_people_a": 40, "n_people_b": 61, "estimate": 0.1, "conf_low": 0.0, "conf_high": 0.2,
    } | values  # fmt: skip


@given(until=st.dates(max_value=dt.date(9000, 1, 1)))
def test_everybody_has_been_followed_a_horizon_after_the_data_end(until: dt.date) -> None:
    (told,) = next_look(rows_of("outcomes.comparison", [asked()]), until).to_dicts()
    assert told["followed_on"] == until + dt.timedelta(days=90)


def test_without_people_or_an_interval_nothing_is_forecast() -> None:
    hidden = asked(n_people_a=None, status="suppressed", reason="hidden for privacy: few")
    open_ended = asked(horizon_days=180, conf_low=None)
    frame = rows_of("outcomes.comparison", [hidden, open_ended])
    first, second = next_look(frame, dt.date(2026, 10, 31)).to_dicts()
    assert (first["status"], first["reason"]) == ("suppressed", "hidden for privacy: few")
    assert first["followed_on"] is None
    assert second["followed_on"] == dt.date(2027, 4, 29)


SHARE = st.none() | st.integers(0, 100).map(lambda n: n / 100)


@given(shares=st.lists(st.tuples(SHARE, SHARE), min_size=1, max_size=6))
def test_behaviours_are_told_apart_by_their_shown_shares(
    shares: list[tuple[float | None, float | None]],
) -> None:
    rows = [
        {"topic": "behaviour", "measure": f"m{i}", "arm": arm, "position": i, "value": value,
         "status": "shown" if value is not None else "suppressed"}
        for i, pair in enumerate(shares)
        for arm, value in zip(ARMS, pair, strict=True)
    ]  # fmt: skip
    frame = with_gap(rows_of("outcomes.coaching_practice", rows), *ARMS)
    gaps = {f"m{i}": a - b for i, (a, b) in enumerate(shares) if a is not None and b is not None}
    assert {r["measure"]: r["gap"] for r in frame.to_dicts() if r["gap"] is not None} == gaps
    (told,) = practice_summary(frame, ARMS[0]).to_dicts()
    if not gaps:
        assert (told["status"], told["n_compared"]) == ("suppressed", None)
        return
    assert told["n_compared"] == len(gaps)
    assert told["n_apart"] == sum(abs(gap) >= 0.2 for gap in gaps.values())
    assert abs(gaps[told["most"]]) == max(map(abs, gaps.values()))


@pytest.mark.parametrize("video", [0.3, None])
def test_the_rest_of_unlike_parts_is_not_held_against_each_other(video: float | None) -> None:
    """Where one kind tells of video and the other has it among "other", these aren't the same."""
    shares = {"in_person": (0.5, 0.5), "video": (0.3, video), "other": (0.2, 0.5)}
    rows = [
        {"topic": "modality", "measure": name, "arm": arm, "position": i, "value": value,
         "status": "shown"}
        for i, (name, pair) in enumerate(shares.items())
        for arm, value in zip(ARMS, pair, strict=True) if value is not None
    ]  # fmt: skip
    (told,) = practice_summary(
        with_gap(rows_of("outcomes.coaching_practice", rows), *ARMS), ARMS[0]
    ).to_dicts()
    assert (told["most"], told["n_compared"]) == (
        ("in_person", 1) if video is None else ("other", 3)
    )


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ([(5, 5, 5), (5, 5, 5)], ("all_mixed", 10, 10, 0, False)),
        ([(9, 9, None), (3, 3, None)], ("all_both", 12, None, 0, False)),
        ([(4, 0, 0), (5, 5, 5)], ("mostly_both", 5, 5, 4, False)),
        ([(4, 0, 0), (5, 5, 0), (3, 0, 0)], ("mostly_pure", 5, 0, 7, True)),
        ([(8, 0, 0)], ("all_pure", 0, 0, 8, True)),
        ([(9, None, None), (3, None, None)], (None, None, None, None, None)),
    ],
)
def test_coaches_who_give_both_are_added_up_from_what_bands_tell(
    bands: list[tuple[int, int | None, int | None]], expected: tuple[Any, ...]
) -> None:
    total = sum(n for n, _, _ in bands)
    rows = [
        {"topic": "coach_mix", "measure": f"band {i}", "position": i, "n_coaches": n,
         "value": n / total, "n_coaches_both": both, "n_coaches_mixed": mixed, "status": "shown"}
        for i, (n, both, mixed) in enumerate(bands)
    ]  # fmt: skip
    frame = with_gap(rows_of("outcomes.coaching_practice", rows), *ARMS)
    (told,) = practice_summary(frame, ARMS[0]).to_dicts()
    found = tuple(
        told[name] for name in ("conclusion", "n_both", "n_mixed", "n_pure", "is_mostly_pure")
    )
    assert found == expected
    assert told["n_coaches"] == total
    assert told["most"] == f"band {max(range(len(bands)), key=lambda i: bands[i][0])}"
