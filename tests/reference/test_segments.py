"""Parts of the workforce: recounts, resampling, and nothing learned about hidden parts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from pipelines.core.parts import CROSS
from pipelines.core.status import NO_DATA, SUPPRESSED, TOO_EARLY, Absence
from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.compare_measures import compare_measures, observed_measures
from pipelines.estimators.designs import weighted
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.results import (
    COMPARISON_SCHEMA,
    SEGMENT_ESTIMATE_SCHEMA,
    ComparisonSpec,
    Measure,
)
from pipelines.estimators.segments.comparison import (
    OUTCOME,
    JointEstimates,
    fit_part,
    segment_comparison,
)
from pipelines.estimators.segments.definitions import Part, divide, divide_twice, pool_rare
from pipelines.estimators.segments.pooling import TOO_FEW, segment_estimates
from tests.reference.support import released_exactly, small_world, spec_of

MOOD = Measure("mood", 180, is_lower_better=True)
NUMBERS = ("n_people_a", "n_people_b", "value_a", "value_b", "estimate", "std_error", "conf_low")


def world(n: int = 900, seed: int = 7, n_coaches: int = 30) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    days = [dt.date(2025, 1, 1) + dt.timedelta(days=int(day)) for day in rng.integers(0, 360, n)]
    return small_world(n, seed=seed, n_coaches=n_coaches).with_columns(
        day_0=pl.Series(days),
        tenure_days=pl.Series(rng.integers(0, 1500, n)),
        role=pl.lit("agent"),
    )


def moods(episodes: pl.DataFrame) -> pl.DataFrame:
    """A value for about two thirds of the people, the unskilled more often without one."""
    rng = np.random.default_rng(3)
    skill = episodes["skill"].to_numpy()
    seen = rng.random(len(skill)) < 1 / (1 + np.exp(-0.7 - 0.5 * skill))
    value = np.where(seen, 5 - skill + rng.normal(size=len(skill)), np.nan)
    return episodes.select(
        "agent_key",
        outcome=pl.lit("mood"),
        is_window_complete=pl.lit(value=True),
        numerator=pl.Series(value).fill_nan(None),
        denominator=pl.Series(np.where(seen, 1.0, np.nan)).fill_nan(None),
    )


@dataclass(frozen=True)
class Compared:
    """The rows of all parts, and how they hang together."""

    comparison: pl.DataFrame
    joint: list[JointEstimates]

    @property
    def beside_each_other(self) -> pl.DataFrame:
        """The weighted rows of the parts of one segment."""
        return self.comparison.filter(
            pl.col("design") == "weighted", ~pl.col("segment").str.contains(CROSS)
        )


def compared(
    episodes: pl.DataFrame, spec: ComparisonSpec, values: pl.DataFrame | None = None
) -> Compared:
    cohort = fit_cohort(episodes, spec)
    of_moods = moods(episodes) if values is None else values
    parts = segment_comparison(cohort, observed_measures(cohort, of_moods, [MOOD]))
    return Compared(parts.comparison, parts.joint)


def estimates_of(episodes: pl.DataFrame, spec: ComparisonSpec) -> pl.DataFrame:
    """The parts' estimates, of what may be shown, to the last digit."""
    result = compared(episodes, spec)
    whole = [
        compare_exits(episodes, spec).comparison,
        compare_measures(episodes, moods(episodes), [MOOD], spec),
    ]
    rows = pl.concat([*whole, result.comparison])
    return segment_estimates(released_exactly(rows, spec.min_group), result.joint)


def test_a_part_that_holds_everybody_is_everybody() -> None:
    episodes, spec = world(), spec_of()
    people = people_of(episodes, "A", "B")
    whole = weighted.fit(people, spec)
    part = fit_part(people, spec, whole, Part("any", "body", np.arange(len(people))))
    assert part.support == replace(whole.support, is_part=True)
    np.testing.assert_allclose(part.arm_a.curve.incidence, whole.arm_a.curve.incidence)
    assert (part.segment, part.segment_value) == ("any", "body")


def test_without_covariates_a_part_is_a_comparison_of_its_own() -> None:
    episodes, spec = world(), spec_of(covariates=())
    rows = compared(episodes, spec).comparison
    for site in ("site 0", "site 1", "site 2"):
        mine = episodes.filter(pl.col("site") == site)
        alone = pl.concat(
            [
                compare_exits(mine, spec).comparison,
                compare_measures(mine, moods(episodes), [MOOD], replace(spec, covariates=())),
            ]
        ).filter(pl.col("design") == "weighted")
        of_site = (pl.col("segment_value") == site) & (pl.col("design") == "weighted")
        for row in rows.filter(of_site).to_dicts():
            if row["outcome"] != OUTCOME:  # these are weighted by who has a value, site by site
                continue
            twin = alone.row(
                by_predicate=pl.all_horizontal(
                    pl.col(name) == row[name] for name in ("outcome", "horizon_days", "estimand")
                ),
                named=True,
            )
            assert [row[name] for name in NUMBERS] == pytest.approx(
                [twin[name] for name in NUMBERS]
            )
            assert (row["verdict"], row["reason"]) == (twin["verdict"], twin["reason"])


def test_the_parts_of_every_segment_add_up_to_everybody() -> None:
    episodes = world().with_columns(
        site=pl.when(pl.col("age") > 50).then(None).otherwise(pl.col("site"))
    )
    parts = divide(episodes)
    assert set(parts) == {"site", "tenure_band", "period"}, "role has one value"
    for own in parts.values():
        joint = np.sort(np.concatenate([part.rows for part in own]))
        assert joint.tolist() == list(range(episodes.height))
    assert "unknown" in [part.value for part in parts["site"]]
    assert [part.value for part in parts["period"]] == [f"2025-Q{q}" for q in (1, 2, 3, 4)]
    assert len(parts["tenure_band"]) == 4


def test_the_parts_of_two_segments_add_up_to_the_parts_of_each() -> None:
    episodes = world().with_columns(role=pl.lit("agent"))
    one, two = divide(episodes), divide_twice(episodes)
    assert set(two) == {"site × tenure_band", "site × period", "tenure_band × period"}
    for segment, parts in two.items():
        for place, single in enumerate(segment.split(CROSS)):
            for whole in one[single]:
                mine = [p.rows for p in parts if p.value.split(CROSS)[place] == whole.value]
                assert np.sort(np.concatenate(mine)).tolist() == np.sort(whole.rows).tolist()


def test_a_word_that_few_have_stands_nowhere_and_the_others_stay() -> None:
    sites = ["North"] * 10 + ["Jane Doe"] * 2 + ["South"] * 9 + [None] * 3
    pooled = pool_rare(pl.DataFrame({"site": sites, "weekly_hours": [1.0] * 24}), min_group=10)
    assert pooled["site"].to_list() == ["North"] * 10 + ["other"] * 11 + [None] * 3
    assert pooled["weekly_hours"].to_list() == [1.0] * 24


def test_unadjusted_parts_agree_with_a_count_by_hand() -> None:
    episodes, spec = world(), spec_of(horizon_days=(90,))
    result = compared(episodes, spec)
    plain = result.comparison.filter(pl.col("design") == "unadjusted")
    parts = {
        (part.segment, part.value): part.rows
        for own in (divide(episodes) | divide_twice(episodes)).values()
        for part in own
    }
    assert plain.height == 2 * len(parts)
    people, n_checked = episodes.to_dicts(), 0
    mood = {row["agent_key"]: row["numerator"] for row in moods(episodes).to_dicts()}
    for row in plain.filter(pl.col("value_a").is_not_null()).to_dicts():
        mine = [people[i] for i in parts[row["segment"], row["segment_value"]]]
        for arm, side in (("A", "a"), ("B", "b")):
            members = [each for each in mine if each["arm"] == arm]
            if row["outcome"] == "mood":
                scores = [s for each in members if (s := mood[each["agent_key"]]) is not None]
                assert row[f"n_people_{side}"] == len(scores)
                assert row[f"value_{side}"] == pytest.approx(sum(scores) / len(scores))
            else:
                left = [
                    each
                    for each in members
                    if each["exit_type"] == "voluntary" and each["follow_up_days"] <= 90
                ]
                assert row[f"n_people_{side}"] == len(members)
                assert row[f"n_events_{side}"] == len(left)
            n_checked += 1
    assert n_checked > 40


@pytest.mark.slow  # quicker: the errors of all people by the same code, in test_influence.py
def test_errors_and_covariances_agree_with_leaving_out_each_coach() -> None:
    """Everything is redone without each coach, the one propensity model for everybody included."""
    episodes, spec = (
        world(1200, seed=21, n_coaches=40).drop("tenure_days"),
        spec_of(horizon_days=(180,)),
    )
    whole = compared(episodes, spec)
    coaches = episodes["coach_key"].unique(maintain_order=True).to_list()
    without = []
    for coach in coaches:
        rest = episodes.filter(pl.col("coach_key") != coach)
        values = moods(episodes).join(rest.select("agent_key"), on="agent_key")
        rows = compared(rest, spec, values)
        without.append(rows.beside_each_other["estimate"].to_numpy())
    spread = np.stack(without) - np.mean(without, axis=0)
    jackknife = spread.T @ spread * (len(coaches) - 1) / len(coaches)
    rows = whole.beside_each_other
    np.testing.assert_allclose(rows["std_error"], np.sqrt(np.diag(jackknife)), rtol=0.08)
    for joint in whole.joint:
        at = np.flatnonzero(
            (rows["segment"] == joint.segment).to_numpy()
            & (rows["outcome"] == joint.outcome).to_numpy()
        )
        ours = joint.covariance
        k = len(at)
        contrast = np.eye(k) - 1 / k
        apart = np.diag(contrast @ ours @ contrast)
        wanted = np.diag(contrast @ jackknife[np.ix_(at, at)] @ contrast)
        np.testing.assert_allclose(np.sqrt(apart), np.sqrt(wanted), rtol=0.08)


def test_the_covariance_has_the_published_errors_widened_for_few_coaches() -> None:
    result = compared(world(), spec_of())
    for joint in result.joint:
        for position, value in enumerate(joint.values):
            row = result.beside_each_other.row(
                by_predicate=(pl.col("segment") == joint.segment)
                & (pl.col("segment_value") == value)
                & (pl.col("outcome") == joint.outcome)
                & (pl.col("horizon_days") == joint.horizon_days),
                named=True,
            )
            if row["conf_low"] is None:
                continue
            half = (row["conf_high"] - row["conf_low"]) / 2
            assert 1.959964 * np.sqrt(joint.covariance[position, position]) == pytest.approx(half)


def test_every_part_has_a_row_and_is_drawn_towards_the_others() -> None:
    episodes, spec = world(2500), spec_of()
    result = compared(episodes, spec)
    assert dict(result.comparison.schema) == COMPARISON_SCHEMA
    table = estimates_of(episodes, spec)
    assert dict(table.schema) == SEGMENT_ESTIMATE_SCHEMA
    assert table.height == result.beside_each_other.height == 11 * 3
    assert table["n_tests"].unique().to_list() == [9]
    for row in table.drop_nulls("shrunken_estimate").to_dicts():
        between = sorted((row["estimate"], row["pooled_mean"]))
        tolerance = (
            0.25 * (between[1] - between[0]) + 1e-9
        )  # shared coaches may pull a little aside
        assert between[0] - tolerance <= row["shrunken_estimate"] <= between[1] + tolerance
        assert row["heterogeneity_p"] <= row["heterogeneity_p_adjusted"] <= 1.0
        assert row["reason"] is None
    assert table.drop_nulls("shrunken_estimate").height > 20


def test_a_real_difference_between_sites_is_found_and_noise_is_not() -> None:
    episodes, spec = world(6000, seed=3, n_coaches=120), spec_of(horizon_days=(90,))
    turned = (pl.col("site") == "site 2") & (pl.col("arm") == "A") & (pl.col("age") < 38)
    episodes = episodes.with_columns(
        follow_up_days=pl.when(turned).then(20).otherwise(pl.col("follow_up_days")),
        exit_type=pl.when(turned).then(pl.lit("voluntary")).otherwise(pl.col("exit_type")),
    )
    table = estimates_of(episodes, spec).filter(pl.col("outcome") == OUTCOME)
    by_segment = {row["segment"]: row["heterogeneity_p_adjusted"] for row in table.to_dicts()}
    assert by_segment["site"] < 0.001
    assert by_segment["tenure_band"] > 0.05
    site_2 = table.row(by_predicate=pl.col("segment_value") == "site 2", named=True)
    assert site_2["shrunken_conf_low"] > 0.2


def test_a_hidden_part_leaves_no_trace_in_the_others() -> None:
    """Other exits in the hidden part: not one published number about the parts changes."""
    episodes = world(2500).with_columns(
        site=pl.when(pl.int_range(pl.len()) < 15).then(pl.lit("tiny")).otherwise(pl.col("site"))
    )
    spec = spec_of(horizon_days=(180,))
    tables = []
    for kind in (None, "voluntary"):
        changed = episodes.with_columns(
            exit_type=pl.when(pl.col("site") == "tiny")
            .then(pl.lit(kind, pl.String))
            .otherwise(pl.col("exit_type"))
        )
        table = estimates_of(changed, spec)
        tables.append(table.filter(pl.col("segment") == "site"))
    assert tables[0].equals(tables[1])
    hidden = tables[0].filter(pl.col("status") == SUPPRESSED)
    assert set(hidden["segment_value"]) == {"tiny"}
    numbers = [name for name, kind in table.schema.items() if kind == pl.Float64]
    own = [
        name
        for name in numbers
        if name not in ("conf_level", "heterogeneity_p", "heterogeneity_p_adjusted")
    ]
    assert all(hidden[name].null_count() == hidden.height for name in own)


def test_one_part_with_enough_data_is_not_pooled() -> None:
    episodes = world(700).with_columns(
        site=pl.when(pl.int_range(pl.len()) < 60).then(pl.lit("small")).otherwise(pl.lit("large"))
    )
    spec = spec_of(horizon_days=(90,), min_group=5)
    table = estimates_of(episodes.drop("tenure_days", "day_0"), spec)
    told = {
        row["segment_value"]: Absence(row["status"], row["reason"])
        for row in table.filter(pl.col("outcome") == OUTCOME).to_dicts()
    }
    assert told["large"] == TOO_FEW
    assert told["small"] != TOO_FEW
    assert told["small"].status != "shown"
    assert table.filter(pl.col("outcome") == OUTCOME)["shrunken_estimate"].null_count() == 2


def confounded_world(seed: int) -> pl.DataFrame:
    """Six sites of eight coaches; the arm goes with skill and coach, leaving with all but the arm.

    Within every part the true difference is 0. Coaches differ in how many of theirs leave.
    """
    rng = np.random.default_rng(seed)
    n, n_coaches = 1600, 48
    coach = rng.integers(0, n_coaches, n)
    age, skill = rng.normal(35, 9, n), rng.normal(size=n)
    leaning = rng.normal(scale=0.6, size=n_coaches)[coach]
    in_a = rng.random(n) < 1 / (1 + np.exp(-(0.6 * skill + 0.2 * (coach % 6 - 2.5) + leaning)))
    tough = rng.normal(scale=0.25, size=n_coaches)[coach]
    hazard = np.exp(-6.2 - 0.4 * skill - 0.02 * (age - 35) + tough + 0.1 * (coach % 6))
    day = np.ceil(rng.exponential(1 / hazard)).astype(int)
    kind = rng.choice(["voluntary", "involuntary", "other"], n, p=[0.7, 0.2, 0.1])
    end = rng.integers(120, 400, n)
    return pl.DataFrame(
        {
            "agent_key": [f"person-{i:05d}" for i in range(n)],
            "coach_key": [f"coach-{i}" for i in coach],
            "arm": np.where(in_a, "A", "B"),
            "follow_up_days": np.minimum(day, end),
            "exit_type": pl.Series(
                [str(k) if d <= e else None for k, d, e in zip(kind, day, end, strict=True)],
                dtype=pl.String,
            ),
            "age": age,
            "skill": skill,
            "site": [f"site {i % 6}" for i in coach],
            "tenure_days": rng.integers(0, 1500, n),
        }
    )


@pytest.mark.slow  # quicker: the errors against leaving out each coach above
def test_parts_without_a_difference_are_told_so() -> None:
    """40 worlds: own intervals hold 0 in about 95 of 100, shrunken ones at least as often."""
    spec = spec_of(horizon_days=(180,))
    own: list[bool] = []
    shrunken: list[bool] = []
    p_values: list[float] = []
    for seed in range(40):
        parts = segment_comparison(fit_cohort(confounded_world(seed), spec))
        rows = released_exactly(parts.comparison)
        table = segment_estimates(rows, parts.joint).drop_nulls("shrunken_estimate")
        enough = rows.filter(pl.col("verdict") != "too_little_data").drop_nulls("conf_low")
        holds = (pl.col("conf_low") <= 0) & (pl.col("conf_high") >= 0)
        own.extend(enough.select(holds).to_series())
        holds = (pl.col("shrunken_conf_low") <= 0) & (pl.col("shrunken_conf_high") >= 0)
        shrunken.extend(table.select(holds).to_series())
        p_values += table["heterogeneity_p"].unique().to_list()
    assert len(own) > 350
    assert 0.91 < np.mean(own) < 0.98
    assert np.mean(shrunken) > 0.95
    assert np.mean(np.array(p_values) < 0.05) < 0.12


@pytest.mark.parametrize(("days", "status"), [(60, TOO_EARLY), (400, NO_DATA)])
def test_a_quarter_that_one_arm_hasnt_come_to_is_too_early_before_it_is_without_anybody(
    days: int, status: str
) -> None:
    is_last = pl.col("day_0") >= dt.date(2025, 10, 1)
    followed = pl.when(is_last).then(days).otherwise("follow_up_days").cast(pl.Int64)
    here = world().filter(~(is_last & (pl.col("arm") == "A")))
    episodes = here.with_columns(
        follow_up_days=followed, exit_type=pl.when(~is_last).then("exit_type")
    )
    rows = released_exactly(compared(episodes, spec_of()).comparison).filter(
        pl.col("segment_value") == "2025-Q4", ~pl.col("segment").str.contains(CROSS)
    )
    assert set(rows["status"]) == {status}
    assert {OUTCOME, "mood"} <= set(rows["outcome"])
