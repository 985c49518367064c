"""Which tables the estimators fill: known without importing any of them.

A night between cuts estimates nothing, so it must not load what estimates. What they read stands
in ``sql/analysis/`` and is parsed from there.
"""

from __future__ import annotations

NIGHTLY = "marts.agent"
"""The mart of plain facts; the others are what comparisons are made of and stand with them."""
ESTIMATE_TABLES = {
    "comparison": "One estimate per row: outcome, horizon, design and estimand, with its verdict.",
    "retention_curve": "Share still employed by day since day 0, with cumulative exits by cause.",
    "covariate_balance": "How alike the two groups are before and after weighting.",
    "weight_summary": "Effective sample size, largest weight, overlap.",
    "sensitivity": "How much it would take to change the answer.",
    "credibility": "How far each headline may be believed: one grade, its reasons, what lifts it.",
    "credibility_check": "What each check of credibility came to.",
    "instrument": "How much the instruments move the kind of coaching: the first stages.",
    "event_study": "What changes month by month around the coaches' training.",
    "segment_estimate": "Parts of the workforce beside each other, drawn towards their mean.",
    "worth": "People, money and minutes that go with the difference, where there is one.",
    "anytime_interval": "Intervals that hold on every night together.",
    "next_look": "When everybody compared has been followed, and when ranges are narrower.",
}
TREND_TABLES = {
    "trend": "What is usual from month to month: limits and signals of every measure and group.",
    "site_leaving": "Each site’s leaving by month, or by quarter where months are too lumpy.",
}
PRACTICE_TABLES = {
    "coaching_practice": "What is done in sessions, how coaches divide, who was trained.",
    "practice_summary": "What the shown figures of a topic of coaching practice come to.",
}
CLAIM_TABLES = {
    "claim": "The claim register: each claim, what tests it, and today’s verdict.",
    "claim_estimate": "Every estimate that tests a claim.",
}
GRADE_TABLES = {
    "outcome_grade": "Which outcomes the data can bear: reportable, with caution, not reportable.",
    "outcome_problem": "What was weighed for that, outcome by outcome.",
    "part_grade": "What can’t be told of a part of the workforce, while the whole can be.",
    "response_rate": "Who answered the surveys, by quarter and kind of coaching.",
}
