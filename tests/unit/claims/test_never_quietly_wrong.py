"""What keeps a claim from fitting: constant traits, placebos, weak headlines, many claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.claims.claim_estimate import ClaimEstimate
from pipelines.claims.headline import not_carried
from pipelines.claims.register import evaluate
from pipelines.claims.verdict import AdjustedEstimate, verdict_of
from pipelines.contracts.claims import Claim, EstimateSpec, load_claims
from pipelines.core.status import SHOWN
from pipelines.estimators.kernels.multiplicity import false_discovery
from pipelines.estimators.kernels.survival import Floats
from tests.unit.claims.world import claim_of, comparison, people, world_of

CLAIMS = {claim.claim: claim for claim in load_claims()}


def answers(seed: int, *, lead: float = 0.0, n: int = 300, n_waves: int = 4) -> pl.DataFrame:
    """Everybody has one constant level of strain behind signs and exhaustion, and waves of noise.

    With ``lead`` a wave of signs comes back as exhaustion in the next wave.
    """
    draw = np.random.default_rng(seed)
    frame = people(n, draw)
    strain = draw.normal(0.0, 10.0, (n, 1))
    signs = 40 + strain + draw.normal(0.0, 8.0, (n, n_waves + 1))
    tired = 45 + strain + draw.normal(0.0, 8.0, (n, n_waves + 1))
    tired[:, 1:] += lead * (signs[:, :-1] - 40 - strain)
    waves = [
        frame.with_columns(
            number=pl.lit(wave),
            submitted_month=pl.lit(f"m{wave}"),
            site=pl.lit("north"),
            employment_type=pl.lit("full_time"),
            warning_signs_0_100=pl.Series(signs[:, wave]),
            irritability_0_100=pl.Series(signs[:, wave]),
            difficulty_concentrating_0_100=pl.Series(signs[:, wave]),
            detachment_0_100=pl.Series(signs[:, wave]),
            emotional_exhaustion_0_100=pl.Series(tired[:, wave]),
            cynicism_0_100=pl.Series(tired[:, wave]),
            next_emotional_exhaustion_0_100=pl.Series(tired[:, wave + 1]),
            next_warning_signs_0_100=pl.Series(signs[:, wave + 1]),
        )
        for wave in range(n_waves)
    ]
    return pl.concat(waves)


def word_for(claim: Claim, **frames: pl.DataFrame) -> str:
    return str(evaluate([claim], world_of(**frames), {}).claims["verdict"].item())


def test_a_constant_trait_fits_no_claim_about_what_comes_first() -> None:
    words = [word_for(CLAIMS["warning_signs"], survey=answers(seed)) for seed in range(40)]
    assert words.count("supported") <= 3
    assert words.count("not_supported") <= 4
    assert word_for(CLAIMS["warning_signs"], survey=answers(1, lead=0.5)) == "supported"


def sessions(
    seed: int, quality: Callable[[Floats, Floats], Floats], pull: float = 0.3, n: int = 600
) -> pl.DataFrame:
    """People whose quality after a session goes with their trait and its balance as told.

    The better somebody is, the less compliance they get (`pull`): balance runs from -1 to 1.
    """
    draw = np.random.default_rng(seed)
    trait = draw.normal(0.0, 1.0, n)
    balance = np.clip(pull * trait + draw.uniform(-0.7, 0.7, n), -1.0, 1.0)
    score = 70 + quality(trait, balance) + draw.normal(0.0, 2.0, n)
    return people(n, draw).with_columns(
        behaviour_balance=pl.Series(balance),
        compliance_share=pl.Series((1.0 - balance) / 2.0),
        **{
            name: pl.Series(70 + 2.0 * trait + draw.normal(0.0, 2.0, n))
            for name in ("quality_before", "prior_quality_score_0_100")
        },
        **{name: pl.Series(score) for name in ("quality_score", *DUMPED)},
    )


DUMPED = ("quality_1_30", "quality_31_60", "quality_61_90", "quality_change_61_90")


@pytest.mark.parametrize(
    ("name", "quality"),
    [
        ("data_dump", lambda trait, balance: 2.0 * trait),
        ("balance", lambda trait, balance: 0.0 * balance),
        ("balance", lambda trait, balance: 6.0 * np.sqrt(balance + 1.0)),
    ],
    ids=["a trait behind both", "nothing", "more does better, but less and less"],
)
def test_what_is_not_so_does_not_fit(
    name: str, quality: Callable[[Floats, Floats], Floats]
) -> None:
    words = [word_for(CLAIMS[name], episode=sessions(seed, quality)) for seed in range(40)]
    assert words.count("supported") <= 3


def test_what_is_so_fits() -> None:
    top = sessions(1, lambda trait, balance: -4.0 * np.abs(balance))
    assert word_for(CLAIMS["balance"], episode=top) == "supported"
    less = sessions(1, lambda trait, balance: 2.0 * balance, pull=0.0)
    assert word_for(CLAIMS["data_dump"], episode=less) == "supported"


def test_what_an_older_score_does_not_confirm_stays_unclear() -> None:
    """A weak pull by the trait, which the claim's placebo seldom finds but its slopes do."""
    confirming = [each for each in CLAIMS["data_dump"].estimates if each.confirms]
    assert [each.name for each in confirming] == ["quality_by_older_score"]
    deciding = [each for each in CLAIMS["data_dump"].estimates if each.decides]
    found = [shown(each, -2.0, -1.0) for each in deciding]
    words = {
        (low, high): verdict_of(CLAIMS["data_dump"], [*found, shown(confirming[0], low, high)])
        for low, high in ((-2.0, -1.0), (-2.0, 1.0), (1.0, 2.0))
    }
    assert list(words.values()) == ["supported", "unclear", "unclear"]


def test_a_team_mean_can_never_tell_spreading_from_sharing() -> None:
    claim = CLAIMS["contagion"]
    assert claim.at_most == "unclear"
    assert verdict_of(claim, [shown(spec, 1.0, 2.0) for spec in claim.estimates]) == "unclear"
    assert verdict_of(claim, [shown(spec, -2.0, -1.0) for spec in claim.estimates]) == (
        "not_supported"
    )


def shown(spec: EstimateSpec, low: float, high: float) -> AdjustedEstimate:
    found = ClaimEstimate(
        estimate=(low + high) / 2, conf_low=low, conf_high=high, n_people=500, status=SHOWN
    )
    return AdjustedEstimate(spec, found)


@pytest.mark.parametrize(("placebo", "word"), [((-1.0, 2.0), "supported"), ((1.0, 2.0), "unclear")])
def test_what_is_found_where_nothing_can_be_undoes_the_rest(
    placebo: tuple[float, float], word: str
) -> None:
    claim = claim_of("higher", None)
    first, second = claim.estimates
    second = second.model_copy(update={"placebo": True})
    found = [shown(first, 1.0, 2.0), shown(second, *placebo)]
    assert verdict_of(claim, found) == word


def test_a_weak_headline_carries_no_claim() -> None:
    claim = CLAIMS["performance"]
    frame = pl.concat(
        [
            comparison(outcome=name, estimand="mean_difference", estimate=2.0, std_error=0.3,
                       conf_low=1.4, conf_high=2.6, verdict="better", horizon_days=90)
            for name in ("quality_score", "customer_satisfaction")
        ]
    )  # fmt: skip
    episode = people(300, np.random.default_rng(1))
    world = world_of(comparison=frame, episode=episode)
    assert evaluate([claim], world, {}).claims["verdict"].item() == "supported"
    weak = replace(world, not_carried=frozenset({"quality_score", "customer_satisfaction"}))
    row = evaluate([claim], weak, {}).claims.row(0, named=True)
    assert row["verdict"] == "unclear"
    assert "a check of its credibility has failed" in row["reason"]


def test_what_is_gone_if_scores_are_a_poor_reading_carries_no_claim() -> None:
    grades = pl.DataFrame({"outcome": ["quality_score", "morale"], "grade": ["strong", "weak"]})
    read = {"check": ["poor_reading", "new_people"], "outcome": ["quality_score", "any_exit"]}
    for low, high, expected in ((-1.0, 1.0, {"quality_score", "morale"}), (0.1, 1.0, {"morale"})):
        sensitivity = pl.DataFrame({**read, "range_low": [low, -1.0], "range_high": [high, 1.0]})
        assert not_carried(grades, sensitivity) == expected


def test_where_a_lottery_decided_the_headline_is_as_it_assigned() -> None:
    row = {"outcome": "quality_score", "estimand": "mean_difference", "horizon_days": 90}
    frame = pl.concat(
        comparison(design=design, estimate=estimate, std_error=0.3, conf_low=estimate - 0.6,
                   conf_high=estimate + 0.6, **row)
        for design, estimate in (("weighted", 0.1), ("as_assigned", 2.0))
    )  # fmt: skip
    observed = world_of(comparison=frame, episode=people(300, np.random.default_rng(1)))
    drawn = replace(observed, headline="as_assigned")
    found = [evaluate([CLAIMS["performance"]], each, {}).claims for each in (observed, drawn)]
    assert [each["verdict"].item() for each in found] == ["unclear", "supported"]
    assert [each["design"].item() for each in found] == ["weighted", "as_assigned"]


def test_false_discoveries_are_those_of_scipy() -> None:
    draw = np.random.default_rng(4)
    for n in (1, 2, 9, 40):
        p_values = draw.uniform(0.0, 0.3, n)
        assert false_discovery(p_values.tolist()) == pytest.approx(
            stats.false_discovery_control(p_values, method="bh")
        )


def test_a_claim_that_many_others_are_as_unclear_as_is_no_discovery() -> None:
    claim = claim_of("higher")
    found = [shown(claim.estimates[0], 0.1, 2.0)]
    assert verdict_of(claim, found, 0.04) == "supported"
    assert verdict_of(claim, found, 0.20) == "unclear"
