"""The tables that disclosure control releases; every one has a rule, and stands between cuts."""

from __future__ import annotations

RELEASED = (
    "outcomes.comparison",
    "outcomes.retention_curve",
    "outcomes.covariate_balance",
    "outcomes.weight_summary",
    "outcomes.instrument",
    "outcomes.event_study",
    "outcomes.sensitivity",
    "outcomes.segment_estimate",
    "outcomes.worth",
    "outcomes.anytime_interval",
    "outcomes.next_look",
    "outcomes.coaching_practice",
    "outcomes.practice_summary",
    "outcomes.trial_flow",
    "outcomes.claim",
    "outcomes.claim_estimate",
    "quality.instrument_scale",
    "quality.style_agreement",
    "quality.rater_agreement",
    "quality.response_rate",
    "quality.outcome_problem",
    "quality.outcome_grade",
    "quality.part_grade",
    "marts.team_month",
    "marts.all_month",
    "marts.site_month",
    "marts.arm_month",
    "outcomes.trend",
)
