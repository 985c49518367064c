"""Parts of the workforce read together while some of them stand as they were."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.outcomes.results import COMPARISON_SCHEMA
from pipelines.outcomes.segment_estimates import segment_estimates
from pipelines.outcomes.segments import Together
from pipelines.outcomes.standing_parts import read_together, together_frame, together_of

NAMES = ("A", "B", "C", "D")
ERRORS = np.array([0.05, 0.08, 0.06, 0.1])
Z = float(stats.norm.ppf(0.975))


def released() -> pl.DataFrame:
    rows = [
        {
            "outcome": "voluntary_exit",
            "horizon_days": 365,
            "design": "weighted",
            "estimand": "risk_difference",
            "segment": "site",
            "segment_value": name,
            "estimate": estimate,
            "std_error": error,
            "conf_low": estimate - Z * error,
            "conf_high": estimate + Z * error,
            "conf_level": 0.95,
            "verdict": "no_clear_difference",
        }
        for name, estimate, error in zip(NAMES, (-0.1, 0.02, -0.04, 0.1), ERRORS, strict=True)
    ]
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)


def together(tied: float, error_of_b: float = 0.08) -> Together:
    errors = np.where(np.array(NAMES) == "B", error_of_b, ERRORS)
    ties = np.full((4, 4), tied) + np.diag(np.full(4, 1 - tied))
    return Together(
        segment="site",
        outcome="voluntary_exit",
        horizon_days=365,
        estimand="risk_difference",
        values=NAMES,
        covariance=np.outer(errors, errors) * ties,
        n_clusters=40,
        largest_smd=np.array([0.1, 0.2, 0.3, 0.4]),
    )


def test_what_is_kept_comes_back_as_it_was() -> None:
    (again,) = together_of(together_frame([together(0.3)]))
    assert again.values == NAMES
    assert np.array_equal(again.covariance, together(0.3).covariance)
    assert np.array_equal(again.largest_smd, together(0.3).largest_smd)


def test_without_held_parts_nothing_is_different() -> None:
    each = together(0.3)
    assert read_together(released(), [each], set()).equals(segment_estimates(released(), [each]))


def test_nothing_tells_of_tonight_in_a_held_part() -> None:
    """Whatever tonight says of B's error, its ties and its balance, the table is the same."""
    held = {("site", "B", "voluntary_exit", 365)}
    nights = [together(0.3), together(0.3, error_of_b=0.5)]
    tables = [read_together(released(), [night], held) for night in nights]
    assert tables[0].equals(tables[1])
    row = tables[0].row(by_predicate=pl.col("segment_value") == "B", named=True)
    assert row["largest_smd_after"] is None
    assert row["estimate"] == 0.02
    assert row["shrunken_estimate"] is not None
    assert not read_together(released(), nights[:1], set()).equals(
        read_together(released(), nights[1:], set())
    ), "without holding it would"


def test_untied_parts_are_read_as_if_none_were_held() -> None:
    """Where the released error is tonight's and nothing ties the parts, holding costs nothing."""
    each = together(0.0)
    held = {("site", name, "voluntary_exit", 365) for name in NAMES}
    ours = read_together(released(), [each], held).drop("largest_smd_after")
    plain = segment_estimates(released(), [each]).drop("largest_smd_after")
    for name, kind in plain.schema.items():
        if kind.is_numeric() and not name.startswith("n_people"):
            assert ours[name].to_list() == pytest.approx(plain[name].to_list(), rel=1e-6)
