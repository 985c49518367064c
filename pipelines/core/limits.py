"""Limits that figures are held against, each with its source: pages word them, pipelines use them.

They stand here because a page names the limit ("alpha of at least 0.80") and must load no
estimator for it.
"""

from __future__ import annotations

ALIKE = 0.1
"""Standardised difference up to which two groups count as alike (Austin 2009)."""
BEYOND_CHANCE = 0.05
"""p-value under which parts are said to differ, or two sides to have parted already."""
EVEN = 0.5
"""Share of the people that the effective sample size of even weights reaches at least."""
RELIABLE, TENTATIVE = 0.80, 0.67
"""Limits for alpha: to rely on, and to draw tentative conclusions from (Krippendorff 2004)."""
NOTICEABLE = 1.1
"""Ratio of errors from which on people of one coach are said to be alike."""
SHARES_APART, SHARES_ALIKE = 0.20, 0.05
"""Difference of two shares: from which on a behaviour tells the kinds apart, and under which
nothing is singled out."""
MIXED = (20, 80)
"""Share of one kind, per 100 sessions, between which a coach counts as giving both."""
MIN_SESSIONS_OF_MIX = 5
"""Sessions of the two kinds from which on a coach's mix is counted."""
MOVING_RANGES = 2.66
"""Average moving ranges from the mean to a control limit: 3 / 1.128, three standard deviations from
the mean range of two."""
