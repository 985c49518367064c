"""How secret a figure is: plain fact, restricted or confidential, and what that asks for.

Who works here, was coached or left is no secret among colleagues. *How* somebody left, and how
they score at work, is half a secret; their answers and their absence are real ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.config.settings import Privacy
from pipelines.contracts.claims import EstimateSpec
from pipelines.contracts.tables import Confidentiality, default_covariates, load_metrics
from pipelines.core.rounding import COARSER_IN_PARTS
from pipelines.estimators.results import ALL_PEOPLE

KINDS_OF_EXIT = ("voluntary_exit", "involuntary_exit")
"""Outcomes that tell how people left."""
_OF_CLAIMS_ONLY: dict[str, Confidentiality] = {"stress": "confidential"}
_ABOUT_ANSWERS = ("survey", "coach_survey", "first_survey", "survey_quarter", "latest_stress",
                  "first_sign", "instrument_scale")  # fmt: skip
"""Frames of the claim register whose rows are answers, whatever the outcome is."""


@dataclass(frozen=True)
class Protection:
    """The settings that disclosure control goes by; numbers are people, coaches and leavers."""

    min_group: int
    min_coaches: int
    min_leavers: int
    grid: int
    grid_confidential: int
    is_exit_kind_open: bool = False

    @classmethod
    def of(cls, privacy: Privacy) -> Protection:
        """Read the settings."""
        return cls(
            privacy.min_group,
            privacy.min_coaches,
            privacy.min_leavers,
            privacy.grid,
            privacy.grid_confidential if privacy.grid else 0,
            privacy.exit_kind == "open",
        )

    def base(self, confidentiality: str) -> int:
        """The rounding base of a class, in people; 0 where its figures are exact."""
        return {"fact": 0, "restricted": self.grid, "confidential": self.grid_confidential}[
            confidentiality
        ]

    def base_of(self, confidentiality: str, outcome: str, segment: str) -> int:
        """The rounding base of a row of the comparison: that of its class.

        Twice that for how people left a part of the workforce.
        """
        is_coarser = outcome in KINDS_OF_EXIT and segment != ALL_PEOPLE
        return self.base(confidentiality) * (COARSER_IN_PARTS if is_coarser else 1)

    def class_of(self, outcome: str) -> Confidentiality:
        """The class of an outcome; what no contract names is about sessions, which are facts."""
        if outcome in KINDS_OF_EXIT and self.is_exit_kind_open:
            return "fact"
        declared = {metric.outcome: metric.confidentiality for metric in load_metrics()}
        return declared.get(outcome) or _OF_CLAIMS_ONLY.get(outcome, "fact")

    def class_of_covariate(self, covariate: str) -> Confidentiality:
        """The class of a characteristic before day 0."""
        declared = {each.name: each.confidentiality for each in default_covariates()}
        return declared.get(covariate, "fact")

    def class_of_claim(self, estimate: EstimateSpec) -> Confidentiality:
        """The class of an estimate of the claim register."""
        return (
            "confidential" if estimate.frame in _ABOUT_ANSWERS else self.class_of(estimate.outcome)
        )
