"""Claims and curves as they leave: nothing finer than the grid, no count under a floor."""

from __future__ import annotations

import math

import polars as pl
import pytest

from pipelines.claims.claim_estimate import (
    ClaimEstimate,
    MinimumCounts,
    rounded,
    without_small_counts,
)
from pipelines.contracts.claims import EstimateSpec
from pipelines.core.status import NO_DATA, NOT_REPORTABLE
from pipelines.disclosure.comparison import _rounded_band, released_curve
from pipelines.disclosure.confidentiality import Protection
from tests.disclosure.rows import DEFAULT, EXACT

FLOOR = MinimumCounts(min_group=10, min_coaches=3, min_leavers=5)
SPEC = EstimateSpec(
    name="change", label="change", estimator="slope", frame="episode", outcome="quality_score",
    unit="points",
)  # fmt: skip


def test_people_are_counted_on_the_grid_where_there_is_no_estimate_too() -> None:
    found = ClaimEstimate(n_people=73, n_coaches=6, status=NOT_REPORTABLE, reason="no weights")
    assert rounded(found, 5, SPEC).n_people == 75
    assert rounded(found, 0, SPEC).n_people == 73
    assert rounded(found, 5, SPEC).rounding is None


@pytest.mark.parametrize(("n_people", "n_coaches"), [(2, 5), (9, 5), (40, 2)])
def test_few_people_or_coaches_are_not_counted(n_people: int, n_coaches: int) -> None:
    found = ClaimEstimate(n_people=n_people, n_coaches=n_coaches, status=NO_DATA, reason="no data")
    told = without_small_counts(found, FLOOR)
    assert (told.n_people, told.n_coaches, told.status) == (None, None, NO_DATA)


def test_enough_people_and_nobody_are_counted() -> None:
    for n_people in (0, 10, 400):
        found = ClaimEstimate(n_people=n_people, n_coaches=3)
        assert without_small_counts(found, FLOOR) == found


@pytest.mark.parametrize("protection", [DEFAULT, EXACT])
def test_the_curve_hides_how_people_left_where_the_comparison_does(
    protection: Protection,
) -> None:
    days = [0, 7, 14]
    frame = pl.DataFrame(
        {
            "design": "unadjusted", "segment": "all", "segment_value": "all", "arm": "a",
            "day": days, "at_risk": [60, 50, 40], "n_events": [0, 10, 10],
            "survival": [1.0, 0.83, 0.67], "voluntary_exit": [0.0, 0.1, 0.2],
            "involuntary_exit": [0.0, 0.07, 0.13], "other_exit": [0.0, 0.0, 0.0],
            "status": "shown", "reason": None,
        }
    )  # fmt: skip
    told = released_curve(frame, (14,), protection, is_shown=True, are_kinds_shown=False)
    assert told["survival"].to_list() == [1.0, 0.83, 0.67]
    for kind in ("voluntary_exit", "involuntary_exit", "other_exit"):
        assert told[kind].null_count() == 3
    open_kinds = released_curve(frame, (14,), protection, is_shown=True, are_kinds_shown=True)
    assert open_kinds["voluntary_exit"].null_count() == 0


def test_a_horizon_that_nobody_can_have_been_followed_to_is_too_early_and_not_hidden() -> None:
    why = "too early: nobody in the a group has been followed for 14 days yet"
    frame = pl.DataFrame(
        {
            "design": "unadjusted", "segment": "all", "segment_value": "all", "arm": "a",
            "day": [0, 7, 13, 14], "at_risk": [60, 50, 4, 0], "n_events": [0, 10, 0, 0],
            "survival": [1.0, 0.83, 0.83, None], "status": ["shown"] * 3 + ["too_early"],
            "reason": [None] * 3 + [why],
        }
    )  # fmt: skip
    for early, (status, reason) in {
        (14, 28): ("too_early", why),
        (28,): ("suppressed", "hidden for privacy"),
    }.items():
        told = released_curve(frame, (), DEFAULT, is_shown=True, are_kinds_shown=True, early=early)
        assert told["status"].to_list() == ["shown", "shown", "suppressed", status]
        assert told["reason"].to_list()[-1] == reason
        assert told["at_risk"].null_count() == told["survival"].null_count() == 2


def test_ranges_of_how_people_left_lie_about_the_rounded_share_and_are_no_narrower() -> None:
    def ends(share: float, margin: float) -> tuple[float | None, float | None]:
        if not share:
            return None, None
        width = margin / (share * abs(math.log(share)))
        return share ** math.exp(width), share ** math.exp(-width)

    shares, errors, quantile = [0.0, 0.098, 0.203, 0.21], [0.0, 0.04, 0.05, 0.05], 2.1
    exact = [ends(share, quantile * q) for share, q in zip(shares, errors, strict=True)]
    frame = pl.DataFrame(
        {
            "design": "weighted", "segment": "all", "segment_value": "all", "arm": "a",
            "day": [0, 7, 14, 21], "at_risk": [100, 88, 77, 76], "n_events": [0, 12, 11, 1],
            "voluntary_exit": shares, "voluntary_exit_std_error": errors,
            "voluntary_exit_conf_low": [low for low, _ in exact],
            "voluntary_exit_conf_high": [high for _, high in exact],
            "status": "shown", "reason": None,
        }
    )  # fmt: skip
    told = released_curve(frame, (14,), DEFAULT, is_shown=True, are_kinds_shown=True)
    step = DEFAULT.base(DEFAULT.class_of("voluntary_exit")) / 100
    assert told["voluntary_exit"].to_list() == pytest.approx([0.0, 0.1, 0.2, 0.2])
    half = step / 2
    coarse = [math.ceil(math.hypot(q, step / 12**0.5) / half) * half for q in (0.04, 0.05, 0.05)]
    assert told["voluntary_exit_std_error"].to_list()[1:] == pytest.approx(coarse)
    for day, share in ((1, 0.1), (2, 0.2), (3, 0.2)):
        row, wanted = told.row(day, named=True), ends(share, quantile * coarse[day - 1])
        shown = row["voluntary_exit_conf_low"], row["voluntary_exit_conf_high"]
        assert shown == pytest.approx(wanted, abs=step / 19)
        low, high = exact[day]
        assert shown[1] - shown[0] >= (high or 0) - (low or 0) - step / 10
    assert told.row(3)[7:] == told.row(2)[7:], "still where too few have left since"
    hidden = released_curve(frame, (14,), DEFAULT, is_shown=True, are_kinds_shown=False)
    assert hidden["voluntary_exit_conf_high"].null_count() == 4


@pytest.mark.parametrize(
    ("share", "band"),
    [(0.0, (0.0, None, None)), (1.0, (0.01, 1.0, 1.0)), (0.4, (0.3, 0.0, 1.0))],
)
def test_a_share_of_nobody_or_everybody_or_with_any_limit_has_no_range(
    share: float, band: tuple[float | None, ...]
) -> None:
    assert list(_rounded_band(share, band, 0.05)) == [None, None, None]
