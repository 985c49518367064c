"""Which facts about people every published aggregate rests on, declared once.

A row of a published table follows one or more families; tonight's row replaces the standing one
only if all of them may advance in its cell (`pipelines.privacy.holding`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.contracts.claims import Claim, EstimateSpec, load_claims
from pipelines.contracts.tables import load_metrics
from pipelines.outcomes.divisions import CROSS, CROSSED, SEGMENTS
from pipelines.outcomes.results import ALL_PEOPLE, OUTCOMES
from pipelines.privacy.ledger import CellPlan, lattice

ENTRY = "entry"
EXITS = "exits"
_EVERYBODY = CellPlan()
_WORKFORCE = lattice(tuple(SEGMENTS), CROSSED)
_TEAM = ("site", "team", "month")
_SCALE = ("instrument", "scale")
_QUARTER = ("quarter",)
MEASURED = tuple(metric.outcome for metric in load_metrics() if metric.last_day is not None)
"""Outcomes with a value for each person; each is a family of its own."""

FAMILIES: Mapping[str, CellPlan] = {
    ENTRY: _WORKFORCE,  # who is compared, and what was known of them on day 0
    EXITS: _WORKFORCE,  # who of them left, when and how
    **dict.fromkeys(MEASURED, _WORKFORCE),
    "leavers": _EVERYBODY,  # who of all agents left, in the comparison or not
    "steps": _EVERYBODY,  # how far everybody on the roster came towards the comparison
    "coaching": _EVERYBODY,
    "answers": _EVERYBODY,
    "coach_answers": _EVERYBODY,
    "work": _EVERYBODY,
    "absence": _EVERYBODY,
    "trainings": _EVERYBODY,
    "team_survey": CellPlan(_TEAM, (_TEAM,)),
    "responses": CellPlan(_QUARTER, (_QUARTER,)),
    "scales": CellPlan(_SCALE, (_SCALE,)),
}
"""Every family, and the cells in which its people count."""

JOINED = "+"
"""Between the families that a row follows."""


_ALL = (pl.lit(ALL_PEOPLE), pl.lit(ALL_PEOPLE))


@dataclass(frozen=True)
class Following:
    """How the rows of one published table follow families.

    ``families`` gives their names joined by `JOINED`, ``cell`` the segment and its value.
    ``columns`` are those that wait, if not all of the row does; ``reason`` is where it says so,
    None where a reason is told whether or not the numbers are.
    """

    families: pl.Expr
    cell: tuple[pl.Expr, pl.Expr] = _ALL
    columns: tuple[str, ...] = ()
    reason: str | None = "reason"
    is_dated: bool = False
    """Whether the table tells in ``data_until`` how far the data of a row go."""


def _always(*families: str) -> pl.Expr:
    return pl.lit(JOINED.join(families))


def _by_outcome(exits: tuple[str, ...] = (EXITS,), other: str | None = None) -> pl.Expr:
    """The exits' families for exits, else the outcome's own (or ``other``)."""
    is_exit = pl.col("outcome").is_in(list(OUTCOMES))
    own = pl.col("outcome") if other is None else pl.lit(other)
    return pl.when(is_exit).then(_always(*exits)).otherwise(own)


def _by_design() -> pl.Expr:
    """As `_by_outcome`; what the coaches' training shows rests on leavers outside it, too."""
    return (
        pl.when(pl.col("design") == "training_rollout")
        .then(_always(EXITS, "leavers"))
        .otherwise(_by_outcome())
    )


_OF_FRAME: Mapping[str, tuple[str, ...]] = {
    "comparison": (),
    "worth": (EXITS,),
    "episode": ("coaching",),
    "session": ("coaching",),
    "survey": ("answers", "work"),
    "survey_quarter": ("answers", "trainings"),
    "first_survey": ("answers",),
    "latest_stress": ("answers",),
    "instrument_scale": ("answers",),
    "coach_survey": ("coach_answers",),
    "coach_entry": ("coaching",),
    "first_sign": ("answers", "trainings"),
    "agent_month": ("work", "absence", "trainings"),
    "coach_month": ("coaching", "trainings"),
    "training": ("trainings",),
}
"""What the frames of the claim register rest on, beside the outcome."""


def claim_families(claims: Iterable[Claim]) -> dict[str, tuple[str, ...]]:
    """The families that each claim follows: those of all claims it is corrected together with."""
    listed = list(claims)
    own = {claim.claim: _families_of(claim.estimates) for claim in listed}
    groups = {
        claim.claim: {each.family or claim.claim for each in claim.estimates} | {claim.claim}
        for claim in listed
    }
    together = {
        name: {other for other, theirs in groups.items() if theirs & mine}
        for name, mine in groups.items()
    }
    return {
        name: tuple(sorted(set().union(*(own[other] for other in others))))
        for name, others in together.items()
    }


def _families_of(estimates: Iterable[EstimateSpec]) -> set[str]:
    families: set[str] = set()
    for each in estimates:
        families |= set(_OF_FRAME[each.frame])
        families |= _of_estimate(each)
    return families


def _of_estimate(each: EstimateSpec) -> set[str]:
    """The families of an estimate's outcome."""
    is_compared = each.frame in ("comparison", "episode")
    if each.outcome in OUTCOMES:
        return {EXITS, "leavers"}
    if each.outcome in MEASURED and is_compared:
        windows = {"work"} if each.frame == "episode" and each.outcome == "quality_score" else set()
        return {each.outcome} | windows
    return {ENTRY} if each.frame == "episode" else set()


def _by_claim() -> pl.Expr:
    return pl.col("claim").replace_strict(
        {claim: JOINED.join(families) for claim, families in claim_families(load_claims()).items()},
        default=JOINED.join(FAMILIES),
    )


def _by_check() -> pl.Expr:
    """The negative control is about what came before day 0."""
    is_before = pl.col("check") == "negative_control"
    return pl.when(is_before).then(_always(ENTRY)).otherwise(_by_outcome())


def _by_problem() -> pl.Expr:
    """What a property of the data was measured over; most rest on no person's record alone."""
    problem = pl.col("problem").fill_null("")
    return (
        pl.when(problem.str.starts_with("exits_"))
        .then(_always(EXITS, "leavers"))
        .when(problem.str.starts_with("survey_"))
        .then(_always("answers", ENTRY))
        .otherwise(pl.lit(""))
    )


def _cell(dimensions: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
    values = [pl.col(name).cast(pl.String) for name in dimensions]
    if len(values) > 1:
        values = [value.str.replace_all(CROSS, " x ", literal=True) for value in values]
    return pl.lit(CROSS.join(dimensions)), pl.concat_str(values, separator=CROSS)


_PART = (pl.col("segment"), pl.col("segment_value"))

FOLLOWING: Mapping[str, Following] = {
    "outcomes.comparison": Following(_by_design(), _PART, is_dated=True),
    "outcomes.retention_curve": Following(_always(EXITS), _PART, is_dated=True),
    "outcomes.covariate_balance": Following(_always(ENTRY)),
    "outcomes.weight_summary": Following(_always(ENTRY)),
    "outcomes.trial_flow": Following(_always("steps", ENTRY)),
    "outcomes.sensitivity": Following(_by_check()),
    "outcomes.instrument": Following(_by_design()),
    "outcomes.coaching_practice": Following(_always("coaching")),
    "outcomes.event_study": Following(_by_outcome((EXITS, "leavers"), "coaching")),
    "outcomes.segment_estimate": Following(_always("")),  # made of released rows, held ones too
    "outcomes.worth": Following(_always(EXITS)),
    "outcomes.anytime_interval": Following(_by_design()),
    "outcomes.claim": Following(_by_claim()),
    "outcomes.claim_estimate": Following(_by_claim()),
    "quality.instrument_scale": Following(_always("scales"), _cell(_SCALE)),
    "quality.style_agreement": Following(_always("coaching")),
    "quality.rater_agreement": Following(_always("coaching")),
    "quality.outcome_problem": Following(
        _by_problem(), columns=("measured_value", "n_checked"), reason=None
    ),
    "quality.outcome_grade": Following(_by_problem(), columns=("measured_value",), reason=None),
    "quality.response_rate": Following(_always("responses"), _cell(_QUARTER)),
    "marts.team_month": Following(
        _always("team_survey"),
        _cell(_TEAM),
        columns=(
            "n_survey_respondents",
            "n_survey_instruments",
            "mean_emotional_exhaustion_0_100",
            "mean_cynicism_0_100",
        ),
        reason=None,
    ),
}
"""Every published table of numbers over people."""
