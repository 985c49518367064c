"""The simulated contact centre as frames, with its truth and its analysis data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.simulation.cohort_entry import Entries, plan_day_0, simulate_entries
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hr_exports import (
    attendance_days,
    attrition_frame,
    roster_frame,
    training_frame,
)
from pipelines.simulation.measures import Measures, performance_frame, shifts_frame
from pipelines.simulation.oracle.episodes import episodes_frame, propensity_frame
from pipelines.simulation.oracle.exact_incidence import Outlook, both_outlooks
from pipelines.simulation.oracle.later_coaches import later_coaches_frame
from pipelines.simulation.oracle.measure_truth import measure_answers
from pipelines.simulation.oracle.months import coach_months_frame, trial_months_frame
from pipelines.simulation.oracle.outcome_values import outcome_values_frame
from pipelines.simulation.oracle.placebo_values import placebo_values_frame
from pipelines.simulation.oracle.truth import SampleTruth, compute_truth
from pipelines.simulation.organisation import Organisation, build_organisation
from pipelines.simulation.sessions import sessions_frame
from pipelines.simulation.surveys import surveys_frame
from pipelines.simulation.weekly_quality import WeeklyQuality, simulate_quality

SOURCES = (
    "roster",
    "coaching_sessions",
    "fatigue_surveys",
    "shifts",
    "attrition",
    "performance",
    "training",
)


@dataclass(frozen=True)
class SampleWorld:
    """A simulated contact centre; each landing frame is built when first asked for.

    The frames have the canonical columns of their sources, with real types.
    """

    config: SampleConfig
    organisation: Organisation
    quality: WeeklyQuality
    entries: Entries

    @cached_property
    def truth(self) -> SampleTruth:
        """The exact marginal answers for everybody who entered."""
        return compute_truth(self.config, self.entries, self._ahead)

    @cached_property
    def measure_truth(self) -> pl.DataFrame:
        """The true answers about scales, absence, satisfaction and quality."""
        return measure_answers(self._measures, self._ahead)

    @cached_property
    def roster(self) -> pl.DataFrame:
        """Employees and their changes."""
        return roster_frame(self.config, self.organisation, self.entries)

    @cached_property
    def coaching_sessions(self) -> pl.DataFrame:
        """Coaching sessions."""
        return sessions_frame(self.config, self.organisation, self.entries)

    @cached_property
    def fatigue_surveys(self) -> pl.DataFrame:
        """Survey responses."""
        return surveys_frame(self._measures)

    @cached_property
    def shifts(self) -> pl.DataFrame:
        """Rostered shifts and absence."""
        return shifts_frame(self._measures)

    @cached_property
    def attrition(self) -> pl.DataFrame:
        """Exits."""
        return attrition_frame(self.config, self.entries)

    @cached_property
    def performance(self) -> pl.DataFrame:
        """Weekly performance."""
        return performance_frame(self._measures, self.quality)

    @cached_property
    def training(self) -> pl.DataFrame:
        """Completed courses."""
        return training_frame(self.config, self.organisation, self._measures.attended)

    def frame(self, source: str) -> pl.DataFrame:
        """The landing frame of one of `SOURCES`."""
        if source not in SOURCES:
            raise KeyError(source)
        frame: pl.DataFrame = getattr(self, source)
        return frame

    def episodes(self) -> pl.DataFrame:
        """Entries into the comparison with the columns of ``marts.coaching_episode``.

        Counted from the landing frames, keyed by employee number in place of a pseudonym.
        """
        return episodes_frame(self.config, self._frames())

    def outcome_values(self, episodes: pl.DataFrame) -> pl.DataFrame:
        """What came after day 0, with the columns that `compare_measures` reads."""
        return outcome_values_frame(self.config, episodes, self._frames())

    def placebo_values(self, episodes: pl.DataFrame) -> pl.DataFrame:
        """What came before anything that the episodes are weighted by, by outcome."""
        return placebo_values_frame(episodes, self._frames())

    def later_coaches(self, episodes: pl.DataFrame) -> pl.DataFrame:
        """Who coached each entrant most after day 0, with the columns that the checks read."""
        return later_coaches_frame(episodes, self.coaching_sessions)

    def trial_months(self, episodes: pl.DataFrame) -> pl.DataFrame:
        """Months of follow-up, with the columns of `person_months`."""
        return trial_months_frame(self.config, episodes, self._frames())

    def coach_months(self) -> pl.DataFrame:
        """Months of coaches, with the columns of `training_rollout`; behaviours aren't counted."""
        return coach_months_frame(self.config, self._frames())

    def true_propensity(self) -> pl.DataFrame:
        """``agent_key`` and the probability with which each entry was in the first arm."""
        return propensity_frame(self.entries)

    def _frames(self) -> dict[str, pl.DataFrame]:
        return {source: self.frame(source) for source in SOURCES}

    @cached_property
    def _ahead(self) -> tuple[Outlook, Outlook]:
        return both_outlooks(self.config, self.entries)

    @cached_property
    def _measures(self) -> Measures:
        attended = attendance_days(self.config, self.entries, self.organisation)
        return Measures(self.config, self.organisation, self.entries, attended)


def simulate(config: SampleConfig) -> SampleWorld:
    """Draw a contact centre: people, weekly quality, first labelled sessions, exits."""
    organisation = build_organisation(config)
    planned = plan_day_0(config, organisation.agents)
    quality = simulate_quality(config, organisation.agents, planned)
    return SampleWorld(
        config=config,
        organisation=organisation,
        quality=quality,
        entries=simulate_entries(config, organisation, quality, planned),
    )
