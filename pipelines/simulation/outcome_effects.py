"""What a contact centre is made of besides its exits, as parameters: a world is a set of these.

The defaults are those of the sample; `scenarios` holds the sets that the benchmark simulates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.simulation.arrays import Bools, Floats, Ints

_AVERAGE_LOG_TENURE = 0.7


@dataclass(frozen=True)
class StyleModel:
    """Log-odds that a session is coached in the first arm's style.

    The coach's own leaning (and training) comes on top. ``quality`` is per standard deviation of
    the prior score, ``quality_squared`` per its square less one, ``trait`` per standard deviation
    of the true level behind the scores.
    """

    quality: float = 0.55
    metric_miss: float = -0.8
    tenure: float = 0.35
    intercept: float = 0.2
    quality_squared: float = 0.0
    trait: float = 0.0

    def logit(
        self, quality: Floats, trait: Floats, is_metric_miss: Bools, log_tenure: Floats
    ) -> Floats:
        """The part of the log-odds that depends on the agent."""
        return np.asarray(
            self.intercept
            + self.quality * quality
            + self.quality_squared * (quality**2 - 1.0)
            + self.trait * trait
            + self.metric_miss * is_metric_miss
            + self.tenure * (log_tenure - _AVERAGE_LOG_TENURE),
            dtype=np.float64,
        )


@dataclass(frozen=True)
class HiddenTrait:
    """A trait of agents that no file holds: what one standard deviation of it changes.

    Attributes:
        style: log-odds of the first arm.
        exits: log rate of every kind of exit, before and after day 0.
        absence: log rate of unplanned absence, before and after day 0.
    """

    style: float = 0.0
    exits: float = 0.0
    absence: float = 0.0


@dataclass(frozen=True)
class ClosingSite:
    """The last site gives the second kind of coaching only, and is closing.

    Attributes:
        log_rate: log rate ratio of every kind of exit there.
    """

    log_rate: float = 1.0


@dataclass(frozen=True)
class Switching:
    """How the style in force changes from one session to the next, for good or until it changes.

    Exits follow the style in force; what is measured follows the style of day 0. Without switching,
    a session in the other style is a stray one: it changes nothing that follows.

    Attributes:
        to_a: probability, at a session of a person of average prior quality, that somebody
            coached in the second arm's style is coached in the first one's from then on.
        to_b: the same, from the first arm's style to the second one's.
        quality: change of the log-odds of moving to the first arm per standard deviation of
            prior quality; the log-odds of moving to the second change by as much the other way.
    """

    to_a: float
    to_b: float
    quality: float = 0.0

    def probabilities(self, quality: Floats) -> tuple[Floats, Floats]:
        """Each person's probability of moving to the first arm, and to the second."""
        return (
            _shifted(self.to_a, self.quality * quality),
            _shifted(self.to_b, -self.quality * quality),
        )


def _shifted(probability: float, log_odds: Floats) -> Floats:
    odds = probability / (1.0 - probability) * np.exp(log_odds)
    return np.asarray(odds / (1.0 + odds), dtype=np.float64)


@dataclass(frozen=True)
class MeasureEffects:
    """What the first session's style changes in what is measured after day 0.

    Attributes:
        relief_points: how much lower exhaustion is in the first arm (points 0-100); the other
            scales follow in proportion.
        relief_full_after_days: days after day 0 at which the relief is whole; it grows evenly.
        absence_log_ratio: log rate ratio of unplanned absence, first arm against second.
        lasting_points: points of quality that build up and stay, in the first and second arm.
        fading_points: points of quality that come at once and fade, in the first and second arm.
    """

    relief_points: float = 6.0
    relief_full_after_days: float = 90.0
    absence_log_ratio: float = -0.22
    lasting_points: tuple[float, float] = (2.5, 0.0)
    fading_points: tuple[float, float] = (0.0, 2.0)

    def relief(self, days: Floats | Ints) -> Floats:
        """Points of exhaustion that the first arm is spared so many days after day 0."""
        share = np.minimum(days / self.relief_full_after_days, 1.0)
        return np.asarray(self.relief_points * share, dtype=np.float64)

    def quality_gain(self, days: Ints, is_arm_a: Bools) -> Floats:
        """Points of quality gained so many days after day 0; none before it."""
        weeks = np.maximum(days, 0) / 7.0
        lasting = 1.0 - np.exp(-weeks / 8.0)
        fading = (1.0 - np.exp(-weeks)) * np.exp(-weeks / 8.0)
        of_arm = [
            self.lasting_points[arm] * lasting + self.fading_points[arm] * fading for arm in (0, 1)
        ]
        return np.where(days < 0, 0.0, np.where(is_arm_a, of_arm[0], of_arm[1]))

    def without_arm_difference(self) -> MeasureEffects:
        """The same, but the first arm goes like the second."""
        return replace(
            self,
            relief_points=0.0,
            absence_log_ratio=0.0,
            lasting_points=(self.lasting_points[1], self.lasting_points[1]),
            fading_points=(self.fading_points[1], self.fading_points[1]),
        )


@dataclass(frozen=True)
class Responses:
    """Log-odds of answering a survey.

    Attributes:
        intercept: at an exhaustion of 46 points.
        per_point: change per point of exhaustion on that very day, whatever is recorded.
        first_arm: change for those coached in the first arm's style, after day 0.
        per_earlier_point: change, after day 0, per point by which the last exhaustion recorded in
            the year before day 0 lies above 46; nothing where none was recorded.
        first_arm_per_point: change per point of exhaustion on that very day among those coached
            in the first arm's style, after day 0, on top of ``per_point``.
    """

    intercept: float = 0.7
    per_point: float = -0.025
    first_arm: float = 0.3
    per_earlier_point: float = 0.0
    first_arm_per_point: float = 0.0
