"""The coded behaviours of a coaching session, by the style that they speak for."""

from __future__ import annotations

COMPASSIONATE_BEHAVIOURS = (
    "asked_desired_future",
    "asked_ideal_self",
    "listened_without_interrupting",
    "acknowledged_feelings",
    "found_common_ground",
    "discussed_strengths",
    "identified_need",
    "offered_help",
    "agreed_follow_up",
    "agent_set_goal",
)
COMPLIANCE_BEHAVIOURS = (
    "recited_metrics",
    "told_what_to_fix",
    "imposed_plan",
    "threatened_consequences",
)
BEHAVIOURS = (*COMPASSIONATE_BEHAVIOURS, *COMPLIANCE_BEHAVIOURS)
