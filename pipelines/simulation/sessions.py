"""Coaching sessions: about one a month, mostly in the style of the first labelled one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.contracts.behaviours import COMPASSIONATE_BEHAVIOURS, COMPLIANCE_BEHAVIOURS
from pipelines.simulation.arrays import (
    NEVER,
    Bools,
    Ints,
    choose,
    date_series,
    numbered,
    to_weekday,
    with_nulls,
)
from pipelines.simulation.cohort_entry import TRIGGERS, Entries, draw_triggers
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.employee_ids import agent_ids, coach_ids
from pipelines.simulation.organisation import Organisation
from pipelines.simulation.session_schedule import plan_sessions
from pipelines.simulation.time_varying_hazards import later_schedule, styles_in_force

MODALITIES = ("in_person", "video", "phone", "chat")

ARM_A, ARM_B, OTHER, UNLABELLED = range(4)
OTHER_STYLE = "mixed"

_SETTLING_DAYS = 5
_STYLE_AFTER = (0.88, 0.06, 0.04, 0.02)  # as the first, the other arm, other, unlabelled
_STYLE_BEFORE = (0.0, 0.0, 0.55, 0.45)

_FREQUENT = (0.62, 0.55, 0.80, 0.72, 0.66, 0.75, 0.70, 0.78, 0.80, 0.64)
_SELDOM = (0.08, 0.06, 0.35, 0.25, 0.22, 0.25, 0.30, 0.32, 0.40, 0.12)
_COMPLIANCE_BY_STYLE = (
    (0.25, 0.20, 0.10, 0.03),
    (0.90, 0.85, 0.65, 0.22),
    (0.60, 0.50, 0.35, 0.10),
    (0.60, 0.50, 0.35, 0.10),
)
_TRAINED_BEHAVIOUR_GAIN = 0.12
_SHARE_UNCODED = 0.06
_SHARE_RATED = 0.30
_N_RATERS = 6
_MEAN_MINUTES = (38.0, 22.0, 28.0, 26.0)
_SHARE_FOLLOW_UP_DONE = (0.72, 0.38, 0.50, 0.45)
_NOTES = ("", "", "", "", "Went through last week's calls", 'Asked for a "quieter" shift, agreed')


@dataclass(frozen=True)
class _Held:
    """The sessions that took place, one entry per session."""

    agent: Ints
    number: Ints
    day: Ints
    style: Ints
    trigger: Ints
    is_coach_trained: Bools


def sessions_frame(
    config: SampleConfig, organisation: Organisation, entries: Entries
) -> pl.DataFrame:
    """The landing frame ``coaching_sessions``, in order of time."""
    rng = config.stream("sessions")
    held = _hold_sessions(config, organisation, entries, rng)
    n = len(held.agent)
    minutes = rng.gamma(9.0, np.asarray(_MEAN_MINUTES)[held.style] / 9.0)
    behaviours = _draw_behaviours(held, rng)
    due, done = _draw_follow_up(config, entries, held, behaviours["agreed_follow_up"], rng)
    started = held.day * 86_400 + (36 + rng.integers(0, 33, n)) * 900
    columns: dict[str, pl.Series] = {
        "session_id": numbered("S", np.arange(1, n + 1), 7),
        "employee_id": agent_ids(held.agent),
        "coach_id": coach_ids(organisation.agents.coach[held.agent]),
        "started_at": pl.Series(started * 1_000_000).cast(pl.Datetime("us")),
        "duration_minutes": pl.Series(np.clip(np.round(minutes), 5, 120).astype(np.int64)),
        "modality": _labels(MODALITIES, rng.choice(4, n, p=(0.45, 0.35, 0.15, 0.05))),
        "trigger": _labels(TRIGGERS, held.trigger),
        "style": _labels((config.arm_a, config.arm_b, OTHER_STYLE, None), held.style),
        **{name: _coded(values, behaviours) for name, values in behaviours.items() if name},
        "follow_up_due": date_series(due),
        "follow_up_done": date_series(done),
        "rater_id": _raters(rng, n),
        "notes": _labels(tuple(note or None for note in _NOTES), rng.integers(0, len(_NOTES), n)),
    }
    return pl.DataFrame(columns)


def _hold_sessions(
    config: SampleConfig, organisation: Organisation, entries: Entries, rng: np.random.Generator
) -> _Held:
    """Keep what took place of the monthly grid around every planned day 0.

    The session at day 0 always takes place if its agent has entered; an agent's sessions are
    over before the day of exit.
    """
    agents = organisation.agents
    schedule = plan_sessions(config, entries.planned_day_0, rng)
    numbers, day = schedule.numbers, schedule.day
    is_employed = (day >= agents.entered_on[:, None] + _SETTLING_DAYS) & (
        day < np.minimum(entries.exited_on, config.end_day + 1)[:, None]
    )
    agent, column = np.nonzero(schedule.takes_place & is_employed)
    order = np.argsort(day[agent, column], kind="stable")
    agent, column = agent[order].astype(np.int64), column[order]
    held_day = day[agent, column]
    return _Held(
        agent=agent,
        number=numbers[column],
        day=held_day,
        style=_draw_styles(config, entries, agent, numbers[column], rng),
        trigger=np.where(
            (numbers[column] == 0) & entries.has_entered[agent],
            entries.trigger[agent],
            draw_triggers(rng, entries.covariates.quality[agent], strength=1.0),
        ),
        is_coach_trained=held_day > organisation.coaches.trained_on[agents.coach[agent]],
    )


def _draw_styles(
    config: SampleConfig, entries: Entries, agent: Ints, number: Ints, rng: np.random.Generator
) -> Ints:
    """Style of each session: the arm at day 0, no arm before it.

    After it the style in force where styles switch, else mostly that of day 0.
    """
    has_arm = entries.has_entered[agent] & (number >= 0)
    drawn = choose(rng, np.where(has_arm[:, None], _STYLE_AFTER, _STYLE_BEFORE))
    if config.switching is not None:
        schedule = later_schedule(config, entries.planned_day_0)
        states = styles_in_force(config, schedule, entries.is_arm_a, entries.covariates.quality)
        in_force = np.where(states[agent, np.maximum(number, 0)], ARM_A, ARM_B)
        return np.where(has_arm, in_force, drawn)
    drawn = np.where(has_arm & (number == 0), 0, drawn)
    first = np.where(entries.is_arm_a[agent], ARM_A, ARM_B)
    return np.where(drawn == 0, first, np.where(drawn == 1, 1 - first, drawn))


def _draw_behaviours(held: _Held, rng: np.random.Generator) -> dict[str, Bools]:
    """Coded behaviours by name; the entry named "" tells which sessions weren't coded."""
    frequent, seldom = np.asarray(_FREQUENT), np.asarray(_SELDOM)
    by_style = np.array([frequent, seldom, (frequent + seldom) / 2, (frequent + seldom) / 2])
    compassionate = by_style[held.style] + _TRAINED_BEHAVIOUR_GAIN * held.is_coach_trained[:, None]
    likely = np.hstack([compassionate, np.asarray(_COMPLIANCE_BY_STYLE)[held.style]])
    coded = rng.random(likely.shape) < likely
    names = (*COMPASSIONATE_BEHAVIOURS, *COMPLIANCE_BEHAVIOURS)
    behaviours = {name: coded[:, position] for position, name in enumerate(names)}
    behaviours[""] = rng.random(len(likely)) < _SHARE_UNCODED
    return behaviours


def _coded(values: Bools, behaviours: dict[str, Bools]) -> pl.Series:
    return with_nulls(pl.Series(values), behaviours[""])


def _draw_follow_up(
    config: SampleConfig,
    entries: Entries,
    held: _Held,
    is_agreed: Bools,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Due and done dates; nothing is done after the agent's exit or the end of the window."""
    n = len(held.agent)
    due = to_weekday(held.day + rng.choice(np.array([7, 14, 21, 28]), n))
    done = to_weekday(due + rng.integers(-3, 11, n))
    is_done = rng.random(n) < np.asarray(_SHARE_FOLLOW_UP_DONE)[held.style]
    last_day = np.minimum(entries.exited_on[held.agent], config.end_day)
    return (
        np.where(is_agreed, due, NEVER),
        np.where(is_agreed & is_done & (done <= last_day), done, NEVER),
    )


def _raters(rng: np.random.Generator, n: int) -> pl.Series:
    rater = numbered("R", rng.integers(1, _N_RATERS + 1, n), 3)
    return with_nulls(rater, rng.random(n) >= _SHARE_RATED)


def _labels(labels: tuple[str | None, ...], codes: Ints) -> pl.Series:
    return pl.Series(labels, dtype=pl.String).gather(codes)
