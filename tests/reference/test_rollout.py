"""Staggered roll-outs: group-time averages by hand, a saturated regression, and a known truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimators.designs.staggered_did import EventWindow, Rollout, event_study
from pipelines.estimators.designs.staggered_did_panel import RolloutError

WINDOW = EventWindow(first=-3, last=2)


def panel_of(values: dict[str, list[float]], first: dict[str, int | None]) -> pl.DataFrame:
    """Lay out each unit's values from period 1 on, everyone weighing 1."""
    return pl.DataFrame(
        [
            {"unit": u, "period": t, "first_treated_period": first[u], "value": v, "weight": 1.0}
            for u, row in values.items()
            for t, v in enumerate(row, start=1)
        ],
        schema_overrides={"first_treated_period": pl.Int64},
    )


HAND = panel_of(
    {
        "a": [1.0, 2.0, 6.0, 8.0],
        "b": [2.0, 3.0, 3.0, 7.0],
        "c": [0.0, 1.0, 2.0, 2.0],
        "d": [1.0, 1.0, 1.0, 3.0],
    },
    {"a": 3, "b": 4, "c": None, "d": None},
)


def estimates(found: Rollout) -> dict[int, float]:
    return dict(found.events.select("event_time", "estimate").iter_rows())


def test_group_time_averages_by_hand() -> None:
    """Callaway & Sant'Anna's ATT(g, t) on four units, worked out on paper.

    ATT(3,3) = (6-2) - mean(b 0, c 1, d 0)  = 11/3     b hasn't started in 3
    ATT(3,4) = (8-2) - mean(c 1, d 2)       = 9/2      b has by 4
    ATT(4,4) = (7-3) - mean(c 0, d 2)       = 3
    ATT(3,1) = (1-2) - mean(b -1, c -1, d 0) = -1/3
    ATT(4,2) = (3-3) - mean(c -1, d 0)      = 1/2
    ATT(4,1) = (2-3) - mean(c -2, d 0)      = 0
    """
    found = event_study(HAND, WINDOW)
    wanted = {-3: 0.0, -2: (-1 / 3 + 1 / 2) / 2, 0: (11 / 3 + 3) / 2, 1: 9 / 2}
    assert estimates(found) == pytest.approx(wanted)
    assert found.overall.estimate == pytest.approx((11 / 3 + 9 / 2 + 3) / 3)
    assert found.overall.value_a == pytest.approx((6 + 8 + 7) / 3)
    assert found.pre_trend.average.estimate == pytest.approx((-1 / 3 + 1 / 2 + 0) / 3)
    assert (found.n_units, found.n_units_compared) == (2, 3)
    assert found.problem is None


def test_weights_count_as_whole_numbers_of_units() -> None:
    """A unit of weight 3 is worth three units of weight 1 with the same values."""
    thrice = pl.concat(
        [HAND, *(HAND.filter(unit="b").with_columns(unit=pl.lit(name)) for name in ("b2", "b3"))]
    )
    heavy = HAND.with_columns(weight=pl.when(unit="b").then(3.0).otherwise(1.0))
    assert estimates(event_study(heavy, WINDOW)) == pytest.approx(
        estimates(event_study(thrice, WINDOW))
    )


def test_a_longer_base_is_the_mean_of_its_periods() -> None:
    """With two base periods a's base is 1.5; those compared are b, c and d for period 3."""
    found = event_study(HAND, EventWindow(first=-3, last=0, n_base=2))
    at_3 = (6 - 1.5) - np.mean([3 - 2.5, 2 - 0.5, 1 - 1])
    at_4 = (7 - 3) - np.mean([2 - 1.5, 3 - 1])
    assert estimates(found)[0] == pytest.approx((at_3 + at_4) / 2)
    assert -2 not in estimates(found)


def test_two_periods_give_the_textbook_difference_in_differences_and_its_error() -> None:
    rng = np.random.default_rng(3)
    change = np.concatenate([rng.normal(1.0, 2.0, 12), rng.normal(0.0, 1.0, 30)])
    before = rng.normal(size=42)
    data = panel_of(
        {f"u{i:02d}": [before[i], before[i] + change[i]] for i in range(42)},
        {f"u{i:02d}": 2 if i < 12 else None for i in range(42)},
    )
    found = event_study(data, WINDOW).overall
    assert found.estimate == pytest.approx(change[:12].mean() - change[12:].mean())
    variance = change[:12].var(ddof=1) / 12 + change[12:].var(ddof=1) / 30
    assert found.std_error == pytest.approx(np.sqrt(variance))


def simulated(seed: int, n_units: int = 90, effect: float = 1.0) -> pl.DataFrame:
    """Draw units that start in period 5, 8 or never; what they gain grows with time."""
    rng = np.random.default_rng(seed)
    first = rng.choice([5, 8, 99], n_units)
    periods = np.arange(1, 13)
    level = rng.normal(size=n_units) + (first == 5)
    since = periods[None, :] - first[:, None]
    gain = np.where(
        since >= 0, effect * (1 + 0.5 * since) * np.where(first == 5, 2.0, 1.0)[:, None], 0
    )
    noise = rng.normal(scale=0.7, size=(n_units, 12))
    values = level[:, None] + 0.3 * periods + gain + noise
    return pl.DataFrame(
        {
            "unit": np.repeat([f"u{i:03d}" for i in range(n_units)], 12),
            "period": np.tile(periods, n_units),
            "first_treated_period": [None if f == 99 else int(f) for f in np.repeat(first, 12)],
            "value": values.ravel(),
            "weight": np.ones(n_units * 12),
        }
    )


def test_one_group_against_never_starters_is_the_saturated_regression() -> None:
    """Sun & Abraham's regression: units, periods, and a column per event time but the base."""
    data = simulated(1).filter(pl.col("first_treated_period").ne_missing(8))
    found = event_study(data, EventWindow(first=-4, last=7))
    units = np.unique(data["unit"].to_numpy(), return_inverse=True)[1]
    period = data["period"].to_numpy()
    since = (data["period"] - data["first_treated_period"]).fill_null(-1).to_numpy()
    events = [e for e in range(-4, 8) if e != -1]
    columns = [
        *(units == u for u in range(units.max() + 1)),
        *(period == t for t in range(2, 13)),
        *(since == e for e in events),
    ]
    fit = sm.OLS(data["value"].to_numpy(), np.column_stack(columns).astype(float)).fit(
        cov_type="cluster", cov_kwds={"groups": units, "use_correction": False}
    )
    assert list(estimates(found)) == events
    np.testing.assert_allclose(found.events["estimate"], fit.params[-len(events) :], atol=1e-9)
    np.testing.assert_allclose(found.events["std_error"], fit.bse[-len(events) :], rtol=0.03)
    assert (found.events["std_error"].to_numpy() > fit.bse[-len(events) :]).all()


def test_errors_agree_with_leaving_out_one_unit_at_a_time() -> None:
    data = simulated(2, n_units=120).with_columns(
        weight=1.0 + (pl.int_range(pl.len()) % 5).cast(pl.Float64)
    )
    window = EventWindow(first=-4, last=5)
    found = event_study(data, window)
    without = np.array(
        [
            event_study(data.filter(pl.col("unit") != unit), window).overall.estimate
            for unit in data["unit"].unique()
        ],
        dtype=float,
    )
    jackknife = np.sqrt(119 / 120 * ((without - without.mean()) ** 2).sum())
    assert found.overall.std_error == pytest.approx(jackknife, rel=0.01)


def test_a_growing_gain_is_found_where_a_regression_on_units_and_periods_misses_it() -> None:
    """Truth: by event time e the mean over starters of gain (1 + e/2), doubled for the early."""
    totals: list[float] = []
    naive: list[float] = []
    for seed in range(12):
        data = simulated(100 + seed)
        totals.append(event_study(data, EventWindow(first=-4, last=11)).overall.estimate or 0.0)
        units = np.unique(data["unit"].to_numpy(), return_inverse=True)[1]
        period = data["period"].to_numpy()
        on = (data["period"] >= data["first_treated_period"]).fill_null(value=False).to_numpy()
        dummies = [*(units == u for u in range(90)), *(period == t for t in range(2, 13)), on]
        design = np.column_stack(dummies).astype(float)
        naive.append(np.linalg.lstsq(design, data["value"].to_numpy(), rcond=None)[0][-1])
    early, late = [2 * (1 + e / 2) for e in range(8)], [1 + e / 2 for e in range(5)]
    truth = np.mean([*early, *late])
    assert np.mean(totals) == pytest.approx(truth, abs=0.12)
    assert abs(np.mean(naive) - truth) > 0.3


def test_intervals_cover_and_the_pre_trend_test_keeps_its_level() -> None:
    covered, alarms = 0, 0
    for seed in range(100):
        found = event_study(simulated(500 + seed, 60, effect=0.0), EventWindow(-4, 4))
        assert found.overall.conf_low is not None
        assert found.overall.conf_high is not None
        assert found.pre_trend.p_value is not None
        covered += found.overall.conf_low <= 0.0 <= found.overall.conf_high
        alarms += found.pre_trend.p_value < 0.05
    assert covered >= 89
    assert alarms <= 12


def test_a_drift_before_the_start_is_seen() -> None:
    since = pl.col("period") - pl.col("first_treated_period")
    drifting = simulated(4).with_columns(value=pl.col("value") + since.fill_null(0) * 0.8)
    found = event_study(drifting, EventWindow(-4, 4))
    assert found.pre_trend.p_value is not None
    assert found.pre_trend.p_value < 0.001


def test_shared_clusters_widen_the_interval() -> None:
    data = simulated(5)
    doubled = pl.concat([data, data.with_columns(unit=pl.format("{}-twin", "unit"))])
    together = doubled.with_columns(cluster=pl.col("unit").str.head(4))
    alone, joined = event_study(doubled, WINDOW).overall, event_study(together, WINDOW).overall
    assert joined.estimate == pytest.approx(alone.estimate)
    assert joined.std_error == pytest.approx(event_study(data, WINDOW).overall.std_error)
    assert joined.std_error > alone.std_error * 1.3  # type: ignore[operator]


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-50, 50), order=st.randoms(use_true_random=False))
def test_what_moves_everyone_alike_and_the_order_of_rows_move_nothing(
    shift: float, order: object
) -> None:
    moved = HAND.with_columns(value=pl.col("value") + shift * pl.col("period"))
    rows = list(range(moved.height))
    order.shuffle(rows)  # type: ignore[attr-defined]
    assert estimates(event_study(moved[rows], WINDOW)) == pytest.approx(
        estimates(event_study(HAND, WINDOW)), abs=1e-9
    )


def test_without_anybody_to_compare_it_says_so() -> None:
    together = HAND.with_columns(first_treated_period=pl.lit(3, pl.Int64))
    never = HAND.with_columns(first_treated_period=pl.lit(None, pl.Int64))
    for data, why in ((together, "yet to start"), (never, "nobody started"), (HAND[:0], "nobody")):
        found = event_study(data, WINDOW)
        assert found.problem is not None
        assert why in found.problem
        assert found.overall.estimate is None
        assert found.events.is_empty()


def test_a_unit_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(RolloutError, match="more than once"):
        event_study(pl.concat([HAND, HAND[:1]]), WINDOW)
    later = HAND[1:2].with_columns(period=9, first_treated_period=5)
    with pytest.raises(RolloutError, match="more than one"):
        event_study(pl.concat([HAND, later], how="vertical_relaxed"), WINDOW)
    with pytest.raises(RolloutError, match="lacks the column"):
        event_study(HAND.drop("weight"), WINDOW)
