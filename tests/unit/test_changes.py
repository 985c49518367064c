"""What moved since the last publication."""

from __future__ import annotations

import polars as pl

from pipelines.release.estimate_changes import changed_estimates

ROW = {
    "outcome": "any_exit",
    "horizon_days": 90,
    "design": "weighted",
    "estimand": "risk_difference",
    "segment": "all",
    "segment_value": "all",
    "arm_a": "a",
    "arm_b": "b",
    "n_people_a": 10,
    "n_people_b": 12,
    "n_events_a": 1,
    "n_events_b": 2,
    "estimate": -0.05,
    "conf_low": -0.1,
    "conf_high": 0.01,
    "verdict": "no_clear_difference",
}
HIDDEN = {"estimate": None, "conf_low": None, "conf_high": None}


def comparison(*rows: dict[str, object]) -> pl.DataFrame:
    floats = dict.fromkeys(HIDDEN, pl.Float64)
    return pl.DataFrame([ROW | row for row in rows], schema_overrides=floats)


def test_equal_comparisons_have_no_change() -> None:
    hidden = {"horizon_days": 180, **HIDDEN}
    same = comparison({}, hidden)
    assert changed_estimates(same, comparison(hidden, {"estimate": -0.05 + 1e-12})).is_empty()


def test_each_kind_of_change_is_named() -> None:
    before = comparison({}, {"horizon_days": 180}, {"horizon_days": 365}, {"design": "unadjusted"})
    after = comparison({"estimate": -0.06}, {"horizon_days": 365, **HIDDEN}, {"horizon_days": 30})
    changes = changed_estimates(after, before.filter(pl.col("horizon_days") != 30))
    found = {
        (row["design"], row["horizon_days"]): row["change"] for row in changes.iter_rows(named=True)
    }
    assert found == {
        ("weighted", 90): "moved",
        ("weighted", 365): "moved",
        ("weighted", 180): "gone",
        ("weighted", 30): "new",
        ("unadjusted", 90): "gone",
    }


def test_a_count_or_a_verdict_alone_is_a_change() -> None:
    for change in ({"n_events_a": 2}, {"verdict": "better"}, {"n_people_b": None}):
        assert changed_estimates(comparison(change), comparison({})).height == 1
