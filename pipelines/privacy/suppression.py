"""Hiding numbers in tables of results, on their way out of the private folder.

A hidden value is NULL and the row's ``reason`` begins with "hidden for privacy"; it is never 0.
Each rule takes the frame of one published table and what decides about hiding, and returns a frame
with the same columns and rows. Which groups are hidden in the comparison, and why no sum or
difference over everything that stays gives them back, see `cells` and `complementary`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.privacy.cells import EVERYBODY, KINDS, PRIMARY
from pipelines.privacy.lattice import WHOLE

CURVE_KEYS = ("design", "segment", "segment_value", "arm")
CURVE_KINDS = ("voluntary_exit", "involuntary_exit", "other_exit")
"""The columns of a curve that tell how people left."""
COMPARISON_VALUES = (
    "n_people_a",
    "n_people_b",
    "n_events_a",
    "n_events_b",
    "value_a",
    "value_b",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
)
PART_HIDDEN = (
    "hidden for privacy: too few people, coaches or exits here, or too much alike, or in a group"
    " that could be worked out from this one"
)
"""Why a part is hidden is never said of a single part: "this one is small and that one stands
beside it" would bound both."""
_HIDDEN = "hidden for privacy"
_CELL = ("outcome", "horizon_days", "segment", "segment_value")
_OTHER_PEOPLE = "training_rollout"
"""A design about people who needn't be in the comparison."""


@dataclass(frozen=True)
class Hiding:
    """What decides which numbers are hidden."""

    min_group: int
    horizon_days: tuple[int, ...]
    cells: pl.DataFrame
    """The cells of the comparison to hide, as from `pipelines.privacy.cells.hidden_cells`."""
    n_people: Mapping[str, int] = field(default_factory=dict)
    """How many people there are in both arms, by outcome; outcomes that nobody has are left out."""

    is_complementary: bool = True
    """Off in tests only: then numbers stay that aren't dangerous by themselves, but tell others."""

    def without_complementary(self) -> Hiding:
        """Return what hides only what is dangerous by itself; see `is_complementary`."""
        cells = self.cells.filter(pl.col("suppression") == PRIMARY)
        return replace(self, cells=cells, is_complementary=False)

    def parts_of(self, segment: str) -> tuple[str, ...]:
        """Return the parts of one segment whose people are hidden, whatever the outcome."""
        hidden = self.cells.filter(outcome=EVERYBODY, segment=segment)["segment_value"]
        return tuple(hidden.unique().sort().to_list())


def hidden_reason(min_group: int) -> str:
    """The words in the place of a hidden value."""
    return f"{_HIDDEN}: fewer than {min_group} people"


def suppress_comparison(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Hide every number of a row about a hidden cell, or with a small arm, or nearly another's.

    All designs and estimands of a cell are hidden together, both arms together: one of them and
    the people in the analysis would give the other.
    """
    small = _is_small("n_people_a", hiding.min_group) | _is_small("n_people_b", hiding.min_group)
    cells = hiding.cells.select(*_CELL).with_columns(_is_cell=True)
    marked = (
        frame.with_row_index("_row")
        .join(cells, on=list(_CELL), how="left", maintain_order="left")
        .with_columns(
            _is_cell=pl.col("_is_cell").fill_null(value=False)
            & (pl.col("design") != _OTHER_PEOPLE),
            _is_small=small,
        )
        .with_columns(_is_near=_is_near_another(frame, hiding))
    )
    hidden = pl.col("_is_cell") | pl.col("_is_small") | pl.col("_is_near")
    return (
        marked.with_columns(
            reason=pl.when(hidden).then(_why(hiding.min_group)).otherwise("reason"),
            verdict=pl.when(hidden).then(pl.lit("not_reportable")).otherwise("verdict"),
            **{name: pl.when(~hidden).then(name) for name in COMPARISON_VALUES},
        )
        .sort("_row")
        .select(frame.columns)
    )


def _why(min_group: int) -> pl.Expr:
    """Why a hidden row is hidden; for everybody what the estimator said of it stays."""
    too_few = pl.lit(hidden_reason(min_group))
    is_told = pl.col("reason").str.starts_with(_HIDDEN).fill_null(value=False)
    leavers = pl.lit(f"{_HIDDEN}: too few left to tell how they left")
    return (
        pl.when(pl.col("segment") != WHOLE)
        .then(pl.lit(PART_HIDDEN))
        .when(is_told)
        .then("reason")
        .when(pl.col("_is_cell") & ~pl.col("_is_small") & pl.col("outcome").is_in(list(KINDS)))
        .then(leavers)
        .otherwise(too_few)
    )


def _is_near_another(frame: pl.DataFrame, hiding: Hiding) -> pl.Series:
    """Tell which rows (n,) are about all of another design's people but a few.

    Designs that leave out a few people (whose coach has no leaning, say) would tell of these few
    by the difference of two counts. The design without weights stays; the others are compared with
    every one that stays.
    """
    keys = (*_CELL, "design", "n_people_a", "n_people_b")
    stays: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    near = [False] * frame.height
    if not hiding.is_complementary:
        return pl.Series(near, dtype=pl.Boolean)
    rows = [*enumerate(frame.select(keys).iter_rows())]
    for row, (*cell, design, n_a, n_b) in sorted(rows, key=lambda each: each[1][4] != "unadjusted"):
        if n_a is None or n_b is None or design == _OTHER_PEOPLE:
            continue
        known = stays.setdefault(tuple(cell), [])
        near[row] = any(
            0 < abs(mine - other) < hiding.min_group
            for each in known
            for mine, other in zip((n_a, n_b), each, strict=True)
        )
        if not near[row]:
            known.append((n_a, n_b))
    return pl.Series(near, dtype=pl.Boolean)


def suppress_retention_curve(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Hide the end of a curve with few at risk, and how people left where few left in between.

    From the first day with fewer than ``min_group`` at risk on everything is hidden, whatever the
    days after it say: they hold the same few people. An event count spans the days since the row
    before, so a hidden row's count isn't in any other row.

    How people left is told on the horizons for which the comparison tells it, and on other days
    only if nobody or at least ``min_group`` people of the arm left since the last day that tells
    it, and up to the next horizon that does.
    """
    few = pl.col("at_risk") < hiding.min_group
    is_end = few.fill_null(value=False).cast(pl.Int8).cum_max().over(CURVE_KEYS, order_by="day")
    kinds = [name for name in CURVE_KINDS if name in frame.columns]
    told = _tells_kinds(frame, hiding)
    shown = {*CURVE_KEYS, "day", "reason"}
    values = [name for name in frame.columns if name not in shown]
    has_kinds = pl.any_horizontal(pl.col(name).is_not_null() for name in kinds)
    words = (
        f"{_HIDDEN}: fewer than {hiding.min_group} people left since the last day that tells how"
    )
    without = frame.with_columns(_is_end=is_end == 1, _tells=told).with_columns(
        *(pl.when("_tells").then(name).alias(name) for name in kinds),
        reason=pl.when(~pl.col("_tells") & has_kinds).then(pl.lit(words)).otherwise("reason"),
    )
    return _hide(without, pl.col("_is_end"), values, hiding.min_group).select(frame.columns)


def _tells_kinds(frame: pl.DataFrame, hiding: Hiding) -> pl.Series:
    """Tell on which rows (n,) a curve may say how people left."""
    rows = frame.select(*CURVE_KEYS, "day", "n_events").with_row_index("_row").sort("day")
    tells = [not hiding.is_complementary] * frame.height
    if not hiding.is_complementary:
        return pl.Series(tells, dtype=pl.Boolean)
    for key, curve in rows.group_by(CURVE_KEYS, maintain_order=True):
        days, left = curve["day"].to_list(), curve["n_events"].fill_null(0).cum_sum().to_list()
        anchors = _horizons_told(hiding, str(key[1]), str(key[2]))
        for row, is_told in zip(
            curve["_row"], _days_told(days, left, anchors, hiding), strict=True
        ):
            tells[row] = is_told
    return pl.Series(tells, dtype=pl.Boolean)


def _horizons_told(hiding: Hiding, segment: str, value: str) -> set[int]:
    """Return the horizons at which the comparison tells how people left."""
    hidden = hiding.cells.filter(
        pl.col("outcome").is_in(list(KINDS)), segment=segment, segment_value=value
    )
    return set(hiding.horizon_days) - set(hidden["horizon_days"].to_list())


def _days_told(
    days: Sequence[int], left: Sequence[int], anchors: set[int], hiding: Hiding
) -> list[bool]:
    """Return which ascending days tell how the people who have ``left`` by then did so."""
    told: list[bool] = []
    last = 0
    for position, (day, so_far) in enumerate(zip(days, left, strict=True)):
        later = (left[k] for k in range(position, len(days)) if days[k] in anchors)
        to_next = next(later, None)
        is_told = day in anchors or (
            day not in hiding.horizon_days
            and _is_enough(so_far - last, hiding.min_group)
            and (to_next is None or _is_enough(to_next - so_far, hiding.min_group))
        )
        last = so_far if is_told else last
        told.append(is_told)
    return told


def _is_enough(count: int, min_group: int) -> bool:
    return count == 0 or count >= min_group


def suppress_trial_flow(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Hide steps until no two numbers that stay differ by a small group.

    ``frame`` has ``n_people`` who got past each step and ``n_left`` who didn't, as
    ``outcomes.trial_flow``. The last step stays where it is large enough, because the comparison
    shows its total; walking back from it, a step stays if nobody or at least ``min_group`` people
    left between it and the next one that stays. Who left at a single step is shown only where
    that step and the one before it both stay, so a small number is always merged with others.
    """
    ordered = frame.sort("step_number")
    is_kept = _kept_steps(ordered["n_people"].to_list(), hiding.min_group)
    is_left_kept = [
        kept and (position == 0 or is_kept[position - 1]) for position, kept in enumerate(is_kept)
    ]
    people_kept = pl.Series(is_kept, dtype=pl.Boolean)
    left_kept = pl.Series(is_left_kept, dtype=pl.Boolean)
    return ordered.with_columns(
        n_people=pl.when(people_kept).then("n_people"),
        n_left=pl.when(left_kept).then("n_left"),
        reason=pl.when(people_kept & left_kept)
        .then("reason")
        .otherwise(pl.lit(f"{hidden_reason(hiding.min_group)} left at this step or next to it")),
    )


def suppress_small_groups(frame: pl.DataFrame, hiding: Hiding) -> pl.DataFrame:
    """Hide every number of a row that is about fewer than ``min_group`` people (``n_people``).

    For tables whose rows are about overlapping people and don't add up; texts stay.
    """
    values = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    return _hide(frame, _is_small("n_people", hiding.min_group), values, hiding.min_group)


def _kept_steps(n_people: Sequence[int], min_group: int) -> list[bool]:
    """Which of the falling numbers may be shown; see `suppress_trial_flow`."""
    is_kept = [False] * len(n_people)
    next_kept: int | None = None
    for position in reversed(range(len(n_people))):
        count = n_people[position]
        fewer = count - (next_kept if next_kept is not None else 0)
        if fewer == 0 or fewer >= min_group:
            is_kept[position] = True
            next_kept = count
    return is_kept


def _is_small(column: str, min_group: int) -> pl.Expr:
    """Whether a count is above 0 and under the floor; an unknown count isn't."""
    return pl.col(column).is_between(1, min_group - 1).fill_null(False)


def _hide(
    frame: pl.DataFrame, is_hidden: pl.Expr | pl.Series, values: Sequence[str], min_group: int
) -> pl.DataFrame:
    """NULL in ``values`` and the reason for it where ``is_hidden``."""
    hidden = pl.col("_is_hidden")
    return (
        frame.with_columns(_is_hidden=is_hidden)
        .with_columns(
            *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in values),
            reason=pl.when(hidden)
            .then(pl.lit(hidden_reason(min_group)))
            .otherwise(pl.col("reason")),
        )
        .drop("_is_hidden")
    )
