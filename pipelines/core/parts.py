"""How parts of the workforce and of sessions are named, by whoever divides and whoever tells."""

from __future__ import annotations

TENURE_BANDS = {
    "under 90 days": 90,
    "90 days to 1 year": 365,
    "1 to 3 years": 1096,
    "3 years or more": None,
}
"""Each band's name, and the day of tenure on which the next one begins."""
CROSS = " × "
"""What stands between the names of two divisions, and between their values."""
BALANCE = "behaviour_balance"
"""The one figure that all coded behaviours of a session make together."""
CODED_LABELS = ("compassionate", "compliance")
"""The labels of sessions that coded behaviours speak for; no other can be held against them."""

POOL = "other"
"""What rare values of a characteristic are pooled into."""
