"""The roll-out of the coaches' training: worlds with a known change, and what isn't reported."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.estimators.designs.training_did import TrainingRollout, training_rollout
from tests.reference.support import spec_of

N_MONTHS = 24


def coach_months(
    seed: int = 1,
    n_coaches: int = 120,
    *,
    change: float = 0.0,
    drift: float = 0.0,
    share_trained: float = 0.5,
) -> pl.DataFrame:
    """Draw coaches with 20 agents each; training adds `change` to the monthly share that leaves.

    `drift` adds to it in every month before the training already.
    """
    rng = np.random.default_rng(seed)
    first = dt.date(2024, 1, 1)
    rows = []
    for coach in range(n_coaches):
        level = rng.uniform(0.03, 0.07)
        trained = int(rng.integers(8, 18)) if rng.random() < share_trained else None
        for month in range(N_MONTHS):
            since = None if trained is None else month - trained
            risk = level + 0.0005 * month
            risk += change if since is not None and since > 0 else 0.0
            risk += drift * (since + 12) if since is not None and -12 < since < 0 else 0.0
            left = int(rng.binomial(20, min(max(risk, 0.0), 1.0)))
            chosen = int(rng.binomial(left, 0.7))
            is_kind = 0.4 + (0.3 if since is not None and since > 0 else 0.0)
            rows.append(
                {
                    "coach_key": f"coach-{coach:03d}",
                    "month": _month(first, month),
                    "training_month": None if trained is None else _month(first, trained),
                    "n_agents": 20,
                    "n_voluntary_exits": chosen,
                    "n_involuntary_exits": left - chosen,
                    "n_any_exits": left,
                    "n_arm_sessions": 15,
                    "n_arm_a_sessions": int(rng.binomial(15, is_kind)),
                    "n_coded_sessions": 10,
                    "compassionate_share": is_kind + rng.normal(scale=0.05),
                }
            )
    return pl.DataFrame(rows, schema_overrides={"training_month": pl.Date})


def _month(first: dt.date, number: int) -> dt.date:
    years, month = divmod(first.month - 1 + number, 12)
    return dt.date(first.year + years, month + 1, 1)


def told(found: TrainingRollout, outcome: str = "any_exit") -> dict[str, Any]:
    return found.comparison.row(by_predicate=pl.col("outcome") == outcome, named=True)


def events(found: TrainingRollout, outcome: str) -> pl.DataFrame:
    return found.events.filter(outcome=outcome)


def test_a_change_after_the_training_is_found() -> None:
    rows = [
        told(training_rollout(coach_months(seed, change=-0.02), spec_of())) for seed in range(1, 13)
    ]
    mean = np.mean([row["estimate"] for row in rows])
    error = np.mean([row["std_error"] for row in rows])
    assert mean == pytest.approx(-0.02, abs=2 * error / np.sqrt(12))
    assert sum(row["verdict"] == "better" for row in rows) >= 10
    row = rows[0]
    assert row["design"] == "training_rollout"
    assert (row["horizon_days"], row["estimand"]) == (30, "risk_difference")
    assert row["value_a"] - row["value_b"] == pytest.approx(row["estimate"])
    assert (row["arm_a"], row["arm_b"]) == ("trained coaches", "coaches yet to be trained")
    n_trained = coach_months(change=-0.02).drop_nulls("training_month")["coach_key"].n_unique()
    assert row["n_people_a"] == 20 * n_trained
    assert row["n_people_b"] == 20 * 120


def test_the_coaching_itself_moves_with_the_training() -> None:
    found = training_rollout(coach_months(), spec_of())
    first = found.first_stages.row(0, named=True)
    assert first["conf_low"] < 0.3 < first["conf_high"]
    assert first["f_statistic"] == pytest.approx((first["first_stage"] / first["std_error"]) ** 2)
    assert first["f_statistic"] > 100
    share = events(found, "compassionate_share")
    after = share.filter(pl.col("months_since_training") >= 0)["estimate"]
    before = share.filter(pl.col("months_since_training") < 0)["estimate"]
    assert after.mean() == pytest.approx(0.3, abs=0.02)
    assert before.mean() == pytest.approx(0.0, abs=0.02)
    assert sorted(share["months_since_training"]) == [*range(-12, -6), *range(12)]


@pytest.mark.slow  # quicker: the change that is found above
def test_over_many_worlds_without_a_change_intervals_cover_none() -> None:
    rows = [told(training_rollout(coach_months(seed), spec_of())) for seed in range(40)]
    shown = [row for row in rows if row["estimate"] is not None]
    covered = sum(row["conf_low"] <= 0.0 <= row["conf_high"] for row in shown)
    assert len(shown) >= 38
    assert covered >= 0.85 * len(shown)
    estimates = np.array([row["estimate"] for row in shown])
    assert abs(estimates.mean()) < 3 * estimates.std() / np.sqrt(len(shown))


def test_sides_that_had_parted_before_are_not_reported() -> None:
    row = told(training_rollout(coach_months(drift=0.01, n_coaches=200), spec_of()))
    assert row["verdict"] == "not_reportable"
    assert row["reason"].startswith("the two sides had parted before the training")
    assert row["estimate"] is None


def test_without_coaches_yet_to_be_trained_nothing_is_reported() -> None:
    together = coach_months(share_trained=1.0).with_columns(training_month=dt.date(2024, 12, 1))
    row = told(training_rollout(together, spec_of()))
    assert row["verdict"] == "not_reportable"
    assert "yet to start" in row["reason"]


def test_without_a_training_there_is_no_data() -> None:
    row = told(training_rollout(coach_months(share_trained=0.0), spec_of()))
    assert row["verdict"] == "too_little_data"
    assert row["status"] == "no_data"
    nothing = training_rollout(coach_months()[:0], spec_of())
    assert told(nothing)["status"] == "no_data"
    assert nothing.events.is_empty()


def test_few_coaches_are_hidden_and_a_few_more_not_reported() -> None:
    months = coach_months(n_coaches=60)
    trained = months.drop_nulls("training_month")["coach_key"].unique().sort()

    def with_trained(n: int) -> TrainingRollout:
        keep = pl.col("training_month").is_null() | pl.col("coach_key").is_in(list(trained[:n]))
        return training_rollout(months.filter(keep), spec_of())

    hidden = with_trained(2)
    assert told(hidden)["status"] == "not_reportable", "whether it may be shown comes later"
    assert set(hidden.events["status"]) == {"suppressed"}
    assert hidden.events["estimate"].null_count() == hidden.events.height
    assert set(hidden.first_stages["status"]) == {"suppressed"}
    few = told(with_trained(4))
    assert few["verdict"] == "not_reportable"
    assert few["reason"] == "fewer than 5 coaches on one side"


def test_months_with_few_agents_are_hidden_in_the_event_study() -> None:
    """The last month after the training has three coaches with two agents each."""
    months = coach_months(n_coaches=60)
    start = (pl.col("training_month").dt.offset_by("12mo") == pl.col("month")).fill_null(False)
    late = months.filter(start).sort("coach_key")["coach_key"].head(3)
    thin = months.filter(~start | pl.col("coach_key").is_in(list(late))).with_columns(
        n_agents=pl.when(start).then(2).otherwise("n_agents"),
        **{
            name: pl.when(start).then(0).otherwise(name)
            for name in ("n_any_exits", "n_voluntary_exits", "n_involuntary_exits")
        },
    )
    last = events(training_rollout(thin, spec_of()), "any_exit").filter(
        pl.col("months_since_training") == 11
    )
    assert last["status"].to_list() == ["suppressed"]
    assert last["estimate"].to_list() == [None]


def test_why_there_is_no_roll_out_is_said_in_order() -> None:
    """Not delivered, then nobody trained, then dates, then too few to be told of."""
    months = coach_months(share_trained=0.0)
    last = pl.lit(months["month"].max())
    few = pl.when(pl.col("coach_key") < "coach-004").then(last)
    gone = pl.col("month") < pl.date(2024, 8, 1)
    trained = pl.when(pl.col("coach_key") < "coach-004").then(pl.date(2024, 8, 1))
    told = {
        "no data: no coach followed has completed the training": months,
        "too early: no month after the coaches’ training has passed yet": months.with_columns(
            training_month=few
        ),
        "hidden for privacy: fewer than 10 people": months.with_columns(
            training_month=trained
        ).filter(gone | (pl.col("coach_key") >= "coach-004")),
    }
    for reason, given in told.items():
        found = training_rollout(given, spec_of(min_group=10))
        assert set(found.comparison["reason"]) == set(found.first_stages["reason"]) == {reason}
        assert found.comparison["estimate"].null_count() == found.comparison.height
    of_others = training_rollout(months, spec_of(min_group=10), n_completed=4).comparison
    assert set(of_others["reason"]) == {"hidden for privacy: fewer than 10 people"}
    absent = training_rollout(months, spec_of(), is_delivered=False).comparison
    assert set(absent["reason"]) == {"no data: nothing was delivered for training"}


@pytest.mark.parametrize(("n_trained", "is_told"), [(9, False), (10, True)])
def test_how_many_coaches_are_trained_is_told_from_one_floor_on(
    n_trained: int, is_told: bool
) -> None:
    months = coach_months(share_trained=0.0).with_columns(
        training_month=pl.when(pl.col("coach_key") < f"coach-{n_trained:03d}").then(
            pl.date(2025, 1, 1)
        )
    )
    found = training_rollout(months, spec_of(min_group=10))
    shown = found.events.filter(pl.col("estimate").is_not_null())
    assert shown.height > 0, "what is told of their agents stays"
    for name in ("n_coaches", "n_coaches_compared"):
        assert (shown[name].null_count() == 0) is is_told
    assert (found.first_stages["n_coaches"].null_count() == 0) is is_told
